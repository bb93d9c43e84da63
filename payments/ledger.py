"""The one writer of journals and ledger entries.

Every operation locks the tab's row, answers a repeated key with its first journal, computes what the tab
must be afterwards (posting_rules.py), and posts the difference as balanced entries. A refused operation
changes nothing. Amounts are minor units.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from django.contrib.auth.models import User
from django.utils import timezone

from maya_site.core.db import CompiledQuery, after_commit, in_transaction
from maya_site.core.money import to_basis_points
from payments import chain, documents, posting_rules, tab_move_rules, tax_postings, undo_rules
from payments.errors import IdempotencyKeyReused, OperationNotAllowed
from payments.models import Dispute, Journal, LedgerEntry, Payment, Refund, Tab, TaxMethod
from payments.operation_context import AGENT_ACTOR, OperationContext
from payments.outgoing_events import record_money_event
from payments.posting_rules import (
    SIMULATED,
    Comp,
    Move,
    Sale,
    TabChange,
    TabTerms,
    TipRule,
    is_play_money,
    money_account_for,
    play_money_balance_cents,
    play_money_spent_cents,
    undo_key,
)
from payments.signals import tab_changed

__all__ = [
    "AGENT_ACTOR",
    "SIMULATED",
    "Comp",
    "Move",
    "OperationContext",
    "Posting",
    "Sale",
    "TabTerms",
    "TipRule",
    "is_play_money",
    "money_account_for",
    "play_money_balance_cents",
    "play_money_spent_cents",
    "undo_key",
]

Account = LedgerEntry.Account
JournalKind = Journal.Kind
PROJECTED_FIELDS = (
    "status",
    "subtotal_cents",
    "discount_cents",
    "tax_cents",
    "included_tax_cents",
    "service_cents",
    "tip_cents",
    "tip_bp",
    "tip_recipient",
    "paid_cents",
    "refunded_cents",
    "disputed_cents",
    "units",
    "version",
    "chain_head",
    "closed_at",
)


@dataclass(frozen=True)
class Posting:
    journal: Journal
    tab: Tab
    is_new: bool


def lock_tab(tab: Tab) -> Tab:
    """The tab as it is now, its row locked until the transaction ends. Rows that refer to it may be written
    meanwhile, so closing a day waits for no tab."""
    return Tab.objects.select_for_update(no_key=True).get(pk=tab.pk)


def lock_unsettled_tab(visit_code: str) -> Tab | None:
    """The visit's open or closing tab, if there is one. Its row stays locked until the transaction ends."""
    return Tab.objects.unsettled().select_for_update(no_key=True).filter(visit_code=visit_code).first()


def find_tab_journal(tab: Tab, key: str) -> Journal | None:
    return _JOURNALS_BY_TAB_AND_KEY.first(tab.pk, key)


def find_visit_journal(visit_code: str, context: OperationContext) -> Journal | None:
    """The journal of this key on any tab of the visit. Raises IdempotencyKeyReused if it was for another
    request."""
    found = _JOURNALS_BY_VISIT_AND_KEY.first(visit_code, context.key)
    if found and found.fingerprint != _fingerprint(found.kind, context.request_json):
        raise IdempotencyKeyReused
    return found


_JOURNALS_BY_TAB_AND_KEY = CompiledQuery(
    lambda tab, key: Journal.objects.filter(tab=tab, key=key).order_by("pk")[:1], int, str
)
_JOURNALS_BY_VISIT_AND_KEY = CompiledQuery(
    lambda code, key: Journal.objects.filter(tab__visit_code=code, key=key).order_by("pk")[:1],
    str,
    str,
)


def get_or_open_tab(visit_code: str, terms: TabTerms) -> Tab:
    """The visit's unsettled tab, opened if there is none."""
    fresh = {name: getattr(terms, name) for name in terms.__dataclass_fields__}
    if terms.tax_rate_milli is not None:
        fresh["tax_rate_bp"] = to_basis_points(terms.tax_rate_milli)
    tab, _ = Tab.objects.unsettled().get_or_create(visit_code=visit_code, defaults=fresh)
    return tab


@in_transaction
def charge(tab: Tab, sales: Sequence[Sale], context: OperationContext) -> Posting:
    return _post(tab, TabChange(JournalKind.CHARGE, sales=sales), context)


@in_transaction
def void(tab: Tab, sales: Sequence[Sale], context: OperationContext) -> Posting:
    """Takes units off a tab. Never more than the ledger holds of that line at that price."""
    return _post(tab, TabChange(JournalKind.VOID, sign=-1, sales=sales), context)


@in_transaction
def comp(tab: Tab, given: str | Sequence[Comp], context: OperationContext) -> Posting:
    """The venue pays for a line, or for a part of each of some lines. They stay sales, at a discount."""
    _require_staff_and_reason(context, "A comp")
    comps = [Comp(given)] if isinstance(given, str) else given
    return _post(tab, TabChange(JournalKind.COMP, comps=comps), context)


@in_transaction
def move_lines(source: Tab, target: Tab, moves: Sequence[Move], context: OperationContext) -> Posting:
    """Takes units off one tab and puts them on another at the same price: one journal on each, under one key.

    Locks both tabs, the one with the lower number first. Returns what was posted on `source`. Raises
    TabClosed, TabFrozen while a bill is out, a LimitExceeded of the target, or OperationNotAllowed.
    """
    _require_staff_and_reason(context, "Moving drinks")
    source, target = lock_two_tabs(source, target)
    out = TabChange(JournalKind.MOVE_OUT, sign=-1, moves=moves)
    if not find_tab_journal(source, context.key):
        posting_rules.check_tab_state(source, out)
        tab_move_rules.check_moves(source, target, moves)
    posting = _post(source, out, context)
    _post(target, TabChange(JournalKind.MOVE_IN, moves=moves), context)
    return posting


def lock_two_tabs(one: Tab, other: Tab) -> tuple[Tab, Tab]:
    """Both as they are now, locked in the order of their numbers, so that two moves cannot wait for each
    other."""
    rows = Tab.objects.select_for_update(no_key=True).filter(pk__in=[one.pk, other.pk]).order_by("pk")
    held = {tab.pk: tab for tab in rows}
    return held[one.pk], held[other.pk]


@in_transaction
def set_tip(tab: Tab, tip: TipRule, context: OperationContext) -> Posting:
    """Replaces the tip. A percentage follows the tab until the bill is frozen."""
    return _post(tab, TabChange(JournalKind.TIP, tip=tip), context)


@in_transaction
def assign_tip(tab: Tab, recipient: User | None, context: OperationContext) -> Posting:
    """Whose the tip is, None the house pool: theirs once the tab is paid, moved where it is paid already."""
    return _post(tab, TabChange(JournalKind.TIP_FOR, tip_recipient=recipient), context)


def is_tip_assigned(tab: Tab) -> bool:
    """Whether somebody was said to have the tip, the house pool included, and that was not undone."""
    if tab.tip_recipient_id is not None:
        return True
    kinds = (JournalKind.TIP_FOR, JournalKind.UNDO)
    keys = dict(tab.journals.filter(kind__in=kinds).values_list("key", "kind"))
    return any(kind == JournalKind.TIP_FOR and undo_key(key) not in keys for key, kind in keys.items())


@in_transaction
def undo(
    tab: Tab,
    key: str,
    context: OperationContext,
    *,
    payment: Payment | None = None,
    tip_recipient: User | None = None,
) -> Posting:
    """Reverses what was posted under `key`: a comp, a void, whose the tip is (`tip_recipient` had it before),
    or the `payment` that was taken at the bar, which opens the tab again and cancels its receipt.

    The reversal is a journal of its own, under a key made from `key`: asked twice it is posted once. Raises
    OperationNotAllowed if there is no such journal or money went back since, TabClosed, TabFrozen while a
    bill is out, or a LimitExceeded if the tab has grown meanwhile.
    """
    tab = lock_tab(tab)
    undone = find_tab_journal(tab, key)
    is_payment = undone is not None and undone.kind == JournalKind.PAYMENT
    if undone is None or undone.kind not in undo_rules.UNDOABLE_KINDS or is_payment != (payment is not None):
        raise OperationNotAllowed("There is nothing of that kind to undo.")
    if payment and not find_tab_journal(tab, undo_key(key)):
        undo_rules.check_payment_can_be_undone(tab, payment)
    change = TabChange(JournalKind.UNDO, undone=undone, undone_payment=payment, tip_recipient=tip_recipient)
    legs = list(undone.entries.order_by("pk"))
    if undone.kind == JournalKind.VOID:
        change.sales = [
            Sale(leg.reference, -leg.quantity, leg.unit_cents, leg.tax_terms_id)
            for leg in legs
            if leg.account == Account.SALES
        ]
    if undone.kind == JournalKind.COMP:
        change.comps = [Comp(leg.reference, leg.cents) for leg in legs if leg.account == Account.COMPS]
    return _post(tab, change, replace(context, key=undo_key(key)))


@in_transaction
def freeze(tab: Tab, context: OperationContext) -> Posting:
    return _post(tab, TabChange(JournalKind.FREEZE, status=Tab.Status.CLOSING), context)


@in_transaction
def reopen(tab: Tab, context: OperationContext) -> Posting:
    return _post(tab, TabChange(JournalKind.REOPEN, status=Tab.Status.OPEN), context)


@in_transaction
def record_payment(payment: Payment, context: OperationContext) -> Posting:
    """Books a payment whose money arrived: the only way in which a tab that owes something becomes paid."""
    return _post(payment.tab, TabChange(JournalKind.PAYMENT, payment=payment), context)


@in_transaction
def record_refund(refund: Refund, context: OperationContext) -> Posting:
    """Books a refund that the provider has made. Never more than was paid."""
    return _post(refund.payment.tab, TabChange(JournalKind.REFUND, refund=refund), context)


@in_transaction
def record_dispute(dispute: Dispute, withdrawn_cents: int, context: OperationContext) -> Posting:
    """Books `withdrawn_cents` minor units that a bank took out of a payment, or returned if it is
    negative."""
    return _post(
        dispute.payment.tab,
        TabChange(JournalKind.DISPUTE, dispute=dispute, withdrawn_cents=withdrawn_cents),
        context,
    )


@in_transaction
def close_empty_tab(tab: Tab, context: OperationContext) -> Posting:
    """Voids a tab that holds nothing."""
    return _post(tab, TabChange(JournalKind.CLOSE, status=Tab.Status.VOIDED), context)


@in_transaction
def close_comped_tab(tab: Tab, context: OperationContext) -> Posting:
    """Closes a tab that owes nothing because the venue paid for all of it. It has a receipt."""
    return _post(tab, TabChange(JournalKind.CLOSE, status=Tab.Status.PAID), context)


@in_transaction
def void_tab(tab: Tab, context: OperationContext) -> Posting:
    """Takes everything off and ends the tab, in one journal. Needs a member of staff and a reason."""
    _require_staff_and_reason(context, "Voiding a tab")
    change = TabChange(JournalKind.CLOSE, void_all=True, tip=TipRule(), status=Tab.Status.VOIDED)
    return _post(tab, change, context)


# --- inside ------------------------------------------------------------------------------------------


def _require_staff_and_reason(context: OperationContext, operation: str) -> None:
    if not context.reason.strip() or not context.is_by_staff:
        raise OperationNotAllowed(f"{operation} needs a person behind the bar and a reason.")


def _post(tab: Tab, change: TabChange, context: OperationContext) -> Posting:
    tab = lock_tab(tab)
    fingerprint = _fingerprint(change.kind, change.request_json(context))
    if found := find_tab_journal(tab, context.key):
        if found.fingerprint != fingerprint:
            raise IdempotencyKeyReused
        return Posting(found, tab, is_new=False)
    posting_rules.check_tab_state(tab, change)
    by_class = tab.tax_method != TaxMethod.SINGLE and change.kind in tax_postings.KINDS_THAT_TAX
    if by_class:
        tax_postings.read_tax_book(tab, change)
    due, tax, tip = tab.due_cents, tab.tax_cents, tab.tip_cents
    tip_held_by = tab.tip_recipient_id if tab.status == Tab.Status.PAID else None
    _post_lines(tab, change)
    posting_rules.recompute_tax_and_tip(tab, change)
    posting_rules.add_leg(change, tab, Account.TAX, tax - tab.tax_cents)  # of the one rate
    if by_class:
        tax_postings.post_service_and_taxes(tab, change)
    posting_rules.post_payment(tab, change)
    if change.refund:
        posting_rules.post_refund(tab, change, change.refund)
    if change.dispute:
        posting_rules.post_dispute(tab, change, change.dispute)
    posting_rules.add_leg(change, tab, Account.TIPS, tip - tab.tip_cents)
    posting_rules.add_leg(change, tab, Account.RECEIVABLE, tab.due_cents - due)
    posting_rules.transfer_tip(tab, change, tip_held_by)
    posting_rules.check_limits(tab, change, due)
    journal = _write_journal(tab, change, context, fingerprint)
    back = change.refund or change.undone_payment
    if back or change.status == Tab.Status.PAID:
        documents.issue_document(tab, journal, -back.amount_cents if back else tab.total_cents)
    return Posting(journal, tab, is_new=True)


def _post_lines(tab: Tab, change: TabChange) -> None:
    if change.sales or change.kind in (JournalKind.CHARGE, JournalKind.VOID):
        posting_rules.post_sales(tab, change)
    if change.undone:
        undo_rules.post_undo(tab, change)
    if change.kind == JournalKind.COMP:
        posting_rules.post_comps(tab, change)
    if change.moves:
        tab_move_rules.post_moves(tab, change)
    if change.void_all:
        posting_rules.void_all_lines(tab, change)


def _fingerprint(kind: str, request_json: str) -> str:
    return hashlib.sha256(f"{kind} {request_json}".encode()).hexdigest()


def _write_journal(tab: Tab, change: TabChange, context: OperationContext, fingerprint: str) -> Journal:
    if sum(leg.cents for leg in change.legs):
        raise AssertionError("a journal must balance")  # a bug of ours: nothing is written
    tab.version += 1
    journal = Journal(
        tab=tab,
        version=tab.version,
        kind=change.kind,
        key=context.key,
        fingerprint=fingerprint,
        actor=context.actor,
        source=context.source,
        turn=context.turn,
        reason=context.reason,
        created_at=timezone.now(),
    )
    chain.append_link(tab, journal, change.legs)
    journal.save(force_insert=True)
    for leg in change.legs:
        leg.journal = journal
    LedgerEntry.objects.bulk_create(change.legs)
    tab.save(update_fields=PROJECTED_FIELDS)
    announced = {"tab_code": tab.code, "visit_code": tab.visit_code, "version": tab.version}
    after_commit(partial(tab_changed.send_robust, sender=Tab, **announced))
    if change.status == Tab.Status.PAID or change.refund or change.undone_payment:
        record_money_event(tab, journal, change.refund, change.undone_payment)
    return journal
