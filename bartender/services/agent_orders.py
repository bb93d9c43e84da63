"""What a guest's agent may do to the guest's order: what buttons and words may, within its allowance.

Every function is one transaction. It locks the visit, looks whether the pairing still holds, does what the
service for everybody does, and adds up what the agent has on the tabs then: parallel calls come one after the
other, so together they never pass the allowance. Prices, limits and rules are those of every order.

Agents touch their own lines alone. They never take back a bill that is out, and ask no person for an
approval: both are the guest's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial, wraps
from typing import Concatenate, ParamSpec, TypeVar

from bartender.errors import AgeDeclarationRequired, NoSuchLine, StaffApprovalRequired
from bartender.models.agents import AgentPairing
from bartender.models.menu import Venue
from bartender.models.visits import OrderLine, Ticket, Visit
from bartender.services import bills, orders, tickets
from bartender.services.agent_errors import (
    ASK_BY_KIND,
    REASONS,
    AllowanceExceeded,
    Ask,
    NeedsGuest,
    NoteTooLate,
)
from bartender.services.agent_pairings import AgentSpending, lock_usable_pairing, spending_of
from bartender.services.orders import LineDetails
from bartender.services.visits import update_last_seen
from maya_site.core.db import after_commit, atomic_with_retry
from maya_site.core.money import format_money
from payments import ledger
from payments.ledger import AGENT_ACTOR, OperationContext
from payments.models import Journal, Tab
from payments.signals import tab_changed

P = ParamSpec("P")
T = TypeVar("T")


def agent_operation(pairing: AgentPairing, key: str) -> OperationContext:
    """The cause of an agent's call: the same key of the same pairing is the same call."""
    return OperationContext(f"agent:{pairing.code}:{key}", f"{AGENT_ACTOR}{pairing.code}", "agent")


def _within_allowance(
    service: Callable[Concatenate[AgentPairing, OperationContext, P], T],
) -> Callable[Concatenate[AgentPairing, OperationContext, P], T]:
    """Decorates `service(pairing, op, ...)`. Raises what it raises, AgentAccessEnded, NeedsGuest for what is
    the guest's or a person's to say, and AllowanceExceeded; then nothing was done."""

    @atomic_with_retry
    @wraps(service)
    def run(pairing: AgentPairing, op: OperationContext, /, *args: P.args, **kwargs: P.kwargs) -> T:
        now = lock_usable_pairing(pairing)
        _refuse_while_bill_is_out(now.visit, op)
        before = spending_of(now)
        try:
            answer = service(now, op, *args, **kwargs)
        except StaffApprovalRequired as needed:  # rolled back with the request that it has recorded
            ask = ASK_BY_KIND[needed.kind]
            raise NeedsGuest(ask, REASONS[ask]) from needed
        except AgeDeclarationRequired as needed:
            raise NeedsGuest(Ask.AGE, REASONS[Ask.AGE]) from needed
        check_allowance(now, before, spending_of(now))
        update_last_seen(now.visit)
        return answer

    return run


def _refuse_while_bill_is_out(visit: Visit, op: OperationContext) -> None:
    """A repeated call still gets its first answer."""
    tab = ledger.lock_unsettled_tab(visit.code)
    if tab is None or tab.status != Tab.Status.CLOSING:
        return
    if not Journal.objects.filter(tab__visit_code=visit.code, key=op.key).exists():
        raise NeedsGuest(Ask.PAY, REASONS[Ask.PAY])


def check_allowance(pairing: AgentPairing, before: AgentSpending, after: AgentSpending) -> None:
    """Raises AllowanceExceeded for what grew beyond the allowance. What takes something off never does."""
    if after.cents > max(before.cents, pairing.cents_allowed):
        left = format_money(max(pairing.cents_allowed - before.cents, 0))
        raise AllowanceExceeded("money", left)
    if after.units_of_unknown_strength > before.units_of_unknown_strength:
        raise NeedsGuest(Ask.LIMIT, REASONS[Ask.LIMIT])
    standard = Venue.current().standard_drink_grams
    if after.grams > max(before.grams, pairing.drinks_allowed * standard):
        drinks_left = max(pairing.drinks_allowed - before.grams / standard, Decimal(0))
        raise AllowanceExceeded("standard drinks of alcohol", f"{drinks_left:.1f}")


@_within_allowance
def add_line(
    pairing: AgentPairing, op: OperationContext, item: str, quantity: int, modifiers: Sequence[str], note: str
) -> OrderLine:
    """A repeated key returns the first line."""
    return orders.add_line(pairing.visit, item, quantity, modifiers, op, details=LineDetails(note))


@_within_allowance
def set_quantity(pairing: AgentPairing, op: OperationContext, number: int, quantity: int) -> OrderLine:
    return orders.set_quantity(pairing.visit, _own_line(pairing, number), quantity, op)


@_within_allowance
def replace_line(
    pairing: AgentPairing,
    op: OperationContext,
    number: int,
    item: str | None,
    modifiers: Sequence[str] | None,
    units: int | None,
) -> OrderLine:
    """Another drink, or the same one made differently, for all or some units of a line."""
    line = _own_line(pairing, number)
    made = line.modifiers if modifiers is None else modifiers
    return orders.replace_line(pairing.visit, line, item or line.name, made, units, op)


@_within_allowance
def remove_line(pairing: AgentPairing, op: OperationContext, number: int, units: int | None) -> OrderLine:
    return orders.remove_line(pairing.visit, _own_line(pairing, number), units, op)


@_within_allowance
def set_note(pairing: AgentPairing, op: OperationContext, number: int, note: str) -> OrderLine:
    """Replaces the note of a line that is not sent yet. Raises NoteTooLate."""
    line = _own_line(pairing, number)
    if line.status != OrderLine.Status.OPEN:
        raise NoteTooLate
    line.note = note
    line.save(update_fields=["note"])
    tab = line.tab
    announced = {"tab_code": tab.code, "visit_code": tab.visit_code, "version": tab.version}
    after_commit(partial(tab_changed.send_robust, sender=Tab, **announced))
    return line


@_within_allowance
def send_to_bar(pairing: AgentPairing, op: OperationContext) -> Ticket:
    """The agent's own open lines. The guest has their seconds to undo it. Raises NothingToSend."""
    return tickets.fire_ticket(pairing.visit, op)


def _own_line(pairing: AgentPairing, number: int) -> OrderLine:
    """Raises NoSuchLine, or NeedsGuest for a line that somebody else ordered."""
    line = bills.line_by_number(pairing.visit, number)
    if line is None:
        raise NoSuchLine
    if line.agent_code != pairing.code:
        raise NeedsGuest(Ask.CHANGE, REASONS[Ask.CHANGE])
    return line
