"""Background work as rows: a task exists if and only if the change that asked for it was committed."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q


class TaskQuerySet(models.QuerySet["Task"]):
    def due(self, now: datetime) -> TaskQuerySet:
        """Waiting and ripe, or taken by somebody whose lease ran out: whoever that was died on the way."""
        ripe = Q(state=Task.State.WAITING, available_at__lte=now)
        orphaned = Q(state=Task.State.RUNNING, leased_until__lte=now)
        return self.filter(ripe | orphaned).order_by("available_at", "pk")

    def unfinished(self) -> TaskQuerySet:
        return self.filter(state__in=[Task.State.WAITING, Task.State.RUNNING])


class Task(models.Model):
    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    name = models.CharField(max_length=80)
    key = models.CharField(max_length=200, unique=True, help_text="The cause. The same cause is one job.")
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    available_at = models.DateTimeField()
    lease = models.UUIDField(null=True, editable=False)
    leased_until = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["available_at"], name="task_waiting", condition=Q(state="waiting")),
            models.Index(fields=["leased_until"], name="task_running", condition=Q(state="running")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="running", lease__isnull=False, leased_until__isnull=False)
                | (~Q(state="running") & Q(lease__isnull=True, leased_until__isnull=True)),
                name="task_runs_only_on_a_lease",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["done", "failed"], finished_at__isnull=False)
                | Q(state__in=["waiting", "running"], finished_at__isnull=True),
                name="task_finishes_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.key})"
