"""Where drinks are made: stations of the bar, each with categories of the menu."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from bartender.models.menu import MenuCategory


class Station(models.Model):
    """A place where drinks of some categories are made: cocktails, taps, coffee. The first station also makes
    what no station has."""

    name = models.CharField(max_length=20, unique=True)
    categories = models.ManyToManyField(
        MenuCategory,
        blank=True,
        related_name="stations",
        help_text="What is made there. A category of two stations is made at the first of them.",
    )
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "name"]

    def __str__(self) -> str:
        return self.name
