"""Facts about what can be ordered tonight, and about passages recalled from the memory."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from bartender.facts.base import Fact, register_fact
from bartender.facts.wording import join_words
from maya_site.core.money import format_money


@dataclass(frozen=True)
class MenuRow:
    item: str
    category: str
    unit_cents: int
    available: bool
    modifiers: tuple[str, ...]


@dataclass(frozen=True)
class MenuFact(Fact):
    effect = "reads"
    phase = None
    must_report = False

    items: tuple[MenuRow, ...]

    def list_items(self) -> str:
        rows = [f"{row.item} {format_money(row.unit_cents)}" for row in self.items if row.available]
        return f"{join_words(rows)}." if rows else _("There is none of that tonight.")


@register_fact
@dataclass(frozen=True)
class MenuRead(MenuFact):
    kind = "menu"

    def sentence(self) -> str:
        return self.list_items()


@register_fact
@dataclass(frozen=True)
class DrinksRecommended(MenuFact):
    kind = "recommended"

    def sentence(self) -> str:
        return _("I'd suggest %(what)s") % {"what": self.list_items()}


@dataclass(frozen=True)
class RecalledPassage:
    """One of the bar's passages. `sure`: it answers the question; otherwise it is only near it."""

    id: int
    title: str
    text: str
    source: str
    sure: bool


@register_fact
@dataclass(frozen=True)
class PassagesRecalled(Fact):
    """Passages that the memory found, nearest first. A turn with nothing else counts as chat."""

    kind = "recalled"
    effect = "reads"
    phase = None
    must_report = False
    is_chat = True

    passages: tuple[RecalledPassage, ...]

    @property
    def sure_passages(self) -> list[RecalledPassage]:
        return [passage for passage in self.passages if passage.sure]

    @property
    def is_trusted(self) -> bool:
        """False: anybody may have written the passage."""
        return False

    def sentence(self) -> str:
        return self.sure_passages[0].text if self.sure_passages else _("I have no note on that.")
