"""Acts on guest statements before a brain answers.

An allergy, an age and anything else that speaks against alcohol are stored with the visit. A call for a
person, harassment and a complaint reach staff at once. That Maya is an AI is said by code, not by a brain.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.utils import timezone

from bartender.brains.base import TurnContext
from bartender.dialogue.types import ToolCall
from bartender.facts import Fact, ToolResult
from bartender.facts.service import (
    AgeNoted,
    AiDisclosed,
    AllergiesNoted,
    CautionNoted,
    ComplaintRecorded,
    StaffCalled,
    StaffCalledDiscreetly,
    UnknownAllergyNoted,
)
from bartender.models.visits import Turn, Visit
from bartender.safety.serving_rules import find_allergen_warning
from bartender.safety.statements import GuestStatements, StatementKind, extract_statements
from bartender.services import assistance, responsible_service

# Whom a statement brings, most urgent first: the kind of request, and what the guest hears.
_STAFF_CALLS: tuple[tuple[StatementKind, str, Fact], ...] = (
    (StatementKind.HARASSMENT, "harassment", StaffCalledDiscreetly()),
    (StatementKind.HUMAN, "help", StaffCalled()),
    (StatementKind.COMPLAINT, "complaint", ComplaintRecorded()),
)
ALCOHOL_CAUTIONS = (
    StatementKind.PREGNANCY,
    StatementKind.DRIVING,
    StatementKind.MEDICINE,
    StatementKind.HAD_ENOUGH,
    StatementKind.MINOR_OTHER,
)


@dataclass(frozen=True)
class StatementOutcome:
    """What is settled about a turn before a brain is asked."""

    context: TurnContext
    direct_answer: ToolResult | None = None  # the whole turn's answer: no brain is asked
    preface: str = ""  # said before a brain answers the rest
    declined_items: frozenset[str] | None = None  # drinks that this sentence refuses; empty: any


def act_on_statements(
    visit: Visit, turn: Turn, context: TurnContext, *, person_answers: bool = False
) -> StatementOutcome:
    """Stores what the guest states, and calls staff if needed. Idempotent by the turn's id. `person_answers`:
    a person has taken the visit over, so a call for one is not recorded."""
    stated = extract_statements(context.guest_text, context.menu)
    if stated.mentions_others and not stated.kinds:
        # "A beer for him": the guest's own cautions do not hold for him. Not saved: for this turn only.
        visit.cautions = {
            kind: at
            for kind, at in visit.cautions.items()
            if kind not in responsible_service.VISIT_LONG_CAUTIONS
        }
    if not stated.kinds and not stated.states_legal_age:
        return StatementOutcome(context)
    noted, is_answered = _record_statements(visit, turn, context, stated)
    context = replace(
        context,
        guest_text=stated.text,
        allergies=tuple(visit.allergies),
        is_slowdown_active=responsible_service.is_slowed_down(visit),
    )
    for kind, request, fact in _STAFF_CALLS:
        if kind in stated.kinds and not (person_answers and kind == StatementKind.HUMAN):
            assistance.record_assistance_call(visit, request, turn.guest_text, turn.client_id)
            return StatementOutcome(context, _statement_result("call_person", fact))
    declined = stated.refused_drinks if StatementKind.REFUSAL in stated.kinds else None
    only = noted if is_answered or not stated.needs_reply else None
    preface = ""
    if StatementKind.BOT_QUESTION in stated.kinds:
        disclosure = _statement_result("say_what_i_am", AiDisclosed())
        only, preface = (disclosure, "") if not stated.needs_reply else (None, disclosure.text)
    return StatementOutcome(context, only, preface, declined)


def _record_statements(
    visit: Visit, turn: Turn, context: TurnContext, statements: GuestStatements
) -> tuple[ToolResult | None, bool]:
    """Stores the statements with the visit. Returns the answer, and whether it must be the whole answer."""
    noted = None
    limits = context.menu.current_limits()
    if cautions := [kind for kind in ALCOHOL_CAUTIONS if kind in statements.kinds]:
        # Whoever also orders something without alcohol has taken care: "driving, so a soda for me,
        # and a gin for her".
        cared_for = {
            kind
            for kind in cautions
            if statements.names_soft_drink
            and (kind != StatementKind.MINOR_OTHER or statements.mentions_small_child)
        }
        _record_cautions(visit, [kind.value for kind in cautions if kind not in cared_for], statements)
        responsible_service.start_slowdown(visit, limits)
        noted = _statement_result("note_caution", CautionNoted(tuple(kind.value for kind in cautions)))
    if StatementKind.MINOR_SELF in statements.kinds or statements.states_legal_age:
        state = responsible_service.declare_age(
            visit, "declared" if statements.states_legal_age else "refused"
        )
        noted = _statement_result("note_age", AgeNoted(state, limits.age_check))
    if StatementKind.ALLERGY in statements.kinds:
        if not statements.allergens:  # not one that the menu states, so a person must answer
            assistance.record_assistance_call(visit, "help", turn.guest_text, turn.client_id)
            return _statement_result("call_person", UnknownAllergyNoted()), True
        names = responsible_service.declare_allergies(visit, statements.allergens)
        noted = _statement_result(
            "note_allergy", AllergiesNoted(tuple(names), _doubtful_items(context, names))
        )
    if StatementKind.REFUSAL in statements.kinds and not statements.refused_drinks:
        responsible_service.start_slowdown(visit, limits)
    return noted, False


def _record_cautions(visit: Visit, cautions: list[str], statements: GuestStatements) -> None:
    """A caution about the guest is stored. One that is only about others is set on this object alone, and so
    holds for this turn."""
    if statements.is_only_about_others and "minor_other" not in cautions:
        visit.cautions = visit.cautions | dict.fromkeys(cautions, timezone.now().isoformat())
    else:
        responsible_service.record_cautions(visit, cautions)


def _statement_result(tool_name: str, fact: Fact) -> ToolResult:
    return ToolResult.of(ToolCall(tool_name, {}), fact)


def _doubtful_items(context: TurnContext, names: list[str]) -> tuple[str, ...]:
    """Drinks on the tab, not sent yet, that may contain one of these allergens."""
    found = [
        drink.name
        for line in context.bill.lines
        if line.status == "open"
        and (drink := context.menu.find_drink(line.item))
        and find_allergen_warning(drink, names, drink.resolve_modifiers(line.modifiers))
    ]
    return tuple(dict.fromkeys(found))
