"""When is the bar open? By its hours and special dates, by what staff switched; and what guests hear."""

from datetime import UTC, date, datetime, time

import pytest
import time_machine
from asgiref.sync import async_to_sync
from django.utils.translation import override

from bartender.brains.llm.turn_notes import build_turn_notes
from bartender.brains.rule_based.brain import RuleBasedBrain
from bartender.conversation.events import TurnEnded
from bartender.conversation.persistence import start_turn
from bartender.conversation.turn import collect_events, take_turn
from bartender.menu.opening_hours import ALWAYS_OPEN, BarState, OpeningSpan, OpeningTimes, Switched
from bartender.menu.snapshot import BusinessDayClock, current_menu, mark_menu_changed
from bartender.models.bar_state import BarSwitch, OpeningHours, SpecialDate
from bartender.models.menu import Venue
from bartender.models.visits import OrderLine, Ticket
from bartender.permissions import STAFF_GROUP
from bartender.realtime.snapshot import read_change_fingerprints
from bartender.services import bar_tabs, bills, orders, tickets
from bartender.services.bar_state import BarClosed, NothingWasSent, current_bar_state, switch_bar
from bartender.services.opening_days import find_named_day
from bartender.staff_errors import BarClosedAlready
from payments.errors import IdempotencyKeyReused
from tests.bartender.agents.fixtures import open_door, pair_agent, refused
from tests.bartender.page_fixtures import guest_for_visit, visible_text
from tests.bartender.staff_fixtures import create_staff_user
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context
from tests.payments.ledger_helpers import assert_ledger_consistent

pytestmark = pytest.mark.django_db
Kind = BarSwitch.Kind

# November 2026: Friday is the 6th.
FRIDAY, SATURDAY, SUNDAY, MONDAY = 6, 7, 8, 9
LISBON = BusinessDayClock("Europe/Lisbon", 4)
EVENING = OpeningSpan(time(18), time(2))


def at(day, hour, minute=0, month=11):
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def clock(day, hour, minute=0):
    return time_machine.travel(at(day, hour, minute), tick=False)


def times(*weekdays, special=None, **more):
    return OpeningTimes(LISBON, {day: [EVENING] for day in weekdays}, special or {}, **more)


# --- by the hours alone --------------------------------------------------------------------------------


def test_without_a_row_the_bar_is_always_open():
    assert OpeningTimes(LISBON).state_at(at(FRIDAY, 3)) == ALWAYS_OPEN


@pytest.mark.parametrize(
    "day, hour, takes_orders, next_change",
    [
        (FRIDAY, 17, False, at(FRIDAY, 18)),
        (FRIDAY, 18, True, at(SATURDAY, 2)),
        (SATURDAY, 1, True, at(SATURDAY, 2)),  # it is Friday's night
        (SATURDAY, 2, False, at(SATURDAY, 18)),
        (SUNDAY, 1, True, at(SUNDAY, 2)),
        (SUNDAY, 20, False, at(13, 18)),  # the next Friday
    ],
)
def test_an_evening_that_ends_after_midnight(day, hour, takes_orders, next_change):
    state = times(4, 5).state_at(at(day, hour))

    assert state.takes_orders == takes_orders
    assert (state.orders_end_at or state.opens_at) == next_change


def test_several_spans_a_day_and_one_that_begins_after_midnight():
    lunch, late = OpeningSpan(time(12), time(15)), OpeningSpan(time(1), time(3))
    bar = OpeningTimes(LISBON, {4: [lunch, EVENING, late]})

    assert bar.state_at(at(FRIDAY, 16)).opens_at == at(FRIDAY, 18)
    assert bar.state_at(at(SATURDAY, 1)).orders_end_at == at(SATURDAY, 3)  # one runs into the other
    assert not bar.state_at(at(FRIDAY, 2)).takes_orders  # 01:00 of Friday is in Friday's night


def test_special_dates_win_over_the_weekday_and_belong_to_their_evening():
    bar = times(4, 5, special={date(2026, 11, SATURDAY): [], date(2026, 11, MONDAY): [EVENING]})

    assert bar.state_at(at(SATURDAY, 1)).takes_orders  # still Friday
    assert bar.state_at(at(SATURDAY, 20)).opens_at == at(MONDAY, 18)


def test_a_bar_with_nothing_but_a_closed_day_is_open_around_it():
    bar = times(special={date(2026, 12, 25): []})

    assert bar.state_at(at(FRIDAY, 20)) == ALWAYS_OPEN
    assert bar.state_at(at(24, 23, month=12)).orders_end_at == at(25, 4, month=12)
    assert bar.state_at(at(25, 12, month=12)).opens_at == at(26, 4, month=12)


def test_the_last_night_before_a_long_holiday_has_an_end():
    bar = times(4, special={date(2026, 11, day): [] for day in (13, 20, 27)})

    assert bar.state_at(at(FRIDAY, 20)).orders_end_at == at(SATURDAY, 2)
    assert bar.state_at(at(SATURDAY, 3)).opens_at == at(4, 18, month=12)


def test_the_clock_change_makes_the_night_longer_and_not_the_bar_wrong():
    """In Lisbon the clocks go back at 02:00 on October 25: 01:30 comes twice, and the bar closes at 02:00."""
    bar = times(5)

    assert bar.state_at(at(24, 20, month=10)).orders_end_at == at(25, 2, month=10)
    assert bar.state_at(at(25, 1, 59, month=10)).takes_orders


# --- what staff switched -------------------------------------------------------------------------------


def switched(when, closed_since, *, until_next_opening=False, **more):
    return times(4, 5, switched=Switched(when, closed_since, until_next_opening), **more)


def test_closed_by_hand_holds_until_the_next_opening_or_until_somebody_opens():
    pressed = at(FRIDAY, 20)
    until_next = switched(pressed, pressed, until_next_opening=True)

    assert until_next.state_at(at(FRIDAY, 21)) == BarState(False, opens_at=at(SATURDAY, 18), is_switched=True)
    assert until_next.state_at(at(SATURDAY, 19)).takes_orders
    assert switched(pressed, pressed).state_at(at(13, 19)) == BarState(False, is_switched=True)


def test_opened_by_hand_ends_at_the_next_closing_and_with_the_business_day():
    early, late = at(FRIDAY, 15), at(SUNDAY, 20)

    assert switched(early, None).state_at(at(FRIDAY, 16)).orders_end_at == at(SATURDAY, 2)
    assert switched(late, None).state_at(at(SUNDAY, 21)).orders_end_at == at(MONDAY, 4)
    assert not switched(late, None).state_at(at(MONDAY, 5)).takes_orders


def test_last_call_by_the_clock_and_by_hand():
    assert not times(4, last_call_minutes=30).state_at(at(SATURDAY, 1, 29)).is_last_call
    assert times(4, last_call_minutes=30).state_at(at(SATURDAY, 1, 30)).is_last_call
    by_hand = switched(at(FRIDAY, 22), at(FRIDAY, 22, 15), until_next_opening=True)
    assert by_hand.state_at(at(FRIDAY, 22, 10)).is_last_call
    assert by_hand.state_at(at(FRIDAY, 22, 15)) == BarState(
        False, opens_at=at(SATURDAY, 18), is_switched=True
    )


# --- every road to a tab -------------------------------------------------------------------------------


@pytest.fixture
def sam(menu):
    return create_staff_user("sam", STAFF_GROUP)


@pytest.fixture
def hours(menu):
    """Fridays and Saturdays from 18:00 to 02:00, with a last call of half an hour."""
    for day in (4, 5):
        OpeningHours.objects.create(weekday=day, opens_at=time(18), closes_at=time(2))
    Venue.objects.update(last_call_minutes=30)
    mark_menu_changed()


CLOSED = "The bar is closed and takes no orders now; it opens again on Saturday at 18:00."


def say(visit, said):
    ended = async_to_sync(collect_events)(take_turn(visit, said, make_context().key, RuleBasedBrain()))[-1]
    assert isinstance(ended, TurnEnded)
    return ended.reply


def test_after_closing_no_road_leads_to_a_new_drink(hours, ada, ben, cy):
    open_door()
    with clock(SATURDAY, 1):
        line = orders.add_line(ada, "Negroni", 1, [], make_context())
        ada.refresh_from_db()
    agent, guest = pair_agent(ben), guest_for_visit(cy)
    with clock(SATURDAY, 3):
        assert CLOSED in say(cy, "a negroni, please")
        guest.open_page()
        guest.submit_form("/order/negroni/")
        assert CLOSED in visible_text(guest.page)
        assert CLOSED in refused(agent, "add_to_order", item="Negroni", idempotency_key="one")
        for change in (
            lambda: orders.set_quantity(ada, line, 2, make_context()),
            lambda: orders.replace_line(ada, line, "Martini", [], None, make_context()),
            lambda: tickets.fire_ticket(ada, make_context()),
        ):
            with pytest.raises(BarClosed, match="opens again on Saturday"):
                change()
        orders.remove_line(ada, line, None, make_context())

    assert OrderLine.objects.filter(quantity__gt=0).count() == 0
    assert not Ticket.objects.exists()


def test_a_repeated_order_gets_its_first_answer_after_closing(hours, ada):
    op = make_context()
    with clock(SATURDAY, 1, 59):
        line = orders.add_line(ada, "Negroni", 1, [], op)
    with clock(SATURDAY, 2, 1):
        assert orders.add_line(ada, "Negroni", 1, [], op) == line


def test_staff_ring_in_and_send_at_any_time(hours, ada, sam):
    with clock(SATURDAY, 3):
        bar_tabs.ring_in(ada, "Negroni", 1, [], "", sam, "form-one")
        assert bar_tabs.send_to_bar(ada, sam, "form-two").status == "new"


def test_a_guest_pays_after_closing_and_what_was_not_sent_is_off_the_tab(hours, ada):
    with clock(SATURDAY, 1):
        orders.add_line(ada, "Negroni", 1, [], make_context())
        tickets.fire_ticket(ada, make_context())
        orders.add_line(ada, "IPA", 2, [], make_context())
    with clock(SATURDAY, 3):
        ada.refresh_from_db()
        assert "what was not sent comes off" in visible_text(guest_for_visit(ada).open_page())
        reply = say(ada, "the bill, please")

    assert "What was not sent before the bar closed is off your tab." in reply
    assert "$11.00" in reply
    assert bills.bill_of(ada).due_cents == 11_00
    assert_ledger_consistent()


def test_where_nothing_was_sent_there_is_nothing_to_pay_and_nothing_changes(hours, ada):
    with clock(SATURDAY, 1):
        orders.add_line(ada, "Negroni", 1, [], make_context())
    with clock(SATURDAY, 3), pytest.raises(NothingWasSent):
        bills.request_bill(ada, make_context())

    assert bills.bill_of(ada).status == "open"
    assert bills.bill_of(ada).due_cents == 11_00


# --- the switch ----------------------------------------------------------------------------------------


def test_a_press_is_recorded_once_and_the_newest_one_counts(ada, sam):
    pressed = switch_bar(Kind.CLOSED, sam, "form-one")
    assert switch_bar(Kind.CLOSED, sam, "form-one") == pressed
    with pytest.raises(IdempotencyKeyReused):
        switch_bar(Kind.OPEN, sam, "form-one")
    with pytest.raises(BarClosed, match="nobody has said yet"):
        orders.add_line(ada, "Negroni", 1, [], make_context())
    with pytest.raises(BarClosedAlready):
        switch_bar(Kind.LAST_CALL, sam, "form-two")

    switch_bar(Kind.OPEN, sam, "form-three")

    orders.add_line(ada, "Negroni", 1, [], make_context())
    assert [(row.kind, row.switched_by) for row in BarSwitch.objects.all()] == [
        ("open", sam),
        ("closed", sam),
    ]


def test_last_call_by_hand_ends_at_closing_at_the_latest(hours, sam):
    with clock(SATURDAY, 1, 50):
        assert switch_bar(Kind.LAST_CALL, sam, "form-one", minutes=15).orders_end_at == at(SATURDAY, 2)


def test_pages_look_again_when_the_bar_closes_by_the_clock_alone(hours, ada):
    with clock(SATURDAY, 1):
        before = read_change_fingerprints([ada.code])
        assert read_change_fingerprints([ada.code]) == before
    with clock(SATURDAY, 2):
        assert read_change_fingerprints([ada.code]) != before


# --- what guests hear ----------------------------------------------------------------------------------


def test_last_call_is_said_once_and_stands_on_the_page(hours, ada):
    news = "Last call: the bar takes orders until 02:00."
    with clock(SATURDAY, 1):
        assert "Last call" not in say(ada, "hello")
    with clock(SATURDAY, 1, 35):
        assert say(ada, "a negroni, please").startswith(news)
        assert "Last call" not in say(ada, "send it")
        assert news in visible_text(guest_for_visit(ada).open_page())
        with override("es"):
            assert "Última ronda: el bar acepta pedidos hasta las 02:00." in say(ada, "hola")
    with clock(SATURDAY, 3):
        page = visible_text(guest_for_visit(ada).open_page())
        assert f"{CLOSED} You can still pay, talk to Maya and call a person." in page
        assert "Send to the bar" not in page


def test_a_language_model_reads_in_its_notes_how_it_is(hours, ada):
    def notes():
        return build_turn_notes(start_turn(ada, "hello", make_context().key, "gemini").context)

    with clock(SATURDAY, 1):
        assert "The bar takes orders until 02:00." in notes()
    with clock(SATURDAY, 1, 45):
        assert "It is last call" in notes()
    with clock(SATURDAY, 3):
        assert "The bar is closed: no order is taken" in notes()
        assert "on Saturday at 18:00" in notes()


@pytest.mark.parametrize(
    "asked, answer",
    [
        ("when do you close?", "We are open now, and the bar takes orders until 02:00."),
        ("are you open on sunday?", "On Sunday, November 8, we are closed."),
        ("what time do you open on Saturday?", "On Saturday, November 7, we are open from 18:00 to 02:00."),
        ("are you open on Christmas?", "On Friday, December 25, we are closed."),
        ("until when can I order?", "the bar takes orders until 02:00."),
        ("what time is last call?", "the bar takes orders until 02:00."),
        ("are you closed on mondays?", "On Monday, November 9, we are closed."),
    ],
)
def test_guests_ask_for_the_hours_and_hear_what_the_admin_has(hours, ada, asked, answer):
    SpecialDate.objects.create(date=date(2026, 12, 25), name="Christmas")
    mark_menu_changed()
    with clock(FRIDAY, 20):
        assert answer in say(ada, asked)


@pytest.mark.parametrize(
    "said", ["close my tab", "keep it open", "close it out", "two IPAs, are you still open?"]
)
def test_a_tab_that_is_open_is_no_question_for_the_hours(hours, ada, said):
    with clock(FRIDAY, 20):
        assert "takes orders until" not in say(ada, said)


def test_in_spanish_too(hours, ada):
    ada.language = "es"
    ada.save()
    with clock(FRIDAY, 20), override("es"):
        assert "el bar acepta pedidos hasta las 02:00" in say(ada, "¿a qué hora cerráis?")
        assert "El domingo 8 de noviembre cerramos." in say(ada, "¿abrís el domingo?")


def test_closed_by_hand_is_the_answer_where_no_hours_are_stored(ada, sam):
    switch_bar(Kind.CLOSED, sam, "form-one")

    assert "nobody has said yet when it opens again" in say(ada, "are you open?")


def test_without_hours_she_makes_none_up(ada):
    reply = say(ada, "when do you close?")

    assert "We are open" not in reply
    assert not any(figure in reply for figure in ("02:00", "until"))


@pytest.mark.parametrize(
    "words, day",
    [
        ("are you open tomorrow", date(2026, 11, SATURDAY)),
        ("¿abrís mañana?", date(2026, 11, SATURDAY)),
        ("por la mañana", None),
        ("on fridays", date(2026, 11, FRIDAY)),
        ("el miércoles", date(2026, 11, 11)),
        ("on the 24th of December", date(2026, 12, 24)),
        ("February 2", date(2027, 2, 2)),
        ("el 31 de abril", None),
        ("2026-12-31", date(2026, 12, 31)),
        ("tonight", date(2026, 11, FRIDAY)),
        ("when do you close", None),
    ],
)
def test_the_day_that_a_guest_means(words, day):
    assert find_named_day(words, times(4), date(2026, 11, FRIDAY)) == day


def test_the_state_is_read_with_the_menu_and_costs_no_query(hours, django_assert_num_queries):
    menu = current_menu()
    with django_assert_num_queries(0):
        current_bar_state(menu)
