"""Tools that change what is on the tab."""

from typing import Any

from bartender.conversation.facts import render
from bartender.errors import NoSuchLine
from bartender.records.visits import OrderLine
from bartender.services import bills, orders, serving, tickets
from bartender.tools.registry import Done, Guest, tool
from bartender.tools.schemas import (
    AddToOrder,
    ChangeOrderLine,
    ClearOrder,
    GetOrder,
    PlaceOrder,
    RemoveFromOrder,
)


def done(kind: str, **facts: Any) -> Done:
    said = {"kind": kind, **facts}
    return Done(render(said), said)


def line_facts(line: OrderLine) -> dict[str, Any]:
    return {
        "line": line.number,
        "item": line.name,
        "quantity": line.quantity,
        "modifiers": list(line.modifiers),
        "unit_cents": line.unit_cents,
        "cents": line.quantity * line.unit_cents,
    }


def _line(guest: Guest, number: int) -> OrderLine:
    line = bills.line_by_number(guest.visit, number)
    if line is None:
        raise NoSuchLine
    return line


@tool("add_to_order", AddToOrder)
def add_to_order(guest: Guest, asked: AddToOrder) -> Done:
    line = orders.add(guest.visit, asked.item, asked.quantity, asked.modifiers, guest.cause)
    ease = {"ease": True} if line.unit_grams and serving.eased(guest.visit) else {}
    return done("added", **line_facts(line), **ease)


@tool("change_order_line", ChangeOrderLine)
def change_order_line(guest: Guest, asked: ChangeOrderLine) -> Done:
    line = _line(guest, asked.line)
    before = line_facts(line)
    if asked.quantity is not None:
        line = orders.set_quantity(guest.visit, line, asked.quantity, guest.cause)
        return done("changed", **line_facts(line) | {"quantity": asked.quantity}, before=before)
    item = asked.item or line.name
    modifiers = line.modifiers if asked.modifiers is None else asked.modifiers
    line = orders.replace(guest.visit, line, item, modifiers, asked.units, guest.cause)
    return done("changed", **line_facts(line), before=before)


@tool("remove_from_order", RemoveFromOrder)
def remove_from_order(guest: Guest, asked: RemoveFromOrder) -> Done:
    line = _line(guest, asked.line)
    before = line_facts(line)
    taken = min(asked.quantity or line.quantity, line.quantity)
    orders.remove(guest.visit, line, asked.quantity, guest.cause)
    return done("removed", **before | {"quantity": taken})


@tool("clear_order", ClearOrder)
def clear_order(guest: Guest, asked: ClearOrder) -> Done:
    units = orders.clear(guest.visit, guest.cause)
    return done("cleared", units=units, left=bills.bill_of(guest.visit).units)


@tool("get_order", GetOrder)
def get_order(guest: Guest, asked: GetOrder) -> Done:
    lines = bills.bill_of(guest.visit).lines
    rows = [
        {"line": row.number, "item": row.item, "quantity": row.quantity, "modifiers": list(row.modifiers)}
        for row in lines
    ]
    return done("order", lines=rows)


@tool("place_order", PlaceOrder)
def place_order(guest: Guest, asked: PlaceOrder) -> Done:
    ticket = tickets.fire(guest.visit, guest.cause)
    lines = [line_facts(line) for line in ticket.lines.all()]
    return done("sent", lines=lines, held=ticket.held_until is not None)
