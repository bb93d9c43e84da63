"""Guests' own agents: what a guest has allowed one to do, and every call that it made."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from bartender.models.visits import Visit, new_code

MAX_AGENT_NAME_LENGTH = 40


class AgentPairingQuerySet(models.QuerySet["AgentPairing"]):
    def usable(self, now: datetime) -> AgentPairingQuerySet:
        """Paired, not ended by time, a person or the end of the visit."""
        return self.filter(revoked_at=None, expires_at__gt=now, visit__closed_at=None)

    def unfinished(self, now: datetime) -> AgentPairingQuerySet:
        """Usable, or with a code that still waits for its agent."""
        waiting = Q(paired_at=None, code_expires_at__gt=now)
        return self.filter(waiting | Q(expires_at__gt=now), revoked_at=None, visit__closed_at=None)


class AgentPairing(models.Model):
    """One agent at one guest's tab, with its allowance. It is erased with its visit.

    The guest's code is exchanged once for a token, of which only the hash is kept.
    """

    class Ask(models.TextChoices):
        """What an agent may put before its guest, who alone can do it."""

        PAY = "pay", "to pay"
        AGE = "age", "to say how old they are"
        ALLERGY = "allergy", "about an allergy"
        LIMIT = "limit", "to go beyond a limit"
        CHANGE = "change", "to change what the agent has not ordered"

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="agent_pairings")
    code = models.CharField(
        max_length=32,
        unique=True,
        default=new_code,
        editable=False,
        help_text="As lines and journals name it.",
    )
    name = models.CharField(
        max_length=MAX_AGENT_NAME_LENGTH, blank=True, default="", help_text="As the agent calls itself."
    )
    pairing_code = models.CharField(
        max_length=12, blank=True, default="", editable=False, help_text="Empty once it was exchanged."
    )
    code_expires_at = models.DateTimeField(editable=False)
    token_hash = models.CharField(max_length=64, blank=True, default="", editable=False)
    cents_allowed = models.PositiveIntegerField(help_text="Drinks at menu prices, before tax and tip.")
    drinks_allowed = models.DecimalField(max_digits=4, decimal_places=1, help_text="Standard drinks.")
    minutes_allowed = models.PositiveSmallIntegerField()
    asks = models.JSONField(default=list, blank=True, help_text="What it has asked its guest for.")
    created_at = models.DateTimeField(auto_now_add=True)
    paired_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who of the bar stopped it. Empty: its guest.",
    )
    calls_made = models.PositiveIntegerField(default=0)
    last_call_at = models.DateTimeField(null=True, blank=True)

    objects = AgentPairingQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        permissions = [("stop_agent", "May stop guests' agents")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["pairing_code"], condition=~Q(pairing_code=""), name="pairing_code_once"
            ),
            models.UniqueConstraint(
                fields=["token_hash"], condition=~Q(token_hash=""), name="agent_token_once"
            ),
            models.CheckConstraint(
                condition=Q(paired_at=None, expires_at=None, token_hash="")
                | Q(paired_at__isnull=False, expires_at__isnull=False),
                name="paired_agent_has_an_end",
            ),
        ]

    def __str__(self) -> str:
        """Leaves out the name, because the admin's log stores this text."""
        return f"agent {self.code[:8]}"


class AgentCall(models.Model):
    """One call of an agent: what it asked for, and what came of it."""

    class Outcome(models.TextChoices):
        RUNNING = "running", "cut off by a crash"
        OK = "ok", "done"
        REFUSED = "refused"
        NEEDS_GUEST = "needs_guest", "needs the guest"
        FAILED = "failed"

    pairing = models.ForeignKey(AgentPairing, models.CASCADE, related_name="calls")
    tool = models.CharField(max_length=40)
    arguments = models.TextField(blank=True, default="", help_text="As JSON.")
    key = models.CharField(max_length=64, blank=True, default="", help_text="Its idempotency key.")
    outcome = models.CharField(max_length=11, choices=Outcome, default=Outcome.RUNNING)
    detail = models.CharField(max_length=300, blank=True, default="", help_text="What it was told.")
    called_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["tool"], name="agent_call_tool")]

    def __str__(self) -> str:
        return f"call {self.pk} of {self.tool}"
