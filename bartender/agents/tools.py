"""What a guest's agent may do: the schemas, which a model reads, and the services that they call.

No argument is a price, a tab or a guest: those are the pairing's and the menu's. Nothing here pays, declares
an age or an allergy, or lifts a limit: `ask_guest` puts such things before the guest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, StringConstraints, field_validator

from bartender.errors import join_names
from bartender.models.agents import AgentPairing
from bartender.models.assistance import AssistanceRequest
from bartender.models.menu import Venue
from bartender.models.visits import MAX_NOTE_LENGTH, OrderLine
from bartender.services import agent_orders
from bartender.services.agent_errors import REASONS, Ask, NeedsGuest
from bartender.services.agent_menu import MenuFilter, menu_for_agent, unknown_allergens
from bartender.services.agent_orders import agent_operation
from bartender.services.agent_pairings import clean_line, spending_of
from bartender.services.assistance import record_assistance_call
from bartender.services.bills import Bill, BillLine, bill_of
from bartender.tools.order import LineChange
from bartender.tools.registry import LineNumber, Name, ToolArguments, Units
from maya_site.core.money import format_money
from maya_site.core.rate_limits import STAFF_CALL_LIMIT, check_rate_limit
from payments.ledger import OperationContext

Payload = dict[str, Any]
RunT = TypeVar("RunT", bound=Callable[..., Payload])
Key = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,64}$"),
    Field(
        description="A text of your own for this one wish, such as a random number. To repeat a call whose "
        "answer you have not seen, give the same key again: it is done once. Another wish needs another key."
    ),
]
Note = Annotated[str, StringConstraints(max_length=MAX_NOTE_LENGTH)]


@dataclass(frozen=True)
class AgentTool:
    """One tool, as it is listed and run. `is_write`: it takes an idempotency key and may change something."""

    name: str
    arguments_type: type[ToolArguments]
    is_write: bool
    run: Callable[[AgentPairing, Any], Payload]

    @property
    def description(self) -> str:
        return " ".join((self.arguments_type.__doc__ or "").split())


AGENT_TOOLS: dict[str, AgentTool] = {}


def agent_tool(name: str, arguments_type: type[ToolArguments]) -> Callable[[RunT], RunT]:
    def declare(run: RunT) -> RunT:
        is_write = "idempotency_key" in arguments_type.model_fields
        AGENT_TOOLS[name] = AgentTool(name, arguments_type, is_write, run)
        return run

    return declare


class WriteArguments(ToolArguments):
    idempotency_key: Key


def _operation(pairing: AgentPairing, arguments: WriteArguments) -> OperationContext:
    return agent_operation(pairing, arguments.idempotency_key)


# --- reads ---------------------------------------------------------------------------------------------


class SearchMenu(ToolArguments):
    """Find drinks, with price, allergens, strength in standard drinks, what each can be made with, and
    whether this guest can have it through you right now (`possible_now`, else `why_not`). Call it before
    you order. An allergen that is listed as unknown is not known to be absent."""

    text: Annotated[str, StringConstraints(max_length=60)] = Field(
        default="", description="Words to look for"
    )
    category: Annotated[str, StringConstraints(max_length=40)] = ""
    alcohol_free: bool = False
    free_of: list[Name] = Field(
        default_factory=list,
        max_length=14,
        description="Allergens that must be known to be absent, such as nuts",
    )
    possible_only: bool = Field(
        default=True, description="False lists also what is not possible now, and why"
    )

    @field_validator("free_of")
    @classmethod
    def _known(cls, names: list[str]) -> list[str]:
        if unknown := unknown_allergens(names):
            raise ValueError(
                f"no allergen of ours: {join_names(unknown)}; the menu lists those that there are"
            )
        return names


@agent_tool("search_menu", SearchMenu)
def search_menu(pairing: AgentPairing, arguments: SearchMenu) -> Payload:
    wanted = MenuFilter(
        arguments.text,
        arguments.category,
        arguments.alcohol_free,
        tuple(arguments.free_of),
        arguments.possible_only,
    )
    return {"drinks": menu_for_agent(pairing, wanted), "allowance": _allowance(pairing)}


class GetOrder(ToolArguments):
    """The lines on the guest's tab with their numbers, which of them you ordered, how far the bar is with
    each, and what is left of your allowance."""


@agent_tool("get_order", GetOrder)
def get_order(pairing: AgentPairing, arguments: GetOrder) -> Payload:
    bill = bill_of(pairing.visit)
    codes = _own_line_codes(pairing)
    lines = [_line(line, bill.currency, is_yours=line.code in codes) for line in bill.lines]
    return {"lines": lines, "tab_status": bill.status, "allowance": _allowance(pairing)}


class GetBill(ToolArguments):
    """What the guest's tab comes to: drinks, tax, tip, total, what is due. It only shows it. Paying is the
    guest's alone, on their page."""


@agent_tool("get_bill", GetBill)
def get_bill(pairing: AgentPairing, arguments: GetBill) -> Payload:
    return {"bill": _bill(bill_of(pairing.visit))}


# --- writes --------------------------------------------------------------------------------------------


class AddToOrder(WriteArguments):
    """Put a drink on the guest's tab, as a line of its own. It is not sent to the bar by that: place_order
    does. Refused for what is not on the menu or sold out, where a choice is missing, beyond your allowance
    and the bar's limits, and where age, alcohol or an allergy needs the guest or a person."""

    item: Name = Field(description="Name as search_menu gives it")
    quantity: Units = 1
    modifiers: list[Name] = Field(default_factory=list, max_length=8)
    note: Note = Field(default="", description="For whoever makes it; it changes no price and no rule")


@agent_tool("add_to_order", AddToOrder)
def add_to_order(pairing: AgentPairing, arguments: AddToOrder) -> Payload:
    line = agent_orders.add_line(
        pairing,
        _operation(pairing, arguments),
        arguments.item,
        arguments.quantity,
        arguments.modifiers,
        clean_line(arguments.note),
    )
    return _line_answer(pairing, line)


class ChangeOrderLine(WriteArguments, LineChange):
    """Change a line that you ordered: either how many (`quantity` alone), or how it is made or into
    another drink (`item`, `modifiers`, for some of the line `units`). Refused once the bar has begun with
    it."""


@agent_tool("change_order_line", ChangeOrderLine)
def change_order_line(pairing: AgentPairing, arguments: ChangeOrderLine) -> Payload:
    op = _operation(pairing, arguments)
    if arguments.quantity is not None:
        line = agent_orders.set_quantity(pairing, op, arguments.line, arguments.quantity)
    else:
        line = agent_orders.replace_line(
            pairing, op, arguments.line, arguments.item, arguments.modifiers, arguments.units
        )
    return _line_answer(pairing, line)


class NoteOrderLine(WriteArguments):
    """Write a note to a line that you ordered and that is not sent yet, for whoever makes it. It replaces
    the note that was there; an empty one takes it off. A note about an allergy protects nobody: use
    ask_guest for that."""

    line: LineNumber
    note: Note


@agent_tool("note_order_line", NoteOrderLine)
def note_order_line(pairing: AgentPairing, arguments: NoteOrderLine) -> Payload:
    op = _operation(pairing, arguments)
    return _line_answer(
        pairing, agent_orders.set_note(pairing, op, arguments.line, clean_line(arguments.note))
    )


class RemoveFromOrder(WriteArguments):
    """Take a line that you ordered, or some units of it, off the tab. Refused once the bar has begun with
    it."""

    line: LineNumber
    quantity: Units | None = Field(default=None, description="How many to take off; all if empty")


@agent_tool("remove_from_order", RemoveFromOrder)
def remove_from_order(pairing: AgentPairing, arguments: RemoveFromOrder) -> Payload:
    op = _operation(pairing, arguments)
    return _line_answer(pairing, agent_orders.remove_line(pairing, op, arguments.line, arguments.quantity))


class PlaceOrder(WriteArguments):
    """Send what you ordered and what is not sent yet to the bar, as one ticket. The guest can undo it for
    a few seconds. Call it once, when the order is complete."""


@agent_tool("place_order", PlaceOrder)
def place_order(pairing: AgentPairing, arguments: PlaceOrder) -> Payload:
    ticket = agent_orders.send_to_bar(pairing, _operation(pairing, arguments))
    lines = [
        {"line": line.number, "item": line.name, "quantity": line.quantity} for line in ticket.lines.all()
    ]
    return {"ticket": ticket.pk, "lines": lines, "guest_may_undo": ticket.undo_until is not None}


class CallPerson(WriteArguments):
    """Call a person behind the bar to the guest. Call it when the guest wants one, or when something went
    wrong that you cannot put right."""


@agent_tool("call_person", CallPerson)
def call_person(pairing: AgentPairing, arguments: CallPerson) -> Payload:
    op = _operation(pairing, arguments)
    check_rate_limit(STAFF_CALL_LIMIT, pairing.visit.code)
    record_assistance_call(pairing.visit, AssistanceRequest.Kind.HELP, "", op.key)
    return {"called": True, "next": "Tell the guest that somebody from the bar will come to them."}


class AskGuest(WriteArguments):
    """Put before the guest, on their page, what only they can do: pay, say their age, take back or add an
    allergy, go beyond a limit, change a line that you have not ordered. It does none of it."""

    about: Literal["pay", "age", "allergy", "limit", "change"]


WHAT_GUESTS_DO = {
    "pay": "The guest pays on their page, after a look at the amount. You cannot, and need not wait for it.",
    "age": REASONS[Ask.AGE],
    "allergy": "Allergies are the guest's own word, on their page. You can neither add one nor take "
    "one back.",
    "limit": "Limits are the guest's, for your allowance, and a person's, for alcohol. You cannot lift one.",
    "change": REASONS[Ask.CHANGE],
}


@agent_tool("ask_guest", AskGuest)
def ask_guest(pairing: AgentPairing, arguments: AskGuest) -> Payload:
    raise NeedsGuest(Ask(arguments.about), WHAT_GUESTS_DO[arguments.about])


# --- what an agent reads -------------------------------------------------------------------------------


def _line_answer(pairing: AgentPairing, line: OrderLine) -> Payload:
    return {
        "line": line.number,
        "item": line.name,
        "quantity": line.quantity,
        "modifiers": line.modifiers,
        "note": line.note,
        "unit_price": format_money(line.unit_cents),
        "price": format_money(line.quantity * line.unit_cents),
        "sent_to_bar": line.status == OrderLine.Status.SENT,
        "allowance": _allowance(pairing),
    }


def _line(line: BillLine, currency: str, *, is_yours: bool) -> Payload:
    return {
        "line": line.number,
        "item": line.item,
        "quantity": line.quantity,
        "modifiers": list(line.modifiers),
        "note": line.note,
        "price": format_money(line.sold_cents, currency),
        "ordered_by_you": is_yours,
        "progress": line.progress or "not sent yet",
        "changeable": is_yours and line.changeable,
    }


def _bill(bill: Bill) -> Payload:
    amounts = {
        "drinks": bill.subtotal_cents,
        "on_the_house": bill.discount_cents,
        "tax": bill.tax_cents,
        "tip": bill.tip_cents,
        "total": bill.total_cents,
        "paid": bill.paid_cents,
        "due": bill.due_cents,
    }
    shown = {name: format_money(cents, bill.currency) for name, cents in amounts.items()}
    return {"status": bill.status, "currency": bill.currency, "minor_units": amounts, "amounts": shown}


def _allowance(pairing: AgentPairing) -> Payload:
    spent, standard = spending_of(pairing), Venue.current().standard_drink_grams
    drinks_left = float(pairing.drinks_allowed - spent.grams / standard)
    return {
        "money_left": format_money(max(pairing.cents_allowed - spent.cents, 0)),
        "standard_drinks_left": max(round(drinks_left, 1), 0.0),
        "until": pairing.expires_at.isoformat() if pairing.expires_at else "",
    }


def _own_line_codes(pairing: AgentPairing) -> set[str]:
    lines = OrderLine.objects.filter(visit=pairing.visit_id, agent_code=pairing.code)
    return set(lines.values_list("code", flat=True))
