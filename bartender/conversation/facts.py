"""What really happened, in words. Everything Maya says about actions and money can be said from here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bartender.services.bills import BillLine
from maya_site.lib.money import dollars, percent
from maya_site.lib.numbers import SMALL

Facts = Mapping[str, Any]

SAID_AS_WORDS = 12


def number(quantity: int) -> str:
    return SMALL[quantity] if 0 < quantity <= SAID_AS_WORDS else str(quantity)


def plural(name: str, quantity: int) -> str:
    if quantity == 1 or name in ("Soda Water", "Water"):
        return name
    if name.endswith("y") and name[-2] not in "aeiou":
        return f"{name[:-1]}ies"
    return f"{name}s"


def drinks(item: str, quantity: int, modifiers: Sequence[str] = ()) -> str:
    """ "two Martinis (dry, on the rocks)" """
    made = f" ({', '.join(modifiers)})" if modifiers else ""
    return f"{number(quantity)} {plural(item, quantity)}{made}"


def join(parts: Sequence[str], word: str = "and") -> str:
    *most, last = parts or [""]
    return f"{', '.join(most)} {word} {last}" if most else last


def line(facts: Facts) -> str:
    return drinks(facts["item"], facts["quantity"], facts["modifiers"])


WATER = "And some water beside it, if you like: just say so."


def _added(facts: Facts) -> str:
    water = f" {WATER}" if facts.get("ease") else ""
    return f"{first_up(line(facts))}, {dollars(facts['cents'])}.{water}"


def first_up(text: str) -> str:
    return text[:1].upper() + text[1:]


def _changed(facts: Facts) -> str:
    return f"Now it's {line(facts)}, {dollars(facts['quantity'] * facts['unit_cents'])}."


def _removed(facts: Facts) -> str:
    return f"I took {line(facts)} off your tab."


def _cleared(facts: Facts) -> str:
    if facts.get("left"):
        return "I took off everything the bar has not begun."
    return "Your tab is clear again."


def _order(facts: Facts) -> str:
    rows = [line(row) for row in facts["lines"]]
    return f"You have {join(rows)}." if rows else "There is nothing on your tab yet."


def on_the_tab(lines: Sequence[BillLine]) -> str:
    rows = [{"item": one.item, "quantity": one.quantity, "modifiers": one.modifiers} for one in lines]
    return _order({"lines": rows})


def _sent(facts: Facts) -> str:
    return f"{first_up(join([line(row) for row in facts['lines']]))}: that's with the bar now."


def tip_words(facts: Facts) -> str:
    if not facts["tip_cents"] and not facts["tip_bp"]:
        return "no tip"
    share = f"{percent(facts['tip_bp'])} tip, " if facts["tip_bp"] else "a tip of "
    return f"{share}{dollars(facts['tip_cents'])}"


def _bill(facts: Facts) -> str:
    if not facts["total_cents"]:
        return "There is nothing on your tab yet."
    if facts["status"] == "paid":
        return f"That tab is settled: {dollars(facts['paid_cents'])} paid."
    tip = f", {tip_words(facts)} included" if facts["tip_cents"] else ""
    tax = f", with {dollars(facts['tax_cents'])} tax" if facts["tax_cents"] else ""
    return f"Your tab comes to {dollars(facts['total_cents'])}{tax}{tip}."


def _balance(facts: Facts) -> str:
    if facts["balance_cents"] is None:
        return "You pay with real money here, so there is no balance to run down."
    return f"You have {dollars(facts['balance_cents'])} of your play money left."


def _tip_set(facts: Facts) -> str:
    if not facts["tip_cents"] and not facts["tip_bp"]:
        return f"No tip, then. Your tab stands at {dollars(facts['total_cents'])}."
    return f"Thank you: {tip_words(facts)}. That makes {dollars(facts['total_cents'])}."


def _tip(facts: Facts) -> str:
    return f"Right now there's {tip_words(facts)} on the tab."


def _proposed(facts: Facts) -> str:
    tip = f", {tip_words(facts)} included" if facts["tip_cents"] else ""
    return f"That's {dollars(facts['due_cents'])}{tip}. Shall I make you the link to pay it?"


def _nothing_due(facts: Facts) -> str:
    return "There is nothing to pay: it is all on the house, and your tab is closed."


def _link(facts: Facts) -> str:
    till = " It's the simulated till: no real money moves." if facts.get("simulated") else ""
    return f"Here is your link to pay {dollars(facts['due_cents'])}.{till}"


def _reopened(facts: Facts) -> str:
    return "Of course, your tab is open again. Take your time."


PAYMENT_WORDS = {
    "none": "You haven't asked for the bill yet.",
    "created": "The bill is on its way to you: say yes to the amount and I'll make the link.",
    "link_open": "It isn't paid yet: the link is waiting for you.",
    "succeeded": "It's paid. Thank you.",
    "failed": "That payment did not go through, so the tab is open again.",
    "expired": "That link has run out, so the tab is open again. Ask for the bill and I'll make another.",
    "cancelled": "That bill was taken back; the tab is open.",
}


def _payment(facts: Facts) -> str:
    return PAYMENT_WORDS[facts["payment"]]


def _menu(facts: Facts) -> str:
    rows = [f"{row['item']} {dollars(row['unit_cents'])}" for row in facts["items"] if row["available"]]
    return f"{join(rows)}." if rows else "There is nothing of that tonight."


def _recommended(facts: Facts) -> str:
    return f"I'd suggest {_menu(facts)}"


def _recalled(facts: Facts) -> str:
    surely = [row["text"] for row in facts["passages"] if row["sure"]]
    return surely[0] if surely else "I have no note on that."


def _remembered(facts: Facts) -> str:
    return "I'll remember your usual."


def _forgotten(facts: Facts) -> str:
    return "I keep nothing of your usual."


def _allergies(facts: Facts) -> str:
    told = f"I have noted {join(facts['names'])}: whatever has it, or may have it, I leave to a person."
    if facts["doubtful"]:
        told += f" {join(facts['doubtful'])} won't go to the bar before somebody there has said yes."
    return f"{told} You can take that back on the page."


AGE_WORDS = {
    "declared": "Thank you for telling me. What may I pour you?",
    "checked": "Thank you, somebody has seen that. What may I pour you?",
    "refused": "Then it is drinks without alcohol tonight, and I make those with just as much care.",
}


def _age(facts: Facts) -> str:
    if facts["state"] == "declared" and facts["check"] == "staff":
        return "Thank you. Somebody behind the bar will want to see an ID before the first one."
    return AGE_WORDS[facts["state"]]


RENDER: dict[str, Callable[[Facts], str]] = {
    "added": _added,
    "changed": _changed,
    "removed": _removed,
    "cleared": _cleared,
    "order": _order,
    "sent": _sent,
    "bill": _bill,
    "balance": _balance,
    "tip_set": _tip_set,
    "tip": _tip,
    "proposed": _proposed,
    "nothing_due": _nothing_due,
    "link": _link,
    "reopened": _reopened,
    "payment": _payment,
    "menu": _menu,
    "recommended": _recommended,
    "recalled": _recalled,
    "remembered": _remembered,
    "forgotten": _forgotten,
    "allergies": _allergies,
    "age": _age,
}


def render(facts: Facts) -> str:
    """One kind of fact, one way to say it."""
    return RENDER[facts["kind"]](facts)
