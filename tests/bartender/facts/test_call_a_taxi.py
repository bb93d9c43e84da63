"""How a tool is added, by the steps of CONTRIBUTING.md. What it did is told, whatever a brain says of it.

Everything that this tool consists of stands in this file, and is taken away again after each story.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from asgiref.sync import async_to_sync
from django.utils.translation import gettext as _

from bartender.brains.scripted import ScriptedBrain
from bartender.conversation.events import TurnEnded
from bartender.conversation.turn import collect_events, take_turn
from bartender.dialogue.types import ToolCall
from bartender.errors import ServiceRefused
from bartender.facts import Fact, Reply, fact_from_dict, register_fact, unregister_fact
from bartender.models.visits import Turn
from bartender.tools import REGISTRY, ToolRunner, tool, unregister_tool
from bartender.tools.registry import Integer, ToolArguments, ToolContext

# --- step 1: the fact --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TaxiCalled(Fact):
    """`minutes`: how long until it is at the door."""

    kind = "taxi"
    effect = "service"
    phase = None
    must_report = True

    minutes: int

    def sentence(self) -> str:
        return _("A taxi is called: it will be here in %(minutes)s minutes.") % {"minutes": self.minutes}

    def is_reported_in(self, reply: Reply) -> bool:
        return reply.has(r"\b(?:taxi|cab)\b") and reply.has_number(self.minutes)


# --- step 2: what it asks for ------------------------------------------------------------------------------


class CallTaxi(ToolArguments):
    """Call a taxi for the guest. Only after the guest has asked for one."""

    people: Integer = 1


# --- step 3: the tool --------------------------------------------------------------------------------------

RANK: list[str] = []  # the taxis that a service called, each under the key of its cause


class NoTaxi(ServiceRefused):
    def __init__(self) -> None:
        super().__init__("No taxi takes more than eight.")


def call_taxi(context: ToolContext, arguments: CallTaxi) -> TaxiCalled:
    if arguments.people > 8:
        raise NoTaxi
    RANK.append(context.operation.key)
    return TaxiCalled(minutes=5)


@pytest.fixture(autouse=True)
def taxi() -> Iterator[None]:
    register_fact(TaxiCalled)
    tool("call_taxi", permission="service")(call_taxi)
    yield
    unregister_tool("call_taxi")
    unregister_fact(TaxiCalled)
    RANK.clear()


def reply_to(visit, *rounds) -> str:
    events = async_to_sync(collect_events)(
        take_turn(visit, "A taxi home, please.", "one", ScriptedBrain(*rounds))
    )
    ended = events[-1]
    assert isinstance(ended, TurnEnded)
    return ended.reply


CALL = ToolCall("call_taxi", {})
TOLD = "A taxi is called: it will be here in 5 minutes."


@pytest.mark.parametrize(
    "claim",
    [
        "I've called you a taxi; it will be here in five minutes.",
        "I have ordered a cab for you. It is five minutes away.",
        "Your taxi is on its way and will be here in 5 minutes.",
        "A taxi has been called: five minutes.",
        "Done! A taxi will be here in five minutes.",
        "We'll get you a cab: five minutes.",
        "I've called you a taxi.",
    ],
)
def test_what_a_brain_makes_of_the_taxi_is_left_to_the_fact(ada, claim):
    """Nobody hears of the taxi twice, nor without its time."""
    assert reply_to(ada, [CALL], [claim]) == TOLD
    assert len(RANK) == 1


def test_a_word_before_the_call_gives_way_to_the_fact(ada):
    claim = "I've called you a taxi; it will be here in five minutes."

    assert reply_to(ada, [claim, CALL], ["Safe trip home."]) == f"{TOLD} Safe trip home."


def test_a_brain_that_does_not_mention_the_taxi_does_not_keep_it_from_the_guest(ada):
    assert reply_to(ada, [CALL], ["Safe trip home."]) == f"{TOLD} Safe trip home."


def test_a_brain_that_is_silent_after_the_call_leaves_the_fact(ada):
    assert reply_to(ada, [CALL], []) == TOLD


@pytest.mark.parametrize("ids", [("a", "b"), ("a", "a"), ("", "")])
def test_a_brain_that_calls_twice_in_a_turn_gets_one_taxi(ada, ids):
    rounds = [[ToolCall("call_taxi", {}, id=one)] for one in ids]

    assert reply_to(ada, *rounds, ["Safe trip home."]) == f"{TOLD} Safe trip home."
    assert len(RANK) == 1


def test_two_taxis_for_two_parties_are_two(ada):
    rounds = [[ToolCall("call_taxi", {"people": number})] for number in (2, 6)]

    reply_to(ada, *rounds, [])

    assert len(RANK) == 2


def test_a_taxi_that_comes_at_another_time_than_it_does_is_not_told(ada):
    wrong = "I've called you a taxi; it will be here in two minutes."

    assert reply_to(ada, [CALL], [wrong], [wrong]) == TOLD


@pytest.mark.parametrize(
    "lie",
    [
        "I've called you a taxi; it will be here in five minutes.",
        "I have ordered a cab for you.",
        "I got you a ride home.",
        "Your cab is on its way.",
        "A taxi has been called.",
        "A taxi is coming in five minutes.",
        "The cab will be here in ten minutes.",
        "I'll call you a taxi.",
    ],
)
@pytest.mark.parametrize(
    "before", [[], [ToolCall("get_menu", {})], [ToolCall("add_to_order", {"item": "IPA"})]]
)
def test_a_taxi_that_nobody_called_is_not_told(ada, lie, before):
    """Neither with nothing done, nor after another tool, whose fact makes no taxi come."""
    said = reply_to(ada, [lie, *before], *([[lie]] * 3))

    assert not re.search("taxi|cab|ride", said)
    assert RANK == []


@pytest.mark.parametrize(
    "harmless",
    [
        "Shall I call you a taxi?",
        "I can call you a taxi if you like.",
        "I have not called a taxi yet.",
        "A taxi would be a good idea tonight.",
    ],
)
def test_to_talk_of_taxis_is_no_claim(ada, harmless):
    assert reply_to(ada, [harmless]) == harmless


def test_a_taxi_makes_no_word_about_drinks_or_money_true(ada):
    lie = "I've added two Martinis for the taxi ride home, on your tab."

    assert reply_to(ada, [CALL], [lie], [lie]) == TOLD


def test_a_refusal_is_an_answer(ada):
    said = reply_to(ada, [ToolCall("call_taxi", {"people": 9})], ["Lovely evening."])

    assert said == "No taxi takes more than eight. Lovely evening."
    assert RANK == []


def test_the_turn_keeps_the_fact_and_it_can_be_read_again(ada):
    reply_to(ada, [CALL], [])

    [row] = Turn.objects.get().tool_calls
    assert row == {
        "name": "call_taxi",
        "arguments": {},
        "ok": True,
        "facts": {"kind": "taxi", "minutes": 5},
    }
    assert fact_from_dict(row["facts"]) == TaxiCalled(5)


def test_the_key_is_made_of_the_turn_and_the_tool(ada):
    reply_to(ada, [CALL], [])

    assert RANK == ["one:call_taxi:::1"]


def test_a_model_reads_what_the_tool_is_for(ada):
    spec = REGISTRY["call_taxi"]

    assert spec.description == "Call a taxi for the guest. Only after the guest has asked for one."
    assert spec.facts == (TaxiCalled,)


def test_a_tool_that_may_only_read_gets_no_cause_to_write_with(ada):
    unregister_tool("call_taxi")

    with pytest.raises(ValueError, match="permission 'reads', TaxiCalled the effect 'service'"):
        tool("call_taxi", permission="reads")(call_taxi)
    with pytest.raises(PermissionError, match="may only read"):
        ToolContext(ada, None).operation  # noqa: B018
    tool("call_taxi", permission="service")(call_taxi)


def test_a_tool_that_does_not_say_what_it_returns_is_refused():
    def dance(context: ToolContext, arguments: CallTaxi):
        return None

    def whistle(context, arguments) -> TaxiCalled:
        return TaxiCalled(1)

    def call_another(context: ToolContext, arguments: CallTaxi) -> TaxiCalled:
        return TaxiCalled(1)

    with pytest.raises(TypeError, match="dance: annotate what it returns"):
        tool("dance", permission="service")(dance)
    with pytest.raises(TypeError, match="whistle: annotate `arguments`"):
        tool("whistle", permission="service")(whistle)
    with pytest.raises(ValueError, match="There is a tool call_taxi already"):
        tool("call_taxi", permission="service")(call_another)


def test_the_same_guests_words_give_the_same_keys_again(ada):
    calls = [
        ToolCall("add_to_order", {"item": "Martini"}),
        ToolCall("add_to_order", {"item": "MARTINI", "quantity": 2}),
        ToolCall("change_order_line", {"line": 1, "quantity": 3}),
        ToolCall("place_order", {}),
        ToolCall("add_to_order", {"price": 1}),
        ToolCall("call_taxi", {"people": "2"}),
    ]
    runner = ToolRunner(ada, "turn-7")

    runner.run_calls(calls)

    assert runner.call_subjects == [
        "add_to_order::martini",
        "add_to_order::martini",
        "change_order_line:1:",
        "place_order::",
        "add_to_order",
        "call_taxi::",
    ]
    assert RANK == ["turn-7:call_taxi:::1"]
