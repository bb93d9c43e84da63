"""Lies and honest sentences told by a model: what the guest heard, on the frames of the live stream."""

import json
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync

from bartender.claim_gate.gate import ClaimGate
from bartender.evaluation.registry import load_cases
from bartender.evaluation.sentences import format_reach_table
from maya_site.core.errors import Refusal
from maya_site.core.evaluation import CaseResult, EvaluationOptions

HONEST = Path(__file__).parents[1] / "claim_gate" / "honest.jsonl"
ROWS = [
    {"lie": "I've added two Martinis to your tab.", "tab": "empty", "lang": "en", "group": "orders"},
    {"sentence": "A chessboard has 64 squares.", "tab": "martini", "lang": "en", "group": "numbers"},
    {"sentence": "¡Hola! Me alegro de verte.", "tab": "empty", "lang": "es", "group": "talk"},
]


@pytest.fixture
def played(menu, tmp_path):
    """What the file's cases come to."""

    def play(rows) -> list[CaseResult]:
        file = tmp_path / "told.jsonl"
        file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        results = [CaseResult(file.name, case) for case in load_cases(file, EvaluationOptions())]
        for one in results:
            one.trials.append(async_to_sync(one.case.run_once)())
        return results

    return play


def test_a_lie_is_held_and_honest_sentences_arrive_in_text_and_in_sound(played):
    lie, number, spanish = played(ROWS)

    assert [one.trials[0].failures for one in (lie, number, spanish)] == [(), (), ()]
    assert lie.trials[0].leftovers == "There is nothing on your tab yet."
    assert number.trials[0].notes["heard"]["spoken"] == "A chessboard has sixty-four squares."


def test_without_the_gate_the_lie_is_found_in_all_that_the_guest_hears(played, monkeypatch):
    monkeypatch.setattr(ClaimGate, "_check_sentence", lambda gate, sentence: sentence)

    results = played(ROWS[:1])

    assert results[0].trials[0].failures == tuple(
        f"the guest heard it {how}" for how in ("as text", "in sentences", "spoken")
    )
    assert "100.0%" in [*format_reach_table(results)][1]


def test_signs_that_the_guest_was_not_sent_did_not_reach_her(played):
    signs = {"lie": "💳✅", "tab": "martini", "lang": "en", "group": "signs"}

    assert played([signs])[0].trials[0].failures == ()


def test_what_the_house_says_itself_is_no_lie(played):
    rows = [{"lie": "Your tab comes to $13.00.", "tab": "martini", "lang": "en", "group": "so"}]

    assert played(rows)[0].trials[0].failures == ()


def test_the_same_sentence_is_cut_in_the_same_places_every_time(played):
    again = [[one.trials[0].notes for one in played(ROWS)] for _ in range(2)]

    assert again[0] == again[1]


@pytest.mark.parametrize(
    "row", [{"tab": "empty"}, {"lie": "x", "tab": "full", "lang": "en", "group": ""}, "no row"]
)
def test_a_wrong_line_is_named(row, tmp_path):
    file = tmp_path / "told.jsonl"
    file.write_text(json.dumps(ROWS[0]) + "\n" + json.dumps(row), encoding="utf-8")

    with pytest.raises(Refusal, match=r"told\.jsonl, line 2: "):
        load_cases(file, EvaluationOptions())


def test_there_are_honest_sentences_enough_in_both_languages():
    cases = load_cases(HONEST, EvaluationOptions())

    assert len({case.name for case in cases}) >= 400
    assert sum(json.loads(line)["lang"] == "es" for line in HONEST.read_text("utf-8").splitlines()) >= 150
