"""Runs due tasks. Any number of workers may run at once: a lease gives each task to one of them."""

from __future__ import annotations

import logging
import uuid
from datetime import timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from maya_site.core.log_context import bind_log_context
from maya_site.tasks.models import Task
from maya_site.tasks.registry import get_task

logger = logging.getLogger(__name__)

LEASE_DURATION = timedelta(seconds=60)
MAX_ATTEMPTS = 8
MAX_BACKOFF_SECONDS = 3600


def run_due_tasks(max_tasks: int = 100) -> int:
    """Runs tasks that are due. Returns how many were tried."""
    for tried in range(max_tasks):
        taken = _lease_next()
        if taken is None:
            return tried
        _run_leased(taken)
    return max_tasks


@transaction.atomic
def _lease_next() -> Task | None:
    """One job for us alone. SQLite locks the whole file instead of a row, from the first statement on."""
    now = timezone.now()
    found = Task.objects.select_for_update(skip_locked=True).due(now).first()
    if found is None:
        return None
    found.state, found.attempts = Task.State.RUNNING, found.attempts + 1
    found.lease, found.leased_until = uuid.uuid4(), now + LEASE_DURATION
    found.save(update_fields=["state", "attempts", "lease", "leased_until"])
    return found


def _run_leased(task: Task) -> None:
    if task.attempts > MAX_ATTEMPTS:  # it took its process down each time
        return _finish(task, Task.State.FAILED, error=task.error or "it never came back")
    with bind_log_context(job=str(task.pk)):
        _execute(task)


def _execute(task: Task) -> None:
    try:
        get_task(task.name)(**task.payload)
    except (OperationalError, InterfaceError) as error:
        # A database that went away is a reason to try again, not a bug: a line without a traceback.
        logger.warning("job %s lost the database, attempt %s", task.name, task.attempts)
        _retry_later(task, f"{type(error).__name__}: {error}"[:2000])
    except Exception as failure:
        logger.exception("job %s failed, attempt %s", task.name, task.attempts)
        _retry_later(task, f"{type(failure).__name__}: {failure}"[:2000])
    else:
        _finish(task, Task.State.DONE)


def _retry_later(task: Task, error: str) -> None:
    if task.attempts >= MAX_ATTEMPTS:
        return _finish(task, Task.State.FAILED, error=error)
    wait = timedelta(seconds=min(MAX_BACKOFF_SECONDS, 2**task.attempts))
    _release_lease(task, state=Task.State.WAITING, error=error, available_at=timezone.now() + wait)


def _finish(task: Task, state: Task.State, error: str = "") -> None:
    _release_lease(task, state=state, error=error, finished_at=timezone.now())


def _release_lease(task: Task, **changes: object) -> None:
    """Only while the lease is still ours: a job that outlived it belongs to whoever took it next."""
    held = Task.objects.filter(pk=task.pk, lease=task.lease)
    if not held.update(lease=None, leased_until=None, **changes):
        logger.warning("job %s outlived its lease", task.name)
