"""Sent after commit only: a listener never hears of money that was rolled back."""

from functools import partial

from django.db import transaction
from django.dispatch import Signal

from payments.models import Payment, Tab

tab_changed = Signal()  # tab_code, visit_code, version
payment_changed = Signal()  # tab_code, visit_code, payment_code, status
refund_news = Signal()  # payment_code: the provider says that something was given back


def announce_tab(tab: Tab) -> None:
    told = {"tab_code": tab.code, "visit_code": tab.visit_code, "version": tab.version}
    transaction.on_commit(partial(tab_changed.send_robust, sender=Tab, **told))


def announce_payment(payment: Payment) -> None:
    told = {
        "tab_code": payment.tab.code,
        "visit_code": payment.tab.visit_code,
        "payment_code": payment.code,
        "status": payment.status,
    }
    transaction.on_commit(partial(payment_changed.send_robust, sender=Payment, **told))


def announce_refund_news(payment: Payment) -> None:
    told = partial(refund_news.send_robust, sender=Payment, payment_code=payment.code)
    transaction.on_commit(told)
