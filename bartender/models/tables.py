"""Where guests sit: areas of the bar, their tables, and the seats at a table."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models

# No letter or digit that can be taken for another, since a code may be typed from a card.
CODE_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
CODE_LENGTH = 10
MAX_PLACE_LENGTH = 66


def new_table_code() -> str:
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


class Area(models.Model):
    """A part of the bar with tables of its own: the terrace, the counter."""

    name = models.CharField(max_length=20, unique=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class Table(models.Model):
    """A table, with the code that its QR card opens the bar by."""

    area = models.ForeignKey(Area, models.PROTECT, related_name="tables")
    name = models.CharField(max_length=20, help_text="Its number, or what it is called: guests read it, too.")
    code = models.CharField(
        max_length=CODE_LENGTH,
        unique=True,
        default=new_table_code,
        editable=False,
        validators=[RegexValidator(f"^[{CODE_ALPHABET}]{{{CODE_LENGTH}}}$")],
    )
    is_active = models.BooleanField(
        "in use", default=True, help_text="Untick it to retire the table: its QR card seats nobody any more."
    )
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["area__position", "area__name", "position", "name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["area", "name"], name="table_once_per_area"),
        ]

    def __str__(self) -> str:
        return f"{self.area.name} {self.name}"


class Seat(models.Model):
    """A seat at a table, for houses that serve by seat."""

    table = models.ForeignKey(Table, models.CASCADE, related_name="seats")
    name = models.CharField(max_length=20, help_text="Such as: seat 2, by the window.")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["table", "name"], name="seat_once_per_table"),
        ]

    def __str__(self) -> str:
        return f"{self.table}, {self.name}"
