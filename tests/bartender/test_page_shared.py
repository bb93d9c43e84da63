"""Ben joins Ada's table by her link and pays his part; Cy, who was not asked, finds no such page."""

import re

import pytest
from django.utils import timezone

from bartender.realtime.snapshot import read_change_fingerprints, read_snapshot
from bartender.services import orders, split_bill
from payments.models import Invitation, SplitParticipant
from tests.bartender.page_fixtures import guest_for_visit, visible_text
from tests.guest_fixtures import make_context
from tests.payments.ledger_helpers import assert_ledger_consistent, latest_tab

pytestmark = pytest.mark.django_db


def at_a_table(visit):
    """The host's browser, with an invitation on its page; and the path that the invitation leads to."""
    orders.add_line(visit, "Negroni", 2, [], make_context())
    host = guest_for_visit(visit)
    host.open_page("/tab/split/")
    host.submit_form("/tab/split/invite/")
    found = re.search(r'value="http://127.0.0.1:8000(/join/[^"]+)"', host.page)
    assert found, host.page
    return host, found[1]


def test_ben_joins_and_each_pays_half_without_a_script(ada, ben):
    host, path = at_a_table(ada)
    guest = guest_for_visit(ben)
    assert "Join this table?" in visible_text(guest.open_page(path))
    assert not SplitParticipant.objects.exists(), "looking joins nobody"
    guest.submit_form(f"{path}yes/")
    assert "The bill is not divided yet" in visible_text(guest.page)
    host.open_page("/tab/split/")
    host.submit_form("/tab/split/equally/")
    page = f"/tab/{latest_tab(ada).code}/shared/"
    for browser in (guest, host):
        browser.open_page(page)
        browser.submit_form("/tab/split/pay/")
        assert "Simulated till" in browser.page
        assert browser.submit_form("", choice="approve").status_code == 200

    assert latest_tab(ada).status == "paid"
    assert "$22.00" in guest.open_page(f"/tab/{latest_tab(ada).code}/receipt/")
    assert assert_ledger_consistent()


def test_a_stranger_finds_no_table_and_no_receipt(ada, ben, cy):
    _host, path = at_a_table(ada)
    split_bill.join_tab(ben, path.split("/")[2])
    code = latest_tab(ada).code

    assert guest_for_visit(ben).client.get(f"/tab/{code}/shared/").status_code == 200
    for page in (f"/tab/{code}/shared/", f"/tab/{code}/receipt/", "/tab/split/qr.svg"):
        assert guest_for_visit(cy).client.get(page).status_code == 404


def test_joining_never_shows_one_guest_the_others_words(ada, ben):
    from bartender.models.visits import Turn

    _host, path = at_a_table(ada)
    Turn.objects.create(
        visit=ada, client_id="one", guest_text="my secret wish", reply_text="A secret answer."
    )
    split_bill.join_tab(ben, path.split("/")[2])
    guest = guest_for_visit(ben)

    assert "secret" not in guest.open_page(f"/tab/{latest_tab(ada).code}/shared/") + guest.open_page("/")
    assert latest_tab(ada).lines.count() == 1
    orders.add_line(ben, "IPA", 1, [], make_context())
    assert latest_tab(ada).lines.count() == 1, "what Ben orders is on Ben's own tab"


def test_the_code_is_a_picture_for_the_host_and_a_link_ends_in_time(ada, cy):
    host, path = at_a_table(ada)
    picture = host.client.get("/tab/split/qr.svg")
    assert picture["Content-Type"] == "image/svg+xml"
    assert b"<svg" in picture.content
    assert b"style=" not in picture.content
    Invitation.objects.update(expires_at=timezone.now())

    assert guest_for_visit(cy).client.get(path).status_code == 410
    assert guest_for_visit(cy).client.get("/join/forged:code/").status_code == 410


def test_the_streams_of_all_who_joined_hear_of_the_tab(ada, ben):
    _host, path = at_a_table(ada)
    split_bill.join_tab(ben, path.split("/")[2])
    before, seen = read_change_fingerprints([ben.code]), read_snapshot(ben)
    split_bill.split_equally(ada, make_context())
    now = read_snapshot(ben)

    assert read_change_fingerprints([ben.code]) != before
    assert (seen.shared_bills[0].share_cents, now.shared_bills[0].share_cents) == (0, 11_00)
    assert now.bill.lines == (), "Ben's own tab is his own"
    assert read_snapshot(ada).shared_bills[0].share_cents == 11_00


@pytest.mark.parametrize("typed", ["abc", "-1", "1e9", "NaN", "1.005"])
def test_an_amount_that_is_none_divides_nothing(ada, ben, typed):
    host, path = at_a_table(ada)
    split_bill.join_tab(ben, path.split("/")[2])
    host.open_page("/tab/split/")
    host.submit_form("/tab/split/by-amount/", **{f"amount-{ben.code}": typed})

    assert latest_tab(ada).status == "open"
