"""The menu's drinks as HTML for guests, written once for each public state and shared by all of them.

What is shared is made of the menu alone: its version and the price rules that hold (both are a `Menu`),
the language and the currency. No visit and no request reaches it. What is one guest's own (the token of
the forms, the id of the page, what the guest must not have, what the guest looks for) stands in gaps,
which are filled for each page. So all guests and all searches have the same few rows in memory.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from django.template.loader import render_to_string
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from bartender.menu.snapshot import Menu
from bartender.web.menu_cards import MenuCard, MenuSearch, allergen_warning, menu_sections
from maya_site.core.venue import venue_currency

MAX_SHARED = 16  # of some 100 KB each: the languages, before and after a change or a price rule
NO_SEARCH = MenuSearch()
# Other ones in each process, and none is ever sent, so nobody can write them into a page.
GAP, TOKEN, PAGE_ID = (secrets.token_hex(16) for _ in range(3))
GAP_KINDS = ("empty", "hidden", "doubtful", "warning", "paragraph")


class Section(NamedTuple):
    name: str
    cards: tuple[MenuCard, ...]


@dataclass(frozen=True)
class SharedRows:
    """`chunks`: every other one is the name of a gap. `plain`: for a guest without allergies and search."""

    sections: tuple[Section, ...]
    chunks: tuple[str, ...]
    plain: str

    @property
    def cards(self) -> list[MenuCard]:
        return [card for section in self.sections for card in section.cards]


@dataclass(frozen=True)
class OwnRows:
    """The rows of one guest's page."""

    html: SafeString
    nothing_found: bool


def render_menu_rows(
    menu: Menu, allergies: Sequence[str], search: MenuSearch, *, csrf_token: str, page_id: str
) -> OwnRows:
    """In the active language."""
    shared = _shared_rows(menu, get_language() or "", venue_currency().code)
    html, nothing_found = shared.plain, not shared.sections
    if allergies or search != NO_SEARCH:
        doubts = {card.drink.slug: allergen_warning(card.drink, allergies) for card in shared.cards}
        shown = {card.drink.slug for card in shared.cards if search.matches(card, doubts[card.drink.slug])}
        html, nothing_found = _fill(shared.chunks, _own_parts(shared.sections, doubts, shown)), not shown
    own = html.replace(TOKEN, escape(csrf_token)).replace(PAGE_ID, escape(page_id))
    return OwnRows(mark_safe(own), nothing_found)  # noqa: S308 - what a template wrote


@lru_cache(maxsize=MAX_SHARED)
def _shared_rows(menu: Menu, language: str, currency: str) -> SharedRows:
    """`language` and `currency` are the active ones, which the template reads by itself."""
    sections = tuple(
        Section(name, tuple(cards)) for name, cards, _is_found in menu_sections(menu, (), NO_SEARCH)
    )
    own = {"csrf_token": TOKEN, "page_id": PAGE_ID, "sections": sections, "gap": GAP}
    own |= {f"{kind}_gap": f"{GAP}{kind} " for kind in GAP_KINDS}
    chunks = tuple(render_to_string("bartender/_menu_rows.html", own).split(GAP))
    doubts = {card.drink.slug: "" for section in sections for card in section.cards}
    return SharedRows(sections, chunks, _fill(chunks, _own_parts(sections, doubts, doubts)))


def _fill(chunks: Sequence[str], own: Mapping[str, str]) -> str:
    return "".join(own[chunk] if number % 2 else chunk for number, chunk in enumerate(chunks))


def _own_parts(
    sections: Sequence[Section], doubts: Mapping[str, str], shown: Collection[str]
) -> dict[str, str]:
    """What stands in the gaps of `bartender/_menu_rows.html`, by their names there. `doubts`: why a drink is
    not for the guest, "" where it is; `shown`: what the guest looks for. Both by the drinks' slugs."""
    parts = {}
    for number, section in enumerate(sections, 1):
        slugs = [card.drink.slug for card in section.cards]
        parts[f"empty {number}"] = "" if any(slug in shown for slug in slugs) else " hidden"
        for slug in slugs:
            doubt = doubts[slug]
            parts[f"hidden {slug}"] = "" if slug in shown else " hidden"
            parts[f"doubtful {slug}"] = " doubtful" if doubt else ""
            parts[f"warning {slug}"] = escape(doubt or _("ask a person first"))
            parts[f"paragraph {slug}"] = _doubt_paragraph(doubt) if doubt else ""
    return parts


def _doubt_paragraph(doubt: str) -> str:
    text = _("%(doubt)s: the people behind the bar have to approve it.") % {"doubt": capfirst(doubt)}
    return format_html('<p class="doubt">{}</p>', text)
