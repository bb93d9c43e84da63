"""Staff actions: requested on a form, recorded, and done at once or after a second person's approval.

The row is written in the transaction that carries the action out. Payment providers are asked outside any
transaction: before it to take back a bill or a link, after it for a refund.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from django.contrib.auth.models import AbstractUser, AnonymousUser, User
from django.utils import timezone

from bartender.errors import AlreadyDecided, AmountChanged, PaidMeanwhile, SelfApprovalNotAllowed
from bartender.models.menu import Venue
from bartender.models.staff_actions import StaffAction
from bartender.models.visits import OrderLine
from bartender.services import corrections
from bartender.services.print_requests import request_receipt_print
from maya_site.core.db import atomic_with_retry
from maya_site.core.money import format_money
from payments import bar_payments, ledger, refunds, splits
from payments.errors import IdempotencyKeyReused, OperationNotAllowed
from payments.ledger import OperationContext
from payments.models import Payment, Refund, Tab
from payments.reopen_tab import reopen_tab

StaffActionKind = StaffAction.Kind
StaffActionStatus = StaffAction.Status
# These change what is due, so a bill that is out is taken back first.
WITHDRAWS_BILL = (
    StaffActionKind.VOID_LINE,
    StaffActionKind.VOID_TAB,
    StaffActionKind.COMP_LINE,
    StaffActionKind.COMP_TAB,
    StaffActionKind.CLOSE,
)
REQUIRED_PERMISSIONS = {
    StaffActionKind.VOID_LINE: "bartender.void_by_staff",
    StaffActionKind.VOID_TAB: "bartender.void_by_staff",
    StaffActionKind.COMP_LINE: "bartender.comp_by_staff",
    StaffActionKind.COMP_TAB: "bartender.comp_by_staff",
    StaffActionKind.CLOSE: "bartender.comp_by_staff",
    StaffActionKind.TENDER: "bartender.tender_by_staff",
    StaffActionKind.TIP_FOR: "bartender.tender_by_staff",
    StaffActionKind.REFUND: "bartender.refund_by_staff",
}
APPROVE_PERMISSION = "bartender.approve_staff_action"


@dataclass(frozen=True)
class StaffActionRequest:
    """A validated request for an action. `cents` and `shown_cents` are minor units."""

    kind: str
    tab: Tab
    reason: str
    note: str = ""
    line: OrderLine | None = None
    payment: Payment | None = None
    units: int | None = None
    cents: int | None = None
    tender: str = ""
    tip_recipient: User | None = None  # None: the house pool
    shown_cents: int | None = None  # the amount that the person was shown on the button
    received_cents: int | None = None  # in cash, before change
    replaced: dict[str, Any] = field(default_factory=dict)  # what was there before, for an undo

    def amount_at_stake_cents(self) -> int:
        """In minor units. What a person typed counts for comps and refunds only, and is checked when done."""
        match self.kind:
            case StaffActionKind.VOID_LINE if self.line:
                return (self.units or self.line.quantity) * self.line.unit_cents
            case StaffActionKind.VOID_TAB:
                return self.tab.total_cents
            case StaffActionKind.TENDER:
                return self.tab.due_cents
            case StaffActionKind.TIP_FOR:
                return self.tab.tip_cents
            case _:
                return self.cents or 0


def unpaid_cents(line: OrderLine) -> int:
    """The line's price less what was comped, in minor units."""
    return line.quantity * line.unit_cents - line.comped_cents


def available_actions(tab: Tab, user: Any) -> list[tuple[str, str]]:
    """The kinds of action, as (value, label), that fit the tab's state and the user's permissions."""
    live, something = tab.status in Tab.UNSETTLED_STATUSES, bool(tab.units)
    fits = {
        StaffActionKind.VOID_LINE: live and something,
        StaffActionKind.VOID_TAB: live and something and not tab.paid_cents,
        StaffActionKind.COMP_LINE: live and tab.net_cents > 0,
        StaffActionKind.COMP_TAB: live and tab.net_cents > 0,
        StaffActionKind.TENDER: live and tab.due_cents > 0,
        StaffActionKind.CLOSE: live and something and not tab.due_cents,
        StaffActionKind.TIP_FOR: tab.status != Tab.Status.VOIDED and tab.tip_cents > 0,
        StaffActionKind.REFUND: tab.status == Tab.Status.PAID and tab.paid_cents > tab.refunded_cents,
    }
    return [
        (kind.value, str(kind.label))
        for kind, fit in fits.items()
        if fit and user.has_perm(REQUIRED_PERMISSIONS[kind])
    ]


def needs_second_person(kind: str, cents: int) -> bool:
    venue = Venue.current()
    if kind in (StaffActionKind.CLOSE, StaffActionKind.TIP_FOR):
        return False
    return cents > (
        venue.tender_approval_limit_cents if kind == StaffActionKind.TENDER else venue.approval_limit_cents
    )


def submit_action(request: StaffActionRequest, person: User, key: str) -> StaffAction:
    """Does the action, or records it to wait for a second person. A repeated `key` returns the first one.

    Call it outside a transaction. Raises IdempotencyKeyReused if the key belongs to another request, and
    AmountChanged if the amount is not the one that was shown.
    """
    if found := StaffAction.objects.filter(key=key).first():
        return _check_same_request(found, request)
    _check_amount_unchanged(request)
    alone = not needs_second_person(request.kind, request.amount_at_stake_cents())
    if alone:
        _withdraw_bill(
            request.kind, request.tab, OperationContext(f"deed:{key}:bill", actor_name(person), "admin")
        )
    action = _create_action(request, person, key)
    return _complete_with_provider(action)


@atomic_with_retry
def _create_action(request: StaffActionRequest, person: User, key: str) -> StaffAction:
    tab = ledger.lock_tab(request.tab)
    if found := StaffAction.objects.filter(key=key).first():
        return _check_same_request(found, request)
    now = replace(request, tab=tab)
    _check_amount_unchanged(now)
    cents = now.amount_at_stake_cents()
    action = StaffAction.objects.create(
        kind=request.kind,
        status=StaffActionStatus.WAITING
        if needs_second_person(request.kind, cents)
        else StaffActionStatus.DONE,
        tab=tab,
        line=request.line,
        payment=request.payment,
        units=request.units,
        amount_cents=cents,
        tender=request.tender,
        received_cents=request.received_cents,
        tip_recipient=request.tip_recipient,
        reason=request.reason,
        note=request.note,
        requested_by=person,
        replaced=now.replaced or _tip_recipient_before(now),
        key=key,
    )
    if action.status == StaffActionStatus.DONE:
        _execute(action)
    return action


def _tip_recipient_before(request: StaffActionRequest) -> dict[str, Any]:
    return {"recipient": request.tab.tip_recipient_id} if request.kind == StaffActionKind.TIP_FOR else {}


def _check_amount_unchanged(request: StaffActionRequest) -> None:
    """The guest may have ordered or paid meanwhile: only the amount that the person saw is acted on."""
    if request.kind == StaffActionKind.TENDER and request.tab.status == Tab.Status.PAID:
        raise PaidMeanwhile
    if request.shown_cents is not None and request.shown_cents != request.amount_at_stake_cents():
        raise AmountChanged(request.shown_cents, request.amount_at_stake_cents())


def _request_of(action: StaffAction) -> StaffActionRequest:
    """The recorded request again, so that the amount at stake is computed from the tab as it is now."""
    given = {
        "line": action.line,
        "payment": action.payment,
        "units": action.units,
        "cents": action.amount_cents,
    }
    return StaffActionRequest(
        action.kind,
        action.tab,
        action.reason,
        action.note,
        tender=action.tender,
        tip_recipient=action.tip_recipient,
        shown_cents=action.amount_cents,
        **given,  # type: ignore[arg-type]
    )


def can_approve(action: StaffAction, person: AbstractUser) -> bool:
    """Whether the person has the permission and is not the one who requested the action."""
    return bool(person.has_perm(APPROVE_PERMISSION)) and action.requested_by_id != person.pk


def approve(action: StaffAction, person: User) -> StaffAction:
    """The second person's approval: the amount is checked again, and the action is done.

    Call it outside a transaction. Raises AlreadyDecided, SelfApprovalNotAllowed or AmountChanged.
    """
    _withdraw_bill(
        action.kind, action.tab, OperationContext(f"deed:{action.key}:bill", actor_name(person), "admin")
    )
    return _complete_with_provider(_decide(action, person, StaffActionStatus.DONE))


def decline(action: StaffAction, person: User) -> StaffAction:
    return _decide(action, person, StaffActionStatus.DECLINED)


@atomic_with_retry
def _decide(action: StaffAction, person: User, status: StaffActionStatus) -> StaffAction:
    ledger.lock_tab(action.tab)
    now = StaffAction.objects.select_for_update(of=("self",)).get(pk=action.pk)
    if now.status != StaffActionStatus.WAITING:
        raise AlreadyDecided
    if now.requested_by_id == person.pk:
        raise SelfApprovalNotAllowed
    if status == StaffActionStatus.DONE:
        _check_amount_unchanged(_request_of(now))
    now.status, now.decided_by, now.decided_at = status, person, timezone.now()
    now.save(update_fields=["status", "decided_by", "decided_at"])
    if status == StaffActionStatus.DONE:
        _execute(now)
    return now


def action_key_in_ledger(action: StaffAction) -> str:
    """The idempotency key of the journal that the action writes."""
    return f"deed:{action.key}"


def actor_name(person: User | AnonymousUser) -> str:
    return f"staff:{person.get_username()}"[:80]


def _check_same_request(found: StaffAction, request: StaffActionRequest) -> StaffAction:
    found_keys = [found.tab_id, found.line_id, found.payment_id, found.tip_recipient_id]
    rows = (request.tab, request.line, request.payment, request.tip_recipient)
    same_values = (found.kind, found.units, found.tender) == (request.kind, request.units, request.tender)
    if not same_values or found_keys != [row and row.pk for row in rows]:
        raise IdempotencyKeyReused
    return found


def _withdraw_bill(kind: str, tab: Tab, op: OperationContext) -> None:
    if kind == StaffActionKind.TENDER:
        bar_payments.end_links(tab, op.actor)
    if kind not in WITHDRAWS_BILL:
        return
    if splits.active_split(tab) and tab.status == Tab.Status.CLOSING:
        splits.undo_split(tab, op)
    else:
        reopen_tab(tab, op)


# --- doing it: the tab is locked, and this is one transaction ----------------------------------------


def _execute(action: StaffAction) -> None:
    """The requester is the actor in the ledger; the approver is recorded on the action."""
    cause = OperationContext(
        action_key_in_ledger(action), actor_name(action.requested_by), "admin", reason=action.why[:200]
    )
    EXECUTORS[StaffActionKind(action.kind)](action, cause)
    if action.kind == StaffActionKind.TENDER:
        request_receipt_print(action.tab)


def _void_line(action: StaffAction, op: OperationContext) -> Any:
    if action.line is None:
        raise OperationNotAllowed("Say which drink.")
    return corrections.void_line(action.line, action.units or action.line.quantity, op)


def _comp_line(action: StaffAction, op: OperationContext) -> Any:
    if action.line is None:
        raise OperationNotAllowed("Say which drink.")
    return corrections.comp_line(action.line, op, action.amount_cents)


def _refund(action: StaffAction, op: OperationContext) -> Any:
    if action.payment is None:
        raise OperationNotAllowed("Say which payment.")
    return refunds.request_refund(action.payment, action.amount_cents, op)


EXECUTORS: dict[StaffActionKind, Callable[[StaffAction, OperationContext], Any]] = {
    StaffActionKind.VOID_LINE: _void_line,
    StaffActionKind.VOID_TAB: lambda action, cause: corrections.void_tab(action.tab, cause),
    StaffActionKind.COMP_LINE: _comp_line,
    StaffActionKind.COMP_TAB: lambda action, cause: corrections.comp_tab(
        action.tab, action.amount_cents, cause
    ),
    StaffActionKind.REFUND: _refund,
    StaffActionKind.CLOSE: lambda action, cause: corrections.close_comped_tab(action.tab, cause),
    StaffActionKind.TIP_FOR: lambda action, cause: ledger.assign_tip(action.tab, action.tip_recipient, cause),
    StaffActionKind.TENDER: lambda action, cause: bar_payments.settle(
        action.tab, action.tender, cause.actor, cause.reason
    ),
}


def _complete_with_provider(action: StaffAction) -> StaffAction:
    """Asks the payment provider where needed. After a crash the sweep finds the recorded refund."""
    if action.status == StaffActionStatus.DONE and action.kind == StaffActionKind.REFUND:
        refunds.process_refund(Refund.objects.get(key=action_key_in_ledger(action)))
    return action


# --- in words ----------------------------------------------------------------------------------------


def describe_planned_action(action: StaffAction | StaffActionRequest) -> str:
    """What the action will do, with its amount, for the button and for the approver."""
    return _format_description(action, PLANNED_DESCRIPTIONS)


def describe_completed_action(action: StaffAction) -> str:
    """What was done, as a sentence."""
    return f"{_format_description(action, COMPLETED_DESCRIPTIONS)}."


PLANNED_DESCRIPTIONS = {
    StaffActionKind.VOID_LINE: "void {units} × {line}, {amount}",
    StaffActionKind.VOID_TAB: "void the whole tab, {amount}",
    StaffActionKind.COMP_LINE: "take {amount} off {line}, on the house",
    StaffActionKind.COMP_TAB: "take {amount} off the tab, on the house",
    StaffActionKind.REFUND: "give {amount} back",
    StaffActionKind.TENDER: "receive {amount}{how}",
    StaffActionKind.CLOSE: "close the tab, which owes nothing",
    StaffActionKind.TIP_FOR: "give the tip of {amount} to {recipient}",
    StaffActionKind.UNDO: "undo: {undone}",
}
COMPLETED_DESCRIPTIONS = {
    StaffActionKind.VOID_LINE: "{units} × {line} voided, {amount}",
    StaffActionKind.VOID_TAB: "the whole tab voided, {amount}",
    StaffActionKind.COMP_LINE: "{amount} off {line}, on the house",
    StaffActionKind.COMP_TAB: "{amount} off the tab, on the house",
    StaffActionKind.REFUND: "{amount} goes back",
    StaffActionKind.TENDER: "{amount} received{how}",
    StaffActionKind.CLOSE: "the tab is closed; it owed nothing",
    StaffActionKind.TIP_FOR: "the tip of {amount} is for {recipient}",
    StaffActionKind.UNDO: "undone: {undone}",
}
TENDER_PHRASES = {"cash": " in cash", "card": " by card at the bar", "house": " on a house account"}


def _format_description(
    action: StaffAction | StaffActionRequest, templates: dict[StaffActionKind, str]
) -> str:
    cents = action.amount_cents if isinstance(action, StaffAction) else action.amount_at_stake_cents()
    undone = ""
    if action.kind == StaffActionKind.UNDO and isinstance(action, StaffAction):
        undone = describe_undone(action)
    return templates[StaffActionKind(action.kind)].format(
        amount=format_money(cents or 0, action.tab.currency),
        line=action.line.name if action.line else "",
        units=action.units,
        how=TENDER_PHRASES.get(action.tender, ""),
        recipient=action.tip_recipient or "the house pool",
        undone=undone,
    )


def describe_undone(action: StaffAction) -> str:
    """What an undo has undone: an action, or drinks that were rung in."""
    if action.undoes:
        return _format_description(action.undoes, COMPLETED_DESCRIPTIONS)
    drink = action.line.name if action.line else ""
    return f"{action.units} × {drink} rung in, {format_money(action.amount_cents, action.tab.currency)}"
