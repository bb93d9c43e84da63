"""The shared bill: participants, invitations, splitting the tab and paying one's share, with plain forms."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from bartender.errors import InvitationExpired
from bartender.models.menu import Venue
from bartender.models.visits import Visit, new_code
from bartender.services import split_bill
from bartender.services.bills import bill_of_tab
from bartender.services.orders import current_tab
from bartender.web.actions import form_operation, guest_action, parse_form
from bartender.web.forms import IdempotentForm, PayShareForm
from bartender.web.qr_code import qr_code_response
from maya_site.core.client_addresses import request_client_key
from maya_site.core.cookies import read_visit_code
from maya_site.core.money import parse_minor_units
from maya_site.core.public_urls import build_public_url
from maya_site.core.rate_limits import INVITATION_VIEW_LIMIT, PAYMENT_ATTEMPT_LIMIT, check_rate_limit
from maya_site.core.venue import timezone_or_utc
from payments import splits
from payments.errors import NothingToPay, OperationNotAllowed
from payments.models import Invitation, Payment, Share, Tab
from payments.providers import min_card_amount_cents


@require_safe
@never_cache
def redirect_to_split_bill(request: HttpRequest) -> HttpResponse:
    """To the shared page of one's own tab."""
    tab = current_tab(Visit(code=read_visit_code(request.COOKIES)))
    return redirect("bartender:shared", tab.code) if tab and tab.units else redirect("bartender:bill")


@require_safe
@never_cache
def split_bill_page(request: HttpRequest, code: str) -> HttpResponse:
    visit_code = read_visit_code(request.COOKIES)
    tab = split_bill.find_accessible_tab(visit_code, code)
    if tab is None:
        raise Http404
    return render(request, "bartender/split_bill.html", _page_context(request, tab, visit_code))


def _page_context(request: HttpRequest, tab: Tab, visit_code: str) -> dict[str, Any]:
    owner, out = tab.visit_code == visit_code, splits.active_split(tab)
    invitation = (
        split_bill.active_invitation_of(tab) if owner and tab.status in Tab.UNSETTLED_STATUSES else None
    )
    shares = list(out.shares.prefetch_related("payments")) if out else []
    venue = Venue.current()
    return {
        "tab": tab,
        "bill": bill_of_tab(tab),
        "owner": owner,
        "seats": split_bill.participants_of(tab),
        "me": visit_code,
        "link": _invitation_url(invitation) if invitation else "",
        "invitation": invitation,
        "shares": [
            (share, _share_status(share), owner or share.visit_code == visit_code) for share in shares
        ],
        "least": min_card_amount_cents(tab.currency),
        "frozen": any(_share_status(share) == "paid" for share in shares),
        "page_id": new_code()[:16],
        "venue": venue.name,
        "zone": timezone_or_utc(venue.timezone),
    }


def _share_status(share: Share) -> str:
    statuses = {payment.status for payment in share.payments.all()}
    if Payment.Status.SUCCEEDED in statuses:
        return "paid"
    return "at the till" if statuses & set(Payment.LIVE_STATUSES) else "open"


def _invitation_url(invitation: Invitation) -> str:
    return build_public_url(reverse("bartender:join", args=[split_bill.invitation_token(invitation)]))


@require_safe
@never_cache
def invitation_qr_code(request: HttpRequest) -> HttpResponse:
    """The invitation's QR code, for the owner of the tab only."""
    tab = current_tab(Visit(code=read_visit_code(request.COOKIES)))
    invitation = split_bill.active_invitation_of(tab) if tab else None
    if invitation is None:
        raise Http404
    return qr_code_response(_invitation_url(invitation))


@require_safe
@never_cache
def invitation_page(request: HttpRequest, token: str) -> HttpResponse:
    """Showing the page does not join: that takes the button."""
    try:
        check_rate_limit(INVITATION_VIEW_LIMIT, request_client_key(request))
        tab = split_bill.tab_of_invitation(token)
    except InvitationExpired:
        return render(
            request, "bartender/join.html", {"tab": None, "venue": Venue.current().name}, status=410
        )
    shown = {"tab": tab, "token": token, "venue": Venue.current().name, "page_id": new_code()[:16]}
    return render(request, "bartender/join.html", shown)


@guest_action()
def accept_invitation(request: HttpRequest, visit: Visit, token: str) -> str:
    return _tab_url(split_bill.join_tab(visit, token))


@guest_action()
def create_invitation(request: HttpRequest, visit: Visit) -> str:
    split_bill.create_invitation(visit)
    return _own_tab_url(visit)


@guest_action()
def end_invitation(request: HttpRequest, visit: Visit) -> str:
    split_bill.end_invitation(visit)
    messages.info(request, _("That link no longer works. Whoever has joined stays."))
    return _own_tab_url(visit)


@guest_action()
def split_tab(request: HttpRequest, visit: Visit, way: str) -> str:
    """A refusal is shown on the shared page, where the forms are."""
    why = form_operation(parse_form(IdempotentForm, request), f"split:{way}")
    if way == "equally":
        split_bill.split_equally(visit, why)
    elif way == "by-item":
        named = [name for name in request.POST if name.startswith("line-")]
        split_bill.split_by_item(visit, {name[5:]: request.POST.getlist(name) for name in named}, why)
    else:
        split_bill.split_by_amount(visit, _parse_amounts(request), why)
    return _own_tab_url(visit)


@guest_action()
def merge_split(request: HttpRequest, visit: Visit) -> str:
    split_bill.cancel_split(visit, form_operation(parse_form(IdempotentForm, request), "together"))
    messages.success(request, _("It's one bill again. Order more, or split it another way."))
    return _own_tab_url(visit)


@guest_action()
def pay_share(request: HttpRequest, visit: Visit) -> str:
    form = parse_form(PayShareForm, request)
    check_rate_limit(PAYMENT_ATTEMPT_LIMIT, visit.code)
    return split_bill.pay_share(visit, form.cleaned_data["share"], form.cleaned_data["nonce"])


def _parse_amounts(request: HttpRequest) -> dict[str, int]:
    """Minor units by visit code; empty fields are left out."""
    found = {}
    for name, typed in request.POST.items():
        if name.startswith("amount-") and str(typed).strip():
            cents = parse_minor_units(str(typed).strip()[:20])
            if not 0 <= cents < 10_000_000:
                raise OperationNotAllowed(_("That is more than is due."))
            found[name[7:]] = cents
    return found


def _own_tab_url(visit: Visit) -> str:
    tab = current_tab(visit)
    if tab is None:
        raise NothingToPay
    return _tab_url(tab)


def _tab_url(tab: Tab) -> str:
    return reverse("bartender:shared", args=[tab.code])
