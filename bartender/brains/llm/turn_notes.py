"""What holds for one turn, as a model reads it before the guest's words: how things stand, the tab, and what
is known of the guest. All of it is read from the tab and the visit; none of it is guessed from the phase."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from django.utils.translation import get_language, override

from bartender.brains.base import TurnContext
from bartender.brains.llm.data_blocks import data_block, to_single_line
from bartender.menu.opening_hours import BarState
from bartender.services.bar_state import moment_words
from bartender.services.bills import HELD_TICKET_LABEL, TICKET_PROGRESS_LABELS, Bill, BillLine
from maya_site.core.money import format_money, format_percent
from maya_site.core.venue import format_wall_time
from rag.search import PassageHit

GUEST_WORDS_HEADING = "=== THE GUEST SAYS"
FIRST_WORDS = "These are the guest's first words to you: greet them, and say that you are an AI."
REORDER_OFFER = "The guest has talked for a while: you may ask once whether they would like anything else."
BRIEF_ANSWER = "Answer in one short sentence."
NO_UNASKED_ALCOHOL = "For now this guest is offered no alcohol unasked: suggest water, or what has none."
CLOSED_NOTE = (
    "The bar is closed: no order is taken, and no drink is offered. Paying, talking and calling a person go "
    "on."
)
LAST_CALL_NOTE = " It is last call: the guest has been told."
LANGUAGES = {
    "en": "Answer in English.",
    "es": "Answer in Spanish, with “tú”; you are “la camarera”, a woman. Of what was done, of amounts and of "
    "the tab say nothing in your own words: repeat the tool's sentence as it is.",
}
AGE_NOTES = {
    "declared": "This guest has said that they are of age.",
    "checked": "A person behind the bar has checked that this guest is of age.",
    "refused": "This guest gets no alcohol, by their own word on their age or by staff's: whatever they say "
    "now, only a person behind the bar can change that.",
}


def build_turn_notes(context: TurnContext, earlier: Sequence[str] = ()) -> str:
    """The notes, up to the line below which the guest's words follow. `earlier`: what was said and done
    before the messages that the model gets."""
    blocks = [
        "\n".join(["=== HOW THINGS STAND AS THIS TURN BEGINS", *_situation(context)]),
        data_block("THE TAB", _tab_lines(context.bill)),
    ]
    for name, lines in (
        ("WHAT THIS GUEST ASKED US TO REMEMBER", _returning_guest_lines(context)),
        ("EARLIER THIS EVENING", earlier),
        ("WHAT THE BAR'S MEMORY HAS", _passage_lines(context.recalled_passages)),
    ):
        if lines:
            blocks.append(data_block(name, lines))
    return "\n".join([*blocks, GUEST_WORDS_HEADING])


def _situation(context: TurnContext) -> Iterator[str]:
    if not any(message.text for message in (*context.earlier, *context.history)):
        yield FIRST_WORDS
    yield _tab_situation(context.bill)
    yield from _bar_situation(context.bar_state)
    if context.phase == "reorder_prompt" and _is_all_sent(context.bill) and not context.is_slowdown_active:
        yield REORDER_OFFER
    if context.age_state in AGE_NOTES:
        yield AGE_NOTES[context.age_state]
    if context.allergies:
        names = to_single_line(", ".join(context.allergies))
        yield f"This guest is allergic to: {names}. Suggest only what is known to be free of it."
    if context.is_slowdown_active:
        yield NO_UNASKED_ALCOHOL
    if context.budget_level == "shorter":
        yield BRIEF_ANSWER
    yield LANGUAGES.get((get_language() or "en")[:2], LANGUAGES["en"])


def _tab_situation(bill: Bill) -> str:
    due = format_money(bill.due_cents, bill.currency)
    match bill.status:
        case "paid":
            return "The last tab is settled and closed. What is ordered now begins a new one."
        case "voided":
            return "The last tab is closed, without a payment. What is ordered now begins a new one."
        case "closing" if bill.payment is None:
            return "The bill is split: each person pays their own share, on their own page."
        case "closing" if bill.payment and bill.payment.status == "link_open":
            return (
                f"The guest has confirmed the bill of {due}. It is not paid yet: the link is on their page."
            )
        case "closing":
            return (
                f"The bill of {due} is shown to the guest, who has not confirmed it. If they order again, or "
                "say “not yet”, it is taken back."
            )
    if not bill.lines:
        return "Nothing is ordered: the tab is empty."
    if unsent := sum(line.quantity for line in bill.lines if line.status == "open"):
        rest = "" if unsent == bill.units else " The rest was sent."
        return f"Not sent to the bar yet, so nobody is making it: {unsent} of {bill.units} drinks.{rest}"
    return "Everything on the tab was sent to the bar. How far the bar is with it, each line says."


def _bar_situation(state: BarState) -> Iterator[str]:
    """Nothing where it is open and no end is in sight."""
    if not state.takes_orders:
        with override("en"):
            opens = moment_words(state.opens_at)
        again = f"It takes them again on {opens}." if opens else "Nobody has said when it takes them again."
        yield f"{CLOSED_NOTE} {again}"
    elif state.orders_end_at:
        called = LAST_CALL_NOTE if state.is_last_call else ""
        yield f"The bar takes orders until {format_wall_time(state.orders_end_at)}.{called}"


def _is_all_sent(bill: Bill) -> bool:
    return bill.status == "open" and bool(bill.lines) and all(line.status == "sent" for line in bill.lines)


def _tab_lines(bill: Bill) -> list[str]:
    left = (
        []
        if bill.balance_cents is None
        else [f"play money left {format_money(bill.balance_cents, bill.currency)}"]
    )
    if not bill.lines:
        return ["empty", *left]
    return [*(_bill_line(line, bill.currency) for line in bill.lines), _total_line(bill), *left]


def _total_line(bill: Bill) -> str:
    def amount(cents: int) -> str:
        return format_money(cents, bill.currency)

    share = f" ({format_percent(bill.tip_bp)})" if bill.tip_bp else ""
    tip = f", tip {amount(bill.tip_cents)}{share}" if bill.tip_cents else ""
    paid = f"; paid {amount(bill.paid_cents)}" if bill.paid_cents else ""
    free = f"; on the house {amount(bill.discount_cents)}" if bill.discount_cents else ""
    total, due = amount(bill.total_cents), amount(bill.due_cents)
    return f"{bill.status}; total {total}{tip}{free}{paid}; due {due}"


def _bill_line(line: BillLine, currency: str) -> str:
    modifiers = f" ({', '.join(line.modifiers)})" if line.modifiers else ""
    free = ", on the house" if line.comped else ""
    fixed = "" if line.changeable else ", cannot be changed here any more"
    return to_single_line(
        f"line {line.number}: {line.quantity} x {line.item}{modifiers}, "
        f"{format_money(line.unit_cents, currency)} each{free}, {_line_progress(line)}{fixed}"
    )


def _line_progress(line: BillLine) -> str:
    """English, as all that only a model reads; the guest's page has it in their language."""
    if line.status != "sent":
        return "not yet sent"
    label = HELD_TICKET_LABEL if line.undo_until else TICKET_PROGRESS_LABELS.get(line.ticket, "at the bar")
    return f"sent: {label}"


def _returning_guest_lines(context: TurnContext) -> list[str]:
    """Empty unless the guest asked to be remembered."""
    drinks = [
        f"{one.quantity} x {one.item}" + (f" ({', '.join(one.modifiers)})" if one.modifiers else "")
        for one in context.usual_drinks
    ]
    usual = [to_single_line(f"their usual: {', '.join(drinks)}")] if drinks else []
    taste = [to_single_line(f"their taste, as they wrote it: {context.taste_notes}")]
    return [*usual, *(taste if context.taste_notes else [])]


def _passage_lines(passages: Sequence[PassageHit]) -> list[str]:
    """As JSON, so that a passage cannot close its own quotation marks."""
    return [
        to_single_line(json.dumps({"title": one.title, "text": one.text}, ensure_ascii=False))
        for one in passages
    ]
