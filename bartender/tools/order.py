"""Tools that read and change the order on the tab."""

from __future__ import annotations

from dataclasses import replace
from textwrap import shorten
from typing import Any

from django.utils import timezone
from pydantic import Field, model_validator

from bartender.errors import DeclinedByGuest, NoSuchLine
from bartender.facts.order import (
    LineAdded,
    LineChanged,
    LineExplained,
    LineRemoved,
    ListedLine,
    OrderCleared,
    OrderRead,
    OrderSent,
    PricedLine,
    WaitRead,
)
from bartender.menu.snapshot import current_menu
from bartender.models.visits import OrderLine
from bartender.services import (
    bills,
    line_explanations,
    orders,
    responsible_service,
    tickets,
    waiting_time,
)
from bartender.services.line_events import Viewer
from bartender.tools.registry import LineNumber, Name, NoArguments, ToolArguments, ToolContext, Units, tool
from maya_site.core.venue import venue_timezone

MAX_QUOTED_LENGTH = 120  # of a guest's words, in an answer


def _line_fields(line: OrderLine) -> dict[str, Any]:
    return {
        "line": line.number,
        "item": line.name,
        "quantity": line.quantity,
        "modifiers": tuple(line.modifiers),
        "unit_cents": line.unit_cents,
        "cents": line.quantity * line.unit_cents,
    }


def _get_line(context: ToolContext, number: int) -> OrderLine:
    line = bills.line_by_number(context.visit, number)
    if line is None:
        raise NoSuchLine
    return line


def _refuse_declined_item(declined_items: frozenset[str], item: str) -> None:
    """Raises DeclinedByGuest if the guest's own words decline this drink, whatever a brain made of them."""
    drink = current_menu().find_drink(item)
    name, alcoholic = (drink.name, drink.is_alcoholic) if drink else (item, True)
    if name in declined_items or (not declined_items and alcoholic):
        raise DeclinedByGuest(name)


class AddToOrder(ToolArguments):
    """Put a drink on the guest's tab, as a line of its own. Call it when the guest asks for a drink, once
    for each kind of drink and way of making it, with the last number they said. Not for a question, a plan
    or praise. It does not send the drink to the bar. A bill that is out is taken back. It is refused for
    what is not on the menu or sold out, where a choice is missing, where an allergy, age or the amount of
    alcohol needs a person's yes, and beyond the tab's limits of lines, drinks and money."""

    item: Name = Field(description="Name as written on the menu")
    quantity: Units = 1
    modifiers: list[Name] = Field(default_factory=list, max_length=8)


@tool("add_to_order", permission="order")
def add_to_order(context: ToolContext, arguments: AddToOrder) -> LineAdded:
    if context.declined_items is not None:
        _refuse_declined_item(context.declined_items, arguments.item)
    line = orders.add_line(
        context.visit, arguments.item, arguments.quantity, arguments.modifiers, context.operation
    )
    ease = line.unit_ethanol_grams != 0 and responsible_service.is_slowed_down(context.visit)
    return LineAdded(**_line_fields(line), ease=ease)


class LineChange(ToolArguments):
    """How many of a line there shall be, or how it is made."""

    line: LineNumber
    quantity: Units | None = Field(default=None, description="The line's new quantity")
    item: Name | None = Field(default=None, description="Another drink instead")
    modifiers: list[Name] | None = Field(default=None, max_length=8, description="All modifiers it has then")
    units: Units | None = Field(default=None, description="How many of the line to change; all if empty")

    @model_validator(mode="after")
    def _one_change(self) -> LineChange:
        made_anew = self.item is not None or self.modifiers is not None
        if made_anew == (self.quantity is not None):
            raise ValueError("give either a quantity, or an item and modifiers")
        return self


class ChangeOrderLine(LineChange):
    """Change a line that is on the tab: either how many (`quantity` alone), or how it is made or into
    another drink (`item`, `modifiers`, for some of the line `units`). Call it for corrections: "make that
    three", "the first one dry", "rum instead of gin". Refused once the bar has begun with it, and for the
    reasons that a new drink is."""


@tool("change_order_line", permission="order")
def change_order_line(context: ToolContext, arguments: ChangeOrderLine) -> LineChanged:
    line = _get_line(context, arguments.line)
    before = PricedLine(**_line_fields(line))
    is_more = bool(arguments.item) or (arguments.quantity or 0) > line.quantity
    if is_more and context.declined_items is not None:
        _refuse_declined_item(context.declined_items, arguments.item or line.name)
    if arguments.quantity is not None:
        line = orders.set_quantity(context.visit, line, arguments.quantity, context.operation)
        changed = LineChanged(**_line_fields(line), before=before)
        return replace(changed, quantity=arguments.quantity)
    item = arguments.item or line.name
    modifiers = line.modifiers if arguments.modifiers is None else arguments.modifiers
    line = orders.replace_line(context.visit, line, item, modifiers, arguments.units, context.operation)
    return LineChanged(**_line_fields(line), before=before)


class RemoveFromOrder(ToolArguments):
    """Take a line, or some units of it, off the tab. Call it when the guest no longer wants something that
    is on it. Refused once the bar has begun with it: then a person behind the bar takes it off."""

    line: LineNumber
    quantity: Units | None = Field(default=None, description="How many to take off; all if empty")


@tool("remove_from_order", permission="order")
def remove_from_order(context: ToolContext, arguments: RemoveFromOrder) -> LineRemoved:
    line = _get_line(context, arguments.line)
    before = LineRemoved(**_line_fields(line))
    taken = min(arguments.quantity or line.quantity, line.quantity)
    orders.remove_line(context.visit, line, arguments.quantity, context.operation)
    return replace(before, quantity=taken)


class ClearOrder(NoArguments):
    """Take everything off the tab that the bar has not begun. Call it when the guest wants to drop the
    whole order ("scratch all of that"). What the bar has begun stays, and the result says so."""


@tool("clear_order", permission="order")
def clear_order(context: ToolContext, arguments: ClearOrder) -> OrderCleared:
    units = orders.clear_lines(context.visit, context.operation)
    return OrderCleared(units, left=bills.bill_of(context.visit).units)


class GetOrder(NoArguments):
    """The lines on the tab, with their numbers. Call it only if the tab may have changed in this turn: as
    the turn began, it stands in your notes."""


@tool("get_order", permission="reads")
def get_order(context: ToolContext, arguments: GetOrder) -> OrderRead:
    lines = bills.bill_of(context.visit).lines
    return OrderRead(
        tuple(ListedLine(row.number, row.item, row.quantity, tuple(row.modifiers)) for row in lines)
    )


class GetWait(NoArguments):
    """How far the bar is with what the guest ordered, and how long it takes, as far as tickets tell. Call it
    when the guest asks where their drinks are or how long they take. Never guess a time yourself."""


@tool("get_wait", permission="reads")
def get_wait(context: ToolContext, arguments: GetWait) -> WaitRead:
    found = waiting_time.waiting_time_of(context.visit)
    return WaitRead(found.status, found.minutes, found.ahead)


class ExplainLine(ToolArguments):
    """Why a line is on the guest's tab: who ordered it, when, by which words, and what changed since. Call it
    when the guest asks what a line is, why it is there, or who ordered it. Never guess that yourself."""

    line: LineNumber


@tool("explain_line", permission="reads")
def explain_line(context: ToolContext, arguments: ExplainLine) -> LineExplained:
    line = _get_line(context, arguments.line)
    found = line_explanations.explain_line(line.tab, line.number, Viewer(context.visit.code))
    if found is None:
        raise NoSuchLine
    origin, event = found.origin_kind, found.origin
    at, units = (event.at, event.units) if event else (line.ordered_at, line.quantity)
    return LineExplained(
        **_line_fields(line) | {"quantity": units, "cents": units * line.unit_cents},
        origin=origin,
        time=f"{timezone.localtime(at, venue_timezone()):%H:%M}",
        name=event.doer.name if event and event.doer and origin == "staff" else "",
        words=shorten(event.words, MAX_QUOTED_LENGTH) if event else "",
        more=found.units_of("more"),
        fewer=found.units_of("fewer"),
        is_moved=found.units_of("moved_in") > 0,
        comped_cents=line.comped_cents,
    )


class PlaceOrder(NoArguments):
    """Send what is on the tab and not sent yet to the bar, as one ticket. Call it when the guest says that
    this is all, or asks for it. On the page they can undo it for a few seconds. Refused if nothing waits. A
    request for the bill sends it too."""


@tool("place_order", permission="order")
def place_order(context: ToolContext, arguments: PlaceOrder) -> OrderSent:
    ticket = tickets.fire_ticket(context.visit, context.operation)
    lines = tuple(PricedLine(**_line_fields(line)) for line in ticket.lines.all())
    return OrderSent(lines, held=ticket.undo_until is not None)
