"""The ingredients of a menu file: those that it lists, and those that its recipes bring with a strength."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from bartender.menu.guest_facts import BITTERNESS, CAFFEINE

UNITS = ("ml", "each")


class InvalidIngredient(ValueError):
    """What is wrong, in a sentence; the reader adds the line."""


@dataclass(frozen=True)
class IngredientRow:
    """None and "" are unknown."""

    name: str
    abv_percent: Decimal | None = None
    unit: str = "ml"
    pack_size: Decimal | None = None
    pack_cost_cents: int | None = None
    allergens: tuple[tuple[str, str], ...] = ()
    source: str = ""
    reviewed_on: date | None = None
    sugar_grams: Decimal | None = None
    caffeine: str = ""
    bitterness: str = ""
    hops: str = ""
    vegan: str = ""


@dataclass
class IngredientReader:
    rows: dict[str, IngredientRow] = field(default_factory=dict)

    @property
    def short_form_hint(self) -> str:
        return ", or [ingredient, ml] of one that stands under “ingredients”"

    def add(self, row: IngredientRow) -> None:
        """Raises InvalidIngredient."""
        if row.name in self.rows:
            raise InvalidIngredient(f"“{row.name}” stands under “ingredients” twice.")
        for key, value, words in (
            ("unit", row.unit, UNITS),
            ("caffeine", row.caffeine, CAFFEINE),
            ("bitterness", row.bitterness, BITTERNESS),
        ):
            if value and value not in words:
                raise InvalidIngredient(f"“{key}” is {', '.join(words[:-1])} or {words[-1]}, not “{value}”.")
        self.rows[row.name] = row

    def name(self, name: str, abv_percent: Decimal | None) -> str:
        """The ingredient that a recipe names, with the strength that stands beside it. One that is not listed
        is known by that. Raises InvalidIngredient where the file gives it two strengths."""
        known = self.rows.setdefault(name, IngredientRow(name, abv_percent))
        if abv_percent is not None and known.abv_percent != abv_percent:
            had = "unknown" if known.abv_percent is None else f"{known.abv_percent:g} %"
            raise InvalidIngredient(
                f"“{name}” has {had} alcohol elsewhere and {abv_percent:g} % here: give it a name of its own."
            )
        return name
