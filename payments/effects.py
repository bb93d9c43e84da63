"""What each operation does to a tab and which legs that takes. Nothing is written here: `ledger` does that.

The tab is locked and in memory. A refusal leaves it unwritten, so it may have been changed half-way.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from maya_site.lib.db import Ready
from maya_site.lib.money import share_bp
from payments.asked import Cause, Comp, Sale, TipRule
from payments.errors import (
    BadAmount,
    LineLimit,
    NothingToPay,
    OutOfPlayMoney,
    TabClosed,
    TabFrozen,
    TabLimit,
    UnitLimit,
)
from payments.models import Journal, LedgerEntry, Payment, Refund, Tab

Account = LedgerEntry.Account
Kind = Journal.Kind
SIMULATED = "simulated"
# What may still happen to a tab that is settled: money goes back, and a tip to whom it is owed.
AFTER_THE_END = (Kind.REFUND, Kind.TIP_FOR)
# What may happen while a bill is out for it.
WHILE_FROZEN = (Kind.REOPEN, Kind.PAYMENT, Kind.TIP_FOR)


@dataclass
class Change:
    """What one operation does to a tab, before it is checked and written."""

    kind: Kind
    sign: int = 1
    sales: Sequence[Sale] = ()
    comps: Sequence[Comp] = ()
    tip: TipRule | None = None
    tip_for: str = ""
    payment: Payment | None = None
    refund: Refund | None = None
    status: str = ""
    everything: bool = False
    legs: list[LedgerEntry] = field(default_factory=list)

    def asked(self, cause: Cause) -> str:
        """In words that a repetition uses again."""
        asked = [
            [[sale.reference, sale.quantity, sale.unit_cents] for sale in self.sales],
            [[comp.reference, comp.cents] for comp in self.comps],
            [self.tip.bp, self.tip.cents] if self.tip else None,
            self.tip_for,
            self.payment.code if self.payment else None,
            self.refund.code if self.refund else None,
        ]
        return cause.asked or json.dumps(asked)


def refuse_wrong_state(tab: Tab, change: Change) -> None:
    if change.kind in AFTER_THE_END:
        return _refuse_after_the_end(tab, change)
    if tab.status in (Tab.Status.PAID, Tab.Status.VOIDED):
        raise TabClosed
    closing = tab.status == Tab.Status.CLOSING
    if closing and change.kind not in WHILE_FROZEN:
        raise TabFrozen
    if not closing and change.kind in (Kind.REOPEN, Kind.PAYMENT):
        raise BadAmount("That tab is open; there is no bill out for it.")
    if change.kind == Kind.FREEZE and tab.due_cents == 0:
        raise NothingToPay
    if change.kind == Kind.CLOSE:
        _refuse_to_close(tab, change)


def _refuse_after_the_end(tab: Tab, change: Change) -> None:
    if change.kind == Kind.REFUND and tab.status != Tab.Status.PAID:
        raise BadAmount("Money goes back on a paid tab only.")
    if tab.status == Tab.Status.VOIDED:
        raise TabClosed


def _refuse_to_close(tab: Tab, change: Change) -> None:
    if tab.paid_cents:
        raise BadAmount("A part of that tab is paid already. Settle the rest, then refund.")
    if change.everything:
        return
    if change.status == Tab.Status.VOIDED and (tab.due_cents or tab.units):
        raise BadAmount("Only an empty tab can be voided.")
    if change.status == Tab.Status.PAID and (tab.due_cents or not tab.units):
        raise BadAmount("Only a tab that was drunk on and owes nothing is closed without a payment.")


def sell(tab: Tab, change: Change) -> None:
    if change.kind not in (Kind.CHARGE, Kind.VOID):
        return
    if not change.sales:
        raise BadAmount("That would change nothing.")
    held, comped = lines_of(tab, [sale.reference for sale in change.sales])
    for sale in change.sales:
        units, cents = change.sign * sale.quantity, change.sign * sale.cents
        held[sale.reference, sale.unit_cents] += units
        if sale.reference in comped:
            raise BadAmount("That one is on the house; it stays as it is.")
        if held[sale.reference, sale.unit_cents] < 0:
            raise BadAmount("There is not that much of it on the tab.")
        tab.subtotal_cents += cents
        tab.units += units
        leg(change, tab, Account.SALES, -cents, sale.reference, units, sale.unit_cents)
    _refuse_too_much_of_one(tab, change, held)


def _refuse_too_much_of_one(tab: Tab, change: Change, held: Counter[tuple[str, int]]) -> None:
    of_line = Counter[str]()
    for (reference, _price), units in held.items():
        of_line[reference] += units
    if change.kind == Kind.CHARGE and max(of_line.values()) > tab.line_cap:
        raise LineLimit(tab.line_cap)


def lines_of(
    tab: Tab, references: Sequence[str] | None = None
) -> tuple[Counter[tuple[str, int]], Counter[str]]:
    """Units still sold, by line and unit price; and what the house has paid for, by line."""
    entries = LedgerEntry.objects.filter(tab=tab, account__in=[Account.SALES, Account.COMPS]).order_by()
    if references is not None:
        entries = entries.filter(reference__in=references)
    held, comped = Counter[tuple[str, int]](), Counter[str]()
    rows = entries.values_list("account", "reference", "unit_cents")
    for account, reference, unit_cents, units, cents in rows.annotate(
        units=Sum("quantity"), sum=Sum("cents")
    ):
        if account == Account.COMPS:
            comped[reference] = cents
        else:
            held[reference, unit_cents] = units
    return held, comped


def comp(tab: Tab, change: Change) -> None:
    if change.kind != Kind.COMP:
        return
    if not change.comps:
        raise BadAmount("That would change nothing.")
    held, comped = lines_of(tab, [given.reference for given in change.comps])
    left = Counter[str]()
    for (reference, unit_cents), units in held.items():
        left[reference] += units * unit_cents
    left.subtract(comped)
    for given in change.comps:
        cents = left[given.reference] if given.cents is None else given.cents
        if not 0 < cents <= left[given.reference]:
            raise BadAmount("There is nothing left to comp on that line, or not that much.")
        left[given.reference] -= cents
        tab.discount_cents += cents
        leg(change, tab, Account.COMPS, cents, given.reference)


def take_everything_off(tab: Tab, change: Change) -> None:
    """The whole tab is voided: sales, what the house paid for, and the tip."""
    if not change.everything:
        return
    held, comped = lines_of(tab)
    for (reference, unit_cents), units in held.items():
        leg(change, tab, Account.SALES, units * unit_cents, reference, -units, unit_cents)
    for reference, cents in comped.items():
        leg(change, tab, Account.COMPS, -cents, reference)
    tab.subtotal_cents = tab.discount_cents = tab.units = 0


def recompute(tab: Tab, change: Change) -> None:
    """Tax and a percent tip follow the net; rounding happens here, once per tab."""
    if change.tip:
        tab.tip_bp, tab.tip_cents = change.tip.bp, change.tip.cents
    if tab.tip_bp is not None:
        tab.tip_cents = share_bp(tab.net_cents, tab.tip_bp)
    tab.tax_cents = share_bp(tab.net_cents, tab.tax_rate_bp)


def receive(tab: Tab, change: Change) -> None:
    if change.payment:
        _refuse_another_amount(tab, change.payment)
        tab.paid_cents += change.payment.amount_cents
        change.status = Tab.Status.PAID if tab.due_cents == 0 else ""
        drawer = drawer_of(change.payment.provider)
        leg(change, tab, drawer, change.payment.amount_cents, change.payment.code)
    if change.status:
        tab.status = change.status
    if change.status in (Tab.Status.PAID, Tab.Status.VOIDED):
        tab.closed_at = timezone.now()


def _refuse_another_amount(tab: Tab, payment: Payment) -> None:
    """The whole of what is due, or the part that was fixed when the tab was split."""
    wanted = payment.share.amount_cents if payment.share else tab.due_cents
    if payment.amount_cents != wanted or wanted > tab.due_cents or payment.currency != tab.currency:
        raise BadAmount("That payment does not match the bill.")


def give_back(tab: Tab, change: Change) -> None:
    """Out of the drawer that the payment lies in. Sales, tax and tip stay as they were: a refund is its own
    account, so that a paid tab goes on saying what was drunk."""
    if not change.refund:
        return
    cents, payment = change.refund.amount_cents, change.refund.payment
    if payment.tab_id != tab.pk or cents > tab.paid_cents - tab.refunded_cents:
        raise BadAmount("That is more than was paid.")
    tab.refunded_cents += cents
    leg(change, tab, Account.REFUNDS, cents, change.refund.code)
    leg(change, tab, drawer_of(payment.provider), -cents, payment.code)


def hand_over_the_tip(tab: Tab, change: Change, held_by: str) -> None:
    """Until the tab is paid its tip lies in the house pool; then it is whose it is said to be."""
    if change.kind == Kind.TIP_FOR:
        tab.tip_for = change.tip_for
    if tab.status != Tab.Status.PAID or tab.tip_for == held_by:
        return
    leg(change, tab, Account.TIPS, tab.tip_cents, held_by)
    leg(change, tab, Account.TIPS, -tab.tip_cents, tab.tip_for)


def leg(
    change: Change,
    tab: Tab,
    account: Account,
    cents: int,
    reference: str = "",
    quantity: int = 0,
    unit_cents: int = 0,
) -> None:
    if cents:
        change.legs.append(
            LedgerEntry(
                tab=tab,
                account=account,
                cents=cents,
                reference=reference,
                quantity=quantity,
                unit_cents=unit_cents,
            )
        )


def refuse_over_limits(tab: Tab, change: Change, due_before: int) -> None:
    """Only what grows a tab can break a limit: taking something off is always allowed."""
    if change.kind == Kind.CHARGE and tab.units > tab.unit_cap:
        raise UnitLimit(tab.unit_cap)
    # What the house paid for was sold as well: comps make no room for more.
    if change.kind in (Kind.CHARGE, Kind.TIP) and max(tab.total_cents, tab.subtotal_cents) > tab.cap_cents:
        raise TabLimit(tab.cap_cents)
    # A percentage has its own limit: it may grow past the amount that a guest may name.
    if change.tip and change.tip.bp is None and tab.tip_cents > tab.tip_cap_cents:
        raise BadAmount(_("That is kinder than the house allows. Try a smaller tip."))
    if tab.due_cents > due_before and (left := play_balance(tab)) is not None and left < 0:
        raise OutOfPlayMoney(left + tab.due_cents - due_before)


def drawer_of(provider: str) -> Account:
    """Where money lies: what a guest plays with, what the house took at the bar, what a provider holds."""
    if provider == SIMULATED:
        return Account.MOCK_CLEARING
    return Account.DRAWER if provider.startswith("bar") else Account.CLEARING


def play_balance(tab: Tab) -> int | None:
    """Play money left for the visit if this tab were paid now; None where the money is real."""
    if tab.play_money_cents is None:
        return None
    return tab.play_money_cents - played(tab.visit_code) - tab.due_cents


def played(visit_code: str) -> int:
    """Play money that the visit has already paid with."""
    return sum(entry.cents for entry in _PLAYED.rows(visit_code))


_PLAYED = Ready(
    lambda visit_code: LedgerEntry.objects.filter(tab__visit_code=visit_code, account=Account.MOCK_CLEARING),
    "a visit's code",
)
