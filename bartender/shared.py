"""The shared bill: who is at the table, how the bill is divided, and each one's part of it. Plain forms."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from bartender.deeds import cause, deed, read
from bartender.errors import InvitationOver
from bartender.forms import OnceForm, PayShareForm
from bartender.qr import picture_of
from bartender.records.menu import Venue
from bartender.records.visits import Visit, new_code
from bartender.services import sharing
from bartender.services.bills import bill_of_tab
from bartender.services.days import zone_of
from bartender.services.orders import current_tab
from maya_site.lib.cookies import visit_code_in
from maya_site.lib.limits import JOINS, PAY_CLICKS, house_of, take
from payments import splitting
from payments.errors import BadAmount, NothingToPay
from payments.models import Invitation, Payment, Share, Tab


@require_safe
@never_cache
def split(request: HttpRequest) -> HttpResponse:
    """One's own tab as others would see it."""
    tab = current_tab(Visit(code=visit_code_in(request.COOKIES)))
    return redirect("bartender:shared", tab.code) if tab and tab.units else redirect("bartender:bill")


@require_safe
@never_cache
def shared(request: HttpRequest, code: str) -> HttpResponse:
    visit_code = visit_code_in(request.COOKIES)
    tab = sharing.tab_seen_by(visit_code, code)
    if tab is None:
        raise Http404
    return render(request, "bartender/shared.html", _shown(request, tab, visit_code))


def _shown(request: HttpRequest, tab: Tab, visit_code: str) -> dict[str, Any]:
    owner, out = tab.visit_code == visit_code, splitting.split_of(tab)
    invitation = sharing.invitation_to(tab) if owner and tab.status in Tab.LIVE else None
    shares = list(out.shares.prefetch_related("payments")) if out else []
    venue = Venue.here()
    return {
        "tab": tab,
        "bill": bill_of_tab(tab),
        "owner": owner,
        "seats": sharing.seats(tab),
        "me": visit_code,
        "link": _link(request, invitation) if invitation else "",
        "invitation": invitation,
        "shares": [(share, _state(share), owner or share.visit_code == visit_code) for share in shares],
        "frozen": any(_state(share) == "paid" for share in shares),
        "page_id": new_code()[:16],
        "venue": venue.name,
        "zone": zone_of(venue),
    }


def _state(share: Share) -> str:
    statuses = {payment.status for payment in share.payments.all()}
    if Payment.Status.SUCCEEDED in statuses:
        return "paid"
    return "at the till" if statuses & set(Payment.LIVE) else "open"


def _link(request: HttpRequest, invitation: Invitation) -> str:
    path = reverse("bartender:join", args=[sharing.token_of(invitation)])
    return request.build_absolute_uri(path)


@require_safe
@never_cache
def qr(request: HttpRequest) -> HttpResponse:
    """The invitation as a picture, to the owner of the tab only."""
    tab = current_tab(Visit(code=visit_code_in(request.COOKIES)))
    invitation = sharing.invitation_to(tab) if tab else None
    if invitation is None:
        raise Http404
    return picture_of(_link(request, invitation))


@require_safe
@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Looking joins nobody: that takes a press of the button."""
    try:
        take(JOINS, house_of(request.META.get("REMOTE_ADDR", "")))
        tab = sharing.invited_by(token)
    except InvitationOver:
        return render(request, "bartender/join.html", {"venue": Venue.here().name}, status=410)
    shown = {"tab": tab, "token": token, "venue": Venue.here().name, "page_id": new_code()[:16]}
    return render(request, "bartender/join.html", shown)


@deed()
def join(request: HttpRequest, visit: Visit, token: str) -> str:
    return _page(sharing.join(visit, token))


@deed()
def invite(request: HttpRequest, visit: Visit) -> str:
    sharing.invite(visit)
    return _own_page(visit)


@deed()
def end_invitation(request: HttpRequest, visit: Visit) -> str:
    sharing.end_invitation(visit)
    messages.info(request, _("That link leads nowhere any more. Who has joined stays."))
    return _own_page(visit)


@deed()
def divide(request: HttpRequest, visit: Visit, way: str) -> str:
    """A refusal is said on the shared page, where the forms are."""
    why = cause(read(OnceForm, request), f"split:{way}")
    if way == "equally":
        sharing.equally(visit, why)
    elif way == "by-item":
        named = [name for name in request.POST if name.startswith("line-")]
        sharing.by_item(visit, {name[5:]: request.POST.getlist(name) for name in named}, why)
    else:
        sharing.by_amount(visit, _amounts(request), why)
    return _own_page(visit)


@deed()
def put_together(request: HttpRequest, visit: Visit) -> str:
    sharing.put_together(visit, cause(read(OnceForm, request), "together"))
    messages.success(request, _("One bill again. Order on, or divide it another way."))
    return _own_page(visit)


@deed()
def pay(request: HttpRequest, visit: Visit) -> str:
    form = read(PayShareForm, request)
    take(PAY_CLICKS, visit.code)
    return sharing.pay_share(visit, form.cleaned_data["share"], form.cleaned_data["nonce"])


def _amounts(request: HttpRequest) -> dict[str, int]:
    """Dollars as they were typed; nothing typed is nothing."""
    found = {}
    for name, typed in request.POST.items():
        if name.startswith("amount-") and str(typed).strip():
            try:
                cents = Decimal(str(typed)) * 100
            except InvalidOperation:
                raise BadAmount(_("An amount is written like 12.50.")) from None
            if not cents.is_finite() or cents != int(cents) or not 0 <= cents < 10_000_000:
                raise BadAmount(_("An amount is written like 12.50."))
            found[name[7:]] = int(cents)
    return found


def _own_page(visit: Visit) -> str:
    tab = current_tab(visit)
    if tab is None:
        raise NothingToPay
    return _page(tab)


def _page(tab: Tab) -> str:
    return reverse("bartender:shared", args=[tab.code])
