"""Ada is served as the bar's rules have it, whatever a brain, a button or a form asks for."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from bartender.brains.scripted import ScriptedBrain
from bartender.dialogue.types import ToolCall
from bartender.errors import (
    AgeDeclarationRequired,
    AlcoholFreeOnly,
    AlcoholLimitReached,
    AlcoholRefused,
    AllergyApprovalRequired,
    IdCheckRequired,
)
from bartender.menu.snapshot import current_menu, mark_menu_changed
from bartender.models.menu import Venue
from bartender.models.responsible_service import Approval, ServingPolicy
from bartender.models.visits import OrderLine, Ticket, Visit
from bartender.services import bills, orders, responsible_service, returning_guests, tickets
from bartender.services.visits import open_visit
from tests.bartender.responsible_service.policies import record_served, request_refused_drink, terms, units
from tests.bartender.staff_fixtures import create_staff_user, mo_client, nat_client, pay_bill, sam_client
from tests.bartender.test_turn import ended
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context

# --- how much ----------------------------------------------------------------------------------------


def test_from_the_fourth_drink_on_water_is_suggested(ada):
    first = ended(ada, "two old fashioneds", client_id="one")
    second = ended(ada, "two more old fashioneds please", client_id="two")

    assert "water" not in first.reply
    assert "some water beside it" in second.reply
    assert units(ada) == 4


def test_twelve_at_once_are_no_fewer_than_twelve_one_after_the_other(ada):
    terms(soft_limit_drinks=3, approval_limit_drinks=5, hard_limit_drinks=8)
    wish = request_refused_drink(ada, "Long Island", 12)

    assert units(ada) == 0
    assert wish.description.startswith("12 × Long Island: 20.3 standard drinks, 20.3 in all")
    assert orders.add_line(ada, "Long Island", 2, [], make_context()).quantity == 2


def test_what_waits_on_the_tab_counts_with_the_order(ada):
    terms(soft_limit_drinks=3, approval_limit_drinks=5, hard_limit_drinks=8)
    for _ in range(2):
        orders.add_line(ada, "Tap Beer", 1, [], make_context())
    orders.add_line(ada, "IPA", 1, [], make_context())

    assert "5.4 in all" in request_refused_drink(ada, "Whiskey", 1).description
    with pytest.raises(AlcoholLimitReached):
        orders.set_quantity(ada, OrderLine.objects.get(name="IPA"), 2, make_context())


def test_beyond_the_limit_a_person_is_asked_and_finds_the_wish_waiting(ada):
    terms(approval_limit_drinks=16, hard_limit_drinks=24)
    record_served(ada, "Tap Beer", 12)
    for _ in range(2):  # the same wish waits once
        request_refused_drink(ada, "Negroni", 4)

    leave = Approval.objects.get()
    assert (leave.kind, leave.status, leave.visit) == ("alcohol", "waiting", ada)
    assert units(ada) == 12


def test_in_the_end_it_is_drinks_without_alcohol(ada):
    terms(approval_limit_drinks=16, hard_limit_drinks=24)
    record_served(ada, "Tap Beer", 12)
    responsible_service.decide_approval(
        request_refused_drink(ada, "Martini", 6), create_staff_user("sam"), is_approved=True
    )
    record_served(ada, "Martini", 6)

    with pytest.raises(AlcoholFreeOnly, match="Lemonade"):
        orders.add_line(ada, "Whiskey", 1, [], make_context())
    orders.add_line(ada, "Lemonade", 1, [], make_context())
    assert units(ada) == 19


def test_a_double_counts_twice(ada):
    single = orders.add_line(ada, "Whiskey", 1, [], make_context())
    double = orders.add_line(ada, "Whiskey", 1, ["double"], make_context())
    water = orders.add_line(ada, "Water", 1, [], make_context())

    assert single.unit_ethanol_grams is not None
    assert double.unit_ethanol_grams is not None
    assert abs(double.unit_ethanol_grams - 2 * single.unit_ethanol_grams) <= Decimal(
        "0.001"
    )  # as written down
    assert water.unit_ethanol_grams == 0


def test_a_new_tab_is_no_new_beginning(ada):
    terms(soft_limit_drinks=1, approval_limit_drinks=2, hard_limit_drinks=9)
    orders.add_line(ada, "Whiskey", 2, [], make_context())
    pay_bill(ada)

    with pytest.raises(AlcoholLimitReached):
        orders.add_line(ada, "Whiskey", 1, [], make_context())


def test_whoever_is_known_is_known_on_a_second_phone(ada, ben):
    terms(soft_limit_drinks=1, approval_limit_drinks=2, hard_limit_drinks=9)
    record_served(ada, "Whiskey", 2)
    known = returning_guests.save_usual(ada)
    Visit.objects.filter(pk=ben.pk).update(returning_guest=known)

    with pytest.raises(AlcoholLimitReached):
        orders.add_line(ben, "Whiskey", 1, [], make_context())


def test_what_was_taken_off_again_does_not_count(ada):
    terms(soft_limit_drinks=1, approval_limit_drinks=2, hard_limit_drinks=9)
    record_served(ada, "Whiskey", 2)
    orders.undo_last_line(ada, make_context())

    assert orders.add_line(ada, "Whiskey", 2, [], make_context()).quantity == 2


def test_the_window_moves_on(ada):
    terms(soft_limit_drinks=1, approval_limit_drinks=2, hard_limit_drinks=9, window_minutes=60)
    record_served(ada, "Whiskey", 2)
    OrderLine.objects.update(ordered_at=timezone.now() - timedelta(minutes=61))

    assert orders.add_line(ada, "Whiskey", 2, ["neat"], make_context()).quantity == 2


def test_making_it_more_is_asked_like_ordering_more(ada):
    terms(soft_limit_drinks=1, approval_limit_drinks=2, hard_limit_drinks=9)
    line = orders.add_line(ada, "Whiskey", 2, [], make_context())
    tickets.fire_ticket(ada, make_context())
    with pytest.raises(AlcoholLimitReached):
        orders.set_quantity(ada, line, 4, make_context())

    assert units(ada) == 2


def test_a_brain_that_wants_more_for_the_guest_gets_no_more(ada):
    terms(soft_limit_drinks=1, approval_limit_drinks=2, hard_limit_drinks=9)
    record_served(ada, "Whiskey", 2)
    pour = ToolCall("add_to_order", {"item": "Whiskey", "quantity": 3})

    ended(ada, "for my friends!", ScriptedBrain([pour], ["Here you are."]))

    assert units(ada) == 2
    assert Approval.objects.get().kind == "alcohol"


def test_after_enough_nothing_with_alcohol_is_suggested(ada):
    orders.add_line(ada, "Old Fashioned", 5, [], make_context())

    told = ended(ada, "What do you recommend?")

    drinks = [name for name in ("Daiquiri", "Martini", "Negroni", "Manhattan", "IPA") if name in told.reply]
    assert drinks == []
    assert any(name in told.reply for name in ("Water", "Iced Tea", "Lemonade", "Soda"))


def test_terms_of_tomorrow_do_not_bind_today(ada):
    terms(
        valid_from=timezone.localdate() + timedelta(days=1),
        soft_limit_drinks=0,
        approval_limit_drinks=0,
        hard_limit_drinks=0,
    )

    assert orders.add_line(ada, "Martini", 1, [], make_context()).quantity == 1


def test_terms_begin_with_the_business_day_and_not_at_midnight(ada, time_machine):
    Venue.objects.update(timezone="America/New_York", day_start_hour=4)
    terms(valid_from=date(2026, 12, 1), legal_age=18)
    time_machine.move_to(datetime(2026, 12, 1, 8, 30, tzinfo=UTC))  # half past three in New York

    assert current_menu().current_limits().legal_age == 21
    time_machine.move_to(datetime(2026, 12, 1, 9, 30, tzinfo=UTC))
    assert current_menu().current_limits().legal_age == 18


def test_a_venue_in_a_zone_that_does_not_exist_still_serves(ada):
    Venue.objects.update(timezone="Middle/Earth")
    mark_menu_changed()

    assert orders.add_line(ada, "Martini", 1, [], make_context()).quantity == 1


def test_limits_stand_in_order(db):
    with pytest.raises(IntegrityError), transaction.atomic():
        ServingPolicy.objects.create(
            valid_from=date(2026, 1, 1), soft_limit_drinks=5, approval_limit_drinks=4
        )


# --- age ---------------------------------------------------------------------------------------------


def test_where_the_house_asks_the_first_drink_waits_for_the_guest_s_own_word(ada):
    terms(age_check="declared")
    with pytest.raises(AgeDeclarationRequired, match="21 or older"):
        orders.add_line(ada, "Martini", 1, [], make_context())
    orders.add_line(ada, "Lemonade", 1, [], make_context())

    said = ended(ada, "I'm over 21")

    assert "Thank you" in said.reply
    assert orders.add_line(ada, "Martini", 1, [], make_context()).quantity == 1


def test_who_says_they_are_too_young_is_served_without_alcohol_from_then_on(ada):
    told = ended(ada, "I'm 17", client_id="one")
    ended(ada, "I'm over 21 now", client_id="two")

    assert "without alcohol" in told.reply
    with pytest.raises(AlcoholRefused):
        orders.add_line(ada, "Martini", 1, [], make_context())
    assert orders.add_line(ada, "Soda", 1, [], make_context()).quantity == 1


def test_where_a_person_must_look_the_ticket_waits_for_them(ada):
    terms(age_check="staff")
    orders.add_line(ada, "Martini", 1, [], make_context())
    ended(ada, "I am over 21")  # a click or a word is no proof
    with pytest.raises(IdCheckRequired, match="ID"):
        tickets.fire_ticket(ada, make_context())
    with pytest.raises(IdCheckRequired):
        bills.request_bill(ada, make_context())
    assert not Ticket.objects.exists()

    responsible_service.decide_approval(
        Approval.objects.get(kind="age"), create_staff_user("sam"), is_approved=True
    )

    assert tickets.fire_ticket(ada, make_context()).status == "new"
    ada.refresh_from_db()
    assert ada.age_state == "checked"


# --- allergies ---------------------------------------------------------------------------------------


def test_an_allergy_told_in_passing_is_kept_for_the_visit(ada):
    told = ended(ada, "I'm allergic to nuts", client_id="one")
    ended(ada, "One water please. My friend has a milk allergy.", client_id="two")

    ada.refresh_from_db()
    assert ada.allergies == ["milk", "nuts"]
    assert "noted nuts" in told.reply
    assert units(ada) == 1


def test_what_has_it_or_may_have_it_is_not_committed_without_a_person(ada):
    ended(ada, "I'm coeliac", client_id="one")
    beer = ended(ada, "an IPA please", client_id="two")
    rum = ended(ada, "then a daiquiri", client_id="three")

    assert "contains gluten" in beer.reply
    assert "not confirmed to be free of gluten" in rum.reply
    assert units(ada) == 0
    assert set(Approval.objects.values_list("item__name", flat=True)) == {"IPA", "Daiquiri"}


def test_what_is_on_the_tab_already_does_not_go_to_the_bar_unseen(ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    told = ended(ada, "I'm allergic to sulphites")

    assert "Negroni won't go to the bar" in told.reply
    with pytest.raises(AllergyApprovalRequired):
        tickets.fire_ticket(ada, make_context())
    assert not Ticket.objects.exists()


def test_the_other_guest_s_allergy_is_not_mine(ada, ben):
    responsible_service.declare_allergies(ada, ["gluten"])

    assert orders.add_line(ben, "IPA", 1, [], make_context()).quantity == 1


def test_only_the_guest_s_own_hand_takes_an_allergy_away(ada):
    responsible_service.declare_allergies(ada, ["gluten"])
    ended(ada, "I'm not allergic to gluten any more, a beer")
    ada.refresh_from_db()
    assert ada.allergies == ["gluten"]

    responsible_service.set_allergies(ada, [])

    assert orders.add_line(ada, "IPA", 1, [], make_context()).quantity == 1


def test_what_is_recommended_is_safe(ada):
    responsible_service.declare_allergies(ada, ["nuts"])

    told = ended(ada, "What do you recommend?")

    assert any(name in told.reply for name in ("Water", "Iced Tea", "Lemonade", "Soda"))


# --- who decides -------------------------------------------------------------------------------------


def test_staff_decide_with_one_click_and_strangers_do_not(ada):
    responsible_service.declare_allergies(ada, ["nuts"])
    with pytest.raises(AllergyApprovalRequired):
        orders.add_line(ada, "Martini", 1, [], make_context())
    leave = Approval.objects.get()
    url = f"/admin/bartender/approval/{leave.pk}/decide/"

    assert nat_client().post(url, {"given": "1"}).status_code == 403
    client = sam_client()
    assert "nuts" in client.get("/admin/bartender/approval/").content.decode()
    client.post(url, {"given": "1"})
    client.post(url, {"given": "0"})  # decided is decided

    assert Approval.objects.values_list("status", "decided_by__username").get() == ("given", "sam")


def test_managers_write_the_terms_and_staff_read_them(db):
    form = {
        "valid_from": "2026-12-01",
        "window_minutes": 120,
        "soft_limit_drinks": 3,
        "approval_limit_drinks": 6,
        "hard_limit_drinks": 8,
        "age_check": "staff",
        "legal_age": 21,
    }
    assert sam_client().post("/admin/bartender/servingpolicy/add/", form).status_code == 403
    mo_client().post("/admin/bartender/servingpolicy/add/", form)

    assert ServingPolicy.objects.get().age_check == "staff"


def test_a_guest_of_another_visit_starts_with_nothing_said(ada):
    responsible_service.declare_allergies(ada, ["nuts"])

    assert open_visit().allergies == []
