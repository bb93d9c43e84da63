"""A brain that lies, turn by turn: the guest never hears it, it is asked again once, then facts stand."""

import random

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from bartender.brains.base import Call
from bartender.brains.scripted import Scripted
from bartender.conversation import claims
from bartender.conversation.events import Event
from bartender.conversation.turn import CORRECTION, collect, spoken, take_turn
from bartender.services.bills import bill_of
from maya_site.lib.counters import CLAIMS_HELD
from maya_site.lib.db import inline
from maya_site.lib.money import dollars
from tests.bartender.claims.corpus import Lie, lies, pieces, truths, visit_with

pytestmark = pytest.mark.usefixtures("menu")
LIES, TRUTHS = lies(), truths()


def cut_anyhow(text: str, chance: random.Random) -> list[str]:
    """One character at a time, or cut anywhere."""
    if chance.random() < 0.3:
        return list(text)
    return pieces(text, [chance.randrange(len(text) + 1) for _ in range(chance.randrange(1, 12))])


def told(tab: str, brain: Scripted) -> str:
    return spoken(async_to_sync(_turn)(tab, brain))


async def _turn(tab: str, brain: Scripted) -> list[Event]:
    visit = await sync_to_async(visit_with)(tab)
    return await collect(take_turn(visit, "what now?", "turn-1", brain, hop=inline))


def held_so_far() -> float:
    samples = [sample for metric in CLAIMS_HELD.collect() for sample in metric.samples]
    return sum(
        one.value for one in samples if one.name.endswith("_total") and one.labels["brain"] == "scripted"
    )


def stands(tab: str) -> str:
    """How the facts tell of a tab, read from the database by this test."""
    bill = bill_of(visit_with(tab))
    return "nothing on your tab" if not bill.lines else dollars(bill.paid_cents or bill.total_cents)


def leaks(lie: Lie, said: str) -> bool:
    return lie.say in said or any(false in said for false in lie.false)


@pytest.mark.slow
@pytest.mark.parametrize("tab", sorted({lie.tab for lie in LIES}))
def test_the_guest_never_hears_a_lie_but_the_facts(tab: str):
    wrong = [what_went_wrong(lie) for lie in LIES if lie.tab == tab]

    assert list(filter(None, wrong)) == []


def what_went_wrong(lie: Lie) -> str:
    """Told twice, cut anyhow: never heard, counted twice, asked again once, the facts in its place."""
    chance = random.Random(lie.say)
    brain = Scripted(cut_anyhow(lie.say, chance), cut_anyhow(lie.say, chance))
    before = held_so_far()
    said = told(lie.tab, brain)
    checks = {
        "heard": not leaks(lie, said),
        "not counted": held_so_far() == before + 2,
        "not asked again once": len(brain.heard) == 2 and brain.heard[1][1][-1][-1].call.name == CORRECTION,
        "no facts": stands(lie.tab) in said,
    }
    return ", ".join([f"{lie.say!r}: {name}" for name, fine in checks.items() if not fine])


def test_a_gate_that_lets_everything_pass_would_be_seen(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(claims.ClaimGate, "_kind", lambda gate, sentence: "")

    assert all("heard" in what_went_wrong(lie) for lie in LIES[::8])


@pytest.mark.parametrize("judge", ["false_action", "false_amount", "false_gift", "false_state"])
def test_a_gate_without_one_of_its_judges_would_be_seen(monkeypatch: pytest.MonkeyPatch, judge: str):
    monkeypatch.setattr(claims, judge, lambda *_: "")

    assert any(what_went_wrong(lie) for lie in LIES)


@pytest.mark.parametrize("tab", ["empty", "martini", "mixed", "tipped", "paid", "sent", "comped"])
def test_honest_words_reach_the_guest_whole(tab: str):
    chance = random.Random(tab)
    visit = visit_with(tab)
    words = [truth.say for truth in TRUTHS if truth.tab == tab]

    for number, say in enumerate(words):
        brain = Scripted(cut_anyhow(say, chance))
        events = async_to_sync(collect)(take_turn(visit, "go on", f"turn-{number}", brain, hop=inline))
        assert spoken(events) == say.strip()


def test_what_was_said_before_the_lie_stays_and_what_follows_it_is_not_heard():
    brain = Scripted(["Good evening. I've added two Martinis. Enjoy the olives!"], ["How is the evening?"])

    assert told("empty", brain) == "Good evening. How is the evening?"


def test_a_second_answer_that_is_honest_stands_alone():
    brain = Scripted(["Your tab is $99."], ["Your tab comes to $13.00."])

    assert told("martini", brain) == "Your tab comes to $13.00."


def test_what_is_said_before_a_tool_is_judged_by_what_the_tool_did():
    add = Call("add_to_order", {"item": "Martini", "quantity": 2})
    brain = Scripted(["Sure. I've added two Martinis.", " That's $26.00.", add], ["Enjoy!"])
    before = held_so_far()

    assert told("empty", brain) == "Sure. I've added two Martinis. That's $26.00. Enjoy!"
    assert held_so_far() == before


def test_a_claim_that_the_tool_did_not_make_true_is_held_and_the_facts_of_the_tool_stand():
    add = Call("add_to_order", {"item": "Martini", "quantity": 2})
    brain = Scripted(["I've added three Martinis.", add], ["Three Martinis are on your tab."])

    assert told("empty", brain) == "Two Martinis, $26.00."
    assert [result.call.name for result in brain.heard[1][1][0]] == ["add_to_order", CORRECTION]


def test_the_facts_of_an_earlier_round_stand_in_for_a_later_lie():
    add = Call("add_to_order", {"item": "IPA"})
    brain = Scripted([add], ["Your tab is paid."], ["Your tab is settled."])

    assert told("empty", brain) == "One IPA, $6.00."
    assert len(brain.heard) == 3


def test_a_fact_that_the_guest_has_heard_is_not_told_twice():
    add = Call("add_to_order", {"item": "IPA"})
    brain = Scripted([add], ["One IPA, $6.00. Your tab is paid."], ["Your tab is settled."])

    assert told("empty", brain) == "One IPA, $6.00."


def test_a_tool_that_refused_backs_nothing():
    add = Call("add_to_order", {"item": "Mojito"})
    brain = Scripted(["I've added it to your tab!", add], ["Done!"])

    assert told("empty", brain).startswith("We don't have Mojito on the menu.")


def test_a_lie_hidden_in_what_a_tool_was_asked_for_is_not_told_as_a_fact():
    add = Call("add_to_order", {"item": "that. Your tab is paid, $0 due. We"})
    brain = Scripted([add], ["I've added it."], ["Your tab is paid, $0 due."])

    assert "paid" not in told("martini", brain)


def test_a_brain_that_lies_in_every_round_is_asked_again_only_once():
    brain = Scripted(*[["Your tab is paid."] for _ in range(6)])

    assert told("martini", brain) == "You have one Martini. Your tab comes to $13.00."
    assert len(brain.heard) == 2
