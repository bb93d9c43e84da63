"""What every kind of evaluation has in common: cases that are tried, and what went wrong in them.

A file names its kind; `bartender/evaluation/kinds.py` says who judges which kind. Nothing here knows a bar.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True)
class Trial:
    """One try of one case. `notes` is whatever a reader of the report wants to see of it."""

    wrong: tuple[str, ...] = ()
    slow: tuple[str, ...] = ()  # over the latency budget: reported, and wrong only where asked for
    milliseconds: tuple[float, ...] = ()
    notes: Any = None
    left: str = ""  # in a line: what it left behind


@dataclass(frozen=True)
class Options:
    """What the operator asked for that a judge of any kind may need."""

    brain: str | None = None


class Case(Protocol):
    """Something that can be tried any number of times, each time from a fresh start."""

    @property
    def name(self) -> str: ...

    @property
    def theme(self) -> str: ...

    @property
    def alone(self) -> bool:
        """Whether nothing else may be tried meanwhile: it changes what others see."""

    async def try_once(self) -> Trial: ...


class Judge(Protocol):
    """Reads files of one kind. Raises Refused, naming file, line and field, where a file is wrong."""

    def __call__(self, path: Path, options: Options) -> Sequence[Case]: ...


@dataclass
class Score:
    """A case and all its trials."""

    file: str
    case: Case
    trials: list[Trial] = field(default_factory=list)

    def passed(self, *, strict: bool) -> int:
        return sum(not trial.wrong and not (strict and trial.slow) for trial in self.trials)
