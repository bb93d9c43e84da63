"""Two people behind the bar move the same drink at the same moment: it is on one tab, and paid for once."""

import threading
from functools import partial

import pytest
from django.db import IntegrityError, connection
from django.db.models import QuerySet

from bartender.services import orders, tab_moves, tickets
from bartender.services.visits import open_visit
from payments.models import Tab
from tests.bartender.staff_fixtures import create_staff_user
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context
from tests.payments.concurrency import refusal_messages, run_concurrently
from tests.payments.ledger_helpers import assert_ledger_consistent

pytestmark = [pytest.mark.django_db(transaction=True)]
ROUNDS = 3


def drinking(units=1):
    visit = open_visit()
    orders.add_line(visit, "Water", units, [], make_context())
    tickets.fire_ticket(visit, make_context(), skip_hold=True)
    return visit


def units_on(visit):
    return sum(tab.units for tab in Tab.objects.filter(visit_code=visit.code))


def test_two_people_move_the_same_line_to_two_tabs_and_one_of_them_is_told(menu):
    sam, mo = create_staff_user("sam"), create_staff_user("mo")
    for number in range(ROUNDS):
        ada, ben, cy = drinking(), open_visit(), open_visit()
        answers = run_concurrently(
            partial(tab_moves.move_drinks, ada, ben, {1: 1}, sam, f"form-sam-{number}"),
            partial(tab_moves.move_drinks, ada, cy, {1: 1}, mo, f"form-mo-{number}"),
        )
        assert refusal_messages(answers) == ["NothingToMove"]
        assert (units_on(ada), units_on(ben) + units_on(cy)) == (0, 1)
    assert assert_ledger_consistent()


def test_one_form_pressed_four_times_at_once_moves_once(menu):
    sam = create_staff_user("sam")
    for number in range(ROUNDS):
        ada, ben = drinking(4), open_visit()
        press = partial(tab_moves.move_drinks, ada, ben, {1: 1}, sam, f"form-{number}")
        answers = run_concurrently(*[press] * 4)
        assert [answer.units for answer in answers] == [1] * 4
        assert (units_on(ada), units_on(ben)) == (3, 1)
    assert assert_ledger_consistent()


def test_moves_in_opposite_directions_wait_for_nobody_for_ever(menu):
    sam, mo = create_staff_user("sam"), create_staff_user("mo")
    for number in range(ROUNDS):
        ada, ben = drinking(2), drinking(2)
        answers = run_concurrently(
            partial(tab_moves.move_drinks, ada, ben, {1: 1}, sam, f"form-sam-{number}"),
            partial(tab_moves.move_drinks, ben, ada, {1: 1}, mo, f"form-mo-{number}"),
        )
        assert refusal_messages(answers) == []
        assert (units_on(ada), units_on(ben)) == (2, 2)
    assert assert_ledger_consistent()


def test_without_one_id_every_press_moves_a_drink_so_the_test_above_can_see_it(menu):
    """Positive control: each press comes from a form of its own."""
    sam = create_staff_user("sam")
    ada, ben = drinking(4), open_visit()
    run_concurrently(
        *[partial(tab_moves.move_drinks, ada, ben, {1: 1}, sam, f"form-{number}") for number in range(4)]
    )
    assert (units_on(ada), units_on(ben)) == (0, 4)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
@pytest.mark.postgres
def test_without_the_locks_both_find_the_drink_and_only_the_ledgers_numbering_stops_one(menu, monkeypatch):
    """Positive control: nobody locks a row, and both have looked before either writes."""
    sam, mo = create_staff_user("sam"), create_staff_user("mo")
    giver = drinking()
    barrier = threading.Barrier(2)
    real = tab_moves._pick_lines

    def looks_and_waits(tab, picks):
        found = real(tab, picks)
        barrier.wait(10)
        return found

    def move(target, person):
        try:
            return tab_moves.move_drinks(giver, target, {1: 1}, person, "form-0000").units
        except IntegrityError as error:
            return str(error)

    monkeypatch.setattr(tab_moves, "_pick_lines", looks_and_waits)
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, *_args, **_how: rows.all())
    ben, cy = open_visit(), open_visit()
    answers = run_concurrently(partial(move, ben, sam), partial(move, cy, mo))
    assert answers.count(1) == 1, "both found it, and one of them could write"
    assert sum("journal_version_once" in str(answer) for answer in answers) == 1
    assert assert_ledger_consistent()
