"""How tries become figures: pass@1, pass^k, and an exit code."""

import json
from dataclasses import dataclass, field

import pytest
from asgiref.sync import async_to_sync

from bartender.evaluation.scores import (
    PassSummary,
    build_json_report,
    format_failures,
    format_table,
    run_all_cases,
)
from maya_site.core.evaluation import CaseResult, Trial


@dataclass
class Told:
    """A case whose trials end as they are told to."""

    ends: list[Trial] = field(default_factory=list)
    name: str = "told"
    theme: str = "stories"
    runs_alone: bool = False

    async def run_once(self) -> Trial:
        return self.ends.pop(0)


def score(*wrong: str, slow: str = "") -> CaseResult:
    trials = [Trial((one,) if one else (), (slow,) if slow else (), (10.0,)) for one in wrong]
    found = CaseResult("stories.yaml", Told(trials))
    async_to_sync(run_all_cases)([found], len(wrong), 2, lambda done: None)
    return found


def test_two_of_three_pass_once_in_three_pairs():
    tally = PassSummary([score("", "", "wrong")], strict=False)

    assert tally.pass_rate(1) == pytest.approx(2 / 3)
    assert tally.pass_rate(2) == pytest.approx(1 / 3)
    assert tally.pass_rate(3) == 0


def test_the_rates_are_means_over_cases():
    tally = PassSummary([score("", ""), score("", "wrong")], strict=False)

    assert (tally.pass_rate(1), tally.pass_rate(2)) == (0.75, 0.5)


def test_slow_is_wrong_only_where_that_was_asked_for():
    slow = [score("", slow="took 9 s")]

    assert (PassSummary(slow, strict=False).pass_rate(1), PassSummary(slow, strict=True).pass_rate(1)) == (
        1,
        0,
    )
    assert list(format_failures(slow, strict=False)) == []
    assert list(format_failures(slow, strict=True)) == ["stories.yaml: told: 1 of 1 failed", "    took 9 s"]


def test_the_report_tells_every_case_its_trials_and_the_table_its_themes():
    scores = [score("", "the tab is wrong")]
    report = json.loads(json.dumps(build_json_report(scores, brain="house", strict=False)))

    assert report["pass_hat_k"] == {"1": 0.5, "2": 0.0}
    assert report["results"][0]["trials"][1]["wrong"] == ["the tab is wrong"]
    assert [line.split()[:3] for line in format_table(scores, strict=False)][1:] == [
        ["stories", "1", "50.0%"],
        ["all", "1", "50.0%"],
    ]
