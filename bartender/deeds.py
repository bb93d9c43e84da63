"""What a guest does by plain forms: each one posts, is done once, and leads back to the same page."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from asgiref.sync import async_to_sync
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from bartender.brains import get_brain
from bartender.conversation.turn import collect, take_turn
from bartender.errors import NoSuchLine, NotOnTheMenu
from bartender.forms import MailForm, OnceForm, OrderForm, PayForm, SayForm, TipForm
from bartender.keys.keeper import forget
from bartender.menu.snapshot import current_menu
from bartender.records.visits import Visit, new_code
from bartender.services import bills, orders, receipts, tickets, visits
from bartender.services.sharing import tab_seen_by
from maya_site.lib.cookies import regular_code_in, remember, visit_code_in
from maya_site.lib.db import inline
from maya_site.lib.errors import MayaError, ProviderError, Refused
from maya_site.lib.limits import MAILS, PAY_CLICKS, REQUESTS, TURNS, house_of, take
from maya_site.lib.log_ids import bound, turn_id, visit_id
from maya_site.lib.money import dollars
from payments.errors import NoPayment, NothingToPay
from payments.ledger import Cause, TipRule
from payments.models import Tab

PAGES = {"bill", "keys"}  # from where a form leads back to itself
KEPT = "kept"  # not a notice: the guest's words, put back into the field

P = ParamSpec("P")
F = TypeVar("F", bound=forms.Form)
Deed = Callable[Concatenate[HttpRequest, Visit, P], str | None]
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


class Unreadable(Refused):
    def __init__(self) -> None:
        super().__init__(_("I could not read that form. Please try once more."))


def deed(anchor: str = "") -> Callable[[Deed[P]], View[P]]:
    """A refusal is one clear sentence beside the conversation; the page stays as it was.

    The deed may name another address to go to.
    """

    def wrap(work: Deed[P]) -> View[P]:
        @require_POST
        @never_cache
        @functools.wraps(work)
        def view(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            take(REQUESTS, house_of(request.META.get("REMOTE_ADDR", "")))
            known = visit_code_in(request.COOKIES)
            code = known or new_code()
            with bound(visit=visit_id(code)):
                to = _try(request, code, lambda visit: work(request, visit, *args, **kwargs))
            response = HttpResponseRedirect(to or _back(request, anchor))
            if not known:
                remember(response, code)
            return response

        return view

    return wrap


@deed()
def say(request: HttpRequest, visit: Visit) -> None:
    form = SayForm(request.POST)
    if not form.is_valid():
        raise _why_unsaid(form)
    said = form.cleaned_data["said"]
    try:
        take(TURNS, visit.code)
        async_to_sync(_turn)(visit, said, form.cleaned_data["id"])
    except Refused:
        messages.info(request, said, extra_tags=KEPT)
        raise


@deed("#menu")
def order(request: HttpRequest, visit: Visit, slug: str) -> None:
    form = read(OrderForm, request)
    drink = next((drink for drink in current_menu().drinks if drink.slug == slug), None)
    if drink is None:
        raise NotOnTheMenu(_("that"))
    quantity = form.cleaned_data["quantity"]
    wanted = 1 if quantity is None else quantity
    line = orders.add(visit, drink.name, wanted, form.modifiers, cause(form, "order"))
    told = {"what": f"{line.quantity} × {line.name}", "price": dollars(line.quantity * line.unit_cents)}
    messages.success(request, _("%(what)s, %(price)s, is on your tab.") % told)


@deed("#tab")
def tip(request: HttpRequest, visit: Visit) -> None:
    form = read(TipForm, request)
    percent, amount = form.cleaned_data["percent"], form.cleaned_data["amount"]
    rule = (
        TipRule(cents=int(amount * 100))
        if amount is not None
        else TipRule(bp=percent * 100 if percent else None)
    )
    bills.set_tip(visit, rule, cause(form, f"tip:{rule.bp}:{rule.cents}"))


@deed("#tab")
def undo(request: HttpRequest, visit: Visit) -> None:
    orders.undo(visit, cause(read(OnceForm, request), "undo"))
    messages.success(request, _("The last one is off your tab."))


@deed("#tab")
def remove(request: HttpRequest, visit: Visit, number: int) -> None:
    form = read(OnceForm, request)
    line = bills.line_by_number(visit, number)
    if line is None:
        raise NoSuchLine
    orders.remove(visit, line, None, cause(form, f"remove:{number}"))
    messages.success(request, _("%(what)s is off your tab.") % {"what": line.name})


@deed("#tab")
def send(request: HttpRequest, visit: Visit) -> None:
    # By a plain form, where nothing counts down.
    tickets.fire(visit, cause(read(OnceForm, request), "send"), at_once=True)
    messages.success(request, _("Sent to the bar."))


@deed("#tab")
def pay(request: HttpRequest, visit: Visit) -> str | None:
    """First the amount is fixed and shown; the guest's own yes, with the card's nonce, asks the till."""
    form = read(PayForm, request)
    take(PAY_CLICKS, visit.code)
    if nonce := form.cleaned_data["nonce"]:
        card = bills.confirm_payment(visit, nonce).payment
        if card is None:
            raise NoPayment
        return card.url
    bills.ask_to_pay(visit, cause(form, "pay"))
    return None


@deed("#tab")
def not_yet(request: HttpRequest, visit: Visit) -> None:
    bills.not_yet(visit, cause(read(OnceForm, request), "not-yet"))


@deed()
def mail_receipt(request: HttpRequest, visit: Visit, code: str) -> str:
    """To whoever may see the receipt; the address is forgotten when the mail is out."""
    tab = tab_seen_by(visit.code, code)
    if tab is None or tab.status != Tab.Status.PAID:
        raise NothingToPay
    form = MailForm(request.POST)
    if form.is_valid():
        take(MAILS, visit.code)
        receipts.mail(tab, form.cleaned_data["address"])
        messages.success(request, _("Your receipt is on its way. I forget the address when it is out."))
    else:
        messages.warning(request, _("That is not an address that mail can be sent to."))
    return reverse("bartender:receipt", args=[code])


@require_POST
@never_cache
def start(request: HttpRequest) -> HttpResponse:
    """A new evening: another code. The old visit stays as it is, but for the keys that the guest brought."""
    forget(visit_code_in(request.COOKIES))
    response = redirect("bartender:bar")
    remember(response, new_code())
    return response


def read(kind: type[F], request: HttpRequest) -> F:
    form = kind(request.POST)
    if not form.is_valid():
        raise Unreadable
    return form


def cause(form: forms.Form, what: str) -> Cause:
    return Cause(f"form:{form.cleaned_data['id']}:{what}", source="form")


def _try(request: HttpRequest, code: str, work: Callable[[Visit], str | None]) -> str | None:
    try:
        visit = visits.enter(code, regular=regular_code_in(request.COOKIES))
        if visit is None:
            return None
        visits.touch(visit)
        return work(visit)
    except (Refused, ProviderError) as error:
        messages.warning(request, _sentence(error))
    return None


def _sentence(error: MayaError) -> str:
    return (
        str(error) if isinstance(error, Refused) else _("The till does not answer. Please try again shortly.")
    )


def _back(request: HttpRequest, anchor: str) -> str:
    page = request.POST.get("page", "")
    return reverse(f"bartender:{page}") if page in PAGES else reverse("bartender:bar") + anchor


def _why_unsaid(form: SayForm) -> Refused:
    codes = {error.code for errors in form.errors.as_data().values() for error in errors}
    if "max_length" in codes:
        return Refused(_("That was more than I can keep in my head. Tell me in fewer words?"))
    return Refused(_("I did not hear anything. What shall it be?")) if codes == {"required"} else Unreadable()


async def _turn(visit: Visit, said: str, client_id: str) -> None:
    with bound(turn=turn_id(client_id)), override(visit.language):
        await collect(take_turn(visit, said, client_id, get_brain(visit), inline, unheard=True))
