"""The backup of each day, where the house has said where to keep them."""

from datetime import datetime

from django.conf import settings
from django.utils import timezone

from maya_site.jobs.models import Job
from maya_site.jobs.registry import periodic

TASK = "backup"


@periodic(TASK, every=24 * 3600)
def backup() -> str:
    if not settings.BACKUPS_ARE_ASKED_FOR:
        return ""
    from maya_site.backup.making import make  # its libraries are for once a day

    return make().name


def kept_by_hand(name: str) -> None:
    """A backup that somebody asked for is the day's as well: monitors need not wait for tomorrow's."""
    now = timezone.now()
    done = {"state": Job.State.DONE, "available_at": now, "ended_at": now}
    Job.objects.create(task=TASK, key=f"{TASK}:{name}", **done)


def last_success() -> datetime | None:
    done = Job.objects.filter(task=TASK, state=Job.State.DONE).order_by("-ended_at")
    return done.values_list("ended_at", flat=True).first() if settings.BACKUPS_ARE_ASKED_FOR else None
