"""The outbox: work that exists if and only if the change that asked for it was committed."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q


class JobQuerySet(models.QuerySet["Job"]):
    def due(self, now: datetime) -> JobQuerySet:
        """Waiting and ripe, or taken by somebody whose lease ran out: whoever that was died on the way."""
        ripe = Q(state=Job.State.WAITING, available_at__lte=now)
        orphaned = Q(state=Job.State.RUNNING, leased_until__lte=now)
        return self.filter(ripe | orphaned).order_by("available_at", "pk")

    def unfinished(self) -> JobQuerySet:
        return self.filter(state__in=[Job.State.WAITING, Job.State.RUNNING])


class Job(models.Model):
    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    task = models.CharField(max_length=80)
    key = models.CharField(max_length=200, unique=True, help_text="The cause. The same cause is one job.")
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    available_at = models.DateTimeField()
    lease = models.UUIDField(null=True, editable=False)
    leased_until = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["available_at"], name="job_waiting", condition=Q(state="waiting")),
            models.Index(fields=["leased_until"], name="job_running", condition=Q(state="running")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="running", lease__isnull=False, leased_until__isnull=False)
                | (~Q(state="running") & Q(lease__isnull=True, leased_until__isnull=True)),
                name="job_runs_only_on_a_lease",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["done", "failed"], ended_at__isnull=False)
                | Q(state__in=["waiting", "running"], ended_at__isnull=True),
                name="job_ends_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task} ({self.key})"
