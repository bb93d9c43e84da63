"""Trying every case k times, counting, and telling it as a table or as JSON."""

from __future__ import annotations

import asyncio
import logging
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import comb
from typing import Any

from maya_site.lib.evaluation import Case, Score, Trial

logger = logging.getLogger(__name__)


async def try_all(scores: Sequence[Score], times: int, at_once: int, tell: Callable[[Score], None]) -> None:
    """Cases beside one another, the tries of one case in a row. What changes the house has it to itself."""
    room = asyncio.Semaphore(at_once)

    async def one(score: Score) -> None:
        async with room:
            for _ in range(times):
                score.trials.append(await _tried(score.case))
        tell(score)

    await asyncio.gather(*(one(score) for score in scores if not score.case.alone))
    for score in scores:
        if score.case.alone:
            await one(score)


async def _tried(case: Case) -> Trial:
    """A case that breaks is wrong, and the others are tried all the same."""
    [trial] = await asyncio.gather(case.try_once(), return_exceptions=True)
    if isinstance(trial, Exception):
        logger.error("“%s” broke", case.name, exc_info=trial)
        return Trial(wrong=(f"it broke: {type(trial).__name__}: {trial}",))
    if isinstance(trial, BaseException):
        raise trial
    return trial


@dataclass(frozen=True)
class Tally:
    """pass^k: the chance that k tries in a row all pass, estimated from n tries of each case."""

    scores: Sequence[Score]
    strict: bool

    def rate(self, k: int) -> float:
        """The mean over cases of C(passed, k) / C(tries, k); 1 where there is nothing to judge."""
        shares = [comb(one.passed(strict=self.strict), k) / comb(len(one.trials), k) for one in self.scores]
        return statistics.fmean(shares) if shares else 1.0

    @property
    def times(self) -> int:
        return len(self.scores[0].trials) if self.scores else 0

    def milliseconds(self) -> list[float]:
        return sorted(ms for one in self.scores for trial in one.trials for ms in trial.milliseconds)


def by_theme(scores: Sequence[Score], *, strict: bool) -> dict[str, Tally]:
    found: dict[str, list[Score]] = defaultdict(list)
    for score in scores:
        found[score.case.theme].append(score)
    return {theme: Tally(found[theme], strict) for theme in sorted(found)}


def table(scores: Sequence[Score], *, strict: bool) -> Iterator[str]:
    whole = Tally(scores, strict)
    yield f"{'':24} {'cases':>6} {'pass@1':>8} {f'pass^{whole.times}':>8} {'median':>9} {'95 %':>9}"
    for theme, tally in by_theme(scores, strict=strict).items():
        yield _row(theme, tally)
    yield _row("all", whole)


def _row(name: str, tally: Tally) -> str:
    took = tally.milliseconds()
    middle, high = (_share(took, 0.5), _share(took, 0.95))
    rates = f"{tally.rate(1):8.1%} {tally.rate(tally.times):8.1%}"
    return f"{name:24} {len(tally.scores):6} {rates} {middle:6.0f} ms {high:6.0f} ms"


def _share(took: Sequence[float], share: float) -> float:
    return took[min(int(len(took) * share), len(took) - 1)] if took else 0.0


def each(scores: Sequence[Score], *, strict: bool) -> Iterator[str]:
    """A line for every case, and what its last try left behind."""
    for score in scores:
        passed = score.passed(strict=strict)
        told = f"{passed}/{len(score.trials)}  {score.case.theme}: {score.case.name}"
        yield f"{told:72.72}  {score.trials[-1].left}"


def faults(scores: Sequence[Score], *, strict: bool) -> Iterator[str]:
    """Of each case that failed: how often, and what was wrong the first time."""
    for score in scores:
        failed = [trial for trial in score.trials if trial.wrong or (strict and trial.slow)]
        if failed:
            yield f"{score.file}: {score.case.name}: {len(failed)} of {len(score.trials)} failed"
            yield from (f"    {what}" for what in (*failed[0].wrong, *(failed[0].slow if strict else ())))


def as_json(scores: Sequence[Score], *, brain: str, strict: bool) -> dict[str, Any]:
    whole = Tally(scores, strict)
    took = whole.milliseconds()
    return {
        "brain": brain,
        "cases": len(scores),
        "times": whole.times,
        "pass_at_1": round(whole.rate(1), 4),
        "pass_hat_k": {k: round(whole.rate(k), 4) for k in range(1, whole.times + 1)},
        "milliseconds": {"median": round(_share(took, 0.5), 1), "p95": round(_share(took, 0.95), 1)},
        "themes": {
            theme: {"cases": len(one.scores), "pass_at_1": round(one.rate(1), 4)}
            for theme, one in by_theme(scores, strict=strict).items()
        },
        "results": [_result(score, strict) for score in scores],
    }


def _result(score: Score, strict: bool) -> dict[str, Any]:
    return {
        "file": score.file,
        "name": score.case.name,
        "theme": score.case.theme,
        "passed": score.passed(strict=strict),
        "trials": [
            {"wrong": trial.wrong, "slow": trial.slow, "turns": trial.notes} for trial in score.trials
        ],
    }
