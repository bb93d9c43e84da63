from django.utils import timezone

from maya_site.tasks.models import Task


def oldest_wait_seconds() -> float:
    """Seconds that the oldest due task has waited; 0 if none waits."""
    now = timezone.now()
    oldest = Task.objects.due(now).first()
    if oldest is None:
        return 0.0
    return (now - (oldest.leased_until or oldest.available_at)).total_seconds()
