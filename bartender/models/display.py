"""What staff do at the bar display: moves of tickets, and takeovers."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from bartender.models.visits import Ticket, Visit


class TicketMove(models.Model):
    """One status change of a ticket. Its number is unique for the ticket, so a double press moves it once."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="moves")
    number = models.PositiveSmallIntegerField()
    from_status = models.CharField(max_length=8, choices=Ticket.Status)
    to_status = models.CharField(max_length=8, choices=Ticket.Status)
    moved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="ticket_moves"
    )
    moved_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["ticket", "number"], name="ticket_step_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["moved_by", "moved_at"], name="ticket_moves_of_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.from_status} to {self.to_status}"


class Takeover(models.Model):
    """A period in which a person answers a guest in Maya's place, and who began and ended it."""

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="takeovers")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="started_takeovers")
    started_at = models.DateTimeField(auto_now_add=True, db_index=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="ended_takeovers"
    )
    summary = models.TextField(blank=True, default="", help_text="Two lines for Maya. The guest reads them.")

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        permissions = [("take_over_visit", "May answer guests in Maya's place")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["visit"], condition=Q(ended_at=None), name="one_person_answers_a_visit"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.started_by} for {self.visit}"
