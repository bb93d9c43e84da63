"""What the money tests share: a tab without a bar around it, and the whole database as one value."""

from __future__ import annotations

import itertools
from typing import Any

from django.apps import apps

from bartender.records.visits import Visit
from bartender.services.bills import Bill, PaymentCard
from payments import audit, checkout, ledger
from payments.ledger import Cause, Sale, Terms, TipRule
from payments.models import Payment, Tab
from tests.cast import cause

_visits = itertools.count(1)


def a_tab(visit: str = "", **terms: Any) -> Tab:
    return ledger.open_tab(visit or f"visit{next(_visits)}", Terms(**terms))


def sell(
    tab: Tab, quantity: int = 1, cents: int = 10_00, line: str = "line", why: Cause | None = None
) -> Tab:
    return ledger.charge(tab, [Sale(line, quantity, cents)], why or cause()).tab


def tip(tab: Tab, bp: int | None = None, cents: int = 0) -> Tab:
    return ledger.set_tip(tab, TipRule(bp, cents), cause()).tab


def shown_link(tab: Tab) -> Payment:
    payment = checkout.propose(tab, cause())
    return checkout.confirm(tab, payment.nonce)


def paid(tab: Tab) -> Tab:
    checkout.settle(shown_link(tab), cause())
    tab.refresh_from_db()
    return tab


def now(tab: Tab) -> Tab:
    return Tab.objects.get(pk=tab.pk)


def tab_of(visit: Visit) -> Tab:
    return Tab.objects.filter(visit_code=visit.code).latest("id")


def attempt_of(visit: Visit) -> Payment:
    return tab_of(visit).payments.latest("id")


def card_of(bill: Bill) -> PaymentCard:
    assert bill.payment
    return bill.payment


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the bar and the till. Equal before and after means: nothing happened."""
    models = [*apps.get_app_config("payments").get_models(), *apps.get_app_config("bartender").get_models()]
    return {model.__name__: list(model._default_manager.order_by("pk").values_list()) for model in models}


def in_order() -> bool:
    """No invariant is broken, on any tab; a broken one is shown."""
    found = [str(one) for one in (*audit.check_tabs(Tab.objects.all()), *audit.check_book())]
    assert found == [], "\n".join(found)
    return True
