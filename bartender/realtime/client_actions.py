"""Buttons of the live page: each calls one service, with an idempotency key made from the message id."""

from __future__ import annotations

from decimal import Decimal

from bartender.errors import NoSuchLine
from bartender.models.visits import Visit
from bartender.realtime.protocol import (
    ClientMessage,
    NotYet,
    Pay,
    PlaceOrder,
    RemoveLine,
    SetTip,
    TapItem,
    Undo,
)
from bartender.services import bills, orders, tickets, visits
from maya_site.core.rate_limits import PAYMENT_ATTEMPT_LIMIT, check_rate_limit
from payments.ledger import OperationContext, TipRule


def perform_action(visit: Visit, message: ClientMessage) -> None:
    """Call it in a database thread.

    Raises Refusal or ProviderError, and then nothing was done.
    """
    visits.update_last_seen(visit)
    _dispatch(visit, message, OperationContext(f"live:{message.id}:{message.kind}", source="button"))


def _dispatch(visit: Visit, message: ClientMessage, op: OperationContext) -> None:
    match message:
        case TapItem():
            details = orders.LineDetails(message.note)
            orders.add_line(visit, message.item, message.quantity, message.modifiers, op, details=details)
        case SetTip():
            bills.set_tip(visit, _tip_rule(message), op)
        case PlaceOrder():
            tickets.fire_ticket(visit, op)
        case Pay():
            _pay(visit, message, op)
        case Undo():
            orders.undo_last_line(visit, op)
        case RemoveLine():
            _remove_line(visit, message.number, op)
        case NotYet():
            bills.decline_payment(visit, op)


def _pay(visit: Visit, message: Pay, op: OperationContext) -> None:
    check_rate_limit(PAYMENT_ATTEMPT_LIMIT, visit.code)
    if message.nonce is None:
        bills.request_bill(visit, op)
    else:
        bills.confirm_payment(visit, message.nonce)


def _tip_rule(tip: SetTip) -> TipRule:
    if tip.percent is None:
        return TipRule(cents=tip.cents or 0)
    return TipRule(basis_points=round(Decimal(str(tip.percent)) * 100) or None)


def _remove_line(visit: Visit, number: int, op: OperationContext) -> None:
    line = bills.line_by_number(visit, number)
    if line is None:
        raise NoSuchLine
    orders.remove_line(visit, line, None, op)
