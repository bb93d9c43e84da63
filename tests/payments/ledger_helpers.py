"""What the money tests share: a tab without a bar around it, and the whole database as one value."""

from __future__ import annotations

import itertools
from typing import Any

from django.apps import apps

from bartender.models.visits import Visit
from bartender.services.bills import Bill, PaymentCard
from payments import checkout, invariants, ledger
from payments.ledger import OperationContext, Sale, TabTerms, TipRule
from payments.models import Payment, Tab
from tests.guest_fixtures import make_context

_visits = itertools.count(1)


def make_tab(visit: str = "", **terms: Any) -> Tab:
    return ledger.get_or_open_tab(visit or f"visit{next(_visits)}", TabTerms(**terms))


def sell(
    tab: Tab,
    quantity: int = 1,
    cents: int = 10_00,
    line: str = "line",
    context: OperationContext | None = None,
) -> Tab:
    return ledger.charge(tab, [Sale(line, quantity, cents)], context or make_context()).tab


def add_tip(tab: Tab, bp: int | None = None, cents: int = 0) -> Tab:
    return ledger.set_tip(tab, TipRule(bp, cents), make_context()).tab


def open_payment_link(tab: Tab) -> Payment:
    payment = checkout.propose_payment(tab, make_context())
    return checkout.confirm_payment(tab, payment.nonce)


def settle_tab(tab: Tab) -> Tab:
    checkout.mark_paid(open_payment_link(tab), make_context())
    tab.refresh_from_db()
    return tab


def reload_tab(tab: Tab) -> Tab:
    return Tab.objects.get(pk=tab.pk)


def latest_tab(visit: Visit) -> Tab:
    return Tab.objects.filter(visit_code=visit.code).latest("id")


def latest_payment(visit: Visit) -> Payment:
    return latest_tab(visit).payments.latest("id")


def payment_card_of(bill: Bill) -> PaymentCard:
    assert bill.payment
    return bill.payment


def snapshot_database() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the bar and the till. Equal before and after means: nothing happened."""
    models = [*apps.get_app_config("payments").get_models(), *apps.get_app_config("bartender").get_models()]
    return {model.__name__: list(model._default_manager.order_by("pk").values_list()) for model in models}


def assert_ledger_consistent() -> bool:
    """No invariant is broken, on any tab; a broken one is shown."""
    found = [
        str(one) for one in (*invariants.check_tabs(Tab.objects.all()), *invariants.check_ledger_totals())
    ]
    assert found == [], "\n".join(found)
    return True
