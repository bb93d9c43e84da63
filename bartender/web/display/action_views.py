"""Money on the bar display: settle a tab, give a drink on the house, void, say whose the tip is."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from bartender.errors import NoSuchLine
from bartender.models.staff_actions import StaffAction
from bartender.models.visits import OrderLine, Visit
from bartender.services import bar_settlement, staff_actions
from bartender.services.orders import live_lines
from bartender.services.staff_actions import REQUIRED_PERMISSIONS, StaffActionRequest
from bartender.web.actions import parse_form
from bartender.web.display.access import ActionResult, staff_post, staff_user
from bartender.web.display.action_forms import ActionForm, SettleForm, TipForForm, VoidLineForm
from maya_site.core.errors import ProviderError, Refusal
from maya_site.core.money import format_money
from payments.models import Tab

Kind = StaffAction.Kind
TAB_PAGE = "staff_tab"


@staff_post(REQUIRED_PERMISSIONS[Kind.TENDER], page=TAB_PAGE)
def settle(request: HttpRequest, code: str, tab: str) -> ActionResult:
    """Not in a transaction: a payment provider may be asked to end a link."""
    visit, found = get_object_or_404(Visit, code=code), _tab(code, tab)
    form = parse_form(SettleForm, request)
    paid = form.build_payment(found.currency)
    try:
        action = bar_settlement.settle_at_bar(visit, found, paid, _user(request), form.cleaned_data["id"])
    except ProviderError as error:
        raise Refusal(str(error)) from error
    said, is_done = _describe(action), action.status == StaffAction.Status.DONE
    if is_done and not hasattr(action, "undone_by") and (change := bar_settlement.change_cents(action)):
        said = f"{said} Give {format_money(change, found.currency)} change."
    return said, ""


@staff_post(REQUIRED_PERMISSIONS[Kind.COMP_LINE], page=TAB_PAGE)
def comp_line(request: HttpRequest, code: str, tab: str, number: int) -> ActionResult:
    form, found = parse_form(ActionForm, request), _tab(code, tab)
    line = _line(found, number)
    action_request = form.build_request(
        Kind.COMP_LINE, found, line=line, cents=staff_actions.unpaid_cents(line), shown=form.shown_cents
    )
    return _submit(request, action_request, form)


@staff_post(REQUIRED_PERMISSIONS[Kind.VOID_LINE], page=TAB_PAGE)
def void_line(request: HttpRequest, code: str, tab: str, number: int) -> ActionResult:
    form, found = parse_form(VoidLineForm, request), _tab(code, tab)
    line = _line(found, number)
    units = form.cleaned_data["units"]
    if units > line.quantity:
        raise NoSuchLine(f"{units} × {line.name}")
    return _submit(request, form.build_request(Kind.VOID_LINE, found, line=line, units=units), form)


@staff_post(REQUIRED_PERMISSIONS[Kind.VOID_TAB], page=TAB_PAGE)
def void_tab(request: HttpRequest, code: str, tab: str) -> ActionResult:
    form, found = parse_form(ActionForm, request), _tab(code, tab)
    return _submit(request, form.build_request(Kind.VOID_TAB, found, shown=form.shown_cents), form)


@staff_post(REQUIRED_PERMISSIONS[Kind.CLOSE], page=TAB_PAGE)
def close_tab(request: HttpRequest, code: str, tab: str) -> ActionResult:
    form = parse_form(ActionForm, request)
    return _submit(request, form.build_request(Kind.CLOSE, _tab(code, tab)), form)


@staff_post(REQUIRED_PERMISSIONS[Kind.TIP_FOR], page=TAB_PAGE)
def assign_tip(request: HttpRequest, code: str, tab: str) -> ActionResult:
    form = parse_form(TipForForm, request)
    return _submit(request, form.build_request(Kind.TIP_FOR, _tab(code, tab)), form)


def _submit(request: HttpRequest, action_request: StaffActionRequest, form: ActionForm) -> ActionResult:
    person = _user(request)
    key = bar_settlement.action_key(person, form.cleaned_data["id"])
    try:
        return _describe(staff_actions.submit_action(action_request, person, key)), ""
    except ProviderError as error:
        raise Refusal(str(error)) from error


def _describe(action: StaffAction) -> str:
    if hasattr(action, "undone_by"):  # the form was sent again after that
        said = staff_actions.describe_completed_action(action.undone_by)
        return f"{said[:1].upper()}{said[1:]} Press it anew on the page as it is now."
    if action.status == StaffAction.Status.WAITING:
        return (
            f"A second person must agree first: {staff_actions.describe_planned_action(action)}. "
            "Nothing has changed yet."
        )
    if action.status == StaffAction.Status.DECLINED:
        return f"Declined: {staff_actions.describe_planned_action(action)}. Nothing has changed."
    return f"Done: {staff_actions.describe_completed_action(action)}"


def _user(request: HttpRequest) -> User:
    return cast(User, staff_user(request))


def _tab(visit_code: str, code: str) -> Tab:
    return get_object_or_404(Tab, code=code, visit_code=visit_code)


def _line(tab: Tab, number: int) -> OrderLine:
    line = live_lines(tab).select_related("tab").filter(number=number).first()
    if line is None:
        raise NoSuchLine
    return line
