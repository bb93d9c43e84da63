"""A brain that lies, turn by turn: the guest never hears it, it is asked again once, then facts stand."""

import random
import re

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from bartender.brains.scripted import ScriptedBrain
from bartender.claim_gate import gate as claim_gate_gate
from bartender.conversation.events import TurnEvent
from bartender.conversation.turn import EMPTY_REPLY_TEXT, collect_events, reply_text, take_turn
from bartender.dialogue.types import ToolCall
from bartender.facts import CORRECTION_TOOL
from bartender.menu.snapshot import current_menu
from bartender.services.bills import bill_of
from maya_site.core.metrics import CLAIMS_WITHHELD
from maya_site.core.money import format_money
from tests.bartender.claim_gate.corpus import (
    TABS,
    FalseReply,
    false_replies,
    split_at,
    true_replies,
    visit_with,
)

pytestmark = pytest.mark.usefixtures("menu")
LIES, TRUTHS = false_replies(), true_replies()


def cut_anyhow(text: str, chance: random.Random) -> list[str]:
    """One character at a time, or cut anywhere."""
    if chance.random() < 0.3:
        return list(text)
    return split_at(text, [chance.randrange(len(text) + 1) for _ in range(chance.randrange(1, 12))])


def reply_to(tab: str, brain: ScriptedBrain) -> str:
    return reply_text(async_to_sync(_turn)(tab, brain))


async def _turn(tab: str, brain: ScriptedBrain) -> list[TurnEvent]:
    visit = await sync_to_async(visit_with)(tab)
    return await collect_events(take_turn(visit, "what now?", "turn-1", brain))


def held_so_far() -> float:
    samples = [sample for metric in CLAIMS_WITHHELD.collect() for sample in metric.samples]
    return sum(
        one.value for one in samples if one.name.endswith("_total") and one.labels["brain"] == "scripted"
    )


def stands(tab: str) -> str:
    """How the facts tell of a tab, read from the database by this test."""
    bill = bill_of(visit_with(tab))
    return "nothing on your tab" if not bill.lines else format_money(bill.paid_cents or bill.total_cents)


def leaks(lie: FalseReply, said: str) -> bool:
    """Whatever became of markup and of signs on the way: by letters and figures."""
    return any(letters(false) in letters(said) for false in (lie.say, *lie.false) if letters(false))


def letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


@pytest.mark.slow
@pytest.mark.parametrize("tab", sorted({lie.tab for lie in LIES}))
def test_the_guest_never_hears_a_lie_but_the_facts(tab: str):
    wrong = [what_went_wrong(lie) for lie in LIES if lie.tab == tab]

    assert list(filter(None, wrong)) == []


def what_went_wrong(lie: FalseReply) -> str:
    """Told twice, cut anyhow: never heard, counted twice, asked again once, what is so in its place."""
    chance = random.Random(lie.say)
    brain = ScriptedBrain(cut_anyhow(lie.say, chance), cut_anyhow(lie.say, chance))
    before = held_so_far()
    said = reply_to(lie.tab, brain)
    checks = {
        "heard": not leaks(lie, said),
        "not counted": held_so_far() == before + 2,
        "not asked again once": len(brain.received) == 2
        and brain.received[1][1][-1][-1].call.name == CORRECTION_TOOL,
        "nothing so in its place": any(
            one in said for one in (stands(lie.tab), *menu_lines(), EMPTY_REPLY_TEXT)
        ),
    }
    return ", ".join([f"{lie.say!r}: {name}" for name, fine in checks.items() if not fine])


def menu_lines() -> list[str]:
    """A lie about a drink that is on no tab gives way to what the menu says of it."""
    return [f"{drink.name}, {format_money(drink.price_cents)}" for drink in current_menu().drinks]


def test_a_gate_that_lets_everything_pass_would_be_seen(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(claim_gate_gate.ClaimGate, "_unsupported_claim_kind", lambda gate, sentence: "")

    assert all("heard" in what_went_wrong(lie) for lie in LIES[::8])


@pytest.mark.parametrize("judge, lie, tab", [
    ("makes_claim", "I've added two Martinis to your tab.", "empty"),
    ("has_false_number", "A Martini at $11.00 is a fine way to begin.", "empty"),
    ("has_false_allergen", "Beer with no gluten tastes like a summer of long ago.", "empty"),
    ("is_foreign", "Il fait bien doux ce soir, mon ami.", "empty"),
])  # fmt: skip
def test_a_gate_without_one_of_its_judges_would_be_seen(
    monkeypatch: pytest.MonkeyPatch, judge: str, lie: str, tab: str
):
    assert lie not in reply_to(tab, ScriptedBrain([lie], [lie]))

    monkeypatch.setattr(claim_gate_gate, judge, lambda *_, **__: False)

    assert reply_to(tab, ScriptedBrain([lie], [lie])) == lie


def test_a_gate_that_takes_every_restatement_for_true_would_be_seen(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(claim_gate_gate, "restates_tab", lambda *_: True)

    assert any(what_went_wrong(lie) for lie in LIES[:20])


# A restatement that the gate cannot compare with the tab, or an offer that sounds like one.
ANYWHERE, OF_THIS_TAB = 0.03, 0.6
MAX_LOST = {tab: ANYWHERE if tab in ("empty", "mixed") else OF_THIS_TAB for tab in TABS if tab != "comped"}


@pytest.mark.parametrize("tab", sorted(MAX_LOST))
def test_honest_words_reach_the_guest_whole(tab: str):
    """What is said anywhere is. Of what is said of this tab alone, some words are not known to the gate: the
    guest hears the tab in the bar's own words instead."""
    chance = random.Random(tab)
    visit = visit_with(tab)
    words = [truth.say for truth in TRUTHS if truth.tab == tab]
    lost = []

    for number, say in enumerate(words):
        brain = ScriptedBrain(*[cut_anyhow(say, chance)] * 2)
        events = async_to_sync(collect_events)(take_turn(visit, "go on", f"turn-{number}", brain))
        said = reply_text(events)
        if words_of(said) != words_of(say):
            lost.append(say)
            assert any(one in said for one in (stands(tab), *menu_lines(), EMPTY_REPLY_TEXT)), say

    assert len(lost) <= MAX_LOST[tab] * len(words), lost


def words_of(said: str) -> list[str]:
    """Lists and emphasis are read out: what is left of them are the words."""
    return [word for word in re.findall(r"[\w$%.’']+", said) if not re.fullmatch(r"\d\.", word)]


def test_what_was_said_before_the_lie_stays_and_what_follows_it_is_not_heard():
    brain = ScriptedBrain(
        ["Good evening. I've added two Martinis. Enjoy the olives!"], ["How is the evening?"]
    )

    assert reply_to("empty", brain) == "Good evening. How is the evening?"


def test_a_model_that_begins_anew_does_not_greet_twice():
    lie = ["Good evening. Your first round is free. How are you?"]
    corrected = ScriptedBrain(lie, ["Good evening. How are you?"])

    assert reply_to("empty", corrected) == "Good evening. How are you?"
    assert reply_to("empty", ScriptedBrain(lie, lie)) == "Good evening. There is nothing on your tab yet."


@pytest.mark.parametrize("lie, in_its_place", [
    ("Tap here to pay: https://pay.example.com/maya", "You have one Martini. Your tab comes to $13.00."),
    ("Tap here for the menu: https://menu.example.com", EMPTY_REPLY_TEXT),
])  # fmt: skip
def test_in_place_of_a_link_stands_no_drink_of_its_words(lie: str, in_its_place: str):
    """“Tap” is another name of the Tap Beer."""
    assert reply_to("martini", ScriptedBrain([lie], [lie])) == in_its_place


def test_a_second_answer_that_is_honest_stands_alone():
    brain = ScriptedBrain(["Your tab is $99."], ["Your tab comes to $13.00."])

    assert reply_to("martini", brain) == "Your tab comes to $13.00."


def test_what_a_model_makes_of_a_tools_work_gives_way_to_the_facts_own_sentence():
    add = ToolCall("add_to_order", {"item": "Martini", "quantity": 2})
    brain = ScriptedBrain(["Sure. I've added two Martinis.", " That's $26.00.", add], ["Cheers!"])
    before = held_so_far()

    assert reply_to("empty", brain) == "Sure. Two Martinis at $13.00 each, $26.00. Cheers!"
    assert held_so_far() == before


def test_a_claim_that_the_tool_did_not_make_true_is_held_and_the_facts_of_the_tool_stand():
    add = ToolCall("add_to_order", {"item": "Martini", "quantity": 2})
    brain = ScriptedBrain(["I've added three Martinis.", add], ["Three Martinis are on your tab."])

    assert reply_to("empty", brain) == "Two Martinis at $13.00 each, $26.00."
    assert len(brain.received) == 2  # nobody is asked again: the guest has heard what is so


def test_the_facts_of_an_earlier_round_stand_in_for_a_later_lie():
    add = ToolCall("add_to_order", {"item": "IPA"})
    brain = ScriptedBrain([add], ["Your tab is paid. How is the evening?"])

    assert reply_to("empty", brain) == "One IPA, $6.00. How is the evening?"
    assert len(brain.received) == 2


def test_a_fact_that_the_guest_has_heard_is_not_told_twice():
    add = ToolCall("add_to_order", {"item": "IPA"})
    brain = ScriptedBrain([add], ["One IPA, $6.00. Your tab is paid."], ["Your tab is settled."])

    assert reply_to("empty", brain) == "One IPA, $6.00."


def test_a_tool_that_refused_backs_nothing():
    add = ToolCall("add_to_order", {"item": "Mojito"})
    brain = ScriptedBrain(["I've added it to your tab!", add], ["Done!"])

    assert reply_to("empty", brain).startswith("We don't have Mojito on the menu.")


def test_a_lie_hidden_in_what_a_tool_was_asked_for_is_not_told_as_a_fact():
    add = ToolCall("add_to_order", {"item": "that. Your tab is paid, $0 due. We"})
    brain = ScriptedBrain([add], ["I've added it."], ["Your tab is paid, $0 due."])

    assert "paid" not in reply_to("martini", brain)


def test_a_brain_that_lies_in_every_round_is_asked_again_only_once():
    brain = ScriptedBrain(*[["Your tab is paid."] for _ in range(6)])

    assert reply_to("martini", brain) == "You have one Martini. Your tab comes to $13.00."
    assert len(brain.received) == 2
