"""What a turn reads before it begins and writes when it ends, each in one call to a database thread."""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any, cast

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from bartender import signals
from bartender.brains import (
    current_language_model,
    has_free_language_model,
    is_free_language_model,
    own_language_model,
)
from bartender.brains.base import TurnContext, UsualDrink
from bartender.conversation.consent import contains_not_yet, is_not_yet, is_yes
from bartender.conversation.guest_statements import StatementOutcome, act_on_statements
from bartender.costs import budgets
from bartender.dialogue.types import (
    RULE_BASED_BRAIN,
    BudgetLevel,
    Emotion,
    Message,
    Phase,
    TokenUsage,
    ToolCall,
)
from bartender.facts import ToolResult, fact_from_dict
from bartender.facts.bill import BillProposed, LinkMade, TabReopened
from bartender.facts.service import Refused, UsualForgotten, UsualRemembered
from bartender.menu.snapshot import menu_for_venue
from bartender.models.menu import Venue
from bartender.models.visits import ANNOUNCEMENT_BRAIN, BAR_NAME, STAFF_BRAIN, Citation, Turn, Visit
from bartender.services import bills, responsible_service, returning_guests
from bartender.services.bar_state import current_bar_state, last_call_text
from bartender.services.memory_lookup import recall_passages
from bartender.services.own_keys.store import delete_undecryptable_keys, own_keys_of
from bartender.spanish.to_english import translate_to_english
from maya_site.core.db import CompiledQuery, after_commit, atomic_with_retry
from maya_site.core.errors import ProviderError, Refusal
from maya_site.core.logs import GUEST_TEXT

logger = logging.getLogger(__name__)

MIN_HISTORY_TURNS = 12
MAX_HISTORY_TURNS = MIN_HISTORY_TURNS + MIN_HISTORY_TURNS // 2
MAX_EARLIER_TURNS = 40  # of which a model gets a summary
MAX_GUEST_TEXT_CHARS = 4_000
OTHER_PROCESS_GRACE = timedelta(seconds=4)
RUNNER_ID = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"

Outcome = Turn.Outcome


@dataclass(frozen=True)
class StartedTurn:
    """`is_new` is False if this client id was used before: then nothing is done again."""

    turn: Turn
    context: TurnContext
    budget_level: BudgetLevel  # by the venue's budgets alone, even if the guest's own key pays
    is_new: bool
    direct_answer: ToolResult | None = None  # the whole turn's answer: no brain is asked
    preface: str = ""  # said by code before a brain answers the rest
    declined_items: frozenset[str] | None = (
        None  # drinks that the guest refuses in this very turn; empty: any
    )
    notice: str = ""
    is_taken_over: bool = False  # a person answers in Maya's place


def start_turn(
    visit: Visit, guest_text: str, client_id: str, brain_name: str, transcribed_by: str = ""
) -> StartedTurn:
    """Creates the turn and reads its context. `transcribed_by`: the engine, "" if it was typed.

    Also does what needs no brain: the guest's answer to a bill, a request to be remembered, guest statements,
    a takeover. Uses the database, so no event loop may run it.
    """
    guest_text = guest_text[:MAX_GUEST_TEXT_CHARS]
    turn, fresh = _get_or_create_turn(visit, guest_text, client_id[:64], brain_name, transcribed_by)
    if not fresh:
        scene, budget_level, _first = _load_context(visit, turn, guest_text)
        return StartedTurn(turn, scene, budget_level, is_new=False)
    if settings.LOG_GUEST_TEXT:
        logger.info("heard", extra={GUEST_TEXT: guest_text})
    Visit.objects.filter(pk=visit.pk).update(last_seen_at=timezone.now())
    scene, budget_level, first_turn = _load_context(visit, turn, guest_text)
    if visit.taken_over_by_id:
        # A person answers and need not be called, but an allergy must be stored all the same.
        act_on_statements(visit, turn, scene, person_answers=True)
        Turn.objects.filter(pk=turn.pk).update(brain=STAFF_BRAIN, outcome=Outcome.DONE)
        return StartedTurn(turn, scene, budget_level, is_new=True, is_taken_over=True)
    has_own_model = bool(visit.encrypted_keys) and own_language_model(own_keys_of(visit))
    if brain_name != RULE_BASED_BRAIN or has_own_model:
        # The rule-based brain searches the memory itself, only when it needs to.
        scene = replace(
            scene,
            recalled_passages=recall_passages(guest_text),
            earlier=_load_earlier_messages(visit, first_turn),
        )
    english = translate_to_english(guest_text, is_spanish_visit=visit.language == "es")
    is_bill_out = scene.bill.status == "closing"
    consent = _answer_payment_consent(visit, turn, scene) if is_bill_out else None
    consent = consent or _answer_memory_request(visit, english)
    precaution = StatementOutcome(scene) if consent else act_on_statements(visit, turn, scene)
    scene, consent = precaution.context, consent or precaution.direct_answer
    if consent:
        scene = replace(scene, bill=bills.bill_of(visit))
    elif scene.bill.status == "closing" and contains_not_yet(guest_text):
        scene = replace(scene, bill=bills.decline_payment_in_turn(visit, turn.client_id))
    notice = ""
    if visit.budget_level != scene.budget_level:
        has_free_model = has_free_language_model()
        notice = budgets.budget_notice(visit.budget_level, scene.budget_level, has_free_model=has_free_model)
    visit.budget_level = budget_level  # the voice that reads the answer aloud is chosen by it
    news = _last_call_news(scene) if scene.bar_state.is_last_call else ""
    preface = f"{precaution.preface} {news}".strip()
    return StartedTurn(turn, scene, budget_level, True, consent, preface, precaution.declined_items, notice)


def _last_call_news(context: TurnContext) -> str:
    """Said once: its text has the time in it, so that another last call is news again."""
    text = last_call_text(context.bar_state)
    return "" if any(text in message.text for message in context.history) else text


def _get_or_create_turn(
    visit: Visit, guest_text: str, client_id: str, brain_name: str, transcribed_by: str
) -> tuple[Turn, bool]:
    """The turn, and whether it is new. Nearly all are, so an earlier one is not looked for first."""
    try:
        with transaction.atomic():
            return Turn.objects.create(
                visit=visit,
                client_id=client_id,
                guest_text=guest_text,
                transcribed_by=transcribed_by,
                brain=brain_name,
                process_id=RUNNER_ID,
            ), True
    except IntegrityError:
        return Turn.objects.get(visit=visit, client_id=client_id), False


def _load_context(visit: Visit, turn: Turn, guest_text: str) -> tuple[TurnContext, BudgetLevel, int]:
    """The context, the level by the venue's budgets, and the id of the turn that the history begins with; 0
    if nothing was said before it."""
    visit.refresh_from_db()
    if visit.encrypted_keys:
        delete_undecryptable_keys(visit)
    venue = Venue.current()
    model = current_language_model()
    left = budgets.current_budget_level(visit, venue, is_brain_paid=model is not None)
    has_own_model = bool(visit.encrypted_keys) and own_language_model(own_keys_of(visit))
    # What the venue does not pay for, no budget of its limits: neither a guest's key nor a free model.
    is_free = bool(has_own_model) or (model is not None and is_free_language_model(model))
    budget_level: BudgetLevel = "full" if is_free else left
    least = budgets.SHORTER_HISTORY_TURNS if budget_level == "shorter" else MIN_HISTORY_TURNS
    # Its beginning stays for some turns and then moves on by as many, so that a vendor's cache can serve it.
    past_turns = int(visit.brain_state.get("turns", 0))
    rows = _RECENT_TURNS_QUERY.rows(visit.pk, turn.pk)
    recent = rows[: least + past_turns % (least // 2)]
    is_all = len(recent) == len(rows) < MAX_HISTORY_TURNS
    menu = menu_for_venue(venue)
    scene = TurnContext(
        guest_text=guest_text,
        menu=menu,
        bar_state=current_bar_state(menu),
        bill=bills.bill_of(visit),
        phase=cast(Phase, visit.phase),
        history=tuple(build_history(recent[::-1])),
        brain_state=dict(visit.brain_state),
        budget_level=budget_level,
        usual_drinks=tuple(
            UsualDrink(row["item"], row["quantity"], tuple(row["modifiers"]))
            for row in (visit.returning_guest.usual_order if visit.returning_guest else [])
        ),
        taste_notes=visit.returning_guest.notes if visit.returning_guest else "",
        allergies=tuple(visit.allergies),
        age_state=visit.age_state,
        is_slowdown_active=responsible_service.is_slowed_down(visit),
        surface=visit.surface,
    )
    return scene, left, 0 if is_all else recent[-1].pk


def _past_turns(visit: int, before_turn: int) -> QuerySet[Turn]:
    """The visit's turns before that one, newest first."""
    ended = Turn.objects.filter(visit=visit, pk__lt=before_turn).exclude(outcome=Outcome.RUNNING)
    return ended.order_by("-id").only("guest_text", "reply_text", "brain", "outcome", "tool_calls")


_RECENT_TURNS_QUERY = CompiledQuery(
    lambda visit, turn: _past_turns(visit, turn)[:MAX_HISTORY_TURNS], int, int
)
_EARLIER_TURNS_QUERY = CompiledQuery(
    lambda visit, turn: _past_turns(visit, turn)[:MAX_EARLIER_TURNS], int, int
)


def _load_earlier_messages(visit: Visit, before_turn: int) -> tuple[Message, ...]:
    """What was said before the history. Without a query if nothing was (`before_turn` is 0)."""
    rows = _EARLIER_TURNS_QUERY.rows(visit.pk, before_turn) if before_turn else []
    return tuple(build_history(rows[::-1]))


def build_history(turns: Iterable[Any]) -> Iterator[Message]:
    """Yields the guest's words and Maya's answer in turn. What a person said, and announcements, are added to
    the answer before."""
    pairs: list[list[Any]] = []
    for past in turns:
        facts = [used["facts"] for used in past.tool_calls if used.get("ok") and used.get("facts")]
        reply = (
            f"({BAR_NAME}: {past.reply_text})"
            if past.brain == STAFF_BRAIN and past.reply_text
            else past.reply_text
        )
        if past.guest_text or not pairs:
            pairs.append([past.guest_text, reply, past.outcome == Outcome.STOPPED, facts])
        else:
            pairs[-1][1] = f"{pairs[-1][1]}\n{reply}".strip()
            pairs[-1][3] += facts
    for said, reply, cut, facts in pairs:
        yield Message("guest", said)
        yield Message("maya", reply, was_interrupted=cut, facts=tuple(facts))


def _answer_payment_consent(visit: Visit, turn: Turn, context: TurnContext) -> ToolResult | None:
    """A plain yes in the very next turn confirms the bill that is out; a plain "not yet" takes it back. None
    if it was neither."""
    card = context.bill.payment
    # An announcement in between is not what the guest says yes to.
    earlier = visit.turns.filter(pk__lt=turn.pk).exclude(brain=ANNOUNCEMENT_BRAIN)
    before = earlier.order_by("-id").first()
    proposed = before is not None and any(
        isinstance(fact_from_dict(used["facts"]), BillProposed) for used in before.tool_calls
    )
    try:
        if card and card.status == "created" and proposed and is_yes(context.guest_text):
            bill = bills.confirm_payment(visit, card.nonce)
            return ToolResult.of(ToolCall("confirm", {}), LinkMade.of(bill))
        if is_not_yet(context.guest_text):
            bill = bills.decline_payment_in_turn(visit, turn.client_id)
            return ToolResult.of(ToolCall("not_yet", {}), TabReopened.of(bill))
    except (Refusal, ProviderError) as error:
        away = _("The till does not answer. Please try again shortly.")
        text = str(error) if isinstance(error, Refusal) else away
        return ToolResult(ToolCall("confirm", {}), False, text, Refused())
    return None


def _answer_memory_request(visit: Visit, guest_text: str) -> ToolResult | None:
    """The request to remember must come in the guest's own plain words: no model may consent for them."""
    if returning_guests.REMEMBER_PATTERN.match(guest_text):
        try:
            usual = returning_guests.format_usual(returning_guests.save_usual(visit).usual_order)
        except Refusal as refused:
            return ToolResult(ToolCall("remember_usual", {}), False, str(refused), Refused())
        text = _("I'll remember your usual: %(drinks)s. You can see and change it under “Your usual”.")
        answer = text % {"drinks": usual}
        return ToolResult(ToolCall("remember_usual", {}), True, answer, UsualRemembered())
    if returning_guests.FORGET_PATTERN.match(guest_text):
        if known := returning_guests.returning_guest_of(visit):
            returning_guests.delete_returning_guest(known)
        answer = _("Forgotten. I keep nothing about you.")
        return ToolResult(ToolCall("forget_usual", {}), True, answer, UsualForgotten())
    return None


def save_interrupted_reply(visit: Visit, client_id: str, delivered_text: str) -> None:
    """Cuts a stored reply down to what was delivered before the guest interrupted it."""
    ended = visit.turns.filter(client_id=client_id).exclude(outcome__in=(Outcome.RUNNING, Outcome.FAILED))
    unsaid: dict[str, Any] = {} if delivered_text.strip() else {"citations": []}
    ended.update(reply_text=delivered_text, outcome=Outcome.STOPPED, **unsaid)


def is_still_running(turn: Turn) -> bool:
    """Whether the first answer may still be coming. A turn of another process counts for OTHER_PROCESS_GRACE
    only: the process may have died."""
    outcome, runner = Turn.objects.values_list("outcome", "process_id").get(pk=turn.pk)
    young = timezone.now() - turn.started_at < OTHER_PROCESS_GRACE
    return outcome == Outcome.RUNNING and (runner == RUNNER_ID or young)


@dataclass(frozen=True)
class FinishedTurn:
    """How a turn went, as it is stored."""

    outcome: str
    reply: str
    emotion: Emotion
    phase: Phase
    brain_name: str
    tools: list[dict[str, Any]]
    citations: list[Citation]
    token_usages: list[TokenUsage]
    brain_state: dict[str, Any]
    budget_level: BudgetLevel
    first_text_ms: float | None
    elapsed_ms: float
    is_undelivered: bool = False  # nothing of it reached the guest yet


class TakenOver(Exception):
    """A person took over before the guest heard anything, and answers in Maya's place."""


def raise_if_taken_over(visit: Visit) -> None:
    if Visit.objects.exclude(taken_over_by=None).filter(pk=visit.pk).exists():
        raise TakenOver


def save_turn(visit: Visit, turn: Turn, finished_turn: FinishedTurn) -> FinishedTurn:
    """Stores the turn, its cost and the visit's state, and returns what was stored. The reply is dropped if
    the guest has heard nothing of it yet and a person has taken over."""
    if finished_turn.is_undelivered:
        return _save_unless_taken_over(visit, turn, finished_turn)
    cost = budgets.record_llm_cost(finished_turn.token_usages, turn.started_at.date())
    there = Turn.objects.filter(pk=turn.pk).update(
        outcome=finished_turn.outcome,
        reply_text=finished_turn.reply,
        emotion=finished_turn.emotion,
        phase=finished_turn.phase,
        brain=finished_turn.brain_name,
        tool_calls=finished_turn.tools,
        citations=finished_turn.citations,
        token_usage=[asdict(used) for used in finished_turn.token_usages],
        cost_microcents=F("cost_microcents") + cost,
        first_text_ms=finished_turn.first_text_ms,
        elapsed_ms=finished_turn.elapsed_ms,
    )
    Visit.objects.filter(pk=visit.pk).update(
        phase=finished_turn.phase,
        emotion=finished_turn.emotion,
        brain_state=finished_turn.brain_state if there else {},  # the guest had everything erased meanwhile
        budget_level=finished_turn.budget_level,
        spent_microcents=F("spent_microcents") + cost,
    )
    budgets.add_spending(turn.started_at, cost)
    after_commit(lambda: signals.turn_saved.send(Turn))
    return finished_turn


@atomic_with_retry
def _save_unless_taken_over(visit: Visit, turn: Turn, finished_turn: FinishedTurn) -> FinishedTurn:
    # The visit's row is locked, so a takeover comes either before this answer or after it.
    if Visit.objects.select_for_update(no_key=True).get(pk=visit.pk).taken_over_by_id:
        finished_turn = replace(
            finished_turn, reply="", brain_name=STAFF_BRAIN, outcome=Outcome.DONE, citations=[]
        )
    return save_turn(visit, turn, replace(finished_turn, is_undelivered=False))
