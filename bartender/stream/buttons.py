"""What a guest does by a button of the live page: one service each, once for each message id."""

from __future__ import annotations

from decimal import Decimal

from bartender.errors import NoSuchLine
from bartender.records.visits import Visit
from bartender.services import bills, orders, tickets, visits
from bartender.stream.news import Look, look
from bartender.wire import Heard, NotYet, Pay, PlaceOrder, RemoveLine, SetTip, TapItem, Undo
from maya_site.lib.limits import PAY_CLICKS, take
from payments.ledger import Cause, TipRule


def press(visit: Visit, pressed: Heard) -> Look:
    """Do it, and look at what has come of it. Raises Refused or ProviderError, and then nothing was done."""
    visits.touch(visit)
    _do(visit, pressed, Cause(f"live:{pressed.id}:{pressed.kind}", source="button"))
    return look(visit)


def _do(visit: Visit, pressed: Heard, cause: Cause) -> None:
    match pressed:
        case TapItem():
            orders.add(visit, pressed.item, pressed.quantity, pressed.modifiers, cause)
        case SetTip():
            bills.set_tip(visit, _rule(pressed), cause)
        case PlaceOrder():
            tickets.fire(visit, cause)
        case Pay():
            _pay(visit, pressed, cause)
        case Undo():
            orders.undo(visit, cause)
        case RemoveLine():
            _remove(visit, pressed.number, cause)
        case NotYet():
            bills.not_yet(visit, cause)


def _pay(visit: Visit, pressed: Pay, cause: Cause) -> None:
    take(PAY_CLICKS, visit.code)
    if pressed.nonce is None:
        bills.ask_to_pay(visit, cause)
    else:
        bills.confirm_payment(visit, pressed.nonce)


def _rule(tip: SetTip) -> TipRule:
    if tip.percent is None:
        return TipRule(cents=tip.cents or 0)
    return TipRule(bp=round(Decimal(str(tip.percent)) * 100) or None)


def _remove(visit: Visit, number: int, cause: Cause) -> None:
    line = bills.line_by_number(visit, number)
    if line is None:
        raise NoSuchLine
    orders.remove(visit, line, None, cause)
