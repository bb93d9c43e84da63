"""Asking for work: a row in the caller's transaction, and a nudge once it is committed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from maya_site.jobs.models import Job
from maya_site.jobs.nudge import nudge
from maya_site.jobs.registry import PERIODIC, work_of


def enqueue(task: str, key: str, *, after: timedelta = timedelta(0), **payload: Any) -> bool:
    """Whether it is new: the same key again is the same job, and a rollback leaves nothing."""
    work_of(task)
    wanted = {"task": task, "payload": payload, "available_at": timezone.now() + after}
    _job, made = Job.objects.get_or_create(key=key, defaults=wanted)
    if made:
        transaction.on_commit(nudge, robust=True)
    return made


def enqueue_periodic(now: datetime | None = None) -> int:
    """The jobs whose hour has come. The slot is the key, so that several clocks make one job."""
    seconds = int((now or timezone.now()).timestamp())
    slots = {f"{each.name}@{seconds // each.every * each.every}": each for each in PERIODIC.values()}
    known = set(Job.objects.filter(key__in=slots).values_list("key", flat=True))
    return sum(enqueue(each.name, key) for key, each in slots.items() if key not in known)
