"""The guest's plain forms, for use without JavaScript: each posts, acts once, and redirects back."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Concatenate, ParamSpec, TypeVar

from asgiref.sync import async_to_sync
from django import forms
from django.contrib import messages
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from bartender.brains import get_brain
from bartender.conversation.turn import collect_events, take_turn
from bartender.errors import NoSuchLine, NotOnTheMenu
from bartender.facts.bill import UNSENT_TAKEN_OFF_TEXT
from bartender.menu.snapshot import current_menu
from bartender.models.visits import Visit, new_code
from bartender.services import bills, orders, receipts, tickets, visits
from bartender.services.orders import LineDetails
from bartender.services.own_keys.store import delete_keys_of_visit
from bartender.services.split_bill import find_accessible_tab
from bartender.web.forms import (
    MAX_MESSAGE_LENGTH,
    IdempotentForm,
    MessageForm,
    OrderForm,
    PayForm,
    ReceiptEmailForm,
    TipForm,
)
from maya_site.core.client_addresses import request_client_key
from maya_site.core.cookies import read_returning_guest_code, read_visit_code, set_visit_cookie
from maya_site.core.errors import MayaError, ProviderError, Refusal
from maya_site.core.log_context import bind_log_context, log_turn_id, log_visit_id
from maya_site.core.money import format_money, parse_minor_units
from maya_site.core.rate_limits import (
    PAYMENT_ATTEMPT_LIMIT,
    RECEIPT_EMAIL_LIMIT,
    REQUEST_LIMIT,
    TURN_LIMIT,
    check_rate_limit,
)
from payments.errors import NoOpenPayment, NothingToPay
from payments.ledger import OperationContext, TipRule
from payments.models import Tab

RETURN_PAGES = {"bill", "keys", "agents"}  # pages whose forms redirect back to them
DRAFT_TAG = "kept"  # not a notice: the guest's words, put back into the field
MAX_DRAFT_LENGTH = 2 * MAX_MESSAGE_LENGTH  # too long to be said may still be shortened

P = ParamSpec("P")
F = TypeVar("F", bound=forms.Form)
GuestAction = Callable[Concatenate[HttpRequest, Visit, P], str | None]
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


class InvalidForm(Refusal):
    def __init__(self) -> None:
        super().__init__(_("I could not read that form. Please try once more."))


def guest_action(anchor: str = "", draft_field: str = "") -> Callable[[GuestAction[P]], View[P]]:
    """Decorates a POST view that acts on the guest's visit, which is created if needed.

    A refusal or a provider's failure becomes a message on the page. The view may return another URL to
    redirect to. `draft_field` holds words that nobody should have to write twice: whatever does not reach the
    bar, for whatever reason, stands in the field of the next page.
    """

    def wrap(work: GuestAction[P]) -> View[P]:
        @require_POST
        @never_cache
        @functools.wraps(work)
        def view(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            known = read_visit_code(request.COOKIES)
            code = known or new_code()
            draft = request.POST.get(draft_field, "")
            with _keeping_draft(request, draft):
                check_rate_limit(REQUEST_LIMIT, request_client_key(request))
            with bind_log_context(visit=log_visit_id(code)):
                to = _run_action(request, code, lambda visit: work(request, visit, *args, **kwargs), draft)
            response = HttpResponseRedirect(to or _return_url(request, anchor))
            if not known:
                set_visit_cookie(response, code)
            return response

        return view

    return wrap


@guest_action(draft_field="text")
def send_message(request: HttpRequest, visit: Visit) -> None:
    form = MessageForm(request.POST)
    if not form.is_valid():
        raise _message_form_error(form)
    check_rate_limit(TURN_LIMIT, visit.code)
    async_to_sync(_run_turn)(visit, form.cleaned_data["text"], form.cleaned_data["id"])


@guest_action("#menu")
def order_drink(request: HttpRequest, visit: Visit, slug: str) -> None:
    form = parse_form(OrderForm, request)
    drink = next((drink for drink in current_menu().drinks if drink.slug == slug), None)
    if drink is None:
        raise NotOnTheMenu(_("that"))
    quantity = form.cleaned_data["quantity"]
    wanted = 1 if quantity is None else quantity
    details = LineDetails(form.cleaned_data["note"])
    line = orders.add_line(
        visit, drink.name, wanted, form.modifiers, form_operation(form, "order"), details=details
    )
    price = format_money(line.quantity * line.unit_cents, line.tab.currency)
    values = {"what": f"{line.quantity} × {line.name}", "price": price}
    messages.success(request, _("%(what)s, %(price)s, is on your tab.") % values)


@guest_action("#tab")
def set_tip(request: HttpRequest, visit: Visit) -> None:
    form = parse_form(TipForm, request)
    percent, amount = form.cleaned_data["percent"], form.cleaned_data["amount"]
    rule = (
        TipRule(cents=parse_minor_units(amount))
        if amount is not None
        else TipRule(basis_points=percent * 100 if percent else None)
    )
    bills.set_tip(visit, rule, form_operation(form, f"tip:{rule.basis_points}:{rule.cents}"))


@guest_action("#tab")
def undo_last_line(request: HttpRequest, visit: Visit) -> None:
    orders.undo_last_line(visit, form_operation(parse_form(IdempotentForm, request), "undo"))
    messages.success(request, _("The last one is off your tab."))


@guest_action("#tab")
def remove_line(request: HttpRequest, visit: Visit, number: int) -> None:
    form = parse_form(IdempotentForm, request)
    line = bills.line_by_number(visit, number)
    if line is None:
        raise NoSuchLine
    orders.remove_line(visit, line, None, form_operation(form, f"remove:{number}"))
    messages.success(request, _("%(what)s is off your tab.") % {"what": line.name})


@guest_action("#tab")
def send_to_bar(request: HttpRequest, visit: Visit) -> None:
    # Without JavaScript no page counts the hold down, so there is none.
    tickets.fire_ticket(visit, form_operation(parse_form(IdempotentForm, request), "send"), skip_hold=True)
    messages.success(request, _("Sent to the bar."))


@guest_action("#tab")
def pay(request: HttpRequest, visit: Visit) -> str | None:
    """Proposes the amount first; with the payment card's nonce, redirects to the payment link."""
    form = parse_form(PayForm, request)
    check_rate_limit(PAYMENT_ATTEMPT_LIMIT, visit.code)
    if nonce := form.cleaned_data["nonce"]:
        card = bills.confirm_payment(visit, nonce).payment
        if card is None:
            raise NoOpenPayment
        return card.url
    bill = bills.request_bill(visit, form_operation(form, "pay"))
    if bill.taken_off_units:
        messages.info(request, _(UNSENT_TAKEN_OFF_TEXT))
    return None


@guest_action("#tab")
def decline_payment(request: HttpRequest, visit: Visit) -> None:
    bills.decline_payment(visit, form_operation(parse_form(IdempotentForm, request), "not-yet"))


@guest_action()
def email_receipt(request: HttpRequest, visit: Visit, code: str) -> str:
    """For those who may see the receipt. The address is erased when the mail is sent."""
    tab = find_accessible_tab(visit.code, code)
    if tab is None or tab.status != Tab.Status.PAID:
        raise NothingToPay
    form = ReceiptEmailForm(request.POST)
    if form.is_valid():
        check_rate_limit(RECEIPT_EMAIL_LIMIT, visit.code)
        receipts.enqueue_receipt_mail(tab, form.cleaned_data["address"])
        messages.success(request, _("Your receipt is on its way. I don't keep the address once it is sent."))
    else:
        messages.warning(request, _("That doesn't look like an email address."))
    return reverse("bartender:receipt", args=[code])


@require_POST
@never_cache
def start_new_visit(request: HttpRequest) -> HttpResponse:
    """Sets a new visit's cookie. The old visit stays as it is, but loses the guest's own keys."""
    delete_keys_of_visit(read_visit_code(request.COOKIES))
    response = redirect("bartender:bar")
    set_visit_cookie(response, new_code())
    return response


def parse_form(form_class: type[F], request: HttpRequest) -> F:
    form = form_class(request.POST)
    if not form.is_valid():
        raise InvalidForm
    return form


def form_operation(form: forms.Form, action: str) -> OperationContext:
    return OperationContext(f"form:{form.cleaned_data['id']}:{action}", source="form")


def _run_action(
    request: HttpRequest, code: str, action: Callable[[Visit], str | None], draft: str
) -> str | None:
    returning_guest = read_returning_guest_code(request.COOKIES)
    try:
        with _keeping_draft(request, draft):
            visit = visits.get_or_create_visit(code, returning_guest=returning_guest)
            if visit is None:
                return None
            visits.update_last_seen(visit)
            return action(visit)
    except (Refusal, ProviderError) as error:
        messages.warning(request, _error_message(error))
    return None


@contextmanager
def _keeping_draft(request: HttpRequest, draft: str) -> Iterator[None]:
    try:
        yield
    except (Refusal, ProviderError, OperationalError):
        if draft := draft.strip():
            messages.info(request, draft[:MAX_DRAFT_LENGTH], extra_tags=DRAFT_TAG)
        raise


def _error_message(error: MayaError) -> str:
    return (
        str(error) if isinstance(error, Refusal) else _("The till does not answer. Please try again shortly.")
    )


def _return_url(request: HttpRequest, anchor: str) -> str:
    page = request.POST.get("page", "")
    return reverse(f"bartender:{page}") if page in RETURN_PAGES else reverse("bartender:bar") + anchor


def _message_form_error(form: MessageForm) -> Refusal:
    codes = {error.code for errors in form.errors.as_data().values() for error in errors}
    if "max_length" in codes:
        return Refusal(_("That was more than I can take in at once. Could you say it in fewer words?"))
    return (
        Refusal(_("I didn't catch anything. What can I get you?")) if codes == {"required"} else InvalidForm()
    )


async def _run_turn(visit: Visit, text: str, client_id: str) -> None:
    with bind_log_context(turn=log_turn_id(client_id)), override(visit.language):
        await collect_events(take_turn(visit, text, client_id, get_brain(visit), is_undelivered=True))
