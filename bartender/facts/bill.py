"""Facts about what a tab comes to, its tip, and its payment."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Self

from django.utils.translation import gettext as _

from bartender.facts.base import Fact, register_fact
from bartender.facts.order import SENT_WORDS
from bartender.facts.wording import Reply
from bartender.services.bills import Bill
from maya_site.core.money import format_money, format_percent

# English message ids: whoever uses them translates.
PAYMENT_STATUS_TEXTS = {
    "none": "You haven't asked for the bill yet.",
    "created": "The bill is on its way to you: say yes to the amount and I'll make the link.",
    "link_open": "It isn't paid yet: the link is waiting for you.",
    "succeeded": "It's paid. Thank you.",
    "failed": "That payment did not go through, so the tab is open again.",
    "expired": "That link has run out, so the tab is open again. Ask for the bill and I'll make another.",
    "cancelled": "That bill was taken back; the tab is open.",
    "reversed": "The bar took that payment back, so the tab is open again.",
}
UNSENT_TAKEN_OFF_TEXT = "What was not sent before the bar closed is off your tab."
_TIP_WORDS = re.compile(r"\b(?:tip|tips|tipped|gratuity|percent)\b|%")
_NOTHING_DUE_WORDS = re.compile(r"\bnothing\b|\bon the house\b|\bclosed\b")


@dataclass(frozen=True)
class BillFact(Fact):
    """A bill's amounts in minor units. `tip_bp`: the tip in basis points, None where it is a fixed amount;
    `balance_cents`: what is left of play money, None where money is real."""

    status: str
    subtotal_cents: int
    tax_cents: int
    tip_cents: int
    tip_bp: int | None
    total_cents: int
    paid_cents: int
    due_cents: int
    balance_cents: int | None
    service_cents: int = field(default=0, kw_only=True)

    @classmethod
    def of(cls, bill: Bill, **more: Any) -> Self:
        service = bill.service_cents
        return cls(
            tip_bp=bill.tip_bp, due_cents=bill.due_cents, service_cents=service, **bill.amounts(), **more
        )

    def service_suffix(self) -> str:
        if not self.service_cents:
            return ""
        amount = format_money(self.service_cents)
        return _(", with a service charge of %(amount)s") % {"amount": amount}

    def tip_words(self) -> str:
        if not self.tip_cents and not self.tip_bp:
            return _("no tip")
        amount = format_money(self.tip_cents)
        if self.tip_bp:
            return _("%(share)s tip, %(amount)s") % {"share": format_percent(self.tip_bp), "amount": amount}
        return _("a tip of %(amount)s") % {"amount": amount}

    def tip_suffix(self) -> str:
        return _(", %(tip)s included") % {"tip": self.tip_words()} if self.tip_cents else ""


@register_fact
@dataclass(frozen=True)
class BillRead(BillFact):
    kind = "bill"
    effect = "reads"
    phase = "order_taking"
    must_report = True

    def sentence(self) -> str:
        if not self.total_cents:
            return _("There is nothing on your tab yet.")
        if self.status == "paid":
            return _("That tab is settled: %(amount)s paid.") % {"amount": format_money(self.paid_cents)}
        tax = _(", with %(amount)s tax") % {"amount": format_money(self.tax_cents)} if self.tax_cents else ""
        parts = {
            "amount": format_money(self.total_cents),
            "tax": tax + self.service_suffix(),
            "tip": self.tip_suffix(),
        }
        return _("Your tab comes to %(amount)s%(tax)s%(tip)s.") % parts


@register_fact
@dataclass(frozen=True)
class BalanceRead(Fact):
    kind = "balance"
    effect = "reads"
    phase = None
    must_report = True

    balance_cents: int | None

    def sentence(self) -> str:
        if self.balance_cents is None:
            return _("You pay with real money here, so there is no balance to run down.")
        return _("You have %(amount)s of your play money left.") % {
            "amount": format_money(self.balance_cents)
        }


@register_fact
@dataclass(frozen=True)
class TipRead(BillFact):
    kind = "tip"
    effect = "reads"
    phase = None
    must_report = True

    def sentence(self) -> str:
        return _("Right now there's %(tip)s on the tab.") % {"tip": self.tip_words()}


@register_fact
@dataclass(frozen=True)
class TipSet(BillFact):
    kind = "tip_set"
    effect = "money"
    phase = "order_taking"
    must_report = True

    def sentence(self) -> str:
        total = format_money(self.total_cents)
        if not self.tip_cents and not self.tip_bp:
            return _("No tip, then. Your tab stands at %(amount)s.") % {"amount": total}
        return _("Thank you: %(tip)s. That makes %(amount)s.") % {"tip": self.tip_words(), "amount": total}

    def is_reported_in(self, reply: Reply) -> bool:
        return reply.has(_TIP_WORDS)


@dataclass(frozen=True)
class BillRequested(BillFact):
    """The guest asked for the bill. `sent_units`: how many drinks this sent to the bar;
    `taken_off_units`: how many it took off, unsent when the bar had closed; `card_note`: why no card can pay
    it, and what can."""

    effect = "money"
    must_report = True

    sent_units: int = 0
    card_note: str = ""
    taken_off_units: int = 0


@register_fact
@dataclass(frozen=True)
class BillProposed(BillRequested):
    """The bill is shown to the guest. Only the guest's own yes makes the payment link."""

    kind = "proposed"
    phase = "order_taking"

    def sentence(self) -> str:
        parts = {
            "amount": format_money(self.due_cents),
            "tip": self.service_suffix() + self.tip_suffix(),
        }
        sent = [_("What was not sent yet goes to the bar now.")] if self.sent_units else []
        sent += [_(UNSENT_TAKEN_OFF_TEXT)] if self.taken_off_units else []
        if self.card_note:
            return " ".join([*sent, _("That's %(amount)s%(tip)s.") % parts, self.card_note])
        return " ".join([*sent, _("That's %(amount)s%(tip)s. Shall I make you the link to pay it?") % parts])

    def is_reported_in(self, reply: Reply) -> bool:
        if self.taken_off_units:
            return super().is_reported_in(reply)
        return reply.has_amount(self.due_cents) and (not self.sent_units or reply.has(SENT_WORDS))


@register_fact
@dataclass(frozen=True)
class NothingDue(BillRequested):
    """The guest asked for the bill, it came to nothing, and the tab was closed."""

    kind = "nothing_due"
    phase = None

    def sentence(self) -> str:
        return _("There is nothing to pay: it is all on the house, and your tab is closed.")

    def is_reported_in(self, reply: Reply) -> bool:
        return reply.has(_NOTHING_DUE_WORDS)


@register_fact
@dataclass(frozen=True)
class PaymentRead(BillFact):
    """`payment`: the status of the last payment, "none" if none was begun."""

    kind = "payment"
    effect = "reads"
    phase = None
    must_report = True

    payment: str

    def sentence(self) -> str:
        text = PAYMENT_STATUS_TEXTS.get(self.payment)
        return _(text) if text else ""


@dataclass(frozen=True)
class PaymentAnswer(Fact):
    """The result of the guest's own yes or no to the bill. `url`: the payment link, "" if there is none;
    `simulated`: no real money moves."""

    effect = "money"
    phase = None
    must_report = True

    due_cents: int
    status: str
    url: str
    simulated: bool

    @classmethod
    def of(cls, bill: Bill) -> Self:
        card = bill.payment
        return cls(
            bill.due_cents, bill.status, card.url if card else "", simulated=bool(card and card.simulated)
        )


@register_fact
@dataclass(frozen=True)
class LinkMade(PaymentAnswer):
    kind = "link"

    def sentence(self) -> str:
        note = _("It's the simulated till: no real money moves.") if self.simulated else ""
        link = _("Here is your link to pay %(amount)s.") % {"amount": format_money(self.due_cents)}
        return f"{link} {note}".rstrip()


@register_fact
@dataclass(frozen=True)
class TabReopened(PaymentAnswer):
    """The guest took the bill back. It backs no claim: the claim gate sees on the tab that it is open."""

    kind = "reopened"

    def sentence(self) -> str:
        return _("Of course, your tab is open again. Take your time.")
