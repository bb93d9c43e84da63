"""Keeps a model from doing the same thing twice in one turn.

A repeated call is not carried out, and neither is another one that would do the same for the guest again (a
second taxi). A drink that this turn has added is added again only as far as the guest's own words ask for it;
if they are unclear, the guest is asked, and nothing is added meanwhile. The rule-based brain is exempt,
because its calls are read from those very words.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field

from bartender.dialogue.types import ToolCall
from bartender.errors import AlreadyOrdered, UnconfirmedQuantity
from bartender.facts import Effect, ToolResult
from bartender.facts.order import LineAdded, LineChanged, LineRemoved
from bartender.facts.wording import capitalize_first, describe_drinks
from bartender.menu.mentions import GENERIC_ITEMS, find_mentions, item_names
from bartender.menu.snapshot import Menu
from bartender.models.visits import Visit
from bartender.services import bills
from bartender.spanish.to_english import translate_to_english
from bartender.text.normalize import plain_text
from bartender.tools.order import AddToOrder, ChangeOrderLine, RemoveFromOrder
from bartender.tools.registry import ToolArguments

# Done twice, these change more. Tools that read or change money have the same effect each time.
_CUMULATIVE_TOOLS = (AddToOrder, ChangeOrderLine, RemoveFromOrder)
_FOR_SOMEBODY = re.compile(r" for\b")
# Whoever says one of these, or a number that belongs to no drink, may mean more than they named.
_UNCLEAR_QUANTITY = re.compile(
    r"\d|\b(?:another|same|again|more|each|both|all|every\w*|too|also|round|us|we|them|they|her|him|friends?)\b"
)
_EMPTY_MENU = Menu("", "", "", 14, ())


@dataclass
class DuplicateCallGuard:
    """Remembers one turn's calls. `guest_text`: what the guest said; `is_spanish`: the visit's language."""

    guest_text: str
    menu: Menu = _EMPTY_MENU
    is_spanish: bool = False
    # Only of calls that have an id.
    _results_by_call: dict[tuple[str, str, str], ToolResult] = field(default_factory=dict)
    _executed_calls: set[str] = field(default_factory=set)
    _units_added: Counter[str] = field(default_factory=Counter)  # of each drink, put on the tab in this turn

    def earlier_result(self, call: ToolCall) -> ToolResult | None:
        """The result of this very call if it was made before; None for a call without an id."""
        return self._results_by_call.get(_call_identity(call)) if call.id else None

    def check_call(self, visit: Visit, arguments: ToolArguments, permission: Effect) -> None:
        """Raises AlreadyOrdered, or UnconfirmedQuantity if the guest must be asked. `permission` is the
        tool's: a "service" is done once for the same arguments."""
        if permission == "service" and _canonical_arguments(arguments) in self._executed_calls:
            raise AlreadyOrdered
        if not isinstance(arguments, _CUMULATIVE_TOOLS) or not self._executed_calls:
            return
        item, units = self._units_to_add(visit, arguments)
        before = self._units_added[item]
        if units > 0 and before > 0:
            self._check_units(item, before, units)
        elif (
            not isinstance(arguments, AddToOrder) and _canonical_arguments(arguments) in self._executed_calls
        ):
            raise AlreadyOrdered

    def record_call(
        self, call: ToolCall, arguments: ToolArguments, permission: Effect, result: ToolResult
    ) -> None:
        """Remembers a call's result and, if it was carried out, what it changed."""
        if call.id:
            self._results_by_call[_call_identity(call)] = result
        if not result.ok or not (isinstance(arguments, _CUMULATIVE_TOOLS) or permission == "service"):
            return
        self._executed_calls.add(_canonical_arguments(arguments))
        match result.fact:
            case LineAdded(item=item, quantity=units):
                self._units_added[item] += units
            case LineRemoved(item=item, quantity=units):
                self._units_added[item] -= units
            case LineChanged(item=item, quantity=units, before=before):
                swapped = units if _is_line_replacement(arguments) else before.quantity
                self._units_added[before.item] -= swapped
                self._units_added[item] += units

    def _units_to_add(self, visit: Visit, arguments: ToolArguments) -> tuple[str, int]:
        """Which drink the call would add to the tab, and how many of it."""
        if isinstance(arguments, AddToOrder):
            drink = self.menu.find_drink(arguments.item)
            return (drink.name if drink else ""), arguments.quantity
        if isinstance(arguments, ChangeOrderLine) and (arguments.quantity is not None or arguments.item):
            line = bills.line_by_number(visit, arguments.line)
            if line and arguments.quantity is not None:
                return line.name, arguments.quantity - line.quantity
            drink = self.menu.find_drink(arguments.item or "")
            if line and drink and drink.name != line.name:
                return drink.name, arguments.units or line.quantity
        return "", 0

    def _check_units(self, item: str, units_before: int, units: int) -> None:
        surely, at_most = count_requested_units(
            translate_to_english(self.guest_text, is_spanish_visit=self.is_spanish), item, self.menu
        )
        if units_before + units <= surely:
            return
        what = capitalize_first(describe_drinks(item, units_before))
        if at_most is not None and units_before + units > at_most:
            raise AlreadyOrdered(what)
        raise UnconfirmedQuantity(what)


def count_requested_units(guest_text: str, item: str, menu: Menu) -> tuple[int, int | None]:
    """How many of the drink these words surely ask for, and at most; None for the most if that is unclear."""
    text = plain_text(guest_text)
    found = find_mentions(text, item_names(menu))
    ours = [one for one in found if one.item == item]
    if not ours:
        return 0, None
    counted = [one.quantity or 1 for one in ours if one.quantity or _FOR_SOMEBODY.match(text, one.end)]
    rest = list(text)
    for one in found:
        rest[one.start : one.end] = " " * (one.end - one.start)
        if one.quantity and (
            number := re.search(rf"\b{one.quantity}\b(?!.*\b{one.quantity}\b)", text[: one.start])
        ):
            rest[number.start() : number.end()] = " " * (number.end() - number.start())
    left = "".join(rest)
    more = sum(int(one) if one.isdigit() else 1 for one in _unnamed_unit_pattern(menu).findall(left))
    alone = {one.item for one in found if one.item not in GENERIC_ITEMS} == {item}
    surely = (sum(counted) or 1) + (more if alone else 0)
    unclear = _UNCLEAR_QUANTITY.search(_unnamed_unit_pattern(menu).sub(" ", left) if alone else left)
    return surely, None if unclear else max(surely, sum(one.quantity or 1 for one in ours))


def _unnamed_unit_pattern(menu: Menu) -> re.Pattern[str]:
    """Finds drinks that are not named again: "one for her", "the same for him", "another on the rocks"."""
    made = {part.name.split()[0].lower() for drink in menu.drinks for part in drink.modifiers}
    after = "|".join(sorted(map(re.escape, {"for", "with", "without", *made})))
    return re.compile(rf"\b(\d{{1,2}}|another|same)(?: more)? (?:{after})\b")


def _is_line_replacement(arguments: ToolArguments) -> bool:
    return isinstance(arguments, ChangeOrderLine) and arguments.quantity is None


def _canonical_arguments(arguments: ToolArguments) -> str:
    return f"{type(arguments).__name__} {arguments.model_dump_json(exclude_none=True)}"


def _call_identity(call: ToolCall) -> tuple[str, str, str]:
    return call.id, call.name, json.dumps(call.arguments, sort_keys=True, default=str)
