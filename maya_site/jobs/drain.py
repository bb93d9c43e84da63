"""Doing the work. Any number may drain at once: a lease gives each job to one of them."""

from __future__ import annotations

import logging
import uuid
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from maya_site.jobs.models import Job
from maya_site.jobs.registry import work_of
from maya_site.lib.log_ids import bound

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 8
LONGEST_WAIT = 3600


def drain(most: int = 100) -> int:
    """How many jobs were tried."""
    for tried in range(most):
        taken = _take()
        if taken is None:
            return tried
        _run(taken)
    return most


@transaction.atomic
def _take() -> Job | None:
    """One job for us alone. SQLite locks the whole file instead of a row, from the first statement on."""
    now = timezone.now()
    found = Job.objects.select_for_update(skip_locked=True).due(now).first()
    if found is None:
        return None
    found.state, found.attempts = Job.State.RUNNING, found.attempts + 1
    found.lease, found.leased_until = uuid.uuid4(), now + LEASE
    found.save(update_fields=["state", "attempts", "lease", "leased_until"])
    return found


def _run(taken: Job) -> None:
    if taken.attempts > MOST_ATTEMPTS:  # it took its process down each time
        return _end(taken, Job.State.FAILED, error=taken.error or "it never came back")
    with bound(job=str(taken.pk)):
        _try(taken)


def _try(taken: Job) -> None:
    try:
        work_of(taken.task)(**taken.payload)
    except Exception as trouble:
        logger.exception("job %s failed, attempt %s", taken.task, taken.attempts)
        _again(taken, f"{type(trouble).__name__}: {trouble}"[:2000])
    else:
        _end(taken, Job.State.DONE)


def _again(taken: Job, error: str) -> None:
    if taken.attempts >= MOST_ATTEMPTS:
        return _end(taken, Job.State.FAILED, error=error)
    wait = timedelta(seconds=min(LONGEST_WAIT, 2**taken.attempts))
    _give_back(taken, state=Job.State.WAITING, error=error, available_at=timezone.now() + wait)


def _end(taken: Job, state: Job.State, error: str = "") -> None:
    _give_back(taken, state=state, error=error, ended_at=timezone.now())


def _give_back(taken: Job, **changes: object) -> None:
    """Only while the lease is still ours: a job that outlived it belongs to whoever took it next."""
    held = Job.objects.filter(pk=taken.pk, lease=taken.lease)
    if not held.update(lease=None, leased_until=None, **changes):
        logger.warning("job %s outlived its lease", taken.task)
