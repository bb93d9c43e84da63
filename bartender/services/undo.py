"""Undoing what staff have just done to a tab, for a few seconds, by an entry against the one that was made.

Nothing is rewritten: the ledger posts a reversal under a key made from the action's own, and the undo is a
staff action of its own. The server's clock counts. What cannot be undone is refused with what to do instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AbstractUser, User
from django.db.models import Min, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from bartender.models.staff_actions import StaffAction
from bartender.models.visits import OrderLine, Ticket, Visit
from bartender.services import orders
from bartender.services.bar_tabs import display_names
from bartender.services.staff_actions import (
    REQUIRED_PERMISSIONS,
    action_key_in_ledger,
    actor_name,
    describe_completed_action,
)
from bartender.services.voids import put_back_units
from bartender.staff_errors import CannotUndo, UndoTooLate
from maya_site.core.db import atomic_with_retry
from maya_site.core.money import format_money
from payments import bar_payments, ledger
from payments.ledger import OperationContext, TipRule
from payments.models import Journal, LedgerEntry, Payment, Tab
from payments.posting_rules import AT_BAR_PREFIX

Kind, Status = StaffAction.Kind, StaffAction.Status
UNDO_SECONDS = 10
GRACE_SECONDS = 2  # what a press may take to arrive
MAX_SHOWN = 4
RING_IN_PERMISSION = "bartender.ring_in_by_staff"
# What to do when the time is over, by what was done.
INSTEAD = {
    Kind.COMP_LINE: "what is on the house stays so; ring the drink in anew if it is to be paid",
    Kind.COMP_TAB: "what is on the house stays so; ring the drink in anew if it is to be paid",
    Kind.VOID_LINE: "ring the drink in anew",
    Kind.TENDER: "give the money back as a refund",
    Kind.TIP_FOR: "say anew whose the tip is",
}
TAKE_OFF_INSTEAD = "take it off the tab, or void it with a reason once it is begun"


@dataclass(frozen=True)
class UndoableAct:
    """What was done a moment ago. `until` is when the button goes; `path` is "act" or "ring", for its
    address."""

    path: str
    number: int
    guest: str
    words: str
    until: datetime

    @property
    def seconds(self) -> int:
        """Seconds left, 1 at least."""
        return max(1, round((self.until - timezone.now()).total_seconds()))

    @property
    def until_epoch(self) -> int:
        return round(self.until.timestamp())


def list_undoable_acts(user: AbstractUser, visit_code: str = "") -> list[UndoableAct]:
    """What this user may undo now, newest first: on one guest's tabs, with what was rung in there; else on
    all tabs, money alone. At most four queries."""
    since = timezone.now() - timedelta(seconds=UNDO_SECONDS)
    actions = _undoable_actions(since)
    if visit_code:
        actions = actions.filter(tab__visit_code=visit_code)
    rows = [row for row in actions[: 2 * MAX_SHOWN] if user.has_perm(REQUIRED_PERMISSIONS[Kind(row.kind)])]
    names = display_names({row.tab.visit_code for row in rows}) if rows else {}
    acts = [
        _undoable_act(
            "act", row.pk, names.get(row.tab.visit_code, ""), describe_completed_action(row), done_at(row)
        )
        for row in rows
    ]
    if visit_code and user.has_perm(RING_IN_PERMISSION):
        acts += [
            _undoable_act(
                "ring", line.pk, line.visit.name_and_place, _describe_ring_in(line), line.ordered_at
            )
            for line in _undoable_lines(visit_code, since)
        ]
    return sorted(acts, key=lambda act: act.until, reverse=True)[:MAX_SHOWN]


def seconds_to_next_undo_end(now: datetime) -> float | None:
    """Until the next button goes, None where none is shown. Two queries."""
    since = now - timedelta(seconds=UNDO_SECONDS)
    found = [
        _undoable_actions(since).aggregate(first=Min("at"))["first"],
        OrderLine.objects.filter(ordered_at__gt=since, rung_in_by__isnull=False).aggregate(
            first=Min("ordered_at")
        )["first"],
    ]
    first = min((at for at in found if at), default=None)
    return (first - since).total_seconds() if first else None


def done_at(action: StaffAction) -> datetime:
    """When it was done: with the second person's yes, where it took one."""
    return action.decided_at or action.requested_at


@atomic_with_retry
def undo_action(action: StaffAction, person: User) -> StaffAction:
    """Undoes a comp, a void of a line, a payment taken at the bar or whose the tip is. Returns its record.

    Twice is once: the second caller gets the first record. Locks the visit, then the tab. Raises UndoTooLate,
    CannotUndo, or what the ledger refuses.
    """
    tab = _lock(action.tab)
    if found := StaffAction.objects.filter(undoes=action).first():
        return found
    action = StaffAction.objects.select_related("tab", "line", "requested_by", "decided_by").get(pk=action.pk)
    kind = Kind(action.kind)
    if kind not in UNDOERS or action.status != Status.DONE:
        raise CannotUndo("that is none of what can be undone", "put it right on the tab’s page")
    _check_in_time(done_at(action), INSTEAD[kind])
    op = _operation(person, f"undo of staff action {action.pk}")
    UNDOERS[kind](action, tab, op)
    return _record(
        person, tab, f"undo:{action.pk}", undoes=action, amount_cents=action.amount_cents, units=action.units
    )


@atomic_with_retry
def undo_ring_in(line: OrderLine, person: User) -> StaffAction:
    """Takes off what was rung in a moment ago and nobody has begun. Twice is once. Locks the visit, then the
    tab."""
    tab, key = _lock(line.tab), f"undo:ring:{line.code}"
    if found := StaffAction.objects.filter(key=key).first():
        return found
    line = OrderLine.objects.select_related("visit", "ticket", "tab").get(pk=line.pk)
    _check_in_time(line.ordered_at, TAKE_OFF_INSTEAD)
    _check_open(tab)
    if line.rung_in_by_id is None or not line.quantity:
        raise CannotUndo(f"{line.name} is not on the tab any more", "look at the tab")
    if line.ticket and line.ticket.status != Ticket.Status.NEW:
        raise CannotUndo(f"the bar has begun {line.name}", "void it with a reason")
    if line.comped:
        raise CannotUndo(f"{line.name} is on the house by now", "undo that first, or leave it so")
    units = line.quantity
    orders.remove_line(line.visit, line, None, _operation(person, "undo of a drink rung in", key))
    return _record(person, tab, key, line=line, units=units, amount_cents=units * line.unit_cents)


# --- inside: the tab is locked -----------------------------------------------------------------------


def _undoable_actions(since: datetime) -> QuerySet[StaffAction]:
    recent = StaffAction.objects.filter(kind__in=INSTEAD, status=Status.DONE, undone_by=None)
    # Bounded by its index: what waited longer for a second person is not offered, and not refused either.
    recent = recent.filter(requested_at__gt=since - timedelta(minutes=5))
    recent = recent.annotate(at=Coalesce("decided_at", "requested_at")).filter(at__gt=since)
    return recent.select_related("tab", "line", "tip_recipient").order_by("-requested_at", "-pk")


def _undoable_lines(visit_code: str, since: datetime) -> QuerySet[OrderLine]:
    fresh = OrderLine.objects.filter(ordered_at__gt=since, visit__code=visit_code, rung_in_by__isnull=False)
    begun = ("in_prep", "ready", "served", "recalled")
    fresh = fresh.filter(quantity__gt=0, comped=False, tab__status=Tab.Status.OPEN).exclude(
        ticket__status__in=begun
    )
    return fresh.select_related("visit", "tab").order_by("-pk")[:MAX_SHOWN]


def _undoable_act(path: str, number: int, guest: str, words: str, at: datetime) -> UndoableAct:
    words = words[:1].upper() + words[1:]
    return UndoableAct(path, number, guest, words, at + timedelta(seconds=UNDO_SECONDS))


def _describe_ring_in(line: OrderLine) -> str:
    price = format_money(line.quantity * line.unit_cents, line.tab.currency)
    return f"{line.quantity} × {line.name} rung in, {price}."


def _lock(tab: Tab) -> Tab:
    """The visit comes first, as everywhere; one that was erased has no row."""
    Visit.objects.select_for_update(no_key=True).filter(code=tab.visit_code).first()
    return ledger.lock_tab(tab)


def _operation(person: User, reason: str, key: str = "undo") -> OperationContext:
    return OperationContext(key, actor_name(person), "form", reason=reason)


def _record(person: User, tab: Tab, key: str, **about: Any) -> StaffAction:
    return StaffAction.objects.create(
        kind=Kind.UNDO,
        status=Status.DONE,
        tab=tab,
        reason=StaffAction.Reason.UNDONE,
        requested_by=person,
        key=key,
        **about,
    )


def _check_in_time(at: datetime, instead: str) -> None:
    if timezone.now() > at + timedelta(seconds=UNDO_SECONDS + GRACE_SECONDS):
        raise UndoTooLate(UNDO_SECONDS, instead)


def _check_open(tab: Tab) -> None:
    if tab.status == Tab.Status.CLOSING:
        raise CannotUndo("a bill is out for this tab by now", "take the bill back first")
    if tab.status != Tab.Status.OPEN:
        raise CannotUndo("this tab is settled by now", "give money back as a refund")


def _check_day_open(journal: Journal | None) -> Journal:
    if journal is None:
        raise CannotUndo("that is not on this tab any more", "look at the tab")
    if hasattr(journal, "in_report"):
        raise CannotUndo("its business day is closed", "put it right in the next one, as a refund")
    return journal


def _journal_of(action: StaffAction, tab: Tab) -> Journal:
    return _check_day_open(ledger.find_tab_journal(tab, action_key_in_ledger(action)))


def _undo_comp(action: StaffAction, tab: Tab, op: OperationContext) -> None:
    _check_open(tab)
    journal = _journal_of(action, tab)
    ledger.undo(tab, journal.key, op)
    paid = dict(journal.entries.filter(account=LedgerEntry.Account.COMPS).values_list("reference", "cents"))
    lines = list(OrderLine.objects.filter(tab=tab, code__in=paid))
    for line in lines:
        line.comped_cents -= paid[line.code]
        line.comped = line.comped_cents > 0
    OrderLine.objects.bulk_update(lines, ["comped", "comped_cents"])


def _undo_void(action: StaffAction, tab: Tab, op: OperationContext) -> None:
    _check_open(tab)
    journal = _journal_of(action, tab)
    if action.line is None:
        raise CannotUndo("that was more than one line", "ring the drinks in anew")
    line = OrderLine.objects.select_related("ticket").get(pk=action.line.pk)
    units = action.units or -sum(journal.entries.values_list("quantity", flat=True))
    # The ledger goes first, so that its refusal leaves the line as it is.
    ledger.undo(tab, journal.key, op)
    put_back_units(line, units)


def _undo_tip_for(action: StaffAction, tab: Tab, op: OperationContext) -> None:
    journal = _journal_of(action, tab)
    if tab.tip_recipient_id != action.tip_recipient_id:
        raise CannotUndo("the tip is somebody else’s by now", "say anew whose it is")
    before = User.objects.filter(pk=action.replaced.get("recipient")).first()
    ledger.undo(tab, journal.key, op, tip_recipient=before)


def _undo_tender(action: StaffAction, tab: Tab, op: OperationContext) -> None:
    """The tab is open again, with the tip that it had before the form for the payment changed it."""
    payment = tab.payments.filter(status=Payment.Status.SUCCEEDED).order_by("id").last()
    if tab.status != Tab.Status.PAID or payment is None:
        raise CannotUndo("this tab is not paid any more", "look at the tab")
    if not payment.provider.startswith(AT_BAR_PREFIX):
        raise CannotUndo("the provider took that card", "give the money back as a refund")
    if payment.amount_cents != tab.total_cents or tab.refunded_cents or tab.disputed_cents:
        raise CannotUndo("it was paid in shares, or money went back on it", "give the rest back as a refund")
    if Tab.objects.unsettled().filter(visit_code=tab.visit_code).exists():
        raise CannotUndo("the guest has begun another tab by now", "give the money back as a refund")
    _check_day_open(tab.journals.filter(kind=Journal.Kind.PAYMENT, entries__reference=payment.code).first())
    bar_payments.undo_payment(tab, op.actor, op.reason)
    if before := action.replaced:
        key = f"{ledger.undo_key(action_key_in_ledger(action))}:tip"
        ledger.set_tip(
            tab,
            TipRule(before["tip_bp"], 0 if before["tip_bp"] is not None else before["tip_cents"]),
            OperationContext(key, op.actor, op.source, reason=op.reason),
        )


UNDOERS: dict[StaffAction.Kind, Callable[[StaffAction, Tab, OperationContext], None]] = {
    Kind.COMP_LINE: _undo_comp,
    Kind.COMP_TAB: _undo_comp,
    Kind.VOID_LINE: _undo_void,
    Kind.TIP_FOR: _undo_tip_for,
    Kind.TENDER: _undo_tender,
}
