"""What callers ask of a tab, and what each operation does to it and which legs that takes. Nothing is written
here: `ledger` does that.

An impossible value is refused when it is made, before a tab is read. The rules see the tab locked and in
memory: a refusal leaves it unwritten, so it may have been changed half-way.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from maya_site.core.db import CompiledQuery
from maya_site.core.money import BASIS_POINTS_SCALE, apply_rate_bp, apply_rate_milli_percent
from payments import taxes
from payments.errors import (
    LineLimit,
    NothingToPay,
    OperationNotAllowed,
    OutOfPlayMoney,
    TabClosed,
    TabFrozen,
    TabLimit,
    UnitLimit,
)
from payments.models import Dispute, Journal, LedgerEntry, Payment, Refund, Tab, TaxMethod, TaxTerms
from payments.operation_context import OperationContext
from payments.refund_parts import RefundPart, split_refund

# --- what callers ask ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class TabTerms:
    """The terms of a tab, copied from the venue when it opens and never changed afterwards."""

    currency: str = "USD"
    tax_rate_bp: int = 0
    tax_rate_milli: int | None = None
    tax_method: str = TaxMethod.SINGLE
    prices_include_tax: bool = False
    service_rate_milli: int = 0
    service_terms: TaxTerms | None = None
    venue_name: str = ""
    seller: dict[str, Any] = field(default_factory=dict)
    cap_cents: int = 200_000
    line_cap: int = 12
    unit_cap: int = 40
    tip_cap_cents: int = 50_000
    play_money_cents: int | None = 100_000


@dataclass(frozen=True)
class Sale:
    """Units of one order line, at the unit price frozen when they were ordered."""

    reference: str
    quantity: int
    unit_cents: int
    tax_terms: int | None = None  # the key of the line's terms, where the tab is taxed by class

    def __post_init__(self) -> None:
        numbers = (self.quantity, self.unit_cents)
        # Nothing is sold for nothing: a leg of zero could not be told from none. The bar comps instead.
        if any(type(number) is not int or number < 1 for number in numbers):
            raise OperationNotAllowed(_("A quantity and a price are whole numbers, from 1 up."))

    @property
    def cents(self) -> int:
        return self.quantity * self.unit_cents


@dataclass(frozen=True)
class Comp:
    """What the venue pays for of one order line. Without an amount: all that is left of it."""

    reference: str
    cents: int | None = None


@dataclass(frozen=True)
class Move:
    """Units of one order line that go to another tab, where they are a line of their own, with what the house
    pays of them."""

    reference: str
    new_reference: str
    quantity: int
    unit_cents: int
    comped_cents: int = 0


@dataclass(frozen=True)
class TipRule:
    """A percentage of the net that follows the tab, or a fixed amount."""

    basis_points: int | None = None
    cents: int = 0

    def __post_init__(self) -> None:
        if type(self.cents) is not int or self.cents < 0:
            raise OperationNotAllowed(_("A tip is a whole number of cents, zero or more."))
        if self.basis_points is not None and (
            type(self.basis_points) is not int or not 0 <= self.basis_points <= BASIS_POINTS_SCALE
        ):
            raise OperationNotAllowed(_("A tip is between 0 and 100 percent."))


# --- the rules ----------------------------------------------------------------------------------------

Account = LedgerEntry.Account
JournalKind = Journal.Kind
SIMULATED = "simulated"
# What may still happen to a tab that is settled: money goes back, by the bar or by a bank, and a tip to
# whom it is owed.
KINDS_AFTER_SETTLEMENT = (JournalKind.REFUND, JournalKind.DISPUTE, JournalKind.TIP_FOR)
# What may happen while a bill is out for it.
KINDS_WHILE_FROZEN = (JournalKind.REOPEN, JournalKind.PAYMENT, JournalKind.TIP_FOR)
AT_BAR_PREFIX = "bar"  # of the providers of what is paid behind the bar


def undo_key(key: str) -> str:
    """The key of the journal that undoes the one of this key: there is one at most."""
    return f"undo:{key}"


@dataclass
class TabChange:
    """What one operation does to a tab, before it is checked and written."""

    kind: JournalKind
    sign: int = 1
    sales: Sequence[Sale] = ()
    comps: Sequence[Comp] = ()
    moves: Sequence[Move] = ()
    tip: TipRule | None = None
    tip_recipient: User | None = None
    payment: Payment | None = None
    refund: Refund | None = None
    dispute: Dispute | None = None
    undone: Journal | None = None
    undone_payment: Payment | None = None
    withdrawn_cents: int = 0  # by a dispute: minor units out of the till, negative where they come back
    status: str = ""
    void_all: bool = False
    legs: list[LedgerEntry] = field(default_factory=list)
    tax_book: taxes.TaxBook | None = None  # where the tab is taxed by class and this changes what is taxed

    def request_json(self, context: OperationContext) -> str:
        """In words that a repetition uses again."""
        wanted = [
            [[sale.reference, sale.quantity, sale.unit_cents] for sale in self.sales],
            [[comp.reference, comp.cents] for comp in self.comps],
            [self.tip.basis_points, self.tip.cents] if self.tip else None,
            self.tip_recipient.pk if self.tip_recipient else None,
            self.payment.code if self.payment else None,
            self.refund.code if self.refund else None,
        ]
        if self.moves:  # the new reference is made anew by a retry
            wanted.append([[one.reference, one.quantity, one.unit_cents] for one in self.moves])
        if self.dispute:
            wanted.append([self.dispute.reference, self.withdrawn_cents])
        if self.undone:
            wanted.append([self.undone.key])
        return context.request_json or json.dumps(wanted)


def check_tab_state(tab: Tab, change: TabChange) -> None:
    if change.undone_payment:  # undo_rules has checked it
        return
    if JournalKind(change.undone.kind if change.undone else change.kind) in KINDS_AFTER_SETTLEMENT:
        return _check_after_settlement(tab, change)
    if tab.status in (Tab.Status.PAID, Tab.Status.VOIDED):
        raise TabClosed
    closing = tab.status == Tab.Status.CLOSING
    if closing and change.kind not in KINDS_WHILE_FROZEN:
        raise TabFrozen
    if not closing and change.kind in (JournalKind.REOPEN, JournalKind.PAYMENT):
        raise OperationNotAllowed("That tab is open; there is no bill out for it.")
    if change.kind == JournalKind.FREEZE and tab.due_cents == 0:
        raise NothingToPay
    if change.kind == JournalKind.CLOSE:
        _check_can_close(tab, change)


def _check_after_settlement(tab: Tab, change: TabChange) -> None:
    part_paid = tab.status == Tab.Status.CLOSING and tab.paid_cents > 0  # shares are paid one by one
    if change.kind == JournalKind.REFUND and tab.status != Tab.Status.PAID and not part_paid:
        raise OperationNotAllowed("Money goes back on a paid tab only.")
    if tab.status == Tab.Status.VOIDED:
        raise TabClosed


def _check_can_close(tab: Tab, change: TabChange) -> None:
    if tab.paid_cents:
        raise OperationNotAllowed("A part of that tab is paid already. Settle the rest, then refund.")
    if change.void_all:
        return
    if change.status == Tab.Status.VOIDED and (tab.due_cents or tab.units):
        raise OperationNotAllowed("Only an empty tab can be voided.")
    if change.status == Tab.Status.PAID and (tab.due_cents or not tab.units):
        raise OperationNotAllowed(
            "Only a tab that was drunk on and owes nothing is closed without a payment."
        )


def post_sales(tab: Tab, change: TabChange) -> None:
    if not change.sales:
        raise OperationNotAllowed("That would change nothing.")
    held, comped = sold_and_comped_lines(tab, [sale.reference for sale in change.sales])
    for sale in change.sales:
        units, cents = change.sign * sale.quantity, change.sign * sale.cents
        held[sale.reference, sale.unit_cents] += units
        if comped[sale.reference]:
            raise OperationNotAllowed("That one is on the house; it stays as it is.")
        if held[sale.reference, sale.unit_cents] < 0:
            raise OperationNotAllowed("There is not that much of it on the tab.")
        tab.subtotal_cents += cents
        tab.units += units
        add_leg(change, tab, Account.SALES, -cents, sale.reference, units, sale.unit_cents)
    of_line = Counter[str]()
    for (reference, _price), units in held.items():
        of_line[reference] += units
    grows = change.kind in (JournalKind.CHARGE, JournalKind.UNDO)
    if grows and max(of_line.values()) > tab.line_cap:
        raise LineLimit(tab.line_cap)


def sold_and_comped_lines(
    tab: Tab, references: Sequence[str] | None = None
) -> tuple[Counter[tuple[str, int]], Counter[str]]:
    """Units still sold, by line and unit price; and what the bar has paid for, by line."""
    held, comped = Counter[tuple[str, int]](), Counter[str]()
    if references is not None and len(set(references)) == 1:  # nearly every operation is on one line
        for entry in _ENTRIES_OF_LINE_QUERY.rows(tab.pk, references[0]):
            if entry.account == Account.COMPS:
                comped[entry.reference] += entry.cents
            else:
                held[entry.reference, entry.unit_cents] += entry.quantity
        return held, comped
    entries = _SALES_AND_COMPS.filter(tab=tab)
    if references is not None:
        entries = entries.filter(reference__in=references)
    rows = entries.values_list("account", "reference", "unit_cents")
    for account, reference, unit_cents, units, cents in rows.annotate(
        units=Sum("quantity"), sum=Sum("cents")
    ):
        if account == Account.COMPS:
            comped[reference] = cents
        else:
            held[reference, unit_cents] = units
    return held, comped


_SALES_AND_COMPS = LedgerEntry.objects.filter(account__in=[Account.SALES, Account.COMPS]).order_by()
_ENTRIES_OF_LINE_QUERY = CompiledQuery(
    lambda tab, reference: _SALES_AND_COMPS.filter(tab=tab, reference=reference), int, str
)


def post_comps(tab: Tab, change: TabChange) -> None:
    if not change.comps:
        raise OperationNotAllowed("That would change nothing.")
    held, comped = sold_and_comped_lines(tab, [given.reference for given in change.comps])
    left = Counter[str]()
    for (reference, unit_cents), units in held.items():
        left[reference] += units * unit_cents
    left.subtract(comped)
    for given in change.comps:
        cents = left[given.reference] if given.cents is None else given.cents
        if not 0 < cents <= left[given.reference]:
            raise OperationNotAllowed("There is nothing left to comp on that line, or not that much.")
        left[given.reference] -= cents
        tab.discount_cents += cents
        add_leg(change, tab, Account.COMPS, cents, given.reference)


def void_all_lines(tab: Tab, change: TabChange) -> None:
    """The whole tab is voided: sales, what the bar paid for, and the tip."""
    held, comped = sold_and_comped_lines(tab)
    for (reference, unit_cents), units in held.items():
        add_leg(change, tab, Account.SALES, units * unit_cents, reference, -units, unit_cents)
    for reference, cents in comped.items():
        add_leg(change, tab, Account.COMPS, -cents, reference)
    tab.subtotal_cents = tab.discount_cents = tab.units = 0


def recompute_tax_and_tip(tab: Tab, change: TabChange) -> None:
    """Tax and a percent tip follow the net; rounding happens here, once per tab."""
    if change.tip:
        tab.tip_bp, tab.tip_cents = change.tip.basis_points, change.tip.cents
    if tab.tip_bp is not None:
        tab.tip_cents = apply_rate_bp(tab.net_cents, tab.tip_bp)
    if tab.tax_method == TaxMethod.SINGLE:
        tab.tax_cents = apply_rate_milli_percent(tab.net_cents, tab.tax_rate)


def post_payment(tab: Tab, change: TabChange) -> None:
    if change.payment:
        _check_payment_amount(tab, change.payment)
        tab.paid_cents += change.payment.amount_cents
        change.status = Tab.Status.PAID if tab.due_cents == 0 else ""
        drawer = money_account_for(change.payment.provider)
        add_leg(change, tab, drawer, change.payment.amount_cents, change.payment.code)
    if change.status:
        tab.status = change.status
    if change.status in (Tab.Status.PAID, Tab.Status.VOIDED):
        tab.closed_at = timezone.now()


def _check_payment_amount(tab: Tab, payment: Payment) -> None:
    """The whole of what is due, or the part that was fixed when the tab was split."""
    wanted = payment.share.amount_cents if payment.share else tab.due_cents
    if payment.amount_cents != wanted or wanted > tab.due_cents or payment.currency != tab.currency:
        raise OperationNotAllowed("That payment does not match the bill.")


def post_refund(tab: Tab, change: TabChange, refund: Refund) -> None:
    """Out of the drawer that the payment lies in. Sales, tax and tip stay as they were: a refund is its own
    account, so that a paid tab goes on saying what was drunk. Its entries say what of each went back."""
    cents, payment = refund.amount_cents, refund.payment
    if payment.tab_id != tab.pk or cents > tab.paid_cents - tab.refunded_cents:
        raise OperationNotAllowed("That is more than was paid.")
    tab.refunded_cents += cents
    for part, given in split_refund(tab, cents).items():
        add_leg(change, tab, Account.REFUNDS, given, refund.code, part=part)
    add_leg(change, tab, money_account_for(payment.provider), -cents, payment.code)


def post_dispute(tab: Tab, change: TabChange, dispute: Dispute) -> None:
    """A bank took a payment's money out of the till, or returned it. Sales, tax and tip stay as they were."""
    payment = dispute.payment
    if payment.tab_id != tab.pk or not change.withdrawn_cents:
        raise OperationNotAllowed("That is no dispute of this tab.")
    tab.disputed_cents += change.withdrawn_cents
    add_leg(change, tab, Account.DISPUTES, change.withdrawn_cents, dispute.reference)
    add_leg(change, tab, money_account_for(payment.provider), -change.withdrawn_cents, payment.code)


def transfer_tip(tab: Tab, change: TabChange, previous_recipient_id: int | None) -> None:
    """Until the tab is paid its tip lies in the house pool; then it is whose it is said to be."""
    if JournalKind.TIP_FOR in (change.kind, change.undone and change.undone.kind):
        tab.tip_recipient = change.tip_recipient
    recipient_id = tab.tip_recipient_id if tab.status == Tab.Status.PAID else None
    if recipient_id == previous_recipient_id:
        return
    add_leg(change, tab, Account.TIPS, tab.tip_cents, tip_recipient_id=previous_recipient_id)
    add_leg(change, tab, Account.TIPS, -tab.tip_cents, tip_recipient_id=recipient_id)


def add_leg(
    change: TabChange,
    tab: Tab,
    account: Account,
    cents: int,
    reference: str = "",
    quantity: int = 0,
    unit_cents: int = 0,
    tip_recipient_id: int | None = None,
    tax_terms_id: int | None = None,
    part: RefundPart | None = None,
) -> None:
    if part:
        tip_recipient_id, tax_terms_id = part.tip_recipient, part.tax_terms
    if change.tax_book and account in taxes.BASE_ACCOUNTS:
        tax_terms_id = change.tax_book.terms_by_reference.get(reference)
    if cents:
        change.legs.append(
            LedgerEntry(
                tab=tab,
                account=account,
                cents=cents,
                reference=reference,
                quantity=quantity,
                unit_cents=unit_cents,
                tip_recipient_id=tip_recipient_id,
                tax_terms_id=tax_terms_id,
                part=part.part if part else "",
            )
        )


def check_limits(tab: Tab, change: TabChange, previous_due_cents: int) -> None:
    """Only what grows a tab can break a limit: taking something off is always allowed."""
    grows = change.kind in (JournalKind.CHARGE, JournalKind.MOVE_IN, JournalKind.UNDO)
    if grows and tab.units > tab.unit_cap:
        raise UnitLimit(tab.unit_cap)
    # What the bar paid for was sold as well: comps make no room for more.
    grows = grows or change.kind == JournalKind.TIP
    if grows and max(tab.total_cents, tab.subtotal_cents) > tab.cap_cents:
        raise TabLimit(tab.cap_cents, tab.currency)
    # A percentage has its own limit: it may grow past the amount that a guest may name.
    if change.tip and change.tip.basis_points is None and tab.tip_cents > tab.tip_cap_cents:
        raise OperationNotAllowed(_("That's kinder than we can accept. Try a smaller tip."))
    if (
        tab.due_cents > previous_due_cents
        and (left := play_money_balance_cents(tab)) is not None
        and left < 0
    ):
        raise OutOfPlayMoney(left + tab.due_cents - previous_due_cents, tab.currency)


def money_account_for(provider: str) -> Account:
    """Where money lies: what a guest plays with, what was taken at the bar, what a provider holds."""
    if provider == SIMULATED:
        return Account.MOCK_CLEARING
    return Account.DRAWER if provider.startswith(AT_BAR_PREFIX) else Account.CLEARING


def is_play_money(tab: Tab, provider: str) -> bool:
    """Whether no real money was taken, as reports tell it. Where the till is simulated the house
    rehearses, and so is what staff take at the bar for a tab that was drunk on play money."""
    account = money_account_for(provider)
    return account == Account.MOCK_CLEARING or (
        account == Account.DRAWER and tab.play_money_cents is not None
    )


def play_money_balance_cents(tab: Tab) -> int | None:
    """Play money left for the visit if this tab were paid now; None where the money is real."""
    if tab.play_money_cents is None:
        return None
    return tab.play_money_cents - play_money_spent_cents(tab.visit_code) - tab.due_cents


def play_money_spent_cents(visit_code: str) -> int:
    """Play money that the visit has already paid with."""
    return sum(entry.cents for entry in _PLAY_MONEY_ENTRIES.rows(visit_code))


_PLAY_MONEY_ENTRIES = CompiledQuery(
    lambda visit_code: LedgerEntry.objects.filter(tab__visit_code=visit_code, account=Account.MOCK_CLEARING),
    str,
)
