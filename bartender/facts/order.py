"""Facts about the drinks on a tab."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, Self

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from bartender.facts.base import Fact, register_fact
from bartender.facts.wording import Reply, capitalize_first, describe_drinks, join_words
from maya_site.core.money import format_money

WATER_OFFER = "And some water beside it, if you like: just say so."
_CLEARED_WORDS = re.compile(
    r"\b(?:clear|cleared|off|empty|emptied|gone|scratch|scratched|over|fresh|clean|removed)\b"
)
SENT_WORDS = re.compile(r"\b(?:bar|sent|send|order|way|coming|making|pouring|mixing|shaking|stirring)\b")


class DrinkLine(Protocol):
    """What `describe_line` reads: an item, how many of it, and its modifiers."""

    @property
    def item(self) -> str: ...
    @property
    def quantity(self) -> int: ...
    @property
    def modifiers(self) -> Sequence[str]: ...


@dataclass(frozen=True)
class ListedLine:
    """A line of the tab; `line` is its number."""

    line: int
    item: str
    quantity: int
    modifiers: tuple[str, ...]


@dataclass(frozen=True)
class PricedLine(ListedLine):
    unit_cents: int
    cents: int


def describe_line(line: DrinkLine) -> str:
    return describe_drinks(line.item, line.quantity, line.modifiers)


def describe_tab(lines: Iterable[DrinkLine]) -> str:
    rows = [describe_line(line) for line in lines]
    return (
        _("You have %(what)s.") % {"what": join_words(rows)}
        if rows
        else _("There is nothing on your tab yet.")
    )


@dataclass(frozen=True)
class LineFact(PricedLine, Fact):
    """A line as the tool left it. A removed line: as it was before, with the quantity that was taken off."""

    effect = "order"
    phase = "order_taking"
    must_report = True

    def is_reported_in(self, reply: Reply) -> bool:
        return reply.has_drinks(self.item, self.quantity)

    def describe_price(self) -> str:
        """ "two Negronis at $11.00 each, $22.00", "one IPA, $6.00": the price of one and of all."""
        what, total = describe_line(self), format_money(self.quantity * self.unit_cents)
        if self.quantity == 1:
            return f"{what}, {total}"
        each = format_money(self.unit_cents)
        return _("%(what)s at %(each)s each, %(total)s") % {"what": what, "each": each, "total": total}

    def merged(self, later: Fact) -> Self | None:
        """Equal lines as one, with their sum: the same sentence said twice would sound like one line."""
        if not isinstance(later, type(self)):
            return None
        if (self.item, self.modifiers, self.unit_cents) != (later.item, later.modifiers, later.unit_cents):
            return None
        return replace(later, quantity=self.quantity + later.quantity, cents=self.cents + later.cents)


@register_fact
@dataclass(frozen=True)
class LineAdded(LineFact):
    """`ease`: the guest has had enough alcohol for now and is offered water as well."""

    kind = "added"

    ease: bool = False

    def sentence(self) -> str:
        water = f" {_(WATER_OFFER)}" if self.ease else ""
        return f"{capitalize_first(self.describe_price())}.{water}"

    def merged(self, later: Fact) -> Self | None:
        both = super().merged(later)
        return replace(both, ease=self.ease or both.ease) if both else None


@register_fact
@dataclass(frozen=True)
class LineChanged(LineFact):
    """`before`: the line as it was. It has another number if only some of its units were changed: those are
    now a line of their own."""

    kind = "changed"

    before: PricedLine

    def sentence(self) -> str:
        return _("Now it's %(what)s.") % {"what": self.describe_price()}

    def merged(self, later: Fact) -> Self | None:
        return None


@register_fact
@dataclass(frozen=True)
class LineRemoved(LineFact):
    """`quantity`: how many were taken off; `cents`: what the line came to before."""

    kind = "removed"

    def sentence(self) -> str:
        return _("I took %(what)s off your tab.") % {"what": describe_line(self)}


@register_fact
@dataclass(frozen=True)
class OrderCleared(Fact):
    """`units`: how many were taken off; `left`: how many stay because the bar has begun them."""

    kind = "cleared"
    effect = "order"
    phase = "order_taking"
    must_report = True

    units: int
    left: int

    def sentence(self) -> str:
        if self.left:
            return _("I took off everything the bar has not begun.")
        return _("Your tab is clear again.")

    def is_reported_in(self, reply: Reply) -> bool:
        return reply.has(_CLEARED_WORDS)


@register_fact
@dataclass(frozen=True)
class OrderRead(Fact):
    kind = "order"
    effect = "reads"
    phase = None
    must_report = True

    lines: tuple[ListedLine, ...]

    def sentence(self) -> str:
        return describe_tab(self.lines)


WAITING_TEXTS = {
    "new": "Your order is with the bar, and nobody has begun it yet.",
    "in_prep": "Your order is being made now.",
    "recalled": "Your order is being made once more.",
    "ready": "Your order is ready: it is on its way to you, or waits at the bar.",
    "served": "By what I see, all that you ordered has been served. If something is missing, tell the people "
    "behind the bar.",
    "unsent": "It has not gone to the bar yet. Say “send it”, and they begin.",
}
WAITING_NOTHING_TEXT = "There is nothing on order for you yet, so nothing to wait for."


@register_fact
@dataclass(frozen=True)
class WaitRead(Fact):
    """`status` of the guest's oldest unserved ticket, "unsent", "served" or ""; `minutes` until it is ready,
    None if too few tickets say; `ahead`: tickets that came before it."""

    kind = "wait"
    effect = "reads"
    phase = None
    must_report = True

    status: str
    minutes: int | None = None
    ahead: int = 0

    def sentence(self) -> str:
        parts = [_(WAITING_TEXTS.get(self.status, WAITING_NOTHING_TEXT))]
        if self.status in ("new", "in_prep", "recalled"):
            if self.ahead:
                text = ngettext(
                    "%(number)s order is before it.", "%(number)s orders are before it.", self.ahead
                )
                parts.append(text % {"number": self.ahead})
            if self.minutes is None:
                parts.append(_("How long it will take I don't know yet."))
            else:
                text = ngettext(
                    "About %(number)s minute, I think.", "About %(number)s minutes, I think.", self.minutes
                )
                parts.append(text % {"number": self.minutes})
        return " ".join(parts)


# By who put it on the tab. Of another guest nothing more is said.
_ORIGIN_TEXTS = {
    "words": gettext_noop("%(what)s: you asked me for that at %(time)s. You said: “%(words)s”."),
    "erased": gettext_noop("%(what)s: you asked me for that at %(time)s. Your words of then were erased."),
    "tap": gettext_noop("%(what)s: you tapped that on your page at %(time)s."),
    "agent": gettext_noop("%(what)s: your assistant ordered that at %(time)s."),
    "staff": gettext_noop("%(what)s: %(name)s rang that in at %(time)s."),
    "other": gettext_noop("%(what)s: another guest ordered that at %(time)s. What others say I don't tell."),
}
_NOT_RECORDED = gettext_noop("%(what)s: that was put on your tab at %(time)s.")


@register_fact
@dataclass(frozen=True)
class LineExplained(PricedLine, Fact):
    """Why a line is on the guest's tab. `origin`: one of _ORIGIN_TEXTS, or "" for anything else; `time` is on
    the venue's clock; `words` are the guest's own. `quantity` is what was ordered; `more` and `fewer` units
    came and went since."""

    kind = "why"
    effect = "reads"
    phase = None
    must_report = True

    origin: str
    time: str
    name: str = ""
    words: str = ""
    more: int = 0
    fewer: int = 0
    is_moved: bool = False
    comped_cents: int = 0

    def sentence(self) -> str:
        values = {"time": self.time, "name": self.name, "words": self.words}
        text = _ORIGIN_TEXTS.get(self.origin, _NOT_RECORDED)
        parts = [_(text) % (values | {"what": capitalize_first(describe_line(self))})]
        if self.is_moved:
            parts.append(_("The bar moved it here from another tab."))
        if self.more:
            more = ngettext("%(number)s more came later.", "%(number)s more came later.", self.more)
            parts.append(more % {"number": self.more})
        if self.fewer:
            fewer = ngettext(
                "%(number)s was taken off since.", "%(number)s were taken off since.", self.fewer
            )
            parts.append(fewer % {"number": self.fewer})
        if self.comped_cents:
            parts.append(_("%(amount)s of it is on the house.") % {"amount": format_money(self.comped_cents)})
        else:
            parts.append(_("%(amount)s each, by the menu.") % {"amount": format_money(self.unit_cents)})
        return " ".join(parts)


@register_fact
@dataclass(frozen=True)
class OrderSent(Fact):
    """`held`: the ticket waits for an undo countdown on the guest's page and can be taken back until then."""

    kind = "sent"
    effect = "order"
    phase = "small_talk"
    must_report = True
    emotion = "mixing"

    lines: tuple[PricedLine, ...]
    held: bool

    def sentence(self) -> str:
        what = capitalize_first(join_words([describe_line(line) for line in self.lines]))
        text = (
            _("%(what)s: that goes to the bar in a moment.")
            if self.held
            else _("%(what)s: that's with the bar now.")
        )
        return text % {"what": what}

    def is_reported_in(self, reply: Reply) -> bool:
        return reply.has(SENT_WORDS)
