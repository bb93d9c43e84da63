"""Tools for the bill. None of them moves money: payment is proposed here, and only the guest confirms it."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

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
from bartender.tools.registry import Integer, NoArguments, ToolArguments, ToolContext, tool
from payments.ledger import TipRule
from payments.models import Tab


class GetBill(NoArguments):
    """What the tab comes to: lines, tax, tip, total, what is due. Call it when the guest asks what they
    owe, and does not ask to pay."""


@tool("get_bill", permission="reads")
def get_bill(context: ToolContext, arguments: GetBill) -> BillRead:
    return BillRead.of(bills.bill_of(context.visit))


class GetBalance(NoArguments):
    """What is left of the guest's play money, in a bar that takes no real money. Call it when the guest
    asks for it."""


@tool("get_balance", permission="reads")
def get_balance(context: ToolContext, arguments: GetBalance) -> BalanceRead:
    return BalanceRead(bills.bill_of(context.visit).balance_cents)


def _parse_number(value: Any) -> Any:
    """Also takes a number as text. Raises ValueError for anything else; True is not one percent."""
    if isinstance(value, str) and re.fullmatch(r"\s*(?:0|[1-9]\d{0,8})(?:\.\d{1,9})?\s*", value, re.ASCII):
        return float(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise ValueError("give a number in figures, like 15")


class SetTip(ToolArguments):
    """Set the tip that the guest named: a percentage of the drinks, or an amount in the smallest coin. Call
    it only when the guest names one; 0 takes it away. It replaces any earlier tip. A bill that is out is
    shown again with the new amount. Refused with nothing on the tab, and beyond the tab's limit for
    tips."""

    percent: (
        Annotated[float, BeforeValidator(_parse_number), Field(ge=0, le=100, allow_inf_nan=False)] | None
    ) = None
    cents: Annotated[Integer, Field(ge=0, le=10_000_000)] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> SetTip:
        if (self.percent is None) == (self.cents is None):
            raise ValueError("give either percent or cents")
        return self


@tool("set_tip", permission="money")
def set_tip(context: ToolContext, arguments: SetTip) -> TipSet:
    rule = TipRule(cents=arguments.cents or 0)
    if arguments.percent is not None:
        rule = TipRule(basis_points=_basis_points(arguments.percent))
    return TipSet.of(bills.set_tip(context.visit, rule, context.operation))


def _basis_points(percent: float) -> int:
    return int((Decimal(str(percent)) * 100).quantize(Decimal(1), ROUND_HALF_UP))


class GetTip(NoArguments):
    """The tip as it is. Call it when the guest asks what tip is set."""


@tool("get_tip", permission="reads")
def get_tip(context: ToolContext, arguments: GetTip) -> TipRead:
    return TipRead.of(bills.bill_of(context.visit))


class CreatePayment(NoArguments):
    """Show the guest the bill to confirm. Call it when they want to pay or ask for the check. It also sends
    to the bar what is not sent yet. It moves no money and makes no way to pay: that comes after the guest's
    own yes, which you cannot give. Refused if there is nothing to pay; if the bar pays for all of it, the
    tab is closed."""


@tool("create_payment", permission="money")
def create_payment(context: ToolContext, arguments: CreatePayment) -> BillProposed | NothingDue:
    bill = bills.request_bill(context.visit, context.operation)
    requested = NothingDue if bill.status == Tab.Status.PAID else BillProposed
    return requested.of(
        bill,
        sent_units=bill.sent_units,
        card_note=bill.card_note,
        taken_off_units=bill.taken_off_units,
    )


class CheckPaymentStatus(NoArguments):
    """Whether the bill was paid. Call it when the guest says that they have paid, or asks whether it went
    through."""


@tool("check_payment_status", permission="reads")
def check_payment_status(context: ToolContext, arguments: CheckPaymentStatus) -> PaymentRead:
    payment = bills.last_payment(context.visit)
    status = payment.status if payment else "none"
    return PaymentRead.of(bills.bill_of(context.visit), payment=status)
