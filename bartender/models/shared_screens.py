"""Screens that several people work on: who opened them, who works on them now, and the PINs that say so."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


class StaffPin(models.Model):
    """A person's PIN, as a hash. It opens nothing but a screen that somebody has opened with their login."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="staff_pin")
    hash = models.CharField(max_length=128)
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    wrong_in_a_row = models.PositiveSmallIntegerField(
        default=0, help_text="Tries since the last right one. Too many, and a new PIN has to be set."
    )

    class Meta:
        verbose_name = "PIN"

    def __str__(self) -> str:
        return f"PIN of {self.user}"


class SharedScreen(models.Model):
    """A browser in which the bar display is open for everybody behind the bar.

    Only whoever has typed their PIN acts on it, until another one does or nobody has touched it for a while.
    """

    code = models.CharField(max_length=32, unique=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(auto_now_add=True, db_index=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    acting = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Whose PIN was the last one. Empty: the screen is locked.",
    )
    active_at = models.DateTimeField(null=True, blank=True, help_text="When that person last touched it.")

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        permissions = [("open_shared_screen", "May open the bar display as a shared screen")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(acting=None) | Q(active_at__isnull=False), name="who_acts_touched_the_screen"
            ),
        ]

    def __str__(self) -> str:
        return f"screen {self.pk}"
