"""Which jobs there are. An app's jobs.py names them; nothing else knows what they do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

Work = Callable[..., Any]
F = TypeVar("F", bound=Work)


class UnknownJob(LookupError):
    pass


@dataclass(frozen=True)
class Periodic:
    name: str
    every: int


JOBS: dict[str, Work] = {}
PERIODIC: dict[str, Periodic] = {}


def job(name: str) -> Callable[[F], F]:
    """Register a function under a name that rows in the database keep for ever.

    It may run more than once for one row: after a crash nobody knows how far it came. What it does must
    bear that, by the ledger's keys or by looking first.
    """

    def register(work: F) -> F:
        if JOBS.setdefault(name, work) is not work:
            raise ValueError(f"two jobs are called {name}")
        return work

    return register


def periodic(name: str, *, every: int) -> Callable[[F], F]:
    """A job without arguments that runs once in each `every` seconds, however many servers there are."""

    def register(work: F) -> F:
        PERIODIC[name] = Periodic(name, every)
        return job(name)(work)

    return register


def work_of(name: str) -> Work:
    try:
        return JOBS[name]
    except KeyError:
        raise UnknownJob(f"no job is called {name!r}") from None
