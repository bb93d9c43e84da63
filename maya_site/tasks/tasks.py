"""Tasks that clean up old rows of tasks, sessions and logins."""

from datetime import timedelta

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.sessions.models import Session
from django.utils import timezone

from maya_site.tasks.models import Task
from maya_site.tasks.registry import periodic_task

COMPLETED_TASK_RETENTION = timedelta(days=7)
LOGIN_LOG_RETENTION = timedelta(days=90)


@periodic_task("forget_done_jobs", interval_seconds=3600)
def delete_completed_tasks() -> int:
    """Deletes tasks that are done. Failed ones stay until somebody has looked at them."""
    forgotten, _rows = Task.objects.filter(
        state=Task.State.DONE, finished_at__lt=timezone.now() - COMPLETED_TASK_RETENTION
    ).delete()
    return forgotten


@periodic_task("forget_sessions_and_logins", interval_seconds=3600)
def delete_expired_sessions_and_logins() -> dict[str, int]:
    """Deletes expired sessions, and records of logins and attempts older than ninety days."""
    now = timezone.now()
    sessions, _rows = Session.objects.filter(expire_date__lt=now).delete()
    logins = 0
    for log in (AccessLog, AccessFailureLog, AccessAttempt):
        logins += log.objects.filter(attempt_time__lt=now - LOGIN_LOG_RETENTION).delete()[0]
    return {"sessions": sessions, "logins": logins}
