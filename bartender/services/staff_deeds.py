"""Staff deeds: asked for on a form, written down, done at once or by a second person's word.

The deed's row is written in the transaction that does it. Where a till has to be asked (a bill taken back, a
refund), that happens outside of any transaction: before it for a bill, after it for a refund.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.utils import timezone

from bartender.errors import AskTwoPeople, DeedIsDecided
from bartender.records.deeds import StaffDeed
from bartender.records.menu import Venue
from bartender.records.visits import OrderLine
from bartender.services import amends
from maya_site.lib.db import committed
from payments import checkout, drawer, ledger, refunds, splitting
from payments.errors import BadAmount, KeyReused
from payments.ledger import Cause
from payments.models import Payment, Refund, Tab

Kind = StaffDeed.Kind
Status = StaffDeed.Status
# These change what is due, so a bill that is out is taken back first. A tender looks after that itself.
TAKES_THE_BILL_BACK = (Kind.VOID_LINE, Kind.VOID_TAB, Kind.COMP_LINE, Kind.COMP_TAB, Kind.CLOSE)
MAY = {
    Kind.VOID_LINE: "bartender.void_by_staff",
    Kind.VOID_TAB: "bartender.void_by_staff",
    Kind.COMP_LINE: "bartender.comp_by_staff",
    Kind.COMP_TAB: "bartender.comp_by_staff",
    Kind.CLOSE: "bartender.comp_by_staff",
    Kind.TENDER: "bartender.tender_by_staff",
    Kind.TIP_FOR: "bartender.tender_by_staff",
    Kind.REFUND: "bartender.refund_by_staff",
}
APPROVE = "bartender.approve_deed"


@dataclass(frozen=True)
class Wish:
    """What a person asks for, as the form has understood it."""

    kind: str
    tab: Tab
    reason: str
    note: str = ""
    line: OrderLine | None = None
    payment: Payment | None = None
    units: int | None = None
    cents: int | None = None
    word: str = ""

    def at_stake(self) -> int:
        """In cents. What a person typed counts for comps and refunds only; it is checked where it is done."""
        match self.kind:
            case Kind.VOID_LINE if self.line:
                return (self.units or self.line.quantity) * self.line.unit_cents
            case Kind.VOID_TAB:
                return self.tab.total_cents
            case Kind.TENDER:
                return self.tab.due_cents
            case Kind.TIP_FOR:
                return self.tab.tip_cents
            case _:
                return self.cents or 0


def needs_two(kind: str, cents: int) -> bool:
    venue = Venue.here()
    if kind in (Kind.CLOSE, Kind.TIP_FOR):
        return False
    return cents > (venue.tender_alone_cents if kind == Kind.TENDER else venue.alone_cents)


def ask(wish: Wish, person: User, key: str) -> StaffDeed:
    """Done at once, or waiting for a second person. The same form sent again is the same deed."""
    if found := StaffDeed.objects.filter(key=key).first():
        return _same(found, wish)
    alone = not needs_two(wish.kind, wish.at_stake())
    if alone:
        _take_the_bill_back(wish.kind, wish.tab, Cause(f"deed:{key}:bill", actor_of(person), "admin"))
    deed = _written(wish, person, key)
    return _after(deed)


@committed
def _written(wish: Wish, person: User, key: str) -> StaffDeed:
    tab = ledger.lock(wish.tab)
    if found := StaffDeed.objects.filter(key=key).first():
        return _same(found, wish)
    cents = Wish(**{**vars(wish), "tab": tab}).at_stake()
    deed = StaffDeed.objects.create(
        kind=wish.kind,
        status=Status.WAITING if needs_two(wish.kind, cents) else Status.DONE,
        tab=tab,
        line=wish.line,
        payment=wish.payment,
        units=wish.units,
        cents=cents,
        word=wish.word,
        reason=wish.reason,
        note=wish.note,
        asked_by=person,
        key=key,
    )
    if deed.status == Status.DONE:
        _do(deed)
    return deed


def approve(deed: StaffDeed, person: User) -> StaffDeed:
    """The second person's yes. What it would do is checked again now, by the same rules."""
    _take_the_bill_back(deed.kind, deed.tab, Cause(f"deed:{deed.key}:bill", actor_of(person), "admin"))
    return _after(_decided(deed, person, Status.DONE))


def decline(deed: StaffDeed, person: User) -> StaffDeed:
    return _decided(deed, person, Status.DECLINED)


@committed
def _decided(deed: StaffDeed, person: User, status: Status) -> StaffDeed:
    ledger.lock(deed.tab)
    now = StaffDeed.objects.select_for_update(of=("self",)).get(pk=deed.pk)
    if now.status != Status.WAITING:
        raise DeedIsDecided
    if now.asked_by_id == person.pk:
        raise AskTwoPeople
    now.status, now.decided_by, now.decided_at = status, person, timezone.now()
    now.save(update_fields=["status", "decided_by", "decided_at"])
    if status == Status.DONE:
        _do(now)
    return now


def actor_of(person: User | AnonymousUser) -> str:
    return f"staff:{person.get_username()}"[:80]


def _same(found: StaffDeed, wish: Wish) -> StaffDeed:
    asked = (found.kind, found.tab_id, found.line_id, found.payment_id, found.units, found.word)
    line, payment = wish.line and wish.line.pk, wish.payment and wish.payment.pk
    if asked != (wish.kind, wish.tab.pk, line, payment, wish.units, wish.word):
        raise KeyReused
    return found


def _take_the_bill_back(kind: str, tab: Tab, cause: Cause) -> None:
    if kind not in TAKES_THE_BILL_BACK:
        return
    if splitting.split_of(tab) and tab.status == Tab.Status.CLOSING:
        splitting.undo(tab, cause)
    else:
        checkout.reopen(tab, cause)


# --- doing it: the tab is locked, and this is one transaction ----------------------------------------


def _do(deed: StaffDeed) -> None:
    """The person who asked is the actor; who said yes to it stands in the deed."""
    cause = Cause(f"deed:{deed.key}", actor_of(deed.asked_by), "admin", reason=deed.why[:200])
    DO[Kind(deed.kind)](deed, cause)


def _void_line(deed: StaffDeed, cause: Cause) -> Any:
    if deed.line is None:
        raise BadAmount("Say which drink.")
    return amends.void_line(deed.line, deed.units or deed.line.quantity, cause)


def _comp_line(deed: StaffDeed, cause: Cause) -> Any:
    if deed.line is None:
        raise BadAmount("Say which drink.")
    return amends.comp(deed.line, cause, deed.cents)


def _refund(deed: StaffDeed, cause: Cause) -> Any:
    if deed.payment is None:
        raise BadAmount("Say which payment.")
    return refunds.promise(deed.payment, deed.cents, cause)


DO: dict[Kind, Callable[[StaffDeed, Cause], Any]] = {
    Kind.VOID_LINE: _void_line,
    Kind.VOID_TAB: lambda deed, cause: amends.void_tab(deed.tab, cause),
    Kind.COMP_LINE: _comp_line,
    Kind.COMP_TAB: lambda deed, cause: amends.comp_tab(deed.tab, deed.cents, cause),
    Kind.REFUND: _refund,
    Kind.CLOSE: lambda deed, cause: amends.close_free(deed.tab, cause),
    Kind.TIP_FOR: lambda deed, cause: ledger.tip_for(deed.tab, deed.word, cause),
    Kind.TENDER: lambda deed, cause: None,
}


def _after(deed: StaffDeed) -> StaffDeed:
    """What asks a till. A crash before it loses nothing: the sweep finds the promised refund."""
    if deed.status != Status.DONE:
        return deed
    if deed.kind == Kind.REFUND:
        refunds.pursue(Refund.objects.get(key=f"deed:{deed.key}"))
    if deed.kind == Kind.TENDER:
        drawer.settle_at_bar(deed.tab, deed.word, actor_of(deed.asked_by), deed.why[:200])
    return deed
