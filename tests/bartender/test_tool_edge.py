"""How models write their calls, and what of it is understood: two is two, and yes is no number."""

import pytest
from asgiref.sync import async_to_sync

from bartender.brains.scripted import ScriptedBrain
from bartender.conversation.limits import MAX_TOKENS
from bartender.conversation.turn import collect_events, take_turn
from bartender.dialogue.types import TokenUsage, ToolCall
from bartender.models.visits import Turn
from bartender.services import orders
from bartender.tools.registry import ToolRunner
from tests.guest_fixtures import make_context

TWO = [2, 2.0, "2", " 2 ", "2.0"]
NO_NUMBER = [
    2.5,
    "2.5",
    "002",
    "two",
    "2 or 3",
    "٢",
    True,
    False,
    [2],
    {"value": 2},
    "",
    "-1",
    -1,
    0,
    "1e1",
    1e300,
    10**30,
]


def ended(visit, *calls, said="two gins"):
    return async_to_sync(collect_events)(take_turn(visit, said, "one", ScriptedBrain([*calls], ["There."])))[
        -1
    ]


def used(visit, name, **arguments):
    return ToolRunner(visit, "turn").run_calls([ToolCall(name, arguments)])[0]


@pytest.mark.parametrize("two", TWO, ids=repr)
def test_two_is_two_however_it_is_written(ada, two):
    assert used(ada, "add_to_order", item="Gin", quantity=two).facts["quantity"] == 2
    assert used(ada, "remove_from_order", line="1", quantity=two).facts["quantity"] == 2


@pytest.mark.parametrize("number", NO_NUMBER, ids=repr)
def test_what_is_no_whole_number_is_refused_with_a_sentence(ada, number):
    refused = used(ada, "add_to_order", item="Gin", quantity=number)

    assert not refused.ok
    assert refused.text.startswith("quantity: ")
    assert "Value error" not in refused.text
    assert len(refused.text) < 100


@pytest.mark.parametrize("word", ["two", 2.5, True], ids=repr)
def test_the_sentence_says_what_to_do(ada, word):
    refused = used(ada, "add_to_order", item="Gin", quantity=word)

    assert refused.text == "quantity: give a whole number in figures, like 2"


@pytest.mark.parametrize("yes", [True, False, "yes", "20%", float("nan"), "nan", [20]], ids=repr)
def test_yes_is_no_percentage(ada, yes):
    orders.add_line(ada, "Gin", 1, [], make_context())
    refused = used(ada, "set_tip", percent=yes)

    assert not refused.ok
    assert refused.text.startswith("percent: ")


@pytest.mark.parametrize("share", [20, 20.0, "20", "20.0"], ids=repr)
def test_a_share_is_a_share(ada, share):
    orders.add_line(ada, "Gin", 1, [], make_context())

    assert used(ada, "set_tip", percent=share, cents=None).facts["tip_cents"] == 160


@pytest.mark.parametrize("cents", [300, 300.0, "300"], ids=repr)
def test_an_amount_is_an_amount(ada, cents):
    orders.add_line(ada, "Gin", 1, [], make_context())

    assert used(ada, "set_tip", cents=cents).facts["tip_cents"] == 300
    assert not used(ada, "set_tip", cents=True).ok
    assert not used(ada, "set_tip", cents="3.50").ok


def test_what_is_said_to_be_nothing_is_not_given(ada):
    assert used(ada, "add_to_order", item="Gin", quantity=None, modifiers=None).facts["quantity"] == 1
    assert not used(ada, "add_to_order", item=None).ok
    assert not used(ada, "set_tip", percent=None, cents=None).ok


@pytest.mark.parametrize(
    "name",
    ["default_api.add_to_order", "functions.add_to_order", "a.b.add_to_order", "default_api:add_to_order"],
)
def test_a_tool_is_known_by_the_last_part_of_its_name(ada, name):
    told = ended(ada, ToolCall(name, {"item": "Gin", "quantity": 2}))

    assert told.bill.units == 2
    assert told.tool_calls[0]["name"] == "add_to_order"


@pytest.mark.parametrize(
    "name", ["add_to_order.default_api", "default_api.", "add_to_order()", "xadd_to_order", "", "." * 5_000]
)
def test_no_other_name_is_a_tool(ada, name):
    told = ended(ada, ToolCall(name, {"item": "Gin"}))

    assert told.bill.units == 0
    assert told.reply == "There."


def test_counts_that_cannot_be_are_not_written_down(ada):
    wild = TokenUsage("big", input=-5, output=10**30, cached=-(10**30), thoughts=7)
    told = ended(ada, wild, said="hello")

    assert told.outcome == "done"
    [row] = Turn.objects.get().token_usage
    assert (row["input"], row["output"], row["cached"], row["thoughts"]) == (0, MAX_TOKENS, 0, 7)
