"""The register of tasks. An app's tasks.py names them; nothing else knows what they do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

TaskFunction = Callable[..., Any]
F = TypeVar("F", bound=TaskFunction)


class UnknownTask(LookupError):
    pass


@dataclass(frozen=True)
class PeriodicTask:
    name: str
    interval_seconds: int

    def slot_start(self, now: datetime) -> int:
        """When the slot of time that contains `now` began, in seconds since 1970."""
        return int(now.timestamp()) // self.interval_seconds * self.interval_seconds

    def slot_key(self, now: datetime) -> str:
        """The key of the row that does this slot's work, however many clocks ask for it."""
        return f"{self.name}@{self.slot_start(now)}"


TASKS: dict[str, TaskFunction] = {}
PERIODIC_TASKS: dict[str, PeriodicTask] = {}


def task(name: str) -> Callable[[F], F]:
    """Registers a function under a name. Rows in the database keep that name, so it never changes.

    A task may run more than once for one row: after a crash nobody knows how far it came. It must bear that,
    by the ledger's keys or by looking first. Raises ValueError if the name is taken.
    """

    def register(work: F) -> F:
        if TASKS.setdefault(name, work) is not work:
            raise ValueError(f"two jobs are called {name}")
        return work

    return register


def periodic_task(name: str, *, interval_seconds: int) -> Callable[[F], F]:
    """Registers a task without arguments that runs once in each `interval_seconds`, however many servers
    there are."""

    def register(work: F) -> F:
        PERIODIC_TASKS[name] = PeriodicTask(name, interval_seconds)
        return task(name)(work)

    return register


def get_task(name: str) -> TaskFunction:
    try:
        return TASKS[name]
    except KeyError:
        raise UnknownTask(f"no job is called {name!r}") from None
