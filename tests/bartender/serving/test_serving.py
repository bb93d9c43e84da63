"""Ada is served as the house's rules have it, whatever a brain, a button or a form asks for."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from bartender.brains.base import Call
from bartender.brains.scripted import Scripted
from bartender.errors import (
    AlcoholFreeOnly,
    AllergyDoubt,
    DeedIsDecided,
    MoreThanMaySay,
    NoAlcohol,
    SayYourAge,
    ShowAnId,
)
from bartender.menu.snapshot import current_menu, menu_changed
from bartender.records.menu import Venue
from bartender.records.serving import ServingPolicy, StaffLeave
from bartender.records.visits import OrderLine, Ticket, Visit
from bartender.services import bills, orders, regulars, serving, tickets
from bartender.services.visits import open_visit
from tests.bartender.staff_cast import hire, mo, nat, pay, sam
from tests.bartender.test_turn import ended
from tests.cast import *  # noqa: F403 - the cast
from tests.cast import cause


def terms(**named):
    ServingPolicy.objects.create(**{"since": date(2026, 1, 1), **named})
    menu_changed()


def served(visit, item, quantity, *modifiers):
    orders.add(visit, item, quantity, modifiers, cause())
    tickets.fire(visit, cause())


def units(visit):
    return bills.bill_of(visit).units


# --- how much ----------------------------------------------------------------------------------------


def test_from_the_fourth_drink_on_water_is_suggested(ada):
    first = ended(ada, "two old fashioneds", client_id="one")
    second = ended(ada, "two more old fashioneds please", client_id="two")

    assert "water" not in first.reply
    assert "some water beside it" in second.reply
    assert units(ada) == 4


def test_a_round_for_the_whole_table_goes_on_the_tab(ada):
    orders.add(ada, "IPA", 12, [], cause())  # 20 standard drinks, and people will see whom they are for
    orders.add(ada, "Classic Brew", 12, [], cause())

    assert units(ada) == 24


def test_beyond_the_limit_a_person_is_asked_and_finds_the_wish_waiting(ada):
    served(ada, "IPA", 12)
    for _ in range(2):  # the same wish waits once
        with pytest.raises(MoreThanMaySay, match="asked somebody behind the bar"):
            orders.add(ada, "Negroni", 4, [], cause())

    leave = StaffLeave.objects.get()
    assert (leave.kind, leave.status, leave.visit) == ("alcohol", "waiting", ada)
    assert units(ada) == 12


def test_a_person_s_yes_holds_for_an_hour(ada):
    served(ada, "IPA", 12)
    with pytest.raises(MoreThanMaySay):
        orders.add(ada, "Negroni", 4, [], cause())
    serving.decide_leave(StaffLeave.objects.get(), hire("sam"), given=True)
    orders.add(ada, "Negroni", 2, [], cause())
    StaffLeave.objects.update(decided_at=timezone.now() - timedelta(minutes=61))

    with pytest.raises(MoreThanMaySay):
        orders.add(ada, "Negroni", 1, [], cause())
    assert units(ada) == 14


def test_a_person_s_no_is_a_no(ada):
    served(ada, "IPA", 12)
    with pytest.raises(MoreThanMaySay):
        orders.add(ada, "Negroni", 4, [], cause())
    serving.decide_leave(StaffLeave.objects.get(), hire("sam"), given=False)

    with pytest.raises(MoreThanMaySay):
        orders.add(ada, "Negroni", 4, [], cause())
    with pytest.raises(DeedIsDecided):
        serving.decide_leave(StaffLeave.objects.earliest("id"), hire("mo"), given=True)


def test_in_the_end_it_is_drinks_without_alcohol(ada):
    served(ada, "IPA", 12)
    serving.decide_leave(_asked(ada), hire("sam"), given=True)
    served(ada, "Whiskey", 12)

    with pytest.raises(AlcoholFreeOnly, match="Lemonade"):
        orders.add(ada, "Tap Beer", 1, [], cause())
    orders.add(ada, "Lemonade", 1, [], cause())
    assert units(ada) == 25


def _asked(visit):
    with pytest.raises(MoreThanMaySay):
        orders.add(visit, "Whiskey", 1, [], cause())
    return StaffLeave.objects.get()


def test_a_double_counts_twice(ada):
    single = orders.add(ada, "Whiskey", 1, [], cause())
    double = orders.add(ada, "Whiskey", 1, ["double"], cause())
    water = orders.add(ada, "Water", 1, [], cause())

    assert round(double.unit_grams / single.unit_grams, 2) == 2
    assert water.unit_grams == 0


def test_a_new_tab_is_no_new_beginning(ada):
    terms(soft_drinks=1, staff_drinks=1, limit_drinks=9)
    orders.add(ada, "Whiskey", 2, [], cause())
    pay(ada)

    with pytest.raises(MoreThanMaySay):
        orders.add(ada, "Whiskey", 1, [], cause())


def test_whoever_is_known_is_known_on_a_second_phone(ada, ben):
    terms(soft_drinks=1, staff_drinks=1, limit_drinks=9)
    served(ada, "Whiskey", 2)
    known = regulars.remember_usual(ada)
    Visit.objects.filter(pk=ben.pk).update(regular=known)

    with pytest.raises(MoreThanMaySay):
        orders.add(ben, "Whiskey", 1, [], cause())


def test_what_was_taken_off_again_does_not_count(ada):
    terms(soft_drinks=1, staff_drinks=1, limit_drinks=9)
    served(ada, "Whiskey", 2)
    orders.undo(ada, cause())

    assert orders.add(ada, "Whiskey", 2, [], cause()).quantity == 2


def test_the_window_moves_on(ada):
    terms(soft_drinks=1, staff_drinks=1, limit_drinks=9, window_minutes=60)
    served(ada, "Whiskey", 2)
    OrderLine.objects.update(ordered_at=timezone.now() - timedelta(minutes=61))

    assert orders.add(ada, "Whiskey", 2, ["neat"], cause()).quantity == 2


def test_making_it_more_is_asked_like_ordering_more(ada):
    terms(soft_drinks=1, staff_drinks=1, limit_drinks=9)
    line = orders.add(ada, "Whiskey", 2, [], cause())
    tickets.fire(ada, cause())
    with pytest.raises(MoreThanMaySay):
        orders.set_quantity(ada, line, 4, cause())

    assert units(ada) == 2


def test_a_brain_that_wants_more_for_the_guest_gets_no_more(ada):
    terms(soft_drinks=1, staff_drinks=1, limit_drinks=9)
    served(ada, "Whiskey", 2)
    pour = Call("add_to_order", {"item": "Whiskey", "quantity": 3})

    ended(ada, "for my friends!", Scripted([pour], ["Here you are."]))

    assert units(ada) == 2
    assert StaffLeave.objects.get().kind == "alcohol"


def test_after_enough_nothing_with_alcohol_is_suggested(ada):
    orders.add(ada, "Old Fashioned", 5, [], cause())

    told = ended(ada, "What do you recommend?")

    drinks = [name for name in ("Daiquiri", "Martini", "Negroni", "Manhattan", "IPA") if name in told.reply]
    assert drinks == []
    assert any(name in told.reply for name in ("Water", "Iced Tea", "Lemonade", "Soda"))


def test_terms_of_tomorrow_do_not_bind_today(ada):
    terms(since=timezone.localdate() + timedelta(days=1), soft_drinks=0, staff_drinks=0, limit_drinks=0)

    assert orders.add(ada, "Martini", 1, [], cause()).quantity == 1


def test_terms_begin_with_the_business_day_and_not_at_midnight(ada, time_machine):
    Venue.objects.update(timezone="America/New_York", day_turns_at_hour=4)
    terms(since=date(2026, 12, 1), legal_age=18)
    time_machine.move_to(datetime(2026, 12, 1, 8, 30, tzinfo=UTC))  # half past three in New York

    assert current_menu().limits_now().legal_age == 21
    time_machine.move_to(datetime(2026, 12, 1, 9, 30, tzinfo=UTC))
    assert current_menu().limits_now().legal_age == 18


def test_a_venue_in_a_zone_that_does_not_exist_still_serves(ada):
    Venue.objects.update(timezone="Middle/Earth")
    menu_changed()

    assert orders.add(ada, "Martini", 1, [], cause()).quantity == 1


def test_limits_stand_in_order(db):
    with pytest.raises(IntegrityError), transaction.atomic():
        ServingPolicy.objects.create(since=date(2026, 1, 1), soft_drinks=5, staff_drinks=4)


# --- age ---------------------------------------------------------------------------------------------


def test_where_the_house_asks_the_first_drink_waits_for_the_guest_s_own_word(ada):
    terms(age_check="declared")
    with pytest.raises(SayYourAge, match="21 or older"):
        orders.add(ada, "Martini", 1, [], cause())
    orders.add(ada, "Lemonade", 1, [], cause())

    said = ended(ada, "I'm over 21")

    assert "Thank you" in said.reply
    assert orders.add(ada, "Martini", 1, [], cause()).quantity == 1


def test_who_says_they_are_too_young_is_served_without_alcohol_from_then_on(ada):
    told = ended(ada, "I'm 17", client_id="one")
    ended(ada, "I'm over 21 now", client_id="two")

    assert "without alcohol" in told.reply
    with pytest.raises(NoAlcohol):
        orders.add(ada, "Martini", 1, [], cause())
    assert orders.add(ada, "Soda", 1, [], cause()).quantity == 1


def test_where_a_person_must_look_the_ticket_waits_for_them(ada):
    terms(age_check="staff")
    orders.add(ada, "Martini", 1, [], cause())
    ended(ada, "I am over 21")  # a click or a word is no proof
    with pytest.raises(ShowAnId, match="ID"):
        tickets.fire(ada, cause())
    with pytest.raises(ShowAnId):
        bills.ask_to_pay(ada, cause())
    assert not Ticket.objects.exists()

    serving.decide_leave(StaffLeave.objects.get(kind="age"), hire("sam"), given=True)

    assert tickets.fire(ada, cause()).status == "new"
    ada.refresh_from_db()
    assert ada.age_state == "checked"


def test_whom_a_person_refused_gets_nothing_with_alcohol_to_the_bar(ada):
    orders.add(ada, "Martini", 1, [], cause())
    serving.check_age(ada, hire("sam"), of_age=False)

    with pytest.raises(NoAlcohol):
        tickets.fire(ada, cause())
    with pytest.raises(NoAlcohol):
        orders.add(ada, "Gin", 1, [], cause())


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
    assert set(StaffLeave.objects.values_list("item__name", flat=True)) == {"IPA", "Daiquiri"}


def test_a_person_may_decide_otherwise_for_that_drink_alone(ada):
    serving.declare_allergies(ada, ["nuts"])
    with pytest.raises(AllergyDoubt):
        orders.add(ada, "Martini", 1, [], cause())
    serving.decide_leave(StaffLeave.objects.get(), hire("sam"), given=True)

    assert orders.add(ada, "Martini", 1, [], cause()).quantity == 1
    with pytest.raises(AllergyDoubt):
        orders.add(ada, "Negroni", 1, [], cause())


def test_what_is_on_the_tab_already_does_not_go_to_the_bar_unseen(ada):
    orders.add(ada, "Negroni", 1, [], cause())
    told = ended(ada, "I'm allergic to sulphites")

    assert "Negroni won't go to the bar" in told.reply
    with pytest.raises(AllergyDoubt):
        tickets.fire(ada, cause())
    assert not Ticket.objects.exists()


def test_the_other_guest_s_allergy_is_not_mine(ada, ben):
    serving.declare_allergies(ada, ["gluten"])

    assert orders.add(ben, "IPA", 1, [], cause()).quantity == 1


def test_only_the_guest_s_own_hand_takes_an_allergy_away(ada):
    serving.declare_allergies(ada, ["gluten"])
    ended(ada, "I'm not allergic to gluten any more, a beer")
    ada.refresh_from_db()
    assert ada.allergies == ["gluten"]

    serving.set_allergies(ada, [])

    assert orders.add(ada, "IPA", 1, [], cause()).quantity == 1


def test_what_is_recommended_is_safe(ada):
    serving.declare_allergies(ada, ["nuts"])

    told = ended(ada, "What do you recommend?")

    assert any(name in told.reply for name in ("Water", "Iced Tea", "Lemonade", "Soda"))


# --- who decides -------------------------------------------------------------------------------------


def test_staff_decide_with_one_click_and_strangers_do_not(ada):
    serving.declare_allergies(ada, ["nuts"])
    with pytest.raises(AllergyDoubt):
        orders.add(ada, "Martini", 1, [], cause())
    leave = StaffLeave.objects.get()
    url = f"/admin/bartender/staffleave/{leave.pk}/decide/"

    assert nat().post(url, {"given": "1"}).status_code == 403
    client = sam()
    assert "nuts" in client.get("/admin/bartender/staffleave/").content.decode()
    client.post(url, {"given": "1"})
    client.post(url, {"given": "0"})  # decided is decided

    assert StaffLeave.objects.values_list("status", "decided_by__username").get() == ("given", "sam")


def test_managers_write_the_terms_and_staff_read_them(db):
    form = {
        "since": "2026-12-01",
        "window_minutes": 120,
        "soft_drinks": 3,
        "staff_drinks": 6,
        "limit_drinks": 8,
        "age_check": "staff",
        "legal_age": 21,
    }
    assert sam().post("/admin/bartender/servingpolicy/add/", form).status_code == 403
    mo().post("/admin/bartender/servingpolicy/add/", form)

    assert ServingPolicy.objects.get().age_check == "staff"


def test_a_guest_of_another_visit_starts_with_nothing_said(ada):
    serving.declare_allergies(ada, ["nuts"])

    assert open_visit().allergies == []
