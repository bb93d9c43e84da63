"""The outbox tidies up after itself."""

from datetime import timedelta

from django.utils import timezone

from maya_site.jobs.models import Job
from maya_site.jobs.registry import periodic

KEPT = timedelta(days=7)


@periodic("forget_done_jobs", every=3600)
def forget_done_jobs() -> int:
    """What failed stays until somebody has looked at it."""
    forgotten, _rows = Job.objects.filter(state=Job.State.DONE, ended_at__lt=timezone.now() - KEPT).delete()
    return forgotten
