"""What moving units from one tab to another does to each. Nothing is written here: `ledger` does that."""

from __future__ import annotations

from collections.abc import Sequence

from payments.errors import OperationNotAllowed
from payments.models import LedgerEntry, Tab, TaxMethod
from payments.posting_rules import Move, TabChange, add_leg, sold_and_comped_lines

Account = LedgerEntry.Account


def check_moves(source: Tab, target: Tab, moves: Sequence[Move]) -> None:
    """What moves keeps its price, so both tabs must have the same terms. A comped line moves whole."""
    terms = [(tab.currency, tab.tax_rate, tab.play_money_cents is None) for tab in (source, target)]
    if source.pk == target.pk or not moves:
        raise OperationNotAllowed("That would change nothing.")
    if terms[0] != terms[1]:
        raise OperationNotAllowed("Those two tabs have another tax or currency: settle each by itself.")
    if any(tab.tax_method != TaxMethod.SINGLE or tab.service_rate_milli for tab in (source, target)):
        raise OperationNotAllowed("A tab with a service charge or several tax rates is settled by itself.")
    held, comped = sold_and_comped_lines(source, [move.reference for move in moves])
    for move in moves:
        units = held[move.reference, move.unit_cents]
        if not 0 < move.quantity <= units:
            raise OperationNotAllowed("There is not that much of it on the tab.")
        if comped[move.reference] != move.comped_cents or (move.comped_cents and move.quantity < units):
            raise OperationNotAllowed("The house pays for a part of that one: it moves whole or not at all.")


def post_moves(tab: Tab, change: TabChange) -> None:
    """Takes what moves off the one tab, or puts it on the other."""
    for move in change.moves:
        units = change.sign * move.quantity
        reference = move.reference if change.sign < 0 else move.new_reference
        tab.units += units
        tab.subtotal_cents += units * move.unit_cents
        tab.discount_cents += change.sign * move.comped_cents
        add_leg(change, tab, Account.SALES, -units * move.unit_cents, reference, units, move.unit_cents)
        add_leg(change, tab, Account.COMPS, change.sign * move.comped_cents, reference)
