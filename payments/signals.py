"""Signals about money, sent after the commit only: a listener never hears of what was rolled back."""

from functools import partial

from django.db import transaction
from django.dispatch import Signal

from payments.models import Payment, Tab

tab_changed = Signal()  # tab_code, visit_code, version
payment_changed = Signal()  # tab_code, visit_code, payment_code, status
money_noticed = Signal()  # tab_code: staff have something to see, or have seen it


def announce_payment(payment: Payment) -> None:
    values = {
        "tab_code": payment.tab.code,
        "visit_code": payment.tab.visit_code,
        "payment_code": payment.code,
        "status": payment.status,
    }
    transaction.on_commit(partial(payment_changed.send_robust, sender=Payment, **values))


def announce_notice(tab: Tab) -> None:
    transaction.on_commit(partial(money_noticed.send_robust, sender=Tab, tab_code=tab.code))
