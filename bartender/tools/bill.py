"""Tools for the bill. None of them moves money: payment is proposed here, and only the guest confirms it."""

from decimal import ROUND_HALF_UP, Decimal

from bartender.facts.bill import (
    BalanceRead,
    BillProposed,
    BillRead,
    NothingDue,
    PaymentRead,
    TipRead,
    TipSet,
)
from bartender.services import bills
from bartender.tools.registry import ToolContext, tool
from bartender.tools.schemas import CheckPaymentStatus, CreatePayment, GetBalance, GetBill, GetTip, SetTip
from payments.ledger import TipRule
from payments.models import Tab


@tool("get_bill", permission="reads")
def get_bill(context: ToolContext, arguments: GetBill) -> BillRead:
    return BillRead.of(bills.bill_of(context.visit))


@tool("get_balance", permission="reads")
def get_balance(context: ToolContext, arguments: GetBalance) -> BalanceRead:
    return BalanceRead(bills.bill_of(context.visit).balance_cents)


@tool("set_tip", permission="money")
def set_tip(context: ToolContext, arguments: SetTip) -> TipSet:
    rule = TipRule(cents=arguments.cents or 0)
    if arguments.percent is not None:
        rule = TipRule(basis_points=_basis_points(arguments.percent))
    return TipSet.of(bills.set_tip(context.visit, rule, context.operation))


def _basis_points(percent: float) -> int:
    return int((Decimal(str(percent)) * 100).quantize(Decimal(1), ROUND_HALF_UP))


@tool("get_tip", permission="reads")
def get_tip(context: ToolContext, arguments: GetTip) -> TipRead:
    return TipRead.of(bills.bill_of(context.visit))


@tool("create_payment", permission="money")
def create_payment(context: ToolContext, arguments: CreatePayment) -> BillProposed | NothingDue:
    bill = bills.request_bill(context.visit, context.operation)
    requested = NothingDue if bill.status == Tab.Status.PAID else BillProposed
    return requested.of(bill, sent_units=bill.sent_units, card_note=bill.card_note)


@tool("check_payment_status", permission="reads")
def check_payment_status(context: ToolContext, arguments: CheckPaymentStatus) -> PaymentRead:
    payment = bills.last_payment(context.visit)
    status = payment.status if payment else "none"
    return PaymentRead.of(bills.bill_of(context.visit), payment=status)
