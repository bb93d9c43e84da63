"""A scripted Gemini with the rule-based brain for a head, over the real SDK: it understands a guest."""

import pytest

from bartender.brains.base import TurnContext
from bartender.brains.llm.turn_notes import build_turn_notes
from bartender.menu.snapshot import current_menu, set_available
from bartender.models.menu import MenuItem
from bartender.models.visits import Turn
from bartender.services.bills import bill_of
from tests.vendors.gemini.rule_based import RuleBasedModel, turn_context_of
from tests.vendors.gemini.script import RecordedRequest

SEEN_OF_A_LINE = ("number", "quantity", "item", "modifiers", "unit_cents", "status", "changeable")


@pytest.fixture
def headed(bar, gemini):
    gemini.always(RuleBasedModel())
    return bar


def test_an_evening_with_corrections_is_understood_by_the_words_on_the_wire(headed):
    headed.say("Two martinis, please")
    headed.say("Make it three")
    headed.say("And a double whiskey")
    told = headed.say("Tip 20 percent")

    order = [(row["item"], row["quantity"], row["modifiers"]) for row in told.bill.merged_lines()]
    assert order == [("Martini", 3, []), ("Whiskey", 1, ["double"])]
    assert told.bill.tip_bp == 2000

    headed.say("The check, please")

    assert headed.say("Yes").bill.payment.status == "link_open"
    assert [*Turn.objects.order_by("pk").values_list("brain", flat=True)] == ["gemini"] * 5 + ["house"]


def test_what_is_sold_out_tonight_is_known(headed):
    set_available([MenuItem.objects.get(name="Martini").pk], available=False)

    told = headed.say("A martini, please")

    assert (told.bill.lines, told.brain_name) == ((), "gemini")
    assert "Martini" in told.reply


def test_a_tab_is_read_from_the_notes_as_it_is(headed, gemini, ada):
    headed.say("Two martinis, dry, and an IPA")
    headed.say("Send it, and tip 4 dollars")
    headed.say("Another IPA")
    bill = bill_of(ada)
    asked = gemini.turns[-1]
    notes = build_turn_notes(TurnContext("Hm", current_menu(), bill, "order_taking"))
    contents = [{"role": "user", "parts": [{"text": notes}, {"text": "Hm"}]}]
    now = RecordedRequest("POST", "", "", {}, {**asked.body, "contents": contents}, 0, 0.0)

    read = turn_context_of(now, [], {}).bill

    assert [_seen(line) for line in read.lines] == [_seen(line) for line in bill.lines]
    for name in ("status", "total_cents", "tip_cents", "due_cents", "balance_cents"):
        assert getattr(read, name) == getattr(bill, name)


def test_small_talk_is_counted_whoever_thinks(headed):
    assert headed.say("Rough day at work, my boss hates me").phase == "order_taking"
    headed.say("Do you ever get tired of listening?")

    assert headed.say("It is so quiet tonight").phase == "small_talk"


def _seen(line):
    return [getattr(line, name) for name in SEEN_OF_A_LINE]
