"""What a stream shows of the house, read in one go; and how it finds out that it must read again."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Sum
from django.urls import reverse

from bartender.honest import Word, honest_words
from bartender.menu.snapshot import current_menu
from bartender.records.menu import Venue
from bartender.records.room import Takeover
from bartender.records.serving import StaffLeave
from bartender.records.visits import PERSON, Ticket, Turn, Visit
from bartender.services import serving
from bartender.services.bills import Bill, bill_of, last_payment
from bartender.services.orders import current_tab
from bartender.services.sharing import SharedBill, bills_shared_by
from payments.models import Payment, Sharer, Tab

# Whoever watches the whole house joins under a name that no visit has.
HOUSE = "house"
MOST_TURNS = 60
MOST_REMARKS = 10
HISTORY_MOST = 256 * 1024


@dataclass(frozen=True)
class Remark:
    """A line of the conversation that the guest did not ask for: of a person, or news of the house."""

    number: int
    id: str
    who: str
    text: str


@dataclass(frozen=True)
class Look:
    """All of it at one moment. Two looks are compared to find what there is to say."""

    began: float
    open: bool
    bill: Bill
    shared: tuple[SharedBill, ...]
    payment: dict[str, Any] | None
    tickets: dict[int, dict[str, Any]]
    sold_out: tuple[str, ...]
    words: tuple[Word, ...]
    care: Care
    remarks: tuple[Remark, ...] = ()
    taken: bool = False  # a person answers in Maya's place


@dataclass(frozen=True)
class Care:
    """What the house knows of a guest so as to serve them well, and what a person has decided."""

    allergies: tuple[str, ...] = ()
    age_state: str = "unknown"
    decided: tuple[tuple[int, str], ...] = ()  # leave and sentence


def look(visit: Visit) -> Look:
    # The payment first: whoever hears that it is through finds the tab at least as new.
    began, payment = time.monotonic(), _payment(visit)
    now = (
        Visit.objects.only("closed_at", "taken_by", "allergies", "age_state", "language")
        .filter(pk=visit.pk)
        .first()
    )
    return Look(
        began=began,
        open=now is not None and now.closed_at is None,
        bill=bill_of(visit),
        shared=bills_shared_by(visit.code),
        payment=payment,
        tickets=_tickets(visit),
        sold_out=tuple(drink.name for drink in current_menu().drinks if not drink.available),
        words=tuple(honest_words(visit)),
        remarks=_remarks(visit),
        taken=bool(now and now.taken_by),
        care=Care(tuple(now.allergies), now.age_state, serving.decided_for(now)) if now else Care(),
    )


def _payment(visit: Visit) -> dict[str, Any] | None:
    payment = last_payment(visit)
    if payment is None:
        return None
    paid = payment.status == Payment.Status.SUCCEEDED
    return {
        "status": str(payment.status),
        "url": payment.url if payment.status == Payment.Status.LINK_OPEN else "",
        "receipt": reverse("bartender:receipt", args=[payment.tab.code]) if paid else "",
    }


def _tickets(visit: Visit) -> dict[int, dict[str, Any]]:
    tab = current_tab(visit)
    rows = Ticket.objects.filter(tab=tab).prefetch_related("lines") if tab else ()
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


def _remarks(visit: Visit) -> tuple[Remark, ...]:
    newest = visit.turns.unasked().order_by("-id")[:MOST_REMARKS]
    return tuple(Remark(row.pk, row.client_id, row.who, row.reply) for row in reversed(newest))


@dataclass(frozen=True)
class Opening:
    """What a page is told first. `told` is the newest turn that was there by then."""

    turns: list[dict[str, Any]]
    phase: str
    emotion: str
    told: int = 0


def opening(visit: Visit) -> Opening:
    now = Visit.objects.only("phase", "emotion").get(pk=visit.pk)
    told = visit.turns.aggregate(newest=Max("pk"))["newest"] or 0
    return Opening(_turns(visit), now.phase, now.emotion, told)


def _turns(visit: Visit) -> list[dict[str, Any]]:
    """Oldest first; the newest of them where they are long. A turn still under way has no reply yet."""
    rows = list(visit.turns.order_by("-id")[:MOST_TURNS])
    kept, room = [], HISTORY_MOST
    for row in rows:
        room -= len(row.said.encode()) + len(row.reply.encode())
        if room < 0:
            break
        reply = "" if row.outcome == Turn.Outcome.RUNNING else row.reply
        turn: dict[str, Any] = {"id": row.client_id, "said": row.said, "reply": reply}
        if row.brain == PERSON:
            turn["who"] = row.who
        kept.append(turn | ({"sources": row.sources} if row.sources else {}))
    return kept[::-1]


def pulse(visits: Sequence[str]) -> dict[str, str]:
    """One short text for each visit, another one after every change that its streams would show."""
    stamp = Venue.here().menu_stamp
    found = {HOUSE: f"{stamp} {_house()}"} if HOUSE in visits else {}
    closed = dict(Visit.objects.filter(code__in=visits).values_list("code", "closed_at"))
    tabs = Tab.objects.filter(visit_code__in=visits).order_by()
    versions = dict(tabs.values_list("visit_code").annotate(total=Sum("version")))
    joined = Sharer.objects.filter(visit_code__in=visits).order_by()
    shared = dict(joined.values_list("visit_code").annotate(total=Sum("tab__version")))
    fired = Ticket.objects.filter(visit__code__in=visits).order_by()
    moved = dict(fired.values_list("visit__code").annotate(at=Max("changed_at")))
    said = dict(
        Turn.objects.unasked()
        .filter(visit__code__in=visits)
        .order_by()
        .values_list("visit__code")
        .annotate(last=Max("pk"))
    )
    return found | {
        code: f"{stamp} {closed[code]} {versions.get(code)} {shared.get(code)} {moved.get(code)}"
        f" {said.get(code)}"
        for code in visits
        if code in closed
    }


def _house() -> str:
    """Of what everybody who watches the house sees: another text after every change of it."""
    moved = Ticket.objects.aggregate(at=Max("changed_at"))["at"]
    said = Turn.objects.aggregate(last=Max("pk"))["last"]
    tabs = Tab.objects.unsettled().aggregate(total=Sum("version"))["total"]
    waiting = StaffLeave.objects.filter(status=StaffLeave.Status.WAITING)
    asked = waiting.aggregate(many=Count("pk"), last=Max("pk"))
    return f"{moved} {said} {tabs} {asked} {Takeover.objects.filter(ended_at=None).count()}"
