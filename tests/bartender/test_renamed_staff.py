"""Who did what behind the bar is told by the person, whatever they are called by now."""

import pytest
from django.contrib.auth.models import User
from django.db.models import ProtectedError

from bartender.services import bills, business_days, orders, takeovers, tickets
from payments import ledger
from payments.ledger import TipRule
from payments.money_notices import acknowledge_notice, upsert_notice
from tests.bartender.staff_fixtures import create_staff_user, mo_client, pay_bill
from tests.guest_fixtures import make_context
from tests.payments.ledger_helpers import assert_ledger_consistent, latest_tab

pytestmark = pytest.mark.django_db


def rename(person):
    User.objects.filter(pk=person.pk).update(username="samantha")
    person.refresh_from_db()


def serve_and_answer(ada, person):
    """Somebody starts a drink, answers its guest, sees a notice of money, and has the tip."""
    orders.add_line(ada, "Negroni", 1, [], make_context())
    bills.set_tip(ada, TipRule(cents=3_00), make_context())
    tickets.bump_ticket(tickets.fire_ticket(ada, make_context()), person)
    takeovers.take_over(ada, person)
    takeovers.send_staff_reply(ada, "Good evening.", person, "bar-1")
    takeovers.hand_back(ada, person, ["They like", "it dry."])
    takeovers.take_over(ada, person)
    pay_bill(ada)
    acknowledge_notice(upsert_notice("late:x", latest_tab(ada), "late", 1_00, "Late."), person)


def test_a_renamed_person_is_named_by_the_new_name_on_every_trail(ada):
    sam = create_staff_user("sam")
    serve_and_answer(ada, sam)
    rename(sam)
    client = mo_client()
    paths = (
        "/admin/bartender/ticketmove/",
        "/admin/bartender/takeover/",
        "/admin/payments/ledgerentry/",
        f"/admin/bartender/visit/{ada.pk}/change/",
        f"/admin/payments/tab/{latest_tab(ada).pk}/change/",
        f"/bar/talk/{ada.code}/",
        "/bar/",
    )

    assert [path for path in paths if "samantha" not in client.get(path).text] == []
    assert business_days.build_x_report().figures["play"]["tips_by"] == {"samantha": 3_00}
    assert assert_ledger_consistent()


def test_whoever_took_over_goes_on_under_a_new_name(ada):
    sam = create_staff_user("sam")
    takeovers.take_over(ada, sam)
    rename(sam)
    takeovers.send_staff_reply(ada, "Good evening.", sam, "bar-1")

    assert takeovers.hand_back(ada, sam, ["They like", "it dry."])


def test_a_tip_given_once_more_under_a_new_name_is_the_same_request(ada):
    """The fingerprint under the idempotency key holds the person, not what they are called."""
    sam, why = create_staff_user("sam"), make_context()
    orders.add_line(ada, "Negroni", 1, [], make_context())
    first = ledger.assign_tip(latest_tab(ada), sam, why)
    rename(sam)

    assert ledger.assign_tip(latest_tab(ada), sam, why).journal == first.journal


def test_nobody_who_is_on_a_trail_can_be_removed(ada):
    """People who leave are made inactive, as the admin says beside the tick; their trail stays."""
    sam = create_staff_user("sam")
    serve_and_answer(ada, sam)

    with pytest.raises(ProtectedError):
        sam.delete()
