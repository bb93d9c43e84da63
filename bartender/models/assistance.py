"""Guests' calls for a person: for help, because of harassment, or with a complaint."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from bartender.models.visits import Visit


class AssistanceQuerySet(models.QuerySet["AssistanceRequest"]):
    def unresolved(self) -> AssistanceQuerySet:
        return self.exclude(status="resolved")


class AssistanceRequest(models.Model):
    """A guest's request for a person, open until staff resolve it. It is erased with its visit."""

    class Kind(models.TextChoices):
        HELP = "help", "a person is wanted"
        HARASSMENT = "harassment", "look in on this guest"
        COMPLAINT = "complaint", "a complaint"

    class Status(models.TextChoices):
        OPEN = "open", "nobody has answered"
        ANSWERED = "answered", "somebody is coming"
        RESOLVED = "resolved"

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="assistance_requests")
    kind = models.CharField(max_length=10, choices=Kind)
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    guest_text = models.TextField(
        blank=True, default="", help_text="The guest's words, a line for each call. Empty: the button."
    )
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    open_since = models.DateTimeField(
        default=timezone.now, help_text="Later than the first call where the guest had to call again."
    )
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    resolved_at = models.DateTimeField(null=True, blank=True)

    objects = AssistanceQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        permissions = [("answer_request", "May answer guests who call a person")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["visit", "kind"],
                condition=~Q(status="resolved"),
                name="one_unresolved_request_of_a_kind",
            ),
            models.CheckConstraint(
                condition=Q(status="open") | Q(answered_by__isnull=False, answered_at__isnull=False),
                name="answered_request_says_by_whom",
            ),
            models.CheckConstraint(
                condition=~Q(status="resolved") | Q(resolved_by__isnull=False, resolved_at__isnull=False),
                name="resolved_request_says_by_whom",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            # Keeps the bar display's query small as requests accumulate.
            models.Index(
                fields=["open_since"], condition=~Q(status="resolved"), name="assistance_unresolved"
            ),
        ]

    def __str__(self) -> str:
        """Leaves out the guest's words, because the admin's log stores this text."""
        return f"request {self.pk}"


class AssistanceCall(models.Model):
    """One call that made or extended a request; unique by visit and cause, so a repeat has no effect."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="+")
    request = models.ForeignKey(AssistanceRequest, models.CASCADE, related_name="calls")
    cause = models.CharField(max_length=160)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["visit", "cause"], name="call_once_per_cause"),
        ]

    def __str__(self) -> str:
        return f"call {self.pk}"
