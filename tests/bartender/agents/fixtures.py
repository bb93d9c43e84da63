"""Ada's agent, paired, with what she allows it. Its calls go where the server's go, without the network."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bartender.agents.calls import run_tool
from bartender.menu.snapshot import mark_menu_changed
from bartender.models.agents import AgentPairing
from bartender.models.menu import Venue
from bartender.models.visits import OrderLine, Visit
from bartender.services.agent_pairings import Allowance, issue_pairing_code, redeem_pairing_code


def open_door() -> None:
    Venue.current()
    Venue.objects.update(agents_enabled=True)
    mark_menu_changed()


def pair_agent(
    visit: Visit, cents: int = 50_00, drinks: str = "6", minutes: int = 60, name: str = "Hal"
) -> AgentPairing:
    code = issue_pairing_code(visit, Allowance(cents, Decimal(drinks), minutes)).pairing_code
    pairing, _token = redeem_pairing_code(code, name)
    return pairing


def call(pairing: AgentPairing, tool: str, **arguments: Any) -> dict[str, Any]:
    """What the tool answered, without the notice around it."""
    answer = run_tool(pairing.pk, tool, arguments)
    assert not answer.error, answer.error
    data: dict[str, Any] = answer.payload["data"]
    return data


def refused(pairing: AgentPairing, tool: str, **arguments: Any) -> str:
    answer = run_tool(pairing.pk, tool, arguments)
    assert answer.error, answer.payload
    return answer.error


def standing(visit: Visit) -> list[tuple[str, int]]:
    """What counts on the guest's tabs."""
    lines = OrderLine.objects.filter(visit=visit).exclude(status="voided")
    return list(lines.values_list("name", "quantity"))
