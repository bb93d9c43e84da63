"""The gate alone: lies are held, honest words leave as they came, wherever the stream is cut."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bartender.brains.base import Call
from bartender.conversation.backing import backing_of, learn
from bartender.conversation.claims import Backing, ClaimGate, Held
from bartender.conversation.gate.sentences import Sentences
from bartender.menu.snapshot import Menu
from bartender.services.bills import bill_of
from bartender.tools import Toolbelt
from tests.bartender.claims.corpus import TABS, Lie, Truth, lies, pieces, truths, visit_with

LIES, TRUTHS = lies(), truths()
CUTS = st.lists(st.integers(0, 5_000), max_size=12)
ALPHABET = st.text(st.sampled_from('aI $1.,!?…\n 2-*_’"added martini tab paid free%\u200b'), max_size=400)
quick = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def backings(menu: Menu) -> dict[str, Backing]:
    return {tab: backing_of(menu, bill_of(visit_with(tab))) for tab in TABS}


def parts(backing: Backing, fed: list[str]) -> list[str | Held]:
    gate = ClaimGate(backing)
    return [part for piece in fed for part in gate.feed(piece)] + [*gate.close()]


def heard(found: list[str | Held]) -> str:
    """What leaves before the first held sentence."""
    said = ""
    for part in found:
        if isinstance(part, Held):
            return said
        said += part
    return said


def test_there_are_enough_lies_and_enough_honest_words():
    assert len({lie.say for lie in LIES}) >= 200
    assert len({truth.say for truth in TRUTHS}) >= 300
    assert all(lie.false for lie in LIES)


def test_no_lie_leaves(backings: dict[str, Backing]):
    leaked = [lie for lie in LIES if _leaks(lie, heard(parts(backings[lie.tab], [lie.say])))]

    assert leaked == []


def _leaks(lie: Lie, said: str) -> bool:
    return said == lie.say or any(false in said for false in lie.false)


def test_no_honest_word_is_lost(backings: dict[str, Backing]):
    lost = [truth for truth in TRUTHS if parts(backings[truth.tab], [truth.say]) and _loses(truth, backings)]

    assert lost == []


def _loses(truth: Truth, backings: dict[str, Backing]) -> bool:
    return heard(parts(backings[truth.tab], list(truth.say))) != truth.say


@quick
@given(st.sampled_from(LIES), CUTS)
def test_a_lie_is_held_wherever_it_is_cut(backings, lie, cuts):
    whole = parts(backings[lie.tab], [lie.say])

    assert parts(backings[lie.tab], pieces(lie.say, cuts)) == whole


@quick
@given(st.lists(st.sampled_from(TRUTHS), min_size=1, max_size=6), CUTS)
def test_honest_words_one_after_the_other_leave_byte_for_byte(backings, told, cuts):
    text = "\n\n".join(truth.say for truth in told if truth.tab == told[0].tab)

    found = parts(backings[told[0].tab], pieces(text, cuts))

    assert "".join(part.text if isinstance(part, Held) else part for part in found) == text
    assert heard(found) == text


@quick
@given(ALPHABET | st.text(max_size=300), CUTS)
def test_whatever_is_said_nothing_is_lost_or_turned_around_and_no_cut_matters(backings, text, cuts):
    found = parts(backings["martini"], pieces(text, cuts))

    assert "".join(part.text if isinstance(part, Held) else part for part in found) == text
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
def test_a_flood_is_judged_in_pieces_and_little_of_it_is_kept(backings: dict[str, Backing], flood: str):
    gate = ClaimGate(backings["empty"])
    text = (flood * 12_000)[:12_000]
    out, most, started = "", 0, time.process_time()

    for start in range(0, len(text), 7):
        for part in gate.feed(text[start : start + 7]):
            out += part.text if isinstance(part, Held) else part
        most = max(most, start + 7 - len(out))
    out += "".join(part.text if isinstance(part, Held) else part for part in gate.close())

    assert out == text
    assert most <= 4_100
    assert time.process_time() - started < 5


def test_a_lie_spread_over_more_than_the_gate_keeps_does_not_leave_whole(backings: dict[str, Backing]):
    padding = "\u200b" * 3_000
    said = heard(parts(backings["empty"], [f"I've ad{padding}ded two Martinis to your tab."]))

    assert "Martinis" not in said


def test_a_sentence_leaves_as_soon_as_it_is_complete(backings: dict[str, Backing]):
    gate = ClaimGate(backings["empty"])

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
    cutter = Sentences()
    return [one for piece in fed for one in cutter.feed(piece)] + [*cutter.close()]


def test_everything_that_the_tools_say_passes_at_every_tab(backings: dict[str, Backing], menu: Menu):
    """Whatever a tool answers, a brain may repeat."""
    calls = [
        Call("get_menu", {}),
        Call("get_recommendation", {"preference": "classy"}),
        Call("add_to_order", {"item": "Whiskey", "quantity": 2, "modifiers": ["double", "on the rocks"]}),
        Call("get_order", {}),
        Call("set_tip", {"percent": 12.5}),
        Call("get_tip", {}),
        Call("get_bill", {}),
        Call("get_balance", {}),
        Call("change_order_line", {"line": 1, "quantity": 3}),
        Call("remove_from_order", {"line": 1, "quantity": 1}),
        Call("place_order", {}),
        Call("add_to_order", {"item": "Mojito"}),
        Call("add_to_order", {"item": "IPA", "quantity": 40}),
        Call("create_payment", {}),
        Call("check_payment_status", {}),
        Call("clear_order", {}),
    ]
    for tab in TABS:
        visit = visit_with(tab)
        backing = backing_of(menu, bill_of(visit))
        for number, call in enumerate(calls):
            results = Toolbelt(visit, f"turn-{number}").use([call])
            learn(backing, bill_of(visit), results)
            assert heard(parts(backing, list(results[0].text))) == results[0].text, (tab, call)
            retold = Backing(
                backing.kinds, backing.cents, backing.percents, menu, backing.bill, backing.facts
            )
            if results[0].ok:
                assert heard(parts(retold, [results[0].text])) == results[0].text, (tab, call)
