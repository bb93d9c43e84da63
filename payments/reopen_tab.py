"""A guest goes on ordering although the bill was asked for: ends the link, then opens the tab again."""

from __future__ import annotations

from maya_site.core.db import atomic_with_retry
from payments import ledger
from payments.attempts import live_payment
from payments.checkout import cancel_payment
from payments.errors import TabIsSplit
from payments.ledger import OperationContext
from payments.models import Payment, Split, Tab
from payments.settlement import end_attempt


def reopen_tab(tab: Tab, context: OperationContext) -> None:
    """The guest goes on ordering: ends the link at the provider first, then opens the tab."""
    payment = live_payment(tab)  # read first: what was done under this key since then is no news
    if ledger.find_tab_journal(tab, context.key):
        return
    if payment:
        cancel_payment(payment, context)
    else:
        reopen_without_provider(tab, context)


@atomic_with_retry
def reopen_without_provider(tab: Tab, context: OperationContext) -> None:
    """Opens the tab without asking a provider: for a bill whose link nobody was given, and for rehearsals."""
    if ledger.find_tab_journal(tab, context.key):
        return
    if payment := live_payment(tab):
        end_attempt(payment, Payment.Status.CANCELLED, context)
    elif ledger.lock_tab(tab).status == Tab.Status.CLOSING:
        if tab.splits.filter(status=Split.Status.OUT).exists():
            raise TabIsSplit
        ledger.reopen(tab, context)
