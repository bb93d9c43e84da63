"""When the bar is open: hours by weekday, special dates, and what staff switched by hand."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from payments.models import ZReport

CLOSES_HELP = "At or before the opening: on the next day."
OPENS_HELP = (
    "What opens before the business day begins is late in that weekday's night: Monday 00:30 is the night "
    "from Monday to Tuesday."
)


class OpeningHours(models.Model):
    """A span in which the bar is open on one weekday. Without any row it is always open."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0
        TUESDAY = 1
        WEDNESDAY = 2
        THURSDAY = 3
        FRIDAY = 4
        SATURDAY = 5
        SUNDAY = 6

    weekday = models.PositiveSmallIntegerField(choices=Weekday)
    opens_at = models.TimeField(help_text=OPENS_HELP)
    closes_at = models.TimeField(help_text=CLOSES_HELP)

    class Meta:
        ordering: ClassVar[list[str]] = ["weekday", "opens_at"]
        verbose_name_plural = "opening hours"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["weekday", "opens_at"], name="opens_once_at_a_time"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="weekday_of_a_week"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens_at:%H:%M} to {self.closes_at:%H:%M}"


class SpecialDate(models.Model):
    """A date with other hours than its weekday's, or closed. Several rows are several spans of the date."""

    date = models.DateField(db_index=True, help_text="The evening on which it begins.")
    opens_at = models.TimeField(null=True, blank=True, help_text="Empty: closed all day.")
    closes_at = models.TimeField(null=True, blank=True, help_text=CLOSES_HELP)
    name = models.CharField(
        max_length=60,
        blank=True,
        default="",
        help_text="Such as Christmas: guests may ask for it by that name.",
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["date", "opens_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(opens_at=None, closes_at=None)
                | Q(opens_at__isnull=False, closes_at__isnull=False),
                name="special_date_has_both_times",
            ),
        ]

    def __str__(self) -> str:
        if self.opens_at is None or self.closes_at is None:
            return f"{self.date:%Y-%m-%d} closed"
        return f"{self.date:%Y-%m-%d} {self.opens_at:%H:%M} to {self.closes_at:%H:%M}"

    def clean(self) -> None:
        if (self.opens_at is None) != (self.closes_at is None):
            raise ValidationError("Give both times, or neither where the bar is closed all day.")


class BarSwitch(models.Model):
    """What a person switched: closed, open, or last call. The newest row wins over the hours; none is ever
    changed."""

    class Kind(models.TextChoices):
        CLOSED = "closed"
        OPEN = "open"
        LAST_CALL = "last_call", "last call"

    kind = models.CharField(max_length=9, choices=Kind)
    orders_end_at = models.DateTimeField(null=True, blank=True, help_text="Of a last call.")
    until_next_opening = models.BooleanField(
        default=False, help_text="Closed until the hours open the bar again. Else until somebody does."
    )
    switched_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    switched_at = models.DateTimeField()
    key = models.CharField(max_length=80, unique=True, help_text="Made with the form: sent twice is once.")

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        verbose_name_plural = "bar switches"
        permissions = [("switch_bar", "May close and open the bar, and give last call")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(kind="last_call", orders_end_at__isnull=False)
                | (~Q(kind="last_call") & Q(orders_end_at=None)),
                name="last_call_has_an_end",
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_kind_display())

    @property
    def closed_since(self) -> datetime | None:
        """From when on it takes no orders, None where it opens the bar."""
        return {self.Kind.CLOSED: self.switched_at, self.Kind.LAST_CALL: self.orders_end_at}.get(
            self.Kind(self.kind)
        )


class NightLetter(models.Model):
    """What a manager reads of a closed business day, as it stood at closing. Written once, with its Z
    report."""

    report = models.OneToOneField(ZReport, models.PROTECT, related_name="+")
    content = models.JSONField()
    written_at = models.DateTimeField(auto_now_add=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]

    def __str__(self) -> str:
        return f"night letter to {self.report}"
