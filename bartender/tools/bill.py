"""Tools about money. None of them moves any: paying is proposed here and confirmed by the guest alone."""

from decimal import ROUND_HALF_UP, Decimal

from bartender.services import bills
from bartender.services.bills import Bill
from bartender.tools.order import done
from bartender.tools.registry import Done, Guest, tool
from bartender.tools.schemas import (
    CheckPaymentStatus,
    CreatePayment,
    GetBalance,
    GetBill,
    GetTip,
    SetTip,
)
from payments.ledger import TipRule
from payments.models import Tab


def _amounts(bill: Bill) -> dict[str, int | str | None]:
    return {
        "status": bill.status,
        "subtotal_cents": bill.subtotal_cents,
        "tax_cents": bill.tax_cents,
        "tip_cents": bill.tip_cents,
        "tip_bp": bill.tip_bp,
        "total_cents": bill.total_cents,
        "paid_cents": bill.paid_cents,
        "due_cents": bill.due_cents,
        "balance_cents": bill.balance_cents,
    }


@tool("get_bill", GetBill)
def get_bill(guest: Guest, asked: GetBill) -> Done:
    return done("bill", **_amounts(bills.bill_of(guest.visit)))


@tool("get_balance", GetBalance)
def get_balance(guest: Guest, asked: GetBalance) -> Done:
    return done("balance", balance_cents=bills.bill_of(guest.visit).balance_cents)


@tool("set_tip", SetTip)
def set_tip(guest: Guest, asked: SetTip) -> Done:
    rule = TipRule(cents=asked.cents or 0)
    if asked.percent is not None:
        rule = TipRule(bp=_basis_points(asked.percent))
    bill = bills.set_tip(guest.visit, rule, guest.cause)
    return done("tip_set", **_amounts(bill))


def _basis_points(percent: float) -> int:
    return int((Decimal(str(percent)) * 100).quantize(Decimal(1), ROUND_HALF_UP))


@tool("get_tip", GetTip)
def get_tip(guest: Guest, asked: GetTip) -> Done:
    return done("tip", **_amounts(bills.bill_of(guest.visit)))


@tool("create_payment", CreatePayment)
def create_payment(guest: Guest, asked: CreatePayment) -> Done:
    bill = bills.ask_to_pay(guest.visit, guest.cause)
    kind = "nothing_due" if bill.status == Tab.Status.PAID else "proposed"
    return done(kind, **_amounts(bill))


@tool("check_payment_status", CheckPaymentStatus)
def check_payment_status(guest: Guest, asked: CheckPaymentStatus) -> Done:
    payment = bills.last_payment(guest.visit)
    status = payment.status if payment else "none"
    return done("payment", payment=status, **_amounts(bills.bill_of(guest.visit)))
