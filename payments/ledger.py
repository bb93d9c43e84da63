"""The one writer of journals and ledger entries.

Every operation locks the tab, answers a repeated key with its first answer, computes what the tab must be
afterwards (`effects`), and posts the difference as balanced legs. A refused operation changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from maya_site.lib.db import Ready, joined
from payments import effects
from payments.asked import Cause, Comp, Sale, Terms, TipRule
from payments.effects import SIMULATED, Change, drawer_of, play_balance, played
from payments.errors import BadAmount, KeyReused
from payments.models import Journal, LedgerEntry, Payment, Refund, Tab
from payments.signals import announce_tab

__all__ = [
    "SIMULATED",
    "Cause",
    "Comp",
    "Posting",
    "Sale",
    "Terms",
    "TipRule",
    "drawer_of",
    "play_balance",
    "played",
]

Account = LedgerEntry.Account
Kind = Journal.Kind
PROJECTIONS = (
    "status",
    "subtotal_cents",
    "discount_cents",
    "tax_cents",
    "tip_cents",
    "tip_bp",
    "tip_for",
    "paid_cents",
    "refunded_cents",
    "units",
    "version",
    "closed_at",
)


@dataclass(frozen=True)
class Posting:
    journal: Journal
    tab: Tab
    fresh: bool


def lock(tab: Tab) -> Tab:
    """The tab as it is now, held until the transaction ends."""
    return Tab.objects.select_for_update().get(pk=tab.pk)


def unsettled(visit_code: str) -> Tab | None:
    """The tab that a visit is drinking on, held until the transaction ends."""
    return Tab.objects.unsettled().select_for_update().filter(visit_code=visit_code).first()


def already(tab: Tab, key: str) -> Journal | None:
    return _OF_A_TAB.first(tab.pk, key)


def answered(visit_code: str, cause: Cause) -> Journal | None:
    """What was done under this key on any tab of the visit. KeyReused where something else was asked."""
    found = _OF_A_VISIT.first(visit_code, cause.key)
    if found and found.fingerprint != _fingerprint(found.kind, cause.asked):
        raise KeyReused
    return found


_OF_A_TAB = Ready(
    lambda tab, key: Journal.objects.filter(tab=tab, key=key).order_by("pk")[:1], -1, "a cause's key"
)
_OF_A_VISIT = Ready(
    lambda code, key: Journal.objects.filter(tab__visit_code=code, key=key).order_by("pk")[:1],
    "a visit's code",
    "a cause's key",
)


def open_tab(visit_code: str, terms: Terms) -> Tab:
    """The visit's unsettled tab, opened if there is none."""
    fresh = {name: getattr(terms, name) for name in terms.__dataclass_fields__}
    tab, _ = Tab.objects.unsettled().get_or_create(visit_code=visit_code, defaults=fresh)
    return tab


@joined
def charge(tab: Tab, sales: Sequence[Sale], cause: Cause) -> Posting:
    return _post(tab, Change(Kind.CHARGE, sales=sales), cause)


@joined
def void(tab: Tab, sales: Sequence[Sale], cause: Cause) -> Posting:
    """Take units off again. Never more than the ledger holds of that line at that price."""
    return _post(tab, Change(Kind.VOID, sign=-1, sales=sales), cause)


@joined
def comp(tab: Tab, given: str | Sequence[Comp], cause: Cause) -> Posting:
    """The house pays for a line, or a part of each of some lines: they stay sales, at a discount."""
    _want_a_person_and_a_reason(cause, "A comp")
    comps = [Comp(given)] if isinstance(given, str) else given
    return _post(tab, Change(Kind.COMP, comps=comps), cause)


@joined
def set_tip(tab: Tab, tip: TipRule, cause: Cause) -> Posting:
    """Replaces the tip; a percentage keeps following the tab until the bill is frozen."""
    return _post(tab, Change(Kind.TIP, tip=tip), cause)


@joined
def tip_for(tab: Tab, person: str, cause: Cause) -> Posting:
    """Whose the tip is: theirs once the tab is paid, moved where it is paid already."""
    return _post(tab, Change(Kind.TIP_FOR, tip_for=person), cause)


@joined
def freeze(tab: Tab, cause: Cause) -> Posting:
    return _post(tab, Change(Kind.FREEZE, status=Tab.Status.CLOSING), cause)


@joined
def reopen(tab: Tab, cause: Cause) -> Posting:
    return _post(tab, Change(Kind.REOPEN, status=Tab.Status.OPEN), cause)


@joined
def receive(payment: Payment, cause: Cause) -> Posting:
    """A payment's money is in: the only way a tab that owes something becomes paid."""
    return _post(payment.tab, Change(Kind.PAYMENT, payment=payment), cause)


@joined
def refund(given: Refund, cause: Cause) -> Posting:
    """The till has given money back. Never more than was paid, whoever asks."""
    return _post(given.payment.tab, Change(Kind.REFUND, refund=given), cause)


@joined
def close_empty(tab: Tab, cause: Cause) -> Posting:
    """Void a tab that holds nothing."""
    return _post(tab, Change(Kind.CLOSE, status=Tab.Status.VOIDED), cause)


@joined
def close_free(tab: Tab, cause: Cause) -> Posting:
    """A tab that was drunk on and owes nothing, as the house paid for all of it: closed, with a receipt."""
    return _post(tab, Change(Kind.CLOSE, status=Tab.Status.PAID), cause)


@joined
def void_tab(tab: Tab, cause: Cause) -> Posting:
    """Take everything off and end the tab, in one journal."""
    _want_a_person_and_a_reason(cause, "Voiding a tab")
    change = Change(Kind.CLOSE, everything=True, tip=TipRule(), status=Tab.Status.VOIDED)
    return _post(tab, change, cause)


# --- inside ------------------------------------------------------------------------------------------


def _want_a_person_and_a_reason(cause: Cause, what: str) -> None:
    if not cause.reason.strip() or not cause.by_staff:
        raise BadAmount(f"{what} needs a person behind the bar and a reason.")


def _post(tab: Tab, change: Change, cause: Cause) -> Posting:
    tab = lock(tab)
    fingerprint = _fingerprint(change.kind, change.asked(cause))
    if found := already(tab, cause.key):
        if found.fingerprint != fingerprint:
            raise KeyReused
        return Posting(found, tab, fresh=False)
    effects.refuse_wrong_state(tab, change)
    due, tax, tip = tab.due_cents, tab.tax_cents, tab.tip_cents
    tip_held_by = tab.tip_for if tab.status == Tab.Status.PAID else ""
    effects.sell(tab, change)
    effects.comp(tab, change)
    effects.take_everything_off(tab, change)
    effects.recompute(tab, change)
    effects.receive(tab, change)
    effects.give_back(tab, change)
    effects.leg(change, tab, Account.TAX, tax - tab.tax_cents)
    effects.leg(change, tab, Account.TIPS, tip - tab.tip_cents)
    effects.leg(change, tab, Account.RECEIVABLE, tab.due_cents - due)
    effects.hand_over_the_tip(tab, change, tip_held_by)
    effects.refuse_over_limits(tab, change, due)
    return Posting(_write(tab, change, cause, fingerprint), tab, fresh=True)


def _fingerprint(kind: str, asked: str) -> str:
    return hashlib.sha256(f"{kind} {asked}".encode()).hexdigest()


def _write(tab: Tab, change: Change, cause: Cause, fingerprint: str) -> Journal:
    if sum(leg.cents for leg in change.legs):
        raise AssertionError("a journal must balance")  # a bug of ours: nothing is written
    tab.version += 1
    journal = Journal.objects.create(
        tab=tab,
        version=tab.version,
        kind=change.kind,
        key=cause.key,
        fingerprint=fingerprint,
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
