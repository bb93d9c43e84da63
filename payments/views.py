"""Where guests come back to from a till, and the simulated till itself, which says that it takes no money."""

from __future__ import annotations

import logging
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from maya_site.core.cookies import read_visit_code
from maya_site.core.errors import Busy, ProviderError, Refusal
from payments import checkout
from payments.ledger import SIMULATED, OperationContext
from payments.models import Payment
from payments.providers.simulated import SimulatedProvider
from payments.settlement import reconcile_payment

logger = logging.getLogger(__name__)

PaymentStatus = Payment.Status


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def simulated_checkout(request: HttpRequest, code: str) -> HttpResponse:
    payment = _get_own_payment(request, code, provider=SIMULATED)
    if payment.status == PaymentStatus.SUCCEEDED:
        return redirect("bartender:receipt", payment.tab.code)
    if payment.status != PaymentStatus.LINK_OPEN or payment.expires_at < timezone.now():
        return _closed_page(request, payment)
    if request.method != "POST":
        return render(request, "payments/simulated_checkout.html", _page_context(payment) | {"open": True})
    try:
        return _apply_choice(request, payment)
    except Refusal as error:
        messages.warning(request, str(error))
        return redirect("bartender:bar")


@never_cache
@require_safe
def waiting(request: HttpRequest, code: str) -> HttpResponse:
    """Back from the till. Coming here proves nothing: the till is asked, and the page says what it said."""
    payment = _get_own_payment(request, code)
    away = False
    try:
        payment = reconcile_payment(payment, OperationContext(f"back:{payment.code}", source="form"))
    except (ProviderError, Busy) as error:
        logger.warning("payment %s waits for its till: %s", payment.code[:8], error)
        away = True
    if payment.status == PaymentStatus.SUCCEEDED:
        return redirect("bartender:receipt", payment.tab.code)
    shown = {"payment": payment, "open": payment.status in Payment.LIVE_STATUSES, "away": away}
    return render(request, "payments/waiting.html", shown)


def _get_own_payment(request: HttpRequest, code: str, **filters: str) -> Payment:
    """The owner of the visit only: to anybody else there is no such page."""
    visit_code = read_visit_code(request.COOKIES)
    mine = Q(tab__visit_code=visit_code) | Q(share__visit_code=visit_code)
    owned = Payment.objects.select_related("tab").filter(mine, **filters)
    payment = owned.filter(code=code).first() if visit_code else None
    if payment is None:
        raise Http404
    return payment


def _apply_choice(request: HttpRequest, payment: Payment) -> HttpResponse:
    choice = request.POST.get("choice", "")
    cause = OperationContext(f"till:{payment.code}:{choice[:12]}", source="form")
    if choice == "approve":
        SimulatedProvider().approve(str(payment.reference))
        reconcile_payment(payment, cause)
        return redirect("bartender:receipt", payment.tab.code)
    if choice == "decline":
        SimulatedProvider().decline(str(payment.reference))
        reconcile_payment(payment, cause)
        messages.warning(request, _("The payment was declined. Nothing was taken; your tab is open again."))
    elif choice == "cancel":
        checkout.cancel_payment(payment, cause)
        messages.info(request, _("Not paid yet. Your tab is open again."))
    else:
        return redirect("payments:till", payment.code)
    return redirect("bartender:bar")


def _closed_page(request: HttpRequest, payment: Payment) -> HttpResponse:
    """Too late, or already ended another way. A deed ends an overdue attempt; looking does not."""
    if request.method == "POST" and payment.status in Payment.LIVE_STATUSES:
        payment = checkout.expire_payment(payment)
    context = _page_context(payment) | {"open": False}
    return render(request, "payments/simulated_checkout.html", context, status=410)


def _page_context(payment: Payment) -> dict[str, Any]:
    tab = payment.tab
    return {"payment": payment, "tab": tab, "before_tip": payment.amount_cents - payment.tip_cents}
