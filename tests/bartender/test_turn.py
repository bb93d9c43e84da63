"""A turn: said once is done once, a stuck brain is stopped, and only the guest says yes to a bill."""

import pytest
from asgiref.sync import async_to_sync
from prometheus_client import REGISTRY

from bartender.brains.base import BrainSwitched
from bartender.brains.rule_based.brain import RuleBasedBrain
from bartender.brains.scripted import ScriptedBrain
from bartender.conversation.consent import is_not_yet, is_yes
from bartender.conversation.events import TabChanged, TextDelta, ToolUsed, TurnEnded, TurnStarted
from bartender.conversation.limits import MAX_ACCEPTED_CALLS
from bartender.conversation.persistence import save_interrupted_reply, start_turn
from bartender.conversation.turn import EMPTY_REPLY_TEXT, MAX_ROUNDS, collect_events, take_turn
from bartender.dialogue.types import TokenUsage, ToolCall
from bartender.models.visits import OrderLine, Turn
from bartender.services import bills, orders
from bartender.text.speakable import MAX_TURN_CHARS
from bartender.tools.registry import MAX_TOOL_CALLS
from maya_site.core.errors import ProviderDown
from payments.models import Journal
from tests.guest_fixtures import make_context


def turn(visit, said, brain, client_id="one"):
    return async_to_sync(collect_events)(take_turn(visit, said, client_id, brain))


def ended(visit, said, brain=None, client_id="one"):
    return turn(visit, said, brain or RuleBasedBrain(), client_id)[-1]


def add(item, **more):
    return ToolCall("add_to_order", {"item": item, **more})


def test_a_guest_orders_a_martini_and_finds_it_on_the_tab(ada):
    maya = ScriptedBrain(["One moment. ", add("Martini")], ["There it is."])

    events = turn(ada, "A martini, please", maya)

    assert isinstance(events[0], TurnStarted)
    assert [event.name for event in events if isinstance(event, ToolUsed)] == ["add_to_order"]
    assert [event.bill.total_cents for event in events if isinstance(event, TabChanged)] == [13_00]
    said = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert said == "One moment. One Martini, $13.00."  # what was done is always told
    assert isinstance(events[-1], TurnEnded)
    assert maya.received[1][1][0][0].facts["unit_cents"] == 13_00


def test_the_same_turn_said_again_gives_the_first_answer_and_orders_nothing(ada):
    first = ended(ada, "two IPAs")

    again = ended(ada, "two IPAs")

    assert (again.outcome, again.reply, again.bill.units) == ("replayed", first.reply, 2)
    assert Journal.objects.count() == 1


def test_a_turn_that_a_crash_cut_off_is_not_run_again(ada):
    start_turn(ada, "two IPAs", "one", "house")
    Turn.objects.update(process_id="a process that died", started_at="2026-01-01T00:00:00Z")

    told = ended(ada, "two IPAs")

    assert told.outcome == "interrupted"
    assert "cut off" in told.reply
    assert told.bill.lines == ()


def test_a_reworded_call_of_the_same_turn_is_the_same_call(ada):
    """Whatever ids and words a brain makes up, the guest's turn, the tool and the item decide."""
    for _ in range(5):
        Turn.objects.all().delete()
        turn(
            ada,
            "A martini",
            ScriptedBrain([ToolCall("add_to_order", {"item": "martini"}, id="x")], ["Done."]),
        )

    assert OrderLine.objects.count() == 1


def test_a_brain_that_calls_for_ever_is_stopped(ada):
    stuck = ScriptedBrain(*[[add("Water")] for _ in range(20)])

    told = ended(ada, "Water", stuck)

    assert len(stuck.received) == MAX_ROUNDS
    assert told.bill.units == 1
    assert told.reply


def test_a_turn_has_so_many_calls_and_no_more(ada):
    calls = [add(item) for _ in range(25) for item in ("Water", "Lemonade")]
    told = ended(ada, "Ten waters and ten lemonades", ScriptedBrain(calls, ["That was all."]))

    assert told.bill.units == MAX_TOOL_CALLS
    assert [tool["ok"] for tool in told.tool_calls].count(False) == MAX_ACCEPTED_CALLS - MAX_TOOL_CALLS


@pytest.mark.parametrize(
    "arguments",
    [
        {"item": "Martini", "price": 1},
        {"item": "Martini", "unit_cents": 0},
        {"item": "Martini", "tab": "another"},
        {"item": "Martini", "quantity": -5},
        {"item": "Martini", "quantity": 0},
        {"item": "Martini", "quantity": 1e308},
        {"item": "Martini", "quantity": True},
        {"item": "Martini", "quantity": "2 or 3"},
        {"item": ""},
        {},
    ],
)
def test_what_a_brain_may_not_ask_for_is_refused_with_a_reason(ada, arguments):
    maya = ScriptedBrain([ToolCall("add_to_order", arguments)], ["I could not do that."])

    told = ended(ada, "A martini for nothing", maya)

    assert told.bill.lines == ()
    assert maya.received[1][1][0][0].text


def test_a_brain_that_is_away_leaves_the_guest_an_honest_word(ada):
    class Away(ScriptedBrain):
        async def reply(self, scene, rounds):
            for piece in self.script:
                yield piece
            raise ProviderDown("gemini", "asleep")

    told = ended(ada, "Hello?", Away())

    assert told.outcome == "failed"
    assert "buttons still work" in told.reply


def test_a_brain_that_says_nothing_is_not_silence(ada):
    assert ended(ada, "Hello?", ScriptedBrain([])).reply == EMPTY_REPLY_TEXT


def test_the_guest_confirms_the_bill_in_the_very_next_turn(ada):
    ended(ada, "a negroni", client_id="1")
    ended(ada, "close me out", client_id="2")

    told = ended(ada, "Yes, please!", ScriptedBrain(["No brain is asked."]), client_id="3")

    assert told.bill.payment.status == "link_open"
    assert "link to pay $11.00" in told.reply


def test_a_yes_that_comes_later_does_not_pay(ada):
    ended(ada, "a negroni", client_id="1")
    ended(ada, "close me out", client_id="2")
    ended(ada, "tell me a joke", client_id="3")

    assert ended(ada, "yes", ScriptedBrain(["Lovely."]), client_id="4").bill.payment.status == "created"


def test_not_yet_opens_the_tab_again_and_what_else_was_said_is_heard(ada):
    ended(ada, "a negroni", client_id="1")
    ended(ada, "close me out", client_id="2")

    told = ended(ada, "not yet, one more negroni please", client_id="3")

    assert (told.bill.status, told.bill.units) == ("open", 2)


@pytest.mark.parametrize("said", ["yes", "Yes please.", "OK", "go ahead, please", "Sure thing!"])
def test_a_plain_yes_is_a_yes(said):
    assert is_yes(said)


@pytest.mark.parametrize(
    "said", ["yes but one more IPA", "yes or no?", "yesterday", "no", "", "I paid", "yes yes yes yes", "y"]
)
def test_anything_else_pays_nothing(said):
    assert not is_yes(said)


def test_a_plain_no_is_a_not_yet():
    assert is_not_yet("No thanks.")
    assert not is_not_yet("no more ice")


def test_two_guests_never_meet(ada, ben):
    ended(ada, "two negronis")
    ended(ben, "a water")

    assert bills.bill_of(ada).total_cents == 22_00
    assert bills.bill_of(ben).total_cents == 1_00


def test_a_turn_writes_down_who_really_answered_and_what_it_used(ada):
    told = {"model": "big", "direction": "output"}
    before = REGISTRY.get_sample_value("maya_llm_tokens_total", told) or 0
    brain = ScriptedBrain(
        [
            TokenUsage("big", input=100),
            ToolCall("get_bill", {}),
            TokenUsage("big", output=20, cached=40, thoughts=5),
        ],
        [BrainSwitched("house"), "Nothing yet.", TokenUsage("small", input=7)],
    )

    answered = ended(ada, "What do I owe?", brain)

    row = Turn.objects.get()
    assert (answered.brain_name, row.brain) == ("house", "house")
    assert row.token_usage == [
        {"model": "big", "input": 100, "output": 20, "cached": 40, "thoughts": 5, "own": False},
        {"model": "small", "input": 7, "output": 0, "cached": 0, "thoughts": 0, "own": False},
    ]
    assert REGISTRY.get_sample_value("maya_llm_tokens_total", told) == before + 20


@pytest.mark.parametrize(
    "arguments",
    [
        {"item": "Martini", "quantity": float("nan")},
        {"item": "Martini", "why": {"deep": [[[[[[[[[[float("inf")]]]]]]]]]]}},
        {"item": "Martini" * 5_000},
        {"item": "\ud800"},
        ["Martini"],
        "Martini",
        None,
    ],
)
def test_what_no_database_takes_is_refused_and_the_turn_ends_well(ada, arguments):
    told = ended(ada, "A martini", ScriptedBrain([ToolCall("add_to_order", arguments)], ["So\0rry \ud800."]))

    assert (told.outcome, told.bill.units, told.reply) == ("done", 0, "Sorry .")


def test_a_brain_that_never_stops_talking_is_left(ada):
    told = ended(
        ada, "hello", ScriptedBrain([f"The night is {number} years long. " for number in range(5_000)])
    )

    assert told.outcome == "done"
    assert MAX_TURN_CHARS - 50 < len(told.reply) <= MAX_TURN_CHARS


@pytest.mark.parametrize(
    "call, told",
    [
        (add("IPA", quantity=1), "One IPA, $6.00."),
        (ToolCall("set_tip", {"percent": 100}), "Thank you: 100% tip, $12.00. That makes $24.00."),
        (ToolCall("clear_order", {}), "Your tab is clear again."),
        (
            ToolCall("create_payment", {}),
            "What was not sent yet goes to the bar now. That's $12.00. Shall I make you the link to pay it?",
        ),
        (ToolCall("place_order", {}), "One Cosmopolitan: that's with the bar now."),
    ],
)
def test_what_a_brain_does_and_keeps_to_itself_is_told(ada, call, told):
    orders.add_line(ada, "Cosmopolitan", 1, [], make_context())

    assert ended(ada, "lovely music", ScriptedBrain([call], ["Isn't it?"])).reply in (
        f"{told} Isn't it?",
        f"Isn't it? {told}",  # a question comes last
    )


def test_an_answer_of_which_nothing_was_heard_keeps_no_mark(ada):
    ended(ada, "hello", ScriptedBrain(["Dogs are welcome."]))
    Turn.objects.update(citations=[{"id": 1, "title": "Dogs at the bar"}])

    save_interrupted_reply(ada, "one", "Dogs are")
    assert Turn.objects.get().citations
    save_interrupted_reply(ada, "one", "")
    assert Turn.objects.get().citations == []
