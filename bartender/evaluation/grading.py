"""Finds what went wrong in a scenario, against what it states and against what must always hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bartender.dialogue.types import Emotion, Phase
from bartender.evaluation.player import StepOutcome, order_counts
from bartender.evaluation.scenario import Expectation, ExpectedCall, Scenario
from bartender.evaluation.text_match import contains_phrase, dollar_amounts_cents
from bartender.menu.snapshot import Menu, current_menu
from bartender.models.menu import Venue
from bartender.services.bills import Bill
from bartender.tools import REGISTRY
from maya_site.core.money import format_money

MAX_SHOWN_CHARACTERS = 400
SUCCESSFUL_OUTCOMES = ("done", "replayed", "stopped")


def find_failures(scenario: Scenario, outcomes: Sequence[StepOutcome]) -> Iterator[str]:
    """A sentence for each failure, by turn and then for the end."""
    menu = current_menu()
    for number, one in enumerate(outcomes, 1):
        for what in (*_check_invariants(one, menu), *_check_step(one.step, one)):
            yield f"turn {number}, {_step_label(one)}: {what}"
    last = outcomes[-1]
    yield from (f"at the end: {what}" for what in _check_end(scenario.end, last, outcomes))


def find_latency_failures(scenario: Scenario, outcomes: Sequence[StepOutcome]) -> Iterator[str]:
    for number, one in enumerate(outcomes, 1):
        if (one.latency_ms or 0) > scenario.within_ms:
            yield f"turn {number} took {one.latency_ms:.0f} ms, its budget is {scenario.within_ms} ms"


def _step_label(one: StepOutcome) -> str:
    step = one.step
    if step.say is not None:
        return f"“{step.say if len(step.say) < 60 else step.say[:57] + '...'}”"
    return step.press or ("tap" if step.tap else "tip button" if step.tip_button else "staff")


# --- what holds always -------------------------------------------------------------------------------


def _check_invariants(one: StepOutcome, menu: Menu) -> Iterator[str]:
    if one.step.say is None:
        if one.refusal_text is not None and one.step.refused is None:
            yield f"it was refused: {one.refusal_text}"
        return
    if one.turn_outcome not in SUCCESSFUL_OUTCOMES and not one.step.stop:
        yield f"the turn ended as {one.turn_outcome}"
    if not one.reply and not one.step.stop:
        yield "nothing was said"
    if untrue := dollar_amounts_cents(one.reply) - _allowed_cents(one, menu):
        shown = ", ".join(format_money(cents) for cents in sorted(untrue)[:5])
        yield f"{shown} is neither on the menu nor on the tab ({one.reply[:MAX_SHOWN_CHARACTERS]})"


def _allowed_cents(one: StepOutcome, menu: Menu) -> set[int]:
    """What a reply may name: prices, this tab before and after, the change between, what the tools told, and
    what the guest said."""
    prices = {drink.price_cents for drink in menu.drinks}
    extras = {extra.price_cents for drink in menu.drinks for extra in drink.modifiers}
    bills = (one.bill_before, one.bill)
    amounts = {cents for bill in bills for cents in _bill_cents(bill)}
    moved = {abs(one.bill.subtotal_cents - one.bill_before.subtotal_cents)}
    return (
        prices
        | extras
        | {price + extra for price in prices for extra in extras}
        | amounts
        | moved
        | _tool_fact_cents(one.tool_calls)
        | dollar_amounts_cents(one.step.say or "")
    )


def _bill_cents(bill: Bill) -> Iterator[int]:
    yield from (bill.subtotal_cents, bill.tax_cents, bill.tip_cents, bill.total_cents, bill.paid_cents)
    yield from (bill.due_cents, bill.balance_cents or 0, bill.discount_cents)
    for line in bill.lines:
        yield from (line.unit_cents, line.cents)


def _tool_fact_cents(tools: Sequence[dict[str, Any]]) -> set[int]:
    """Amounts that tools told, such as of a line that came and went in the turn, and the venue's limits."""
    facts = [tool["facts"].items() for tool in tools]
    found = {value for fact in facts for name, value in fact if name.endswith("cents") and value is not None}
    return found | _venue_limit_cents()


def _venue_limit_cents() -> set[int]:
    venue = Venue.current()
    return {venue.tab_cap_cents, venue.tip_cap_cents, venue.play_money_cents}


# --- what the scenario states ------------------------------------------------------------------------


def _check_end(end: Expectation, last: StepOutcome, outcomes: Sequence[StepOutcome]) -> Iterator[str]:
    """Checks the last state, and the words and calls of the whole evening."""
    yield from _check_state(end, last)
    replies = "\n".join(one.reply for one in outcomes)
    yield from _check_reply(end, replies)
    yield from _check_tool_calls(end, [tool for one in outcomes for tool in one.tool_calls])


def _check_step(expected: Expectation, one: StepOutcome) -> Iterator[str]:
    yield from _check_state(expected, one)
    yield from _check_reply(expected, one.reply)
    yield from _check_tool_calls(expected, one.tool_calls)
    if expected.refused is not None and expected.refused != (one.refusal_text is not None):
        yield f"it was {'' if one.refusal_text else 'not '}refused"


def _check_state(expected: Expectation, one: StepOutcome) -> Iterator[str]:
    bill = one.bill
    pairs: dict[str, tuple[Any, Any]] = {
        "order": (expected.order, order_counts(bill)),
        "with the bar": (expected.with_the_bar, one.sent_items),
        "status": (expected.status, bill.status),
        "link": (expected.link, bool(bill.payment and bill.payment.url)),
    }
    for name, (wanted, found) in pairs.items():
        if wanted is not None and wanted != found:
            yield f"{name} is {_format_value(found)}, not {_format_value(wanted)}"
    amounts = {
        "total": (expected.total, bill.total_cents),
        "tip": (expected.tip, bill.tip_cents),
        "due": (expected.due, bill.due_cents),
        "paid": (expected.paid, bill.paid_cents),
    }
    for name, (cents, there) in amounts.items():
        if cents is not None and cents != there:
            yield f"{name} is {format_money(there)}, not {format_money(cents)}"
    yield from _check_one_of("phase", expected.phase, one.phase)
    yield from _check_one_of("emotion", expected.emotion, one.emotion)


def _format_value(value: Any) -> str:
    return "empty" if value == {} else str(value)


def _check_one_of(name: str, wanted: Sequence[Phase | Emotion] | None, found: str) -> Iterator[str]:
    if wanted is not None and found not in wanted:
        yield f"{name} is {found}, not {' or '.join(wanted)}"


def _check_reply(expected: Expectation, reply: str) -> Iterator[str]:
    if expected.max_characters is not None and len(reply) > expected.max_characters:
        yield f"a reply of {len(reply)} characters is longer than {expected.max_characters}"
    shown = reply[:MAX_SHOWN_CHARACTERS]
    yield from (
        f"{_format_phrase(one)} was not said ({shown})"
        for one in expected.says
        if not contains_phrase(one, reply)
    )
    yield from (
        f"{_format_phrase(one)} was said ({shown})"
        for one in expected.never
        if contains_phrase(one, reply, as_money=True)
    )


def _format_phrase(wanted: str | float) -> str:
    return f"“{wanted}”" if isinstance(wanted, str) else f"${wanted:.2f}"


def _check_tool_calls(expected: Expectation, tools: Sequence[dict[str, Any]]) -> Iterator[str]:
    done = [tool for tool in tools if tool["ok"]]
    left = list(done)
    for wanted in expected.calls:
        place = next((place for place, tool in enumerate(left) if _matches_call(wanted, tool)), None)
        if place is None:
            names = ", ".join(_format_call(tool) for tool in tools) or "nothing"
            yield f"no call of {wanted.tool} {wanted.arguments or ''} that went well, but {names}"
            continue
        # With in_this_order the next call must come after the one that was found.
        left = left[place + 1 :] if expected.in_this_order else left[:place] + left[place + 1 :]
    yield from (f"{tool['name']} was called" for tool in done if tool["name"] in expected.not_called)


def _format_call(tool: dict[str, Any]) -> str:
    return f"{tool['name']} {tool['arguments']}{'' if tool['ok'] else ' (refused)'}"


def _matches_call(wanted: ExpectedCall, tool: dict[str, Any]) -> bool:
    if tool["name"] != wanted.tool:
        return False
    spec = REGISTRY.get(wanted.tool)
    found = spec.arguments_type.model_validate(tool["arguments"]).model_dump() if spec else tool["arguments"]
    return all(_is_same_argument(name, value, found.get(name)) for name, value in wanted.arguments.items())


def _is_same_argument(name: str, wanted: Any, found: Any) -> bool:
    """Compares a drink by any of its names, and modifiers in any order."""
    if name == "item" and isinstance(found, str):
        menu = current_menu()
        drinks = [menu.find_drink(str(one)) for one in (wanted, found)]
        return wanted == found or (drinks[0] is not None and drinks[0] == drinks[1])
    if isinstance(wanted, list) and isinstance(found, list):
        return sorted(map(str, wanted)) == sorted(map(str, found))
    return bool(wanted == found)
