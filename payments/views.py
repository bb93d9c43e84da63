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

from maya_site.lib.cookies import visit_code_in
from maya_site.lib.errors import Busy, ProviderError, Refused
from payments import checkout
from payments.ledger import SIMULATED, Cause
from payments.models import Payment
from payments.providers.simulated import SimulatedTill
from payments.settling import catch_up

logger = logging.getLogger(__name__)

Status = Payment.Status


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def till(request: HttpRequest, code: str) -> HttpResponse:
    payment = _own(request, code, provider=SIMULATED)
    if payment.status == Status.SUCCEEDED:
        return redirect("bartender:receipt", payment.tab.code)
    if payment.status != Status.LINK_OPEN or payment.expires_at < timezone.now():
        return _closed(request, payment)
    if request.method != "POST":
        return render(request, "payments/till.html", _shown(payment) | {"open": True})
    try:
        return _choose(request, payment)
    except Refused as error:
        messages.warning(request, str(error))
        return redirect("bartender:bar")


@never_cache
@require_safe
def waiting(request: HttpRequest, code: str) -> HttpResponse:
    """Back from the till. Coming here proves nothing: the till is asked, and the page says what it said."""
    payment = _own(request, code)
    away = False
    try:
        payment = catch_up(payment, Cause(f"back:{payment.code}", source="form"))
    except (ProviderError, Busy) as trouble:
        logger.warning("payment %s waits for its till: %s", payment.code[:8], trouble)
        away = True
    if payment.status == Status.SUCCEEDED:
        return redirect("bartender:receipt", payment.tab.code)
    shown = {"payment": payment, "open": payment.status in Payment.LIVE, "away": away}
    return render(request, "payments/waiting.html", shown)


def _own(request: HttpRequest, code: str, **only: str) -> Payment:
    """The owner of the visit only: to anybody else there is no such page."""
    visit_code = visit_code_in(request.COOKIES)
    mine = Q(tab__visit_code=visit_code) | Q(share__visit_code=visit_code)
    owned = Payment.objects.select_related("tab").filter(mine, **only)
    payment = owned.filter(code=code).first() if visit_code else None
    if payment is None:
        raise Http404
    return payment


def _choose(request: HttpRequest, payment: Payment) -> HttpResponse:
    choice = request.POST.get("choice", "")
    cause = Cause(f"till:{payment.code}:{choice[:12]}", source="form")
    if choice == "approve":
        SimulatedTill().approve(str(payment.reference))
        catch_up(payment, cause)
        return redirect("bartender:receipt", payment.tab.code)
    if choice == "decline":
        SimulatedTill().decline(str(payment.reference))
        catch_up(payment, cause)
        messages.warning(request, _("The payment was declined. Nothing was taken; your tab is open again."))
    elif choice == "cancel":
        checkout.take_back(payment, cause)
        messages.info(request, _("Not paid yet. Your tab is open again."))
    else:
        return redirect("payments:till", payment.code)
    return redirect("bartender:bar")


def _closed(request: HttpRequest, payment: Payment) -> HttpResponse:
    """Too late, or already ended another way. A deed ends an overdue attempt; looking does not."""
    if request.method == "POST" and payment.status in Payment.LIVE:
        payment = checkout.expire(payment)
    return render(request, "payments/till.html", _shown(payment) | {"open": False}, status=410)


def _shown(payment: Payment) -> dict[str, Any]:
    tab = payment.tab
    return {"payment": payment, "tab": tab, "before_tip": payment.amount_cents - payment.tip_cents}
