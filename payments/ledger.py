"""The one writer of journals and ledger entries.

Every operation locks the tab, answers a repeated key with its first answer, computes what the tab must be
afterwards, and posts the difference as balanced legs. A refused operation changes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Sum
from django.utils import timezone

from maya_site.lib.db import joined
from maya_site.lib.money import share_bp
from payments.asked import Cause, Sale, Terms, TipRule
from payments.errors import (
    BadAmount,
    KeyReused,
    LineLimit,
    NothingToPay,
    OutOfPlayMoney,
    TabClosed,
    TabFrozen,
    TabLimit,
    UnitLimit,
)
from payments.models import Journal, LedgerEntry, Payment, Tab
from payments.signals import announce_tab

__all__ = ["SIMULATED", "Cause", "Posting", "Sale", "Terms", "TipRule"]

Account = LedgerEntry.Account
Kind = Journal.Kind
SIMULATED = "simulated"
PROJECTIONS = (
    "status",
    "subtotal_cents",
    "discount_cents",
    "tax_cents",
    "tip_cents",
    "tip_bp",
    "paid_cents",
    "units",
    "version",
    "closed_at",
)


@dataclass(frozen=True)
class Posting:
    journal: Journal
    tab: Tab
    fresh: bool


@dataclass
class _Change:
    """What one operation does to a tab, before it is checked and written."""

    kind: Kind
    sign: int = 1
    sales: Sequence[Sale] = ()
    comped: str = ""
    tip: TipRule | None = None
    payment: Payment | None = None
    status: str = ""
    legs: list[LedgerEntry] = field(default_factory=list)

    def fingerprint(self, cause: Cause) -> str:
        asked = [
            [[sale.reference, sale.quantity, sale.unit_cents] for sale in self.sales],
            self.comped,
            [self.tip.bp, self.tip.cents] if self.tip else None,
            self.payment.code if self.payment else None,
        ]
        return _fingerprint(self.kind, cause.asked or json.dumps(asked))


def lock(tab: Tab) -> Tab:
    """The tab as it is now, held until the transaction ends."""
    return Tab.objects.select_for_update().get(pk=tab.pk)


def unsettled(visit_code: str) -> Tab | None:
    """The tab that a visit is drinking on, held until the transaction ends."""
    return Tab.objects.unsettled().select_for_update().filter(visit_code=visit_code).first()


def already(tab: Tab, key: str) -> Journal | None:
    return Journal.objects.filter(tab=tab, key=key).first()


def answered(visit_code: str, cause: Cause) -> Journal | None:
    """What was done under this key on any tab of the visit. KeyReused where something else was asked."""
    found = Journal.objects.filter(tab__visit_code=visit_code, key=cause.key).first()
    if found and found.fingerprint != _fingerprint(found.kind, cause.asked):
        raise KeyReused
    return found


def open_tab(visit_code: str, terms: Terms) -> Tab:
    """The visit's unsettled tab, opened if there is none."""
    fresh = {name: getattr(terms, name) for name in terms.__dataclass_fields__}
    tab, _ = Tab.objects.unsettled().get_or_create(visit_code=visit_code, defaults=fresh)
    return tab


@joined
def charge(tab: Tab, sales: Sequence[Sale], cause: Cause) -> Posting:
    return _post(tab, _Change(Kind.CHARGE, sales=sales), cause)


@joined
def void(tab: Tab, sales: Sequence[Sale], cause: Cause) -> Posting:
    """Take units off again. Never more than the ledger holds of that line at that price."""
    return _post(tab, _Change(Kind.VOID, sign=-1, sales=sales), cause)


@joined
def comp(tab: Tab, reference: str, cause: Cause) -> Posting:
    """The house pays for one line: it stays a sale, at 100 % discount."""
    if not cause.reason.strip() or not cause.by_staff:
        raise BadAmount("A comp needs a person behind the bar and a reason.")
    return _post(tab, _Change(Kind.COMP, comped=reference), cause)


@joined
def set_tip(tab: Tab, tip: TipRule, cause: Cause) -> Posting:
    """Replaces the tip; a percentage keeps following the tab until the bill is frozen."""
    return _post(tab, _Change(Kind.TIP, tip=tip), cause)


@joined
def freeze(tab: Tab, cause: Cause) -> Posting:
    return _post(tab, _Change(Kind.FREEZE, status=Tab.Status.CLOSING), cause)


@joined
def reopen(tab: Tab, cause: Cause) -> Posting:
    return _post(tab, _Change(Kind.REOPEN, status=Tab.Status.OPEN), cause)


@joined
def receive(payment: Payment, cause: Cause) -> Posting:
    """A payment's money is in: the only way a tab becomes paid."""
    return _post(payment.tab, _Change(Kind.PAYMENT, payment=payment, status=Tab.Status.PAID), cause)


@joined
def close_empty(tab: Tab, cause: Cause) -> Posting:
    """Void a tab that holds nothing."""
    return _post(tab, _Change(Kind.CLOSE, status=Tab.Status.VOIDED), cause)


def drawer_of(provider: str) -> Account:
    """Where money lies: what a guest plays with, what the house took at the bar, what a provider holds."""
    if provider == SIMULATED:
        return Account.MOCK_CLEARING
    return Account.DRAWER if provider.startswith("bar") else Account.CLEARING


def play_balance(tab: Tab) -> int | None:
    """Play money left for the visit if this tab were paid now; None where the money is real."""
    if tab.play_money_cents is None:
        return None
    return tab.play_money_cents - _captured(tab.visit_code) - tab.due_cents


def played(visit_code: str) -> int:
    """Play money that the visit has already paid with."""
    return _captured(visit_code)


# --- inside ------------------------------------------------------------------------------------------


def _post(tab: Tab, change: _Change, cause: Cause) -> Posting:
    tab = lock(tab)
    if found := already(tab, cause.key):
        if found.fingerprint != change.fingerprint(cause):
            raise KeyReused
        return Posting(found, tab, fresh=False)
    _refuse_wrong_state(tab, change)
    due, tax, tip = tab.due_cents, tab.tax_cents, tab.tip_cents
    _sell(tab, change)
    _comp(tab, change)
    _recompute(tab, change)
    _receive(tab, change)
    _leg(change, tab, Account.TAX, tax - tab.tax_cents)
    _leg(change, tab, Account.TIPS, tip - tab.tip_cents)
    _leg(change, tab, Account.RECEIVABLE, tab.due_cents - due)
    _refuse_over_limits(tab, change, due)
    return Posting(_write(tab, change, cause), tab, fresh=True)


def _refuse_wrong_state(tab: Tab, change: _Change) -> None:
    if tab.status in (Tab.Status.PAID, Tab.Status.VOIDED):
        raise TabClosed
    closing = tab.status == Tab.Status.CLOSING
    if closing and change.kind not in (Kind.REOPEN, Kind.PAYMENT):
        raise TabFrozen
    if not closing and change.kind in (Kind.REOPEN, Kind.PAYMENT):
        raise BadAmount("That tab is open; there is no bill out for it.")
    if change.kind == Kind.FREEZE and tab.due_cents == 0:
        raise NothingToPay
    if change.kind == Kind.CLOSE and (tab.due_cents or tab.units):
        raise BadAmount("Only an empty tab can be voided.")


def _sell(tab: Tab, change: _Change) -> None:
    if change.kind not in (Kind.CHARGE, Kind.VOID):
        return
    if not change.sales:
        raise BadAmount("That would change nothing.")
    held, comped = _lines(tab, [sale.reference for sale in change.sales])
    for sale in change.sales:
        units, cents = change.sign * sale.quantity, change.sign * sale.cents
        held[sale.reference, sale.unit_cents] += units
        if sale.reference in comped:
            raise BadAmount("That one is on the house; it stays as it is.")
        if held[sale.reference, sale.unit_cents] < 0:
            raise BadAmount("There is not that much of it on the tab.")
        tab.subtotal_cents += cents
        tab.units += units
        _leg(change, tab, Account.SALES, -cents, sale.reference, units, sale.unit_cents)
    _refuse_too_much_of_one(tab, change, held)


def _refuse_too_much_of_one(tab: Tab, change: _Change, held: Counter[tuple[str, int]]) -> None:
    of_line = Counter[str]()
    for (reference, _), units in held.items():
        of_line[reference] += units
    if change.kind == Kind.CHARGE and max(of_line.values()) > tab.line_cap:
        raise LineLimit(tab.line_cap)


def _lines(tab: Tab, references: Sequence[str]) -> tuple[Counter[tuple[str, int]], set[str]]:
    """Units still sold, by line and unit price; and which of the lines the house has paid for."""
    entries = LedgerEntry.objects.filter(tab=tab, reference__in=references).order_by()
    entries = entries.filter(account__in=[Account.SALES, Account.COMPS])
    held, comped = Counter[tuple[str, int]](), set[str]()
    rows = entries.values_list("account", "reference", "unit_cents").annotate(units=Sum("quantity"))
    for account, reference, unit_cents, units in rows:
        if account == Account.COMPS:
            comped.add(reference)
        else:
            held[reference, unit_cents] = units
    return held, comped


def _comp(tab: Tab, change: _Change) -> None:
    if change.kind != Kind.COMP:
        return
    held, comped = _lines(tab, [change.comped])
    cents = sum(unit_cents * units for (_, unit_cents), units in held.items())
    if comped or not cents:
        raise BadAmount("There is nothing left to comp on that line.")
    tab.discount_cents += cents
    _leg(change, tab, Account.COMPS, cents, change.comped)


def _recompute(tab: Tab, change: _Change) -> None:
    """Tax and a percent tip follow the net; rounding happens here, once per tab."""
    if change.tip:
        tab.tip_bp, tab.tip_cents = change.tip.bp, change.tip.cents
    if tab.tip_bp is not None:
        tab.tip_cents = share_bp(tab.net_cents, tab.tip_bp)
    tab.tax_cents = share_bp(tab.net_cents, tab.tax_rate_bp)


def _receive(tab: Tab, change: _Change) -> None:
    if change.payment:
        if change.payment.amount_cents != tab.due_cents or change.payment.currency != tab.currency:
            raise BadAmount("That payment does not match the bill.")
        tab.paid_cents += change.payment.amount_cents
        account = drawer_of(change.payment.provider)
        _leg(change, tab, account, change.payment.amount_cents, change.payment.code)
    if change.status:
        tab.status = change.status
    if change.status in (Tab.Status.PAID, Tab.Status.VOIDED):
        tab.closed_at = timezone.now()


def _leg(
    change: _Change,
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


def _refuse_over_limits(tab: Tab, change: _Change, due_before: int) -> None:
    """Only what grows a tab can break a limit: taking something off is always allowed."""
    if change.kind == Kind.CHARGE and tab.units > tab.unit_cap:
        raise UnitLimit(tab.unit_cap)
    # What the house paid for was sold as well: comps make no room for more.
    if change.kind in (Kind.CHARGE, Kind.TIP) and max(tab.total_cents, tab.subtotal_cents) > tab.cap_cents:
        raise TabLimit(tab.cap_cents)
    # A percentage has its own limit: it may grow past the amount that a guest may name.
    if change.tip and change.tip.bp is None and tab.tip_cents > tab.tip_cap_cents:
        raise BadAmount("That is kinder than the house allows. Try a smaller tip.")
    if tab.due_cents > due_before and (left := play_balance(tab)) is not None and left < 0:
        raise OutOfPlayMoney(left + tab.due_cents - due_before)


def _fingerprint(kind: str, asked: str) -> str:
    return hashlib.sha256(f"{kind} {asked}".encode()).hexdigest()


def _captured(visit_code: str) -> int:
    paid = LedgerEntry.objects.filter(tab__visit_code=visit_code, account=Account.MOCK_CLEARING)
    return paid.aggregate(total=Sum("cents"))["total"] or 0


def _write(tab: Tab, change: _Change, cause: Cause) -> Journal:
    if sum(leg.cents for leg in change.legs):
        raise AssertionError("a journal must balance")  # a bug of ours: nothing is written
    tab.version += 1
    journal = Journal.objects.create(
        tab=tab,
        version=tab.version,
        kind=change.kind,
        key=cause.key,
        fingerprint=change.fingerprint(cause),
        actor=cause.actor,
        source=cause.source,
        turn=cause.turn,
        reason=cause.reason,
    )
    for leg in change.legs:
        leg.journal = journal
    LedgerEntry.objects.bulk_create(change.legs)
    tab.save(update_fields=PROJECTIONS)
    announce_tab(tab)
    return journal
