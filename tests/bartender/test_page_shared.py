"""Ben joins Ada's table by her link and pays his part; Cy, who was not asked, finds no such page."""

import re

import pytest
from django.utils import timezone

from bartender.services import orders, sharing
from bartender.stream.news import look, pulse
from payments.models import Invitation, Payment, Sharer
from tests.bartender.page_cast import guest_of, plain
from tests.cast import cause
from tests.payments.book import in_order, tab_of

pytestmark = pytest.mark.django_db


def at_a_table(visit):
    """The host's browser, with an invitation on its page; and the path that the invitation leads to."""
    orders.add(visit, "Negroni", 2, [], cause())
    host = guest_of(visit)
    host.look("/tab/split/")
    host.send("/tab/split/invite/")
    found = re.search(r'value="http://testserver(/join/[^"]+)"', host.page)
    assert found, host.page
    return host, found[1]


def test_ben_joins_and_each_pays_half_without_a_script(ada, ben):
    host, path = at_a_table(ada)
    guest = guest_of(ben)
    assert "Join this table?" in plain(guest.look(path))
    assert not Sharer.objects.exists(), "looking joins nobody"
    guest.send(f"{path}yes/")
    assert "The bill is not divided yet" in plain(guest.page)
    host.look("/tab/split/")
    host.send("/tab/split/equally/")
    page = f"/tab/{tab_of(ada).code}/shared/"
    for browser in (guest, host):
        browser.look(page)
        browser.send("/tab/split/pay/")
        assert "Simulated till" in browser.page
        browser.here = f"/payments/till/{Payment.objects.latest('id').code}/"
        assert browser.send("", choice="approve").status_code == 200

    assert tab_of(ada).status == "paid"
    assert "$22.00" in guest.look(f"/tab/{tab_of(ada).code}/receipt/")
    assert in_order()


def test_a_stranger_finds_no_table_and_no_receipt(ada, ben, cy):
    _host, path = at_a_table(ada)
    sharing.join(ben, path.split("/")[2])
    code = tab_of(ada).code

    assert guest_of(ben).client.get(f"/tab/{code}/shared/").status_code == 200
    for page in (f"/tab/{code}/shared/", f"/tab/{code}/receipt/", "/tab/split/qr.svg"):
        assert guest_of(cy).client.get(page).status_code == 404


def test_joining_never_shows_one_guest_the_others_words(ada, ben):
    from bartender.records.visits import Turn

    _host, path = at_a_table(ada)
    Turn.objects.create(visit=ada, client_id="one", said="my secret wish", reply="A secret answer.")
    sharing.join(ben, path.split("/")[2])
    guest = guest_of(ben)

    assert "secret" not in guest.look(f"/tab/{tab_of(ada).code}/shared/") + guest.look("/")
    assert tab_of(ada).lines.count() == 1
    orders.add(ben, "IPA", 1, [], cause())
    assert tab_of(ada).lines.count() == 1, "what Ben orders is on Ben's own tab"


def test_the_code_is_a_picture_for_the_host_and_a_link_ends_in_time(ada, cy):
    host, path = at_a_table(ada)
    picture = host.client.get("/tab/split/qr.svg")
    assert picture["Content-Type"] == "image/svg+xml"
    assert b"<svg" in picture.content
    assert b"style=" not in picture.content
    Invitation.objects.update(expires_at=timezone.now())

    assert guest_of(cy).client.get(path).status_code == 410
    assert guest_of(cy).client.get("/join/forged:code/").status_code == 410


def test_the_streams_of_all_who_joined_hear_of_the_tab(ada, ben):
    _host, path = at_a_table(ada)
    sharing.join(ben, path.split("/")[2])
    before, seen = pulse([ben.code]), look(ben)
    sharing.equally(ada, cause())
    now = look(ben)

    assert pulse([ben.code]) != before
    assert (seen.shared[0].share_cents, now.shared[0].share_cents) == (0, 11_00)
    assert now.bill.lines == (), "Ben's own tab is his own"
    assert look(ada).shared[0].share_cents == 11_00


@pytest.mark.parametrize("typed", ["abc", "-1", "1e9", "NaN", "1.005"])
def test_an_amount_that_is_none_divides_nothing(ada, ben, typed):
    host, path = at_a_table(ada)
    sharing.join(ben, path.split("/")[2])
    host.look("/tab/split/")
    host.send("/tab/split/by-amount/", **{f"amount-{ben.code}": typed})

    assert tab_of(ada).status == "open"
