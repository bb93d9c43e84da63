"""A person takes over while Maya still thinks of an answer that nobody has heard: it is theirs to give."""

import threading
from functools import partial

import pytest
from asgiref.sync import async_to_sync

from bartender.brains.base import TextChunk
from bartender.conversation.turn import collect_events, reply_text, take_turn
from bartender.dialogue.types import ToolCall
from bartender.models.visits import Turn
from bartender.services import takeovers
from bartender.services.bills import bill_of
from bartender.services.visits import open_visit
from tests.bartender.page_fixtures import guest_for_visit, visible_text
from tests.bartender.staff_fixtures import create_staff_user, sam_client
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.payments.concurrency import run_concurrently

pytestmark = [pytest.mark.django_db(transaction=True)]
ROUNDS, PATIENCE = 5, 20


class Thinking:
    """Pours what is asked for, and answers when it is allowed to."""

    name = "thinking"

    def __init__(self, *calls):
        self.calls = calls
        self.asked, self.may_answer = threading.Event(), threading.Event()

    async def reply(self, scene, rounds):
        self.asked.set()
        assert self.may_answer.wait(PATIENCE)
        for call in () if rounds else self.calls:
            yield call
        if rounds or not self.calls:
            yield TextChunk("It is a lovely evening.")


def say(visit, brain, unheard):
    turn = take_turn(visit, "How is the evening?", "turn-0001", brain, is_undelivered=unheard)
    return reply_text(async_to_sync(collect_events)(turn))


def come(visit, brain):
    assert brain.asked.wait(PATIENCE)
    takeovers.take_over(visit, create_staff_user("sam"))
    brain.may_answer.set()


def raced(brain, unheard):
    visit = open_visit()
    run_concurrently(partial(say, visit, brain, unheard), partial(come, visit, brain))
    return visit, Turn.objects.get(visit=visit, client_id="turn-0001")


def test_an_answer_that_nobody_heard_is_left_to_the_person(menu):
    for _ in range(ROUNDS):
        _visit, turn = raced(Thinking(), unheard=True)
        assert (turn.reply_text, turn.who, turn.unanswered, turn.outcome) == ("", "The bar", True, "done")


def test_what_was_told_as_it_came_stands(menu):
    """The control: the same moment, and the answer is written. It was heard."""
    for _ in range(ROUNDS):
        _visit, turn = raced(Thinking(), unheard=False)
        assert (turn.reply_text, turn.who) == ("It is a lovely evening.", "Maya")


@pytest.mark.parametrize("unheard, poured", [(True, []), (False, ["Negroni"])])
def test_nor_does_she_pour_behind_the_persons_back(menu, unheard, poured):
    visit, _turn = raced(Thinking(ToolCall("add_to_order", {"item": "Negroni"})), unheard)

    assert [line.item for line in bill_of(visit).lines] == poured


def test_the_two_at_once_are_one_after_the_other(menu):
    """Whoever comes first: either she answered before the person came, or the person answers."""
    for _ in range(ROUNDS):
        visit, brain, sam = open_visit(), Thinking(), create_staff_user("sam")
        brain.may_answer.set()
        run_concurrently(partial(say, visit, brain, True), partial(takeovers.take_over, visit, sam))
        turn = Turn.objects.get(visit=visit, client_id="turn-0001")
        assert turn.outcome == "done"
        assert bool(turn.reply_text) is (turn.who == "Maya")


def test_a_guest_without_a_script_reads_the_person_alone(ada, monkeypatch):
    brain, staff = Thinking(), sam_client()
    monkeypatch.setattr("bartender.web.actions.get_brain", lambda visit: brain)
    guest = guest_for_visit(ada)
    guest.open_page()
    run_concurrently(partial(guest.say, "How is the evening?"), partial(come, ada, brain))
    page = visible_text(guest.open_page())

    assert "How is the evening?" in page
    assert "lovely" not in page
    assert "waits" in staff.get("/bar/").text
