"""What is wrong with what happened: against what the scenario states, and against what holds always."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bartender.conversation.events import Emotion, Phase
from bartender.evaluation.player import Happened, order_of
from bartender.evaluation.scenario import Expected, Scenario, Wanted
from bartender.evaluation.words import heard, shown_cents
from bartender.menu.snapshot import Menu, current_menu
from bartender.records.menu import Venue
from bartender.services.bills import Bill
from bartender.tools import REGISTRY
from maya_site.lib.money import dollars

SHOWN = 400
FINE = ("done", "replayed", "stopped")


def wrong_with(played: Scenario, happened: Sequence[Happened]) -> Iterator[str]:
    menu = current_menu()
    for number, one in enumerate(happened, 1):
        for what in (*_always(one, menu), *_stated(one.step, one)):
            yield f"turn {number}, {_doing(one)}: {what}"
    last = happened[-1]
    yield from (f"at the end: {what}" for what in _at_the_end(played.end, last, happened))


def too_slow(played: Scenario, happened: Sequence[Happened]) -> Iterator[str]:
    for number, one in enumerate(happened, 1):
        if (one.milliseconds or 0) > played.within_ms:
            yield f"turn {number} took {one.milliseconds:.0f} ms, its budget is {played.within_ms} ms"


def _doing(one: Happened) -> str:
    step = one.step
    if step.say is not None:
        return f"“{step.say if len(step.say) < 60 else step.say[:57] + '...'}”"
    return step.press or ("tap" if step.tap else "tip button" if step.tip_button else "staff")


# --- what holds always -------------------------------------------------------------------------------


def _always(one: Happened, menu: Menu) -> Iterator[str]:
    if one.step.say is None:
        if one.refused is not None and one.step.refused is None:
            yield f"it was refused: {one.refused}"
        return
    if one.outcome not in FINE and not one.step.stop:
        yield f"the turn ended as {one.outcome}"
    if not one.reply and not one.step.stop:
        yield "nothing was said"
    if untrue := shown_cents(one.reply) - _true_cents(one, menu):
        shown = ", ".join(dollars(cents) for cents in sorted(untrue)[:5])
        yield f"{shown} is neither on the menu nor on the tab ({one.reply[:SHOWN]})"


def _true_cents(one: Happened, menu: Menu) -> set[int]:
    """Prices, this tab before and after, a change between them, and what the guest said themselves."""
    prices = {drink.price_cents for drink in menu.drinks}
    extras = {extra.price_cents for drink in menu.drinks for extra in drink.modifiers}
    bills = (one.before, one.bill)
    amounts = {cents for bill in bills for cents in _cents_of(bill)}
    moved = {abs(one.bill.subtotal_cents - one.before.subtotal_cents)}
    return (
        prices
        | extras
        | {price + extra for price in prices for extra in extras}
        | amounts
        | moved
        | _of_the_tools(one.tools)
        | shown_cents(one.step.say or "")
    )


def _cents_of(bill: Bill) -> Iterator[int]:
    yield from (bill.subtotal_cents, bill.tax_cents, bill.tip_cents, bill.total_cents, bill.paid_cents)
    yield from (bill.due_cents, bill.balance_cents or 0, bill.discount_cents)
    for line in bill.lines:
        yield from (line.unit_cents, line.cents)


def _of_the_tools(tools: Sequence[dict[str, Any]]) -> set[int]:
    """Of a line that came and went within the turn, and of a limit that was met: the tool told it."""
    facts = [tool["facts"].items() for tool in tools]
    found = {value for told in facts for name, value in told if name.endswith("cents") and value is not None}
    return found | _limits()


def _limits() -> set[int]:
    venue = Venue.here()
    return {venue.tab_cap_cents, venue.tip_cap_cents, venue.play_money_cents}


# --- what the scenario states ------------------------------------------------------------------------


def _at_the_end(end: Expected, last: Happened, happened: Sequence[Happened]) -> Iterator[str]:
    """The state as it is then; words and calls of the whole evening."""
    yield from _state(end, last)
    replies = "\n".join(one.reply for one in happened)
    yield from _spoken(end, replies)
    yield from _called(end, [tool for one in happened for tool in one.tools])


def _stated(expected: Expected, one: Happened) -> Iterator[str]:
    yield from _state(expected, one)
    yield from _spoken(expected, one.reply)
    yield from _called(expected, one.tools)
    if expected.refused is not None and expected.refused != (one.refused is not None):
        yield f"it was {'' if one.refused else 'not '}refused"


def _state(expected: Expected, one: Happened) -> Iterator[str]:
    bill = one.bill
    pairs: dict[str, tuple[Any, Any]] = {
        "order": (expected.order, order_of(bill)),
        "with the bar": (expected.with_the_bar, one.with_the_bar),
        "status": (expected.status, bill.status),
        "link": (expected.link, bool(bill.payment and bill.payment.url)),
    }
    for name, (wanted, found) in pairs.items():
        if wanted is not None and wanted != found:
            yield f"{name} is {_shown(found)}, not {_shown(wanted)}"
    amounts = {
        "total": (expected.total, bill.total_cents),
        "tip": (expected.tip, bill.tip_cents),
        "due": (expected.due, bill.due_cents),
        "paid": (expected.paid, bill.paid_cents),
    }
    for name, (cents, there) in amounts.items():
        if cents is not None and cents != there:
            yield f"{name} is {dollars(there)}, not {dollars(cents)}"
    yield from _mood("phase", expected.phase, one.phase)
    yield from _mood("emotion", expected.emotion, one.emotion)


def _shown(value: Any) -> str:
    return "empty" if value == {} else str(value)


def _mood(name: str, wanted: Sequence[Phase | Emotion] | None, found: str) -> Iterator[str]:
    if wanted is not None and found not in wanted:
        yield f"{name} is {found}, not {' or '.join(wanted)}"


def _spoken(expected: Expected, reply: str) -> Iterator[str]:
    if expected.longest is not None and len(reply) > expected.longest:
        yield f"a reply of {len(reply)} letters is longer than {expected.longest}"
    shown = reply[:SHOWN]
    yield from (f"{_named(one)} was not said ({shown})" for one in expected.says if not heard(one, reply))
    yield from (
        f"{_named(one)} was said ({shown})" for one in expected.never if heard(one, reply, as_money=True)
    )


def _named(wanted: str | float) -> str:
    return f"“{wanted}”" if isinstance(wanted, str) else f"${wanted:.2f}"


def _called(expected: Expected, tools: Sequence[dict[str, Any]]) -> Iterator[str]:
    done = [tool for tool in tools if tool["ok"]]
    left = list(done)
    for wanted in expected.calls:
        place = next((place for place, tool in enumerate(left) if _fits(wanted, tool)), None)
        if place is None:
            names = ", ".join(_call(tool) for tool in tools) or "nothing"
            yield f"no call of {wanted.tool} {wanted.arguments or ''} that went well, but {names}"
            continue
        # In this order: what was called before the one found is of no use to the next.
        left = left[place + 1 :] if expected.in_this_order else left[:place] + left[place + 1 :]
    yield from (f"{tool['name']} was called" for tool in done if tool["name"] in expected.not_called)


def _call(tool: dict[str, Any]) -> str:
    return f"{tool['name']} {tool['arguments']}{'' if tool['ok'] else ' (refused)'}"


def _fits(wanted: Wanted, tool: dict[str, Any]) -> bool:
    if tool["name"] != wanted.tool:
        return False
    asked = REGISTRY.get(wanted.tool)
    found = asked.asks.model_validate(tool["arguments"]).model_dump() if asked else tool["arguments"]
    return all(_same(name, value, found.get(name)) for name, value in wanted.arguments.items())


def _same(name: str, wanted: Any, found: Any) -> bool:
    """A drink by any of its names, modifiers in any order."""
    if name == "item" and isinstance(found, str):
        menu = current_menu()
        drinks = [menu.find(str(one)) for one in (wanted, found)]
        return wanted == found or (drinks[0] is not None and drinks[0] == drinks[1])
    if isinstance(wanted, list) and isinstance(found, list):
        return sorted(map(str, wanted)) == sorted(map(str, found))
    return bool(wanted == found)
