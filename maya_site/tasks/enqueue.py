"""Enqueues background work: a row in the caller's transaction, and a wake-up once it is committed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from maya_site.tasks.models import Task
from maya_site.tasks.registry import PERIODIC_TASKS, get_task
from maya_site.tasks.wakeup import wake_workers


def enqueue(task: str, key: str, *, after: timedelta = timedelta(0), **payload: Any) -> bool:
    """Adds a task. Returns whether it is new: the same key again is the same task. A rollback leaves
    nothing."""
    get_task(task)
    wanted = {"name": task, "payload": payload, "available_at": timezone.now() + after}
    _job, made = Task.objects.get_or_create(key=key, defaults=wanted)
    if made:
        transaction.on_commit(wake_workers, robust=True)
    return made


def enqueue_due_periodic_tasks(now: datetime | None = None) -> int:
    """Enqueues the periodic tasks that are due. The time slot is the key, so several clocks make one task."""
    now = now or timezone.now()
    slots = {each.slot_key(now): each for each in PERIODIC_TASKS.values()}
    known = set(Task.objects.filter(key__in=slots).values_list("key", flat=True))
    return sum(enqueue(each.name, key) for key, each in slots.items() if key not in known)
