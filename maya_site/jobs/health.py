from django.utils import timezone

from maya_site.jobs.models import Job


def oldest_wait() -> float:
    """Seconds that the oldest due job has been left lying."""
    now = timezone.now()
    oldest = Job.objects.due(now).first()
    if oldest is None:
        return 0.0
    return (now - (oldest.leased_until or oldest.available_at)).total_seconds()
