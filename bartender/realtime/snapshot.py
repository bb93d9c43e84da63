"""Reads what a stream shows in one go, and fingerprints that tell when to read it again."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Max, Sum, prefetch_related_objects
from django.urls import reverse
from django.utils import timezone

from bartender.menu.opening_hours import ALWAYS_OPEN, BarState
from bartender.menu.price_rules import PriceTag
from bartender.menu.snapshot import current_menu
from bartender.models.assistance import AssistanceRequest
from bartender.models.display import Takeover
from bartender.models.responsible_service import Approval
from bartender.models.visits import STAFF_BRAIN, Ticket, Turn, Visit
from bartender.provider_status.badges import ProviderBadge, provider_badges
from bartender.services import responsible_service, visits
from bartender.services.agent_pairings import AgentOnTab, agents_on_tab
from bartender.services.assistance import AssistanceCallState, assistance_call_state
from bartender.services.bar_state import current_bar_state
from bartender.services.bills import Bill, bill_of, last_payment
from bartender.services.orders import current_tab
from bartender.services.split_bill import SharedBill, shared_bills_of
from maya_site.core.db import CompiledQuery
from payments.models import Payment, SplitParticipant, Tab

# The subscription for all of the venue; no visit has this code.
VENUE_TOPIC = "house"
MAX_HISTORY_TURNS = 60
MAX_ANNOUNCEMENTS = 10
MAX_HISTORY_BYTES = 256 * 1024


@dataclass(frozen=True)
class Announcement:
    """An unprompted line of the conversation: a person's words, or news from the bar."""

    turn_pk: int
    id: str
    speaker: str
    text: str


@dataclass(frozen=True)
class Snapshot:
    """What a stream shows at one moment; two of them are compared to find what to send."""

    read_started_at: float
    is_open: bool
    bill: Bill
    shared_bills: tuple[SharedBill, ...]
    payment: dict[str, Any] | None
    tickets: dict[int, dict[str, Any]]
    sold_out: tuple[str, ...]
    modifiers_out: tuple[str, ...]  # “group:name”
    price_tags: tuple[PriceTag, ...]
    has_changing_tags: bool
    provider_statuses: tuple[ProviderBadge, ...]
    guest_needs: GuestNeeds
    announcements: tuple[Announcement, ...] = ()
    # Whether a person was called, and who comes.
    assistance: AssistanceCallState = field(default_factory=AssistanceCallState)
    is_taken_over: bool = False  # a person answers in Maya's place
    bar_state: BarState = ALWAYS_OPEN


@dataclass(frozen=True)
class GuestNeeds:
    """A guest's name and table, allergies and age state, and people's decisions about them."""

    allergies: tuple[str, ...] = ()
    age_state: str = "unknown"
    decisions: tuple[tuple[int, str], ...] = ()  # pk of the approval, sentence
    agents: tuple[AgentOnTab, ...] | None = None  # None: the venue has no agents
    guest: str = ""  # what the guest is called, with the table


def read_snapshot(visit: Visit) -> Snapshot:
    # The payment is read first, so that the tab is never older than it.
    there = visits.reload_if_saved(visit)
    began, payment = time.monotonic(), _read_payment(visit)
    now = _VISIT_QUERY.first(visit.pk) if there else None
    menu = current_menu()
    return Snapshot(
        read_started_at=began,
        is_open=not there or (now is not None and now.closed_at is None),
        bill=bill_of(visit),
        shared_bills=shared_bills_of(visit.code),
        payment=payment,
        tickets=_read_tickets(visit),
        sold_out=menu.sold_out,
        modifiers_out=menu.modifiers_out,
        price_tags=menu.price_tags,
        has_changing_tags=bool(menu.price_rules) or menu.has_counted_items,
        provider_statuses=tuple(provider_badges(visit)),
        announcements=_read_announcements(visit) if there else (),
        assistance=assistance_call_state(now) if now else AssistanceCallState(),
        is_taken_over=bool(now and now.taken_over_by_id),
        bar_state=current_bar_state(menu),
        guest_needs=GuestNeeds(
            tuple(now.allergies),
            now.age_state,
            responsible_service.decision_texts_for(now),
            agents_on_tab(now, is_enabled=menu.agents_enabled),
            now.name_and_place,
        )
        if now
        else GuestNeeds(agents=() if menu.agents_enabled else None),
    )


_VISIT_QUERY = CompiledQuery(
    lambda pk: Visit.objects.only(
        "closed_at", "taken_over_by", "allergies", "age_state", "language", "guest_name", "place"
    ).filter(pk=pk),
    int,
)


def _read_payment(visit: Visit) -> dict[str, Any] | None:
    payment = last_payment(visit)
    if payment is None:
        return None
    paid = payment.status == Payment.Status.SUCCEEDED
    return {
        "status": str(payment.status),
        "url": payment.url if payment.status == Payment.Status.LINK_OPEN else "",
        "receipt": reverse("bartender:receipt", args=[payment.tab.code]) if paid else "",
    }


def _read_tickets(visit: Visit) -> dict[int, dict[str, Any]]:
    tab = current_tab(visit)
    rows = _TICKETS_QUERY.rows(tab.pk) if tab else []
    prefetch_related_objects(rows, "lines")
    return {
        row.pk: {
            "ticket": row.pk,
            "status": str(row.status),
            "lines": [
                {"item": line.name, "quantity": line.quantity, "modifiers": line.modifiers}
                for line in row.lines.all()
                if line.quantity
            ],
        }
        for row in rows
    }


_TICKETS_QUERY = CompiledQuery(lambda tab: Ticket.objects.filter(tab=tab), int)


def _read_announcements(visit: Visit) -> tuple[Announcement, ...]:
    newest = _ANNOUNCEMENTS_QUERY.rows(visit.pk)
    return tuple(Announcement(row.pk, row.client_id, row.who, row.reply_text) for row in reversed(newest))


_ANNOUNCEMENTS_QUERY = CompiledQuery(
    lambda visit: Turn.objects.unprompted().filter(visit=visit).order_by("-id")[:MAX_ANNOUNCEMENTS], int
)


@dataclass(frozen=True)
class InitialState:
    """What a page is sent first. `newest_turn_pk` is the newest turn at that time."""

    turns: list[dict[str, Any]]
    phase: str
    emotion: str
    newest_turn_pk: int = 0


def read_initial_state(visit: Visit) -> InitialState:
    if not visits.reload_if_saved(visit):
        return InitialState([], visit.phase, visit.emotion)
    now = Visit.objects.only("phase", "emotion").get(pk=visit.pk)
    newest = visit.turns.aggregate(newest=Max("pk"))["newest"] or 0
    return InitialState(_read_history(visit), now.phase, now.emotion, newest)


def _read_history(visit: Visit) -> list[dict[str, Any]]:
    """Oldest first, limited to the newest turns and bytes. A running turn has no reply yet."""
    rows = list(visit.turns.order_by("-id")[:MAX_HISTORY_TURNS])
    turns, room = [], MAX_HISTORY_BYTES
    for row in rows:
        room -= len(row.guest_text.encode()) + len(row.reply_text.encode())
        if room < 0:
            break
        reply = "" if row.outcome == Turn.Outcome.RUNNING else row.reply_text
        turn: dict[str, Any] = {"id": row.client_id, "guest_text": row.guest_text, "reply_text": reply}
        if row.brain == STAFF_BRAIN:
            turn["who"] = row.who
        turns.append(turn | ({"citations": row.citations} if row.citations else {}))
    return turns[::-1]


def read_change_fingerprints(visits: Sequence[str]) -> dict[str, str]:
    """A text for each visit that differs after every change that its streams show. Of a guest who only looks,
    and is in no row yet, that is the menu and whether the bar is open."""
    menu = current_menu()
    # By the clock alone the bar closes and opens, too.
    stamp = f"{menu.stamp} {current_bar_state(menu)}"
    found = {VENUE_TOPIC: f"{stamp} {_read_venue_fingerprint()}"} if VENUE_TOPIC in visits else {}
    rows = Visit.objects.filter(code__in=visits).values_list("code", "closed_at", "guest_name", "place")
    known = {code: " ".join(map(str, columns)) for code, *columns in rows}
    tabs = Tab.objects.filter(visit_code__in=visits).order_by()
    versions = dict(tabs.values_list("visit_code").annotate(total=Sum("version")))
    joined = SplitParticipant.objects.filter(visit_code__in=visits).order_by()
    shared = dict(joined.values_list("visit_code").annotate(total=Sum("tab__version")))
    fired = Ticket.objects.filter(visit__code__in=visits).order_by()
    moved = dict(fired.values_list("visit__code").annotate(at=Max("updated_at")))
    said = dict(
        Turn.objects.unprompted()
        .filter(visit__code__in=visits)
        .order_by()
        .values_list("visit__code")
        .annotate(last=Max("pk"))
    )
    called = AssistanceRequest.objects.unresolved().filter(visit__code__in=visits).order_by()
    requests = dict(
        called.values_list("visit__code").annotate(last=Sum("pk") + Count("answered_at") + Count("pk"))
    )
    found |= {code: stamp for code in visits if code not in known and code != VENUE_TOPIC}
    return found | {
        code: f"{stamp} {known[code]} {versions.get(code)} {shared.get(code)} {moved.get(code)}"
        f" {said.get(code)} {requests.get(code)}"
        for code in visits
        if code in known
    }


def seconds_to_price_change() -> float | None:
    """Until a price rule begins or ends; None where none does within a week."""
    now = timezone.now()
    at = current_menu().next_price_change(now)
    return (at - now).total_seconds() if at else None


def _read_venue_fingerprint() -> str:
    """The same for streams of the venue, such as the bar display."""
    moved = Ticket.objects.aggregate(at=Max("updated_at"))["at"]
    said = Turn.objects.aggregate(last=Max("pk"))["last"]
    tabs = Tab.objects.unsettled().aggregate(total=Sum("version"))["total"]
    waiting = Approval.objects.filter(status=Approval.Status.WAITING)
    counts = waiting.aggregate(many=Count("pk")) | Approval.objects.aggregate(last=Max("pk"))
    unresolved = AssistanceRequest.objects.unresolved()
    called = unresolved.aggregate(
        many=Count("pk", distinct=True), last=Max("calls__pk"), answered=Max("answered_at")
    )
    return f"{moved} {said} {tabs} {counts} {called} {Takeover.objects.filter(ended_at=None).count()}"
