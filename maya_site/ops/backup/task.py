"""The daily backup, if BACKUP_STORE is set."""

from datetime import datetime

from django.conf import settings
from django.utils import timezone

from maya_site.tasks.models import Task
from maya_site.tasks.registry import periodic_task

BACKUP_TASK = "backup"


@periodic_task(BACKUP_TASK, interval_seconds=24 * 3600)
def run_daily_backup() -> str:
    if not settings.BACKUPS_REQUESTED:
        return ""
    from maya_site.ops.backup.create import create_backup  # its libraries are for once a day

    return create_backup().name


def record_manual_backup(name: str) -> None:
    """Counts a backup that somebody asked for as the day's, for the metric."""
    now = timezone.now()
    done = {"state": Task.State.DONE, "available_at": now, "finished_at": now}
    Task.objects.create(name=BACKUP_TASK, key=f"{BACKUP_TASK}:{name}", **done)


def last_backup_at() -> datetime | None:
    done = Task.objects.filter(name=BACKUP_TASK, state=Task.State.DONE).order_by("-finished_at")
    return done.values_list("finished_at", flat=True).first() if settings.BACKUPS_REQUESTED else None
