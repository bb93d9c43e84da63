"""What came of the calls, in one breath: lines with their prices, what could not be done, and what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

from django.utils.translation import gettext as _

from bartender.brains.base import TurnContext
from bartender.facts import ToolResult
from bartender.facts.bill import BillProposed
from bartender.facts.order import WATER_OFFER, LineAdded, OrderSent, describe_line
from bartender.facts.wording import join_words
from maya_site.core.money import format_money

ORDER_OPENERS = ("Coming up: ", "With pleasure: ", "Lovely. ", "Right away: ", "Good choice. ")
NEXT_STEP_QUESTIONS = (
    "Anything else, or shall I send it to the bar?",
    "Anything else for you?",
    "Shall I send that, or is there more?",
)


def render_results(results: Sequence[ToolResult], context: TurnContext, *, has_question: bool) -> str:
    facts = [result.fact for result in results if result.ok and result.fact]
    added = [fact for fact in facts if isinstance(fact, LineAdded)]
    parts = [_added_sentence(added, context)] if added else []
    parts += [fact.sentence() for fact in facts if not isinstance(fact, LineAdded)]
    parts += list(dict.fromkeys(one.text for one in results if not one.ok))
    if any(fact.ease for fact in added):
        parts.append(_(WATER_OFFER))
    if added and not has_question and not any(isinstance(fact, OrderSent | BillProposed) for fact in facts):
        parts.append(_pick_line(NEXT_STEP_QUESTIONS, context))
    return " ".join(parts)


def _added_sentence(rows: Sequence[LineAdded], context: TurnContext) -> str:
    """Each line with its price, as a bar confirms it."""
    said = join_words([_line_with_price(row) for row in rows])
    opener = _pick_line(ORDER_OPENERS, context)
    return f"{opener}{said if opener.endswith(': ') else said[0].upper() + said[1:]}."


def _line_with_price(row: LineAdded) -> str:
    values = {"what": describe_line(row), "price": format_money(row.cents)}
    return _("%(what)s at %(price)s") % values if row.quantity == 1 else _("%(what)s for %(price)s") % values


def _pick_line(lines: Sequence[str], context: TurnContext) -> str:
    return _(lines[crc32(f"{context.guest_text}{len(context.history)}".encode()) % len(lines)])


def notes_not_taken(notes: Sequence[str]) -> str:
    """ "A negroni with no orange": the order goes on, and this is said of the rest."""
    quoted = join_words([f"“{note}”" for note in notes], "and")
    sentence = _("I can't note %(notes)s on an order: please tell the bar yourself.")
    return sentence % {"notes": quoted}
