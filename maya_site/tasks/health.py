"""Whether the work is done that is due: of rows by the rows, of periodic tasks by the clock.

The rows of periodic tasks are made by whoever runs them, so where nobody does, no row says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Max, Min
from django.utils import timezone

from maya_site.tasks.models import Task
from maya_site.tasks.registry import PERIODIC_TASKS, PeriodicTask
from maya_site.tasks.tasks import COMPLETED_TASK_RETENTION


@dataclass(frozen=True)
class Overdue:
    """A periodic task, and since when it should have run."""

    name: str
    since: datetime

    def seconds(self, now: datetime) -> float:
        return max(0.0, (now - self.since).total_seconds())


@dataclass(frozen=True)
class TaskHealth:
    overdue: list[Overdue]
    oldest_wait_seconds: float


def read_task_health(now: datetime | None = None) -> TaskHealth:
    return TaskHealth(overdue_periodic_tasks(now), oldest_wait_seconds())


def oldest_wait_seconds() -> float:
    """Seconds that the oldest due task has waited; 0 if none waits."""
    now = timezone.now()
    oldest = Task.objects.due(now).first()
    if oldest is None:
        return 0.0
    return (now - (oldest.leased_until or oldest.available_at)).total_seconds()


def overdue_periodic_tasks(now: datetime | None = None) -> list[Overdue]:
    """The periodic tasks that nobody has done for the present slot of time, the longest overdue first. One
    that runs is not overdue, and before the bar was set up nothing was due. One query where all are done,
    else three."""
    now = now or timezone.now()
    current = {each.slot_key(now): each for each in PERIODIC_TASKS.values()}
    seen_to = set(
        Task.objects.filter(key__in=current)
        .exclude(state__in=[Task.State.WAITING, Task.State.FAILED])
        .exclude(state=Task.State.RUNNING, leased_until__lte=now)
        .values_list("key", flat=True)
    )
    left = [each for key, each in current.items() if key not in seen_to]
    if not left:
        return []
    set_up, done = _set_up_at() or now, _newest_done(each.name for each in left)
    overdue = [Overdue(each.name, max(set_up, _due_since(each, done.get(each.name), now))) for each in left]
    return sorted((each for each in overdue if each.since <= now), key=lambda each: each.since)


def _newest_done(names: Iterable[str]) -> dict[str, int]:
    """The slot of the last row of each task that was done, in seconds since 1970. One query."""
    done = Task.objects.filter(name__in=list(names), state=Task.State.DONE)
    newest = done.values("name").annotate(newest=Max("pk")).values("newest")
    rows = Task.objects.filter(pk__in=newest).values_list("name", "key")
    return {name: int(key.rpartition("@")[2]) for name, key in rows}


def _due_since(periodic: PeriodicTask, done: int | None, now: datetime) -> datetime:
    """The start of the first slot that was not done. What was done is kept for a week, so of a task that was
    never done, or not in that week, it is a week ago."""
    if done is None:
        return now - COMPLETED_TASK_RETENTION
    return datetime.fromtimestamp(min(periodic.slot_start(now), done + periodic.interval_seconds), UTC)


def _set_up_at() -> datetime | None:
    """When the tables were made: a bar that is a minute old has missed no night."""
    applied: datetime | None = MigrationRecorder.Migration.objects.filter(app=Task._meta.app_label).aggregate(
        first=Min("applied")
    )["first"]
    return applied
