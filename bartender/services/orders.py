"""Adds, changes and removes drinks on a tab. Each call is one transaction under one idempotency key."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from bartender.errors import (
    AlreadyStarted,
    NoSuchLine,
    StaffApprovalRequired,
    VisitClosed,
    WrongQuantity,
)
from bartender.menu.price_rules import LinePrice, price_line
from bartender.menu.snapshot import (
    Drink,
    Menu,
    MenuModifier,
    canonical_names,
    choose_modifiers,
    find_drink,
    menu_for_orders,
)
from bartender.models.menu import Venue
from bartender.models.responsible_service import Approval
from bartender.models.visits import OrderLine, Ticket, Visit
from bartender.services import line_taxes, responsible_service
from bartender.services.bar_state import check_takes_orders
from bartender.services.portions import TooFewPortions, give_back_portions
from bartender.services.print_requests import request_corrections
from bartender.services.voids import void_empty_ticket, void_units
from maya_site.core.currencies import get_currency
from maya_site.core.db import CompiledQuery, after_commit, atomic_with_retry
from maya_site.core.errors import Busy
from maya_site.core.metrics import ORDERS
from payments import checkout, ledger
from payments.documents import SELLER_FIELDS
from payments.errors import LineLimit
from payments.ledger import OperationContext, Sale, TabTerms
from payments.models import Journal, Payment, Tab, TaxMethod
from payments.providers import is_provider_simulated
from payments.reopen_tab import reopen_without_provider

P = ParamSpec("P")
T = TypeVar("T")
LineStatus = OrderLine.Status
MAX_REOPEN_ATTEMPTS = 3
REPLACED_SUFFIX = "old"  # in the key under which the line goes whose place another one takes
# Reread under the lock: the visit may have been closed, or a person may have decided something.
REFRESHED_FIELDS = ("closed_at", "age_state", "allergies", "slowdown_until", "returning_guest_id")


@dataclass(frozen=True)
class LineDetails:
    """What a line carries beside its drink: a note for whoever makes it, and who rang it in."""

    note: str = ""
    rung_in_by: User | None = None  # None: the guest ordered it
    takeaway: bool = False
    previous_line: OrderLine | None = None  # whose place it takes


NO_DETAILS = LineDetails()


class _PaymentLinkIsOpen(Exception):
    def __init__(self, payment: Payment) -> None:
        self.payment = payment


def order_operation(
    service: Callable[Concatenate[Visit, P], T],
) -> Callable[Concatenate[Visit, P], T]:
    """Decorates a service that changes an order or its bill: `service(visit, ..., op)`.

    The service runs in one transaction, which is retried when the database is locked; signals are sent after
    the commit. The service itself locks and finds a repeated `op.key` (`lock_and_find_replay`), which gets
    the first answer.

    If it takes back a bill whose payment link is open, the transaction is rolled back, the link is cancelled
    at the provider outside any transaction, and the service runs again; a refused change leaves the bill as
    it was. If a rule needs a person, nothing changes and a request for approval is recorded.

    Raises what the service raises, and Busy if the database or the link stays unavailable.
    """

    @atomic_with_retry
    def attempt(visit: Visit, *args: P.args, **kwargs: P.kwargs) -> T:
        open_link = _PAYMENTS_WITH_OPEN_LINK.first(visit.code)
        answer = service(visit, *args, **kwargs)
        if open_link and _PAYMENTS_WITH_OPEN_LINK.first(visit.code) != open_link:
            raise _PaymentLinkIsOpen(open_link)
        return answer

    @functools.wraps(service)
    def run(visit: Visit, *args: P.args, **kwargs: P.kwargs) -> T:
        for _attempt in range(MAX_REOPEN_ATTEMPTS):
            try:
                return attempt(visit, *args, **kwargs)
            except _PaymentLinkIsOpen as out:
                op = kwargs.get("op", args[-1] if args else None)
                assert isinstance(op, OperationContext)
                checkout.cancel_payment(out.payment, reopen_context(op))
            except StaffApprovalRequired as request:
                responsible_service.create_pending_approval(visit, request)
                raise
        raise Busy

    return run  # type: ignore[return-value] # wraps() gives the first argument a name


# Of a visit: the attempt whose link a guest may be paying now.
_PAYMENTS_WITH_OPEN_LINK = CompiledQuery(
    lambda visit_code: (
        Payment.objects.live()
        .filter(tab__visit_code=visit_code, status=Payment.Status.LINK_OPEN, share=None)
        .order_by("pk")[:1]
    ),
    str,
)


def reopen_context(op: OperationContext) -> OperationContext:
    return op.with_key_suffix("reopen")


def current_tab(visit: Visit) -> Tab | None:
    """The visit's newest tab, settled or not."""
    return _NEWEST_TAB_QUERY.first(visit.code)


_NEWEST_TAB_QUERY = CompiledQuery(lambda code: Tab.objects.for_visit(code).order_by("-id")[:1], str)


def live_lines(tab: Tab) -> QuerySet[OrderLine]:
    return OrderLine.objects.filter(tab=tab).exclude(status=LineStatus.VOIDED)


@order_operation
def add_line(
    visit: Visit,
    item: str,
    quantity: int,
    modifiers: Sequence[str],
    op: OperationContext,
    details: LineDetails = NO_DETAILS,
) -> OrderLine:
    """Adds `quantity` of an item at its price of this moment. A repeated `op.key` returns the first line."""
    menu = menu_for_orders()
    noted = [f"note: {details.note}"] if details.note else []
    noted += ["to take away"] if details.takeaway else []
    op = op.with_request("add", quantity, *canonical_names(menu, item, modifiers), *noted)
    if lock_and_find_replay(visit, op):
        return OrderLine.objects.get(visit=visit, key=op.key)
    drink = find_drink(menu, item, visit.allergies)
    chosen = choose_modifiers(drink, modifiers)
    return _add_line(visit, open_tab_for_change(visit, op), menu, drink, chosen, quantity, op, details)


@order_operation
def remove_line(visit: Visit, line: OrderLine, quantity: int | None, op: OperationContext) -> OrderLine:
    """Removes units of a line, all by default. Raises AlreadyStarted once the bar has begun."""
    op = op.with_request("remove", line.code, quantity)
    if lock_and_find_replay(visit, op):
        return OrderLine.objects.get(pk=line.pk)
    tab = open_tab_for_change(visit, op)
    line = _reload_line(tab, line)
    wanted = line.quantity if quantity is None else validate_quantity(quantity)
    _remove_units(tab, line, min(wanted, line.quantity), op)
    return line


@order_operation
def set_quantity(visit: Visit, line: OrderLine, quantity: int, op: OperationContext) -> OrderLine:
    """Sets a line's quantity: surplus units are voided, more are sold at the current price."""
    op = op.with_request("make it", line.code, validate_quantity(quantity))
    if lock_and_find_replay(visit, op):
        return OrderLine.objects.filter(visit=visit, key=op.key).first() or OrderLine.objects.get(pk=line.pk)
    tab = open_tab_for_change(visit, op)
    line = _reload_line(tab, line)
    if quantity > line.quantity:
        return _increase_quantity(visit, tab, line, quantity - line.quantity, op)
    if quantity < line.quantity:
        _remove_units(tab, line, line.quantity - quantity, op)
    return line


@order_operation
def replace_line(
    visit: Visit,
    line: OrderLine,
    item: str,
    modifiers: Sequence[str],
    quantity: int | None,
    op: OperationContext,
) -> OrderLine:
    """Replaces all or some units of a line by another drink, or the same one made differently: what a price
    rule took off that one stays off."""
    menu = menu_for_orders()
    op = op.with_request("swap", line.code, quantity, *canonical_names(menu, item, modifiers))
    if lock_and_find_replay(visit, op):
        return OrderLine.objects.get(visit=visit, key=op.key)
    drink = find_drink(menu, item, visit.allergies)
    chosen = choose_modifiers(drink, modifiers)
    tab = open_tab_for_change(visit, op)
    line = _reload_line(tab, line)
    units = line.quantity if quantity is None else min(validate_quantity(quantity), line.quantity)
    _remove_units(tab, line, units, op.with_key_suffix(REPLACED_SUFFIX))
    earlier = _frozen_price(line) if line.item_id == drink.id else None
    details = replace(_same_details(line), previous_line=line)
    return _add_line(visit, tab, menu, drink, chosen, units, op, details, earlier)


@order_operation
def clear_lines(visit: Visit, op: OperationContext) -> int:
    """Removes everything that the bar has not begun, and returns the number of drinks."""
    op = op.with_request("clear")
    if done := lock_and_find_replay(visit, op):
        return -sum(entry.quantity for entry in done.entries.all())
    tab = open_tab_for_change(visit, op)
    lines = [line for line in live_lines(tab).select_related("ticket") if _is_removable(line)]
    if not lines:
        raise NoSuchLine(_("anything I can still take off"))
    units = sum(line.quantity for line in lines)
    ledger.void(tab, [Sale(line.code, line.quantity, line.unit_cents) for line in lines], op)
    give_back_portions([(line, line.quantity) for line in lines])
    OrderLine.objects.filter(pk__in=[line.pk for line in lines]).update(status=LineStatus.VOIDED, quantity=0)
    for line in lines:
        void_empty_ticket(line)
    request_corrections(line.ticket_id for line in lines)
    return units


@order_operation
def undo_last_line(visit: Visit, op: OperationContext) -> OrderLine:
    """Removes the newest line of the guest's own; what staff moved there from another tab stays. Raises
    NoSuchLine if there is none, AlreadyStarted if the bar has begun it."""
    op = op.with_request("undo")
    if done := lock_and_find_replay(visit, op):
        return OrderLine.objects.get(code__in=done.entries.exclude(reference="").values("reference"))
    tab = open_tab_for_change(visit, op)
    line = live_lines(tab).filter(visit=visit).select_related("ticket").order_by("-id").first()
    if line is None:
        raise NoSuchLine(_("anything to undo"))
    _remove_units(tab, line, line.quantity, op)
    return line


def lock_and_find_replay(visit: Visit, op: OperationContext) -> Journal | None:
    """Locks the visit's row and returns the journal of an earlier request with this key, if any.

    The lock holds until the transaction ends, so that two equal requests at once act once. The fields that
    may have changed meanwhile are read anew.
    """
    held = Visit.objects.select_for_update(no_key=True).only(*REFRESHED_FIELDS).get(pk=visit.pk)
    for name in REFRESHED_FIELDS:
        setattr(visit, name, getattr(held, name))
    return ledger.find_visit_journal(visit.code, op)


def open_tab_for_change(visit: Visit, op: OperationContext) -> Tab:
    """The visit's open tab, its row locked; a bill that is out is taken back. Raises VisitClosed."""
    if visit.closed_at is not None:
        raise VisitClosed
    tab = ledger.lock_unsettled_tab(visit.code) or ledger.lock_tab(
        ledger.get_or_open_tab(visit.code, current_terms())
    )
    if tab.status != Tab.Status.CLOSING:
        return tab
    reopen_without_provider(tab, reopen_context(op))
    return ledger.lock_tab(tab)


def current_terms() -> TabTerms:
    """The venue's terms for a new tab. Raises UnknownCurrency, so that nothing is sold without a currency."""
    venue = Venue.current()
    return TabTerms(
        currency=get_currency(venue.currency).code,
        tax_rate_milli=venue.tax_rate,
        **(_tax_terms_of(venue) if venue.tax_method != TaxMethod.SINGLE else {}),
        seller=_seller(venue) if venue.legal_name or venue.tax_number or venue.receipt_footer else {},
        venue_name=venue.name,
        cap_cents=venue.tab_cap_cents,
        line_cap=venue.line_cap,
        unit_cap=venue.unit_cap,
        tip_cap_cents=venue.tip_cap_cents,
        play_money_cents=venue.play_money_cents if is_provider_simulated() else None,
    )


def _tax_terms_of(venue: Venue) -> dict[str, Any]:
    return {
        "tax_method": venue.tax_method,
        "prices_include_tax": venue.prices_include_tax,
        "service_rate_milli": venue.service_charge_milli,
        "service_terms": line_taxes.service_terms(venue),
    }


def _seller(venue: Venue) -> dict[str, str]:
    said = (venue.legal_name, venue.legal_address, venue.tax_number, venue.receipt_footer)
    return dict(zip(SELLER_FIELDS, said, strict=True))


# --- inside: the tab is locked -----------------------------------------------------------------------


def _add_line(
    visit: Visit,
    tab: Tab,
    menu: Menu,
    drink: Drink,
    chosen: Sequence[MenuModifier],
    quantity: int,
    op: OperationContext,
    details: LineDetails,
    earlier_price: LinePrice | None = None,
) -> OrderLine:
    approval = _check_can_order(visit, tab, menu, drink, chosen, quantity, op)
    by_class = tab.tax_method != TaxMethod.SINGLE
    terms = line_taxes.terms_of_line(tab, menu, drink, takeaway=details.takeaway) if by_class else None
    price = price_line(drink, chosen, is_alcohol_excluded=menu.is_alcohol_excluded, earlier=earlier_price)
    line = OrderLine(
        visit=visit,
        tab=tab,
        number=OrderLine.objects.filter(tab=tab).count() + 1,
        item_id=drink.id,
        name=drink.name,
        modifiers=[modifier.name for modifier in chosen],
        quantity=quantity,
        unit_cents=price.cents,
        price_rule=price.rule,
        list_unit_cents=price.list_cents if price.rule else None,
        price_parts=_price_parts(drink, chosen, price),
        menu_version=menu.stamp.partition(" ")[0],  # behind it stands which price rules hold
        previous_line=details.previous_line,
        approval=approval,
        unit_ethanol_grams=drink.made_with(chosen).grams,
        note=details.note,
        rung_in_by=details.rung_in_by,
        agent_code=op.agent_code,
        takeaway=details.takeaway,
        tax_terms=terms,
        key=op.key,
    )
    # The ledger goes first, so that its refusal leaves no line behind.
    ledger.charge(tab, [Sale(line.code, quantity, line.unit_cents, line.tax_terms_id)], op)
    line.save(force_insert=True)
    after_commit(lambda: ORDERS.labels(visit.surface).inc())
    return line


def _increase_quantity(
    visit: Visit, tab: Tab, line: OrderLine, additional_units: int, op: OperationContext
) -> OrderLine:
    """Extends the line if it is unsent, uncomped, at the same price and tax, and of the same agent or none;
    otherwise adds a new one."""
    menu = menu_for_orders()
    drink = find_drink(menu, line.item.name, visit.allergies)
    chosen = choose_modifiers(drink, line.modifiers)
    by_class = tab.tax_method != TaxMethod.SINGLE
    terms = line_taxes.terms_of_line(tab, menu, drink, takeaway=line.takeaway) if by_class else None
    changed = line.status == LineStatus.SENT or line.comped or line.agent_code != op.agent_code
    changed = changed or (terms and terms.pk) != line.tax_terms_id
    price = price_line(drink, chosen, is_alcohol_excluded=menu.is_alcohol_excluded)
    if changed or price != _frozen_price(line):
        return _add_line(visit, tab, menu, drink, chosen, additional_units, op, _same_details(line))
    approval = _check_can_order(visit, tab, menu, drink, chosen, additional_units, op)
    ledger.charge(tab, [Sale(line.code, additional_units, line.unit_cents, line.tax_terms_id)], op)
    line.quantity += additional_units
    line.approval = approval or line.approval
    line.save(update_fields=["quantity", "approval"])
    return line


def _frozen_price(line: OrderLine) -> LinePrice:
    listed = line.unit_cents if line.list_unit_cents is None else line.list_unit_cents
    return LinePrice(line.unit_cents, listed, line.price_rule)


def _price_parts(drink: Drink, chosen: Sequence[MenuModifier], price: LinePrice) -> list[tuple[str, int]]:
    """What one unit costs: the drink, its modifiers, and what a price rule takes off."""
    parts = [(drink.name, drink.list_cents), *[(one.name, one.price_cents) for one in chosen]]
    return [*parts, (price.rule, price.cents - price.list_cents)] if price.rule else parts


def _check_can_order(
    visit: Visit,
    tab: Tab,
    menu: Menu,
    drink: Drink,
    chosen: Sequence[MenuModifier],
    quantity: int,
    op: OperationContext,
) -> Approval | None:
    """What is asked of every drink that comes on a tab, by whichever road. Returns a person's yes to more
    alcohol, where it is not served without one."""
    validate_quantity(quantity)
    check_takes_orders(op, menu)
    _check_line_limit(tab, drink, chosen, quantity)
    return responsible_service.check_drink(visit, menu, drink, chosen, quantity)


def _same_details(line: OrderLine) -> LineDetails:
    return LineDetails(line.note, takeaway=line.takeaway)


def validate_quantity(quantity: int) -> int:
    if type(quantity) is not int or quantity < 1:
        raise WrongQuantity
    return quantity


def _check_line_limit(tab: Tab, drink: Drink, chosen: Sequence[MenuModifier], additional_units: int) -> None:
    """The limit applies to a drink with the same modifiers, over all of its lines. Of a counted drink nobody
    puts more on a tab than are left; which of two tabs gets the last one is decided when it is sent."""
    names = [modifier.name for modifier in chosen]
    same = _LINES_OF_ITEM_QUERY.rows(tab.pk, drink.id)
    unsent = sum(line.quantity for line in same if line.status == LineStatus.OPEN)
    if drink.portions_left is not None and unsent + additional_units > drink.portions_left:
        raise TooFewPortions(drink.name, drink.portions_left)
    if sum(line.quantity for line in same if line.modifiers == names) + additional_units > tab.line_cap:
        raise LineLimit(tab.line_cap)


_LINES_OF_ITEM_QUERY = CompiledQuery(
    lambda tab, item: (
        OrderLine.objects.filter(tab=tab, item=item)
        .exclude(status=LineStatus.VOIDED)
        .only("quantity", "modifiers", "status")
    ),
    int,
    int,
)


def _reload_line(tab: Tab, line: OrderLine) -> OrderLine:
    found = live_lines(tab).select_related("item", "ticket").filter(pk=line.pk).first()
    if found is None:
        raise NoSuchLine(line.name)
    return found


def _is_removable(line: OrderLine) -> bool:
    return not line.comped and (line.ticket is None or line.ticket.status == Ticket.Status.NEW)


def _remove_units(tab: Tab, line: OrderLine, units: int, op: OperationContext) -> None:
    if not _is_removable(line):
        raise AlreadyStarted(line.name)
    void_units(tab, line, units, op)
