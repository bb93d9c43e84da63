"""The gate alone: lies are held, honest words leave as they came, wherever the stream is cut."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bartender.claim_gate.evidence import Evidence, add_evidence, build_evidence
from bartender.claim_gate.gate import REPEATED, ClaimGate, UnsupportedClaim
from bartender.dialogue.types import ToolCall
from bartender.menu.snapshot import Menu
from bartender.services.bills import bill_of
from bartender.text.sentences import SentenceSplitter
from bartender.tools import ToolRunner
from tests.bartender.claim_gate.corpus import (
    TABS,
    FalseReply,
    TrueReply,
    false_replies,
    split_at,
    true_replies,
    visit_with,
)

LIES, TRUTHS = false_replies(), true_replies()
CUTS = st.lists(st.integers(0, 5_000), max_size=12)
ALPHABET = st.text(st.sampled_from('aI $1.,!?…\n 2-*_’"added martini tab paid free%\u200b'), max_size=400)
quick = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def backings(menu: Menu) -> dict[str, Evidence]:
    return {tab: build_evidence(menu, bill_of(visit_with(tab))) for tab in TABS}


def parts(backing: Evidence, fed: list[str]) -> list[str | UnsupportedClaim]:
    gate = ClaimGate(backing, is_llm_text=True)
    return [part for piece in fed for part in gate.feed(piece)] + [*gate.close()]


def passed_text(found: list[str | UnsupportedClaim]) -> str:
    """What leaves before the first held sentence."""
    said = ""
    for part in found:
        if isinstance(part, UnsupportedClaim):
            return said
        said += part
    return said


def test_there_are_enough_lies_and_enough_honest_words():
    assert len({lie.say for lie in LIES}) >= 200
    assert len({truth.say for truth in TRUTHS}) >= 300
    assert all(lie.false for lie in LIES)


def test_no_lie_leaves(backings: dict[str, Evidence]):
    leaked = [lie for lie in LIES if _leaks(lie, passed_text(parts(backings[lie.tab], [lie.say])))]

    assert leaked == []


def _leaks(lie: FalseReply, said: str) -> bool:
    return said == lie.say or any(false in said for false in lie.false)


ANYWHERE = [truth for truth in TRUTHS if truth.tab in ("empty", "mixed")]


def test_no_honest_word_is_lost(backings: dict[str, Evidence]):
    """What depends on the tab may be left to the bar's own words: `test_lying_turns.py` plays it."""
    lost = [truth.say for truth in ANYWHERE if _loses(truth, backings)]

    assert len(lost) <= 0.025 * len(ANYWHERE), lost


def _loses(truth: TrueReply, backings: dict[str, Evidence]) -> bool:
    return passed_text(parts(backings[truth.tab], list(truth.say))) != truth.say


@quick
@given(st.sampled_from(LIES), CUTS)
def test_a_lie_is_held_wherever_it_is_cut(backings, lie, cuts):
    whole = parts(backings[lie.tab], [lie.say])

    assert parts(backings[lie.tab], split_at(lie.say, cuts)) == whole


@quick
@given(st.lists(st.sampled_from(TRUTHS), min_size=1, max_size=6), CUTS)
def test_words_one_after_the_other_leave_byte_for_byte_wherever_they_are_cut(backings, told, cuts):
    text = "\n\n".join(truth.say for truth in told if truth.tab == told[0].tab)

    found = parts(backings[told[0].tab], split_at(text, cuts))

    assert "".join(part.text if isinstance(part, UnsupportedClaim) else part for part in found) == text
    assert found == parts(backings[told[0].tab], [text])


@quick
@given(ALPHABET | st.text(max_size=300), CUTS)
def test_whatever_is_said_nothing_is_lost_or_turned_around_and_no_cut_matters(backings, text, cuts):
    found = parts(backings["martini"], split_at(text, cuts))

    assert "".join(part.text if isinstance(part, UnsupportedClaim) else part for part in found) == text
    assert found == parts(backings["martini"], [text])


@pytest.mark.parametrize(
    "flood",
    [
        "a",
        " ",
        ".",
        "…",
        "\n",
        "1",
        "$",
        "$1 ",
        "a. ",
        "\u200b",
        "I've ",
        "one ",
        "x.",
        '."',
        "- ",
        "12, ",
        "twenty ",
        "no ",
        "a ",
        "item ",
    ],
)
def test_a_flood_is_judged_in_pieces_and_little_of_it_is_kept(backings: dict[str, Evidence], flood: str):
    gate = ClaimGate(backings["empty"], is_llm_text=True)
    text = (flood * 12_000)[:12_000]
    out, most, started = "", 0, time.process_time()

    for start in range(0, len(text), 7):
        for part in gate.feed(text[start : start + 7]):
            out += part.text if isinstance(part, UnsupportedClaim) else part
        most = max(most, start + 7 - len(out))
    out += "".join(part.text if isinstance(part, UnsupportedClaim) else part for part in gate.close())

    assert out == text
    assert most <= 4_100
    assert time.process_time() - started < 5


def test_a_lie_spread_over_more_than_the_gate_keeps_does_not_leave_whole(backings: dict[str, Evidence]):
    padding = "\u200b" * 3_000
    said = passed_text(parts(backings["empty"], [f"I've ad{padding}ded two Martinis to your tab."]))

    assert "Martinis" not in said


def test_a_sentence_leaves_as_soon_as_it_is_complete(backings: dict[str, Evidence]):
    gate = ClaimGate(backings["empty"], is_llm_text=True)

    assert [*gate.feed("Good evening. A Martini is $13")] == ["Good evening."]
    assert [*gate.feed(".00 at")] == []
    assert [*gate.feed(" any hour! And")] == [" A Martini is $13.00 at any hour!"]
    assert [*gate.close()] == [" And"]


@pytest.mark.parametrize(
    "text, sentences",
    [
        ("We close at 2 a.m. on Fridays. Stay.", ["We close at 2 a.m. on Fridays.", " Stay."]),
        ("Hmm... let me think. Yes", ["Hmm... let me think.", " Yes"]),
        ("Hmm... Let me think.", ["Hmm...", " Let me think."]),
        ("Mr. Tanaka, e.g. Dr. Ono? No.", ["Mr. Tanaka, e.g. Dr. Ono?", " No."]),
        ("$13.00. Two!", ["$13.00.", " Two!"]),
        ("1. Water\n2. Soda\n\nYours.", ["1. Water\n2. Soda\n\n", "Yours."]),
        ("“Quiet.” She left.", ["“Quiet.”", " She left."]),
        ("$ 1 3 . 0 0 is right. Yes", ["$ 1 3 . 0 0 is right.", " Yes"]),
    ],
)  # fmt: skip
def test_sentences_end_where_they_end(text, sentences):
    assert cut([text]) == sentences
    assert cut(list(text)) == sentences


def cut(fed: list[str]) -> list[str]:
    cutter = SentenceSplitter()
    return [one for piece in fed for one in cutter.feed(piece)] + [*cutter.close()]


def test_what_the_tools_say_is_no_claim_and_is_said_once(backings: dict[str, Evidence], menu: Menu):
    """Whatever a tool answers, a brain may repeat. What the guest hears in any case is not heard twice."""
    calls = [
        ToolCall("get_menu", {}),
        ToolCall("get_recommendation", {"preference": "classy"}),
        ToolCall("add_to_order", {"item": "Whiskey", "quantity": 2, "modifiers": ["double", "on the rocks"]}),
        ToolCall("get_order", {}),
        ToolCall("set_tip", {"percent": 12.5}),
        ToolCall("get_tip", {}),
        ToolCall("get_bill", {}),
        ToolCall("get_balance", {}),
        ToolCall("change_order_line", {"line": 1, "quantity": 3}),
        ToolCall("remove_from_order", {"line": 1, "quantity": 1}),
        ToolCall("place_order", {}),
        ToolCall("add_to_order", {"item": "Mojito"}),
        ToolCall("add_to_order", {"item": "IPA", "quantity": 40}),
        ToolCall("create_payment", {}),
        ToolCall("check_payment_status", {}),
        ToolCall("clear_order", {}),
    ]
    for tab in TABS:
        visit = visit_with(tab)
        backing = build_evidence(menu, bill_of(visit))
        for number, call in enumerate(calls):
            results = ToolRunner(visit, f"turn-{number}").run_calls([call])
            add_evidence(backing, bill_of(visit), results)
            found = parts(backing, list(results[0].text))
            kinds = {part.kind for part in found if isinstance(part, UnsupportedClaim)}
            assert kinds <= {REPEATED}, (tab, call)
            assert not kinds or (results[0].fact and results[0].fact.must_report), (tab, call)
