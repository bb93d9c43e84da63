"""With every brain of Gemini's dead the bar goes on: by buttons, and by the house brain."""

import re

from bartender import brains
from payments.models import Tab
from tests.bartender.page_cast import guest_of
from tests.vendors.gemini import faults


def test_a_guest_orders_tips_and_pays_by_buttons_while_gemini_is_gone(bar, gemini, ada, monkeypatch):
    monkeypatch.setattr(brains, "gemini", lambda: bar.house)
    monkeypatch.setattr("bartender.brains.status.gemini", lambda: bar.house)
    gemini.always(faults.broken())
    guest = guest_of(ada)
    guest.look()

    guest.say("A martini, please")
    guest.send("/order/ipa/")
    guest.send("/tip/", percent="20")
    guest.send("/pay/")
    till = guest.send("/pay/", nth=1)
    guest.here = till.redirect_chain[-1][0]
    guest.send("", choice="approve")

    tab = Tab.objects.get()
    assert (tab.status, tab.paid_cents) == ("paid", 22_80)
    assert re.search("no real money", guest.page.lower())
