"""Papers as text: lines of the printer's width, each with a first character that says how it is printed.

Guests' words are on paper, so every control character is taken out: no note is a command to a printer.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from bartender.models.printers import BIG_MARK, PLAIN_MARK, Printer, PrintJob
from bartender.models.visits import OrderLine, Ticket
from maya_site.core.venue import venue_timezone

# One drink as a paper names it: name, modifiers and note, and how many.
DrinkCount = tuple[str, tuple[str, ...], str, int]
AMOUNT = re.compile(r"^(.*): (-?[^\s:]{1,16})$")
MAX_LINES = 400


def clean_text(text: str) -> str:
    """One line without control and format characters."""
    spaced = re.sub(r"\s", " ", text)
    return "".join(letter for letter in spaced if unicodedata.category(letter)[0] != "C")


def count_drinks(lines: Iterable[OrderLine]) -> list[DrinkCount]:
    """Equal drinks together, in their order. A drink that was moved to another tab is the same drink."""
    counted: dict[tuple[str, tuple[str, ...], str], int] = {}
    for line in lines:
        if line.quantity:
            key = (line.name, tuple(line.modifiers), line.note)
            counted[key] = counted.get(key, 0) + line.quantity
    return [(*key, number) for key, number in counted.items()]


def subtract_drinks(before: Iterable[DrinkCount], now: Iterable[DrinkCount]) -> list[DrinkCount]:
    """What is to be made no more."""
    left = {(name, modifiers, note): number for name, modifiers, note, number in now}
    gone = [
        (name, modifiers, note, number - left.get((name, modifiers, note), 0))
        for name, modifiers, note, number in before
    ]
    return [one for one in gone if one[3] > 0]


class Paper:
    """Collects lines, broken where they are too long."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self._lines: list[str] = []

    def add(self, text: str, *, big: bool = False, indent: int = 0) -> None:
        width = self.columns // 2 if big else self.columns
        mark, words = BIG_MARK if big else PLAIN_MARK, clean_text(text).strip()
        for part in textwrap.wrap(words, width - indent, break_on_hyphens=False) or [""]:
            self._lines.append(mark + " " * indent + part)

    def add_rule(self) -> None:
        self._lines.append(PLAIN_MARK + "-" * self.columns)

    def add_amount(self, text: str, amount: str) -> None:
        """The amount at the right edge, on the last line of the text."""
        *first, last = textwrap.wrap(clean_text(text), self.columns - len(amount) - 1) or [""]
        self._lines += [PLAIN_MARK + part for part in first]
        self._lines.append(PLAIN_MARK + last.ljust(self.columns - len(amount)) + amount)

    @property
    def content(self) -> str:
        return "\n".join(self._lines[:MAX_LINES])


def ticket_text(printer: Printer, ticket: Ticket, drinks: Sequence[DrinkCount], *, id_wanted: bool) -> str:
    """In the printer's language, which the caller has activated."""
    paper = _ticket_head(printer, ticket, "")
    _add_drinks(paper, drinks)
    paper.add_rule()
    if ticket.visit.allergies:
        paper.add(_("Allergy: %(names)s") % {"names": ", ".join(ticket.visit.allergies)}, big=True)
    if ticket.visit.age_state == "refused":
        paper.add(_("No alcohol for this guest"), big=True)
    elif id_wanted:
        paper.add(_("Look at the ID"), big=True)
    return paper.content


def correction_text(printer: Printer, ticket: Ticket, gone: Sequence[DrinkCount], *, is_all: bool) -> str:
    paper = _ticket_head(printer, ticket, _("Cancelled: all of it") if is_all else _("Cancelled"))
    _add_drinks(paper, gone)
    paper.add_rule()
    paper.add(_("Please do not make this."))
    return paper.content


def _ticket_head(printer: Printer, ticket: Ticket, title: str) -> Paper:
    paper, visit = Paper(printer.columns), ticket.visit
    if title:
        paper.add(title, big=True)
    paper.add(visit.display_name, big=True)
    if visit.place:
        paper.add(visit.place)
    time = ticket.fired_at.astimezone(venue_timezone())
    paper.add(_("Ticket %(number)s, %(time)s") % {"number": ticket.pk, "time": f"{time:%H:%M}"})
    paper.add_rule()
    return paper


def _add_drinks(paper: Paper, drinks: Iterable[DrinkCount]) -> None:
    for name, modifiers, note, number in drinks:
        paper.add(f"{number} x {name}", big=True)
        if modifiers:
            paper.add(", ".join(modifiers), indent=3)
        if note:
            paper.add(f"> {note}", indent=3)


def receipt_text(printer: Printer, template: str, context: dict[str, Any]) -> str:
    """A text template as paper, in the language that is active. An amount at the end of a line goes to the
    right."""
    paper = Paper(printer.columns)
    for number, line in enumerate(render_to_string(template, context).strip("\n").split("\n")):
        amount = AMOUNT.match(line)
        if amount and any(character.isdecimal() for character in amount[2]):
            paper.add_amount(amount[1], amount[2])
        else:
            paper.add(line, big=number == 0)
    return paper.content


def sample_text(printer: Printer, address: str) -> str:
    paper = Paper(printer.columns)
    paper.add(_("Test page"), big=True)
    paper.add(printer.name, big=True)
    paper.add_rule()
    paper.add("1234567890" * 5)
    paper.add("áéíóúüñ ÁÉÍÓÚÜÑ ¿? ¡! € £ $")
    paper.add_amount(_("An amount"), "12.50")
    paper.add_rule()
    if address:
        paper.add(address)
    paper.add(_("If the letters above are right and the paper is cut below, all is well."))
    return paper.content


def copy_text(job: PrintJob) -> str:
    """The same paper, which says above that it is there twice."""
    head = Paper(job.printer.columns)
    head.add(_("Copy"), big=True)
    return f"{head.content}\n{job.content}"


def repeat_text(printer: Printer) -> str:
    """Above a paper that was begun before: a part of it may lie there."""
    head = Paper(printer.columns)
    head.add(_("Again: a part of this may be printed"))
    return head.content
