"""What every kind of evaluation shares: cases, trials, and what went wrong in them.

A file names its kind, and bartender/evaluation/registry.py says which function reads it. This module knows
nothing of bars.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True)
class Trial:
    """One try of one case. `notes` is whatever a reader of the report wants to see of it."""

    failures: tuple[str, ...] = ()
    latency_failures: tuple[
        str, ...
    ] = ()  # over the latency budget: reported, and wrong only where asked for
    latencies_ms: tuple[float, ...] = ()
    notes: Any = None
    leftovers: str = ""  # in a line: what it left behind


@dataclass(frozen=True)
class EvaluationOptions:
    """The operator's options that a judge of any kind may need."""

    brain: str | None = None


class EvaluationCase(Protocol):
    """Something that can be tried any number of times, each time from a fresh start."""

    @property
    def name(self) -> str: ...

    @property
    def theme(self) -> str: ...

    @property
    def runs_alone(self) -> bool:
        """Whether nothing else may run meanwhile, because the case changes what others see."""

    async def run_once(self) -> Trial: ...


class CaseLoader(Protocol):
    """Reads files of one kind. Raises Refusal that names file, line and field if a file is wrong."""

    def __call__(self, path: Path, options: EvaluationOptions) -> Sequence[EvaluationCase]: ...


@dataclass
class CaseResult:
    """A case and all its trials."""

    file: str
    case: EvaluationCase
    trials: list[Trial] = field(default_factory=list)

    def passed_count(self, *, strict: bool) -> int:
        return sum(not trial.failures and not (strict and trial.latency_failures) for trial in self.trials)
