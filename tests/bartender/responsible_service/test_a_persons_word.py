"""A person behind the bar says yes or no to Ada: how far a word goes, and how long it holds."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models.signals import post_init
from django.utils import timezone

from bartender.errors import (
    AlcoholFreeOnly,
    AlcoholRefused,
    AllergyApprovalRequired,
    AlreadyDecided,
    DrinkRefused,
    MoreAlcoholRefused,
)
from bartender.menu.snapshot import mark_menu_changed
from bartender.models.menu import Venue
from bartender.models.responsible_service import Approval
from bartender.models.visits import OrderLine, Visit
from bartender.services import approvals, orders, responsible_service, returning_guests, tickets
from tests.bartender.responsible_service.policies import record_served, request_refused_drink, terms, units
from tests.bartender.staff_fixtures import create_staff_user
from tests.bartender.test_turn import ended
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context


def test_a_round_for_the_whole_table_takes_one_person_s_yes_and_goes_no_further(ada):
    terms(soft_limit_drinks=3, approval_limit_drinks=5, hard_limit_drinks=8)
    responsible_service.decide_approval(
        request_refused_drink(ada, "Long Island", 6), create_staff_user("sam"), is_approved=True
    )
    record_served(ada, "Long Island", 6)

    assert units(ada) == 6
    with pytest.raises(AlcoholFreeOnly):
        orders.add_line(ada, "Long Island", 1, [], make_context())


def test_a_yes_to_one_more_is_none_to_twelve(ada):
    terms(soft_limit_drinks=3, approval_limit_drinks=5, hard_limit_drinks=8)
    record_served(ada, "Tap Beer", 3)
    responsible_service.decide_approval(
        request_refused_drink(ada, "IPA", 1), create_staff_user("sam"), is_approved=True
    )

    assert "24.3 in all" in request_refused_drink(ada, "Long Island", 12).description
    assert orders.add_line(ada, "IPA", 1, [], make_context()).quantity == 1


def test_a_person_s_yes_holds_for_an_hour(ada):
    terms(approval_limit_drinks=16, hard_limit_drinks=24)
    record_served(ada, "Tap Beer", 12)
    responsible_service.decide_approval(
        request_refused_drink(ada, "Negroni", 4), create_staff_user("sam"), is_approved=True
    )
    orders.add_line(ada, "Negroni", 2, [], make_context())
    Approval.objects.update(decided_at=timezone.now() - timedelta(minutes=61))

    request_refused_drink(ada, "Negroni", 1)
    assert units(ada) == 14


def test_a_person_s_no_holds_as_long_says_who_and_when_and_asks_nobody_again(ada, time_machine):
    terms(approval_limit_drinks=16, hard_limit_drinks=24)
    Venue.objects.update(timezone="America/New_York")
    mark_menu_changed()
    time_machine.move_to(datetime(2026, 12, 2, 2, 30, tzinfo=UTC), tick=False)  # half past nine in New York
    record_served(ada, "Tap Beer", 12)
    wish = request_refused_drink(ada, "Negroni", 4)
    responsible_service.decide_approval(wish, create_staff_user("sam"), is_approved=False)

    with pytest.raises(MoreAlcoholRefused, match="Sam said at 21:30: no more alcohol for now"):
        orders.add_line(ada, "Negroni", 1, [], make_context())
    told = ended(ada, "oh come on, another negroni please")
    assert "Sam said at 21:30" in told.reply
    assert not Approval.objects.filter(status="waiting").exists()
    assert orders.add_line(ada, "Soda", 1, [], make_context()).quantity == 1
    with pytest.raises(AlreadyDecided):
        responsible_service.decide_approval(wish, create_staff_user("mo"), is_approved=True)
    time_machine.shift(timedelta(minutes=59))
    with pytest.raises(MoreAlcoholRefused):
        orders.add_line(ada, "IPA", 1, [], make_context())
    time_machine.shift(timedelta(minutes=2))
    request_refused_drink(ada, "Negroni", 1)


def test_a_no_holds_below_every_limit_and_for_what_waits_on_the_tab(ada):
    terms(soft_limit_drinks=3, approval_limit_drinks=5, hard_limit_drinks=8)
    orders.add_line(ada, "IPA", 1, [], make_context())
    responsible_service.decide_approval(
        request_refused_drink(ada, "Long Island", 12), create_staff_user("sam"), is_approved=False
    )

    for way in (
        lambda: orders.add_line(ada, "Tap Beer", 1, [], make_context()),
        lambda: tickets.fire_ticket(ada, make_context()),
    ):
        with pytest.raises(MoreAlcoholRefused):
            way()
    line = OrderLine.objects.get()
    with pytest.raises(MoreAlcoholRefused):
        orders.set_quantity(ada, line, 2, make_context())
    with pytest.raises(MoreAlcoholRefused):
        orders.replace_line(ada, line, "Whiskey", [], None, make_context())
    assert orders.replace_line(ada, line, "Lemonade", [], None, make_context()).name == "Lemonade"


def test_a_later_no_ends_an_earlier_yes_and_a_later_yes_an_earlier_no(ada):
    terms(soft_limit_drinks=3, approval_limit_drinks=5, hard_limit_drinks=8)
    sam_ = create_staff_user("sam")
    responsible_service.decide_approval(request_refused_drink(ada, "Whiskey", 7), sam_, is_approved=True)
    no = responsible_service.decide_approval(
        request_refused_drink(ada, "Long Island", 12), sam_, is_approved=False
    )
    with pytest.raises(MoreAlcoholRefused):
        orders.add_line(ada, "Whiskey", 1, [], make_context())
    approvals.overturn_refusal(no, create_staff_user("mo"))

    assert orders.add_line(ada, "Whiskey", 7, [], make_context()).quantity == 7


def test_a_no_is_heard_on_a_second_phone_too(ada, ben):
    terms(soft_limit_drinks=3, approval_limit_drinks=5, hard_limit_drinks=8)
    orders.add_line(ada, "Soda", 1, [], make_context())
    known = returning_guests.save_usual(ada)
    ada.refresh_from_db()
    Visit.objects.filter(pk=ben.pk).update(returning_guest=known)
    responsible_service.decide_approval(
        request_refused_drink(ada, "Long Island", 12), create_staff_user("sam"), is_approved=False
    )

    with pytest.raises(MoreAlcoholRefused):
        orders.add_line(ben, "Whiskey", 1, [], make_context())


def test_what_was_decided_for_a_regular_years_ago_is_not_read_for_tonight(ada):
    orders.add_line(ada, "Soda", 1, [], make_context())
    returning_guests.save_usual(ada)
    ada.refresh_from_db()
    sam = create_staff_user("sam")
    kind, given = Approval.Kind.ALCOHOL, Approval.Status.GIVEN
    tonight = timezone.now() - timedelta(minutes=5)
    Approval.objects.bulk_create(
        Approval(
            visit=ada,
            kind=kind,
            status=given,
            decided_by=sam,
            decided_at=timezone.now() - timedelta(days=30 * month),
        )
        for month in range(1, 41)
    )
    newest = Approval.objects.create(visit=ada, kind=kind, status=given, decided_by=sam, decided_at=tonight)
    read = []

    def note(instance, **kwargs):
        read.append(instance.pk)

    post_init.connect(note, sender=Approval)
    try:
        found = approvals.latest_alcohol_decisions(ada, [])
    finally:
        post_init.disconnect(note, sender=Approval)

    assert found == {None: newest}
    assert read == [newest.pk]


def test_after_a_no_nothing_with_alcohol_is_suggested(ada):
    terms(soft_limit_drinks=3, approval_limit_drinks=5, hard_limit_drinks=8)
    responsible_service.decide_approval(
        request_refused_drink(ada, "Long Island", 12), create_staff_user("sam"), is_approved=False
    )
    told = ended(Visit.objects.get(pk=ada.pk), "What do you recommend?")

    assert any(name in told.reply for name in ("Water", "Iced Tea", "Lemonade", "Soda"))


def test_a_person_may_decide_otherwise_for_that_drink_alone(ada):
    responsible_service.declare_allergies(ada, ["nuts"])
    with pytest.raises(AllergyApprovalRequired):
        orders.add_line(ada, "Martini", 1, [], make_context())
    responsible_service.decide_approval(Approval.objects.get(), create_staff_user("sam"), is_approved=True)

    assert orders.add_line(ada, "Martini", 1, [], make_context()).quantity == 1
    with pytest.raises(AllergyApprovalRequired):
        orders.add_line(ada, "Negroni", 1, [], make_context())
    with pytest.raises(AllergyApprovalRequired):  # made in another way it is another drink
        orders.add_line(ada, "Martini", 1, ["dirty"], make_context())
    assert orders.add_line(ada, "Martini", 1, ["stirred"], make_context()).quantity == 1
    responsible_service.declare_allergies(ada, ["milk"])
    with pytest.raises(AllergyApprovalRequired):  # and nobody has said yes to milk
        orders.add_line(ada, "Martini", 1, [], make_context())


def test_a_no_to_a_drink_holds_for_the_visit_however_it_is_made(ada):
    responsible_service.declare_allergies(ada, ["nuts"])
    with pytest.raises(AllergyApprovalRequired):
        orders.add_line(ada, "Martini", 1, ["dirty"], make_context())
    no = responsible_service.decide_approval(
        Approval.objects.get(), create_staff_user("sam"), is_approved=False
    )

    for made in (["dirty"], [], ["perfect"]):
        with pytest.raises(DrinkRefused, match=r"Sam said at \d\d:\d\d: better leave the Martini"):
            orders.add_line(ada, "Martini", 1, made, make_context())
    with pytest.raises(AllergyApprovalRequired):
        orders.add_line(ada, "Negroni", 1, [], make_context())
    assert not Approval.objects.filter(status="waiting", item=no.item).exists()
    approvals.overturn_refusal(no, create_staff_user("mo"))
    assert orders.add_line(ada, "Martini", 1, ["dirty"], make_context()).quantity == 1
    with pytest.raises(DrinkRefused):
        orders.add_line(ada, "Martini", 1, [], make_context())


def test_whom_a_person_refused_gets_nothing_with_alcohol_to_the_bar(ada):
    orders.add_line(ada, "Martini", 1, [], make_context())
    responsible_service.record_age_check(ada, create_staff_user("sam"), is_of_age=False)

    with pytest.raises(AlcoholRefused, match=r"Sam decided that at \d\d:\d\d"):
        tickets.fire_ticket(ada, make_context())
    with pytest.raises(AlcoholRefused, match="Sam decided that"):
        orders.add_line(ada, "Gin", 1, [], make_context())
    assert not Approval.objects.filter(status="waiting").exists()
