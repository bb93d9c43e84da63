"""Runs every case k times and reports the results as a table or as JSON."""

from __future__ import annotations

import asyncio
import logging
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import comb
from typing import Any

from maya_site.core.evaluation import CaseResult, EvaluationCase, Trial

logger = logging.getLogger(__name__)


async def run_all_cases(
    results: Sequence[CaseResult],
    trial_count: int,
    max_concurrent: int,
    on_result: Callable[[CaseResult], None],
) -> None:
    """Runs cases concurrently, the trials of one in a row. Cases that change the venue run alone, last."""
    room = asyncio.Semaphore(max_concurrent)

    async def one(score: CaseResult) -> None:
        async with room:
            for _ in range(trial_count):
                score.trials.append(await _run_case(score.case))
        on_result(score)

    await asyncio.gather(*(one(score) for score in results if not score.case.runs_alone))
    for score in results:
        if score.case.runs_alone:
            await one(score)


async def _run_case(case: EvaluationCase) -> Trial:
    """A case that raises counts as failed, and the others still run."""
    [trial] = await asyncio.gather(case.run_once(), return_exceptions=True)
    if isinstance(trial, Exception):
        logger.error("“%s” broke", case.name, exc_info=trial)
        return Trial(failures=(f"it broke: {type(trial).__name__}: {trial}",))
    if isinstance(trial, BaseException):
        raise trial
    return trial


@dataclass(frozen=True)
class PassSummary:
    """pass^k: the chance that k tries in a row all pass, estimated from n tries of each case."""

    results: Sequence[CaseResult]
    strict: bool

    def pass_rate(self, k: int) -> float:
        """The mean over cases of C(passed, k) / C(tries, k); 1 if there are no cases."""
        shares = [
            comb(one.passed_count(strict=self.strict), k) / comb(len(one.trials), k) for one in self.results
        ]
        return statistics.fmean(shares) if shares else 1.0

    @property
    def trial_count(self) -> int:
        return len(self.results[0].trials) if self.results else 0

    def latencies_ms(self) -> list[float]:
        return sorted(ms for one in self.results for trial in one.trials for ms in trial.latencies_ms)


def summarize_by_theme(scores: Sequence[CaseResult], *, strict: bool) -> dict[str, PassSummary]:
    found: dict[str, list[CaseResult]] = defaultdict(list)
    for score in scores:
        found[score.case.theme].append(score)
    return {theme: PassSummary(found[theme], strict) for theme in sorted(found)}


def format_table(scores: Sequence[CaseResult], *, strict: bool) -> Iterator[str]:
    summary = PassSummary(scores, strict)
    yield f"{'':24} {'cases':>6} {'pass@1':>8} {f'pass^{summary.trial_count}':>8} {'median':>9} {'95 %':>9}"
    for theme, tally in summarize_by_theme(scores, strict=strict).items():
        yield _format_row(theme, tally)
    yield _format_row("all", summary)


def _format_row(name: str, tally: PassSummary) -> str:
    took = tally.latencies_ms()
    middle, high = (_percentile(took, 0.5), _percentile(took, 0.95))
    rates = f"{tally.pass_rate(1):8.1%} {tally.pass_rate(tally.trial_count):8.1%}"
    return f"{name:24} {len(tally.results):6} {rates} {middle:6.0f} ms {high:6.0f} ms"


def _percentile(latencies_ms: Sequence[float], share: float) -> float:
    return latencies_ms[min(int(len(latencies_ms) * share), len(latencies_ms) - 1)] if latencies_ms else 0.0


def format_case_lines(scores: Sequence[CaseResult], *, strict: bool) -> Iterator[str]:
    """A line for every case, with what its last trial left behind."""
    for score in scores:
        passed = score.passed_count(strict=strict)
        line = f"{passed}/{len(score.trials)}  {score.case.theme}: {score.case.name}"
        yield f"{line:72.72}  {score.trials[-1].leftovers}"


def format_failures(scores: Sequence[CaseResult], *, strict: bool) -> Iterator[str]:
    """For each case that failed: how often, and what was wrong the first time."""
    for score in scores:
        failed = [trial for trial in score.trials if trial.failures or (strict and trial.latency_failures)]
        if failed:
            yield f"{score.file}: {score.case.name}: {len(failed)} of {len(score.trials)} failed"
            yield from (
                f"    {what}"
                for what in (*failed[0].failures, *(failed[0].latency_failures if strict else ()))
            )


def build_json_report(scores: Sequence[CaseResult], *, brain: str, strict: bool) -> dict[str, Any]:
    summary = PassSummary(scores, strict)
    took = summary.latencies_ms()
    return {
        "brain": brain,
        "cases": len(scores),
        "times": summary.trial_count,
        "pass_at_1": round(summary.pass_rate(1), 4),
        "pass_hat_k": {k: round(summary.pass_rate(k), 4) for k in range(1, summary.trial_count + 1)},
        "milliseconds": {
            "median": round(_percentile(took, 0.5), 1),
            "p95": round(_percentile(took, 0.95), 1),
        },
        "themes": {
            theme: {"cases": len(one.results), "pass_at_1": round(one.pass_rate(1), 4)}
            for theme, one in summarize_by_theme(scores, strict=strict).items()
        },
        "results": [_case_report(score, strict) for score in scores],
    }


def _case_report(score: CaseResult, strict: bool) -> dict[str, Any]:
    return {
        "file": score.file,
        "name": score.case.name,
        "theme": score.case.theme,
        "passed": score.passed_count(strict=strict),
        "trials": [
            {"wrong": trial.failures, "slow": trial.latency_failures, "turns": trial.notes}
            for trial in score.trials
        ],
    }
