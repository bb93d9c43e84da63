"""With every brain of Gemini's dead the bar goes on: by buttons, and by the rule-based brain."""

import re

from bartender.brains.gemini import registration
from payments.models import Tab
from tests.bartender.page_fixtures import guest_for_visit
from tests.vendors.gemini import KEY, faults


def test_a_guest_orders_tips_and_pays_by_buttons_while_gemini_is_gone(
    bar, gemini, ada, monkeypatch, settings
):
    monkeypatch.setattr(registration, "gemini", lambda: bar.venue_model)
    settings.GEMINI_API_KEY = KEY
    gemini.always(faults.broken())
    guest = guest_for_visit(ada)
    guest.open_page()

    guest.say("A martini, please")
    guest.submit_form("/order/ipa/")
    guest.submit_form("/tip/", percent="20")
    guest.submit_form("/pay/")
    guest.submit_form("/pay/")
    guest.submit_form("", choice="approve")

    tab = Tab.objects.get()
    assert (tab.status, tab.paid_cents) == ("paid", 22_80)
    assert re.search("no real money", guest.page.lower())
