"""A Gemini with the house brain for a head: it knows what a request says, and the house's menu file.

The scene is read back from the wire: words, system text, the tools' choices, calls and their results. What
the house brain writes into its notebook stays here, found again by the guest's words so far.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import Any, cast

from bartender.brains.base import Call, Feeling, Message, Note, Piece, Result, Scene, Text, Usual
from bartender.brains.gemini.prompt import PHASES
from bartender.brains.gemini.request import SILENCE
from bartender.brains.house.brain import first_round, later_round
from bartender.conversation.events import Phase
from bartender.conversation.facts import PAYMENT_WORDS
from bartender.menu.loader import HOUSE_MENU
from bartender.menu.reader import GroupRow, ItemRow, read_menu
from bartender.menu.snapshot import Drink, Ingredient, Menu, MenuGroup, MenuModifier
from bartender.records.menu import RecipePart, Venue
from bartender.services.bills import Bill, BillLine, PaymentCard
from tests.vendors.gemini.script import Ask, Asked, Round, Step

HOUSE_SAYS = "(The house, not the guest: "
LINE = re.compile(
    r"^line (\d+): (\d+) x (.+?)(?: \(([^()]+)\))?, \$([\d,.]+) each, (sent to the bar|not yet sent)$", re.M
)
TOTAL = re.compile(
    r"^(\w+); total \$([\d,.]+)(?:, tip \$([\d,.]+))?(?: \(([\d.]+) ?%\))?; due \$([\d,.]+)$", re.M
)
LEFT = re.compile(r"^(?:play money left) \$([\d,.]+)$", re.M)
ALLERGIC = re.compile(r"^This guest is allergic to: (.+?)\. Suggest", re.M)
USUAL = re.compile(r"(\d+) x ([^,(]+?)(?: \(([^()]+)\))?(?:, |$)")
LIMIT = 2_000

Words = tuple[str, ...]


class HouseHead:
    """The rule `always(HouseHead())` of a scripted Gemini."""

    def __init__(self) -> None:
        self._notebooks: dict[Words, dict[str, Any]] = {}

    def __call__(self, asked: Asked) -> Round:
        earlier, rounds = _conversation(asked.contents)
        words = tuple(one.text for one in earlier if one.who == "guest")
        scene = scene_of(asked, earlier[:-1], self._notebook(words[:-1]))
        pieces = first_round(scene) if not rounds else later_round(scene, rounds)
        for piece in pieces:
            if isinstance(piece, Note):
                self._keep(words, piece.notebook)
        return list(_spoken(pieces))

    def _notebook(self, words: Words) -> dict[str, Any]:
        """A guest's own yes is heard by the house alone: the turn before it counts."""
        known = (words[:length] for length in range(len(words), 0, -1))
        return next((self._notebooks[one] for one in known if one in self._notebooks), {})

    def _keep(self, words: Words, notebook: dict[str, Any]) -> None:
        self._notebooks.pop(words, None)
        self._notebooks[words] = notebook
        if len(self._notebooks) > LIMIT:
            del self._notebooks[next(iter(self._notebooks))]


def _spoken(pieces: list[Piece]) -> Iterator[Step]:
    for piece in pieces:
        match piece:
            case Feeling(emotion):
                yield f"[{emotion}] "
            case Text(text):
                yield text
            case Call(name, arguments):
                yield Ask(name, arguments)


# --- what was said and done ------------------------------------------------------------------------------


def _conversation(contents: list[dict[str, Any]]) -> tuple[list[Message], list[list[Result]]]:
    """All that was said, with the guest's words of this turn at the end, and the rounds of this turn."""
    place = max(number for number, one in enumerate(contents) if _guest_says(one))
    said = [
        Message("guest" if one["role"] == "user" else "maya", part["text"].replace(SILENCE, ""))
        for one in contents[: place + 1]
        for part in one["parts"]
        if "text" in part
    ]
    since = contents[place + 1 :]
    return said, [list(_results(*pair)) for pair in zip(since[::2], since[1::2], strict=False)]


def _guest_says(content: dict[str, Any]) -> bool:
    first = content["parts"][0].get("text", HOUSE_SAYS)
    return content["role"] == "user" and not first.startswith(HOUSE_SAYS)


def _results(made: dict[str, Any], answered: dict[str, Any]) -> Iterator[Result]:
    calls = [part["functionCall"] for part in made["parts"] if "functionCall" in part]
    answers = [part["functionResponse"] for part in answered["parts"] if "functionResponse" in part]
    for call, answer in zip(calls, answers, strict=False):
        told = answer["response"]
        done = told.get("output")
        text, facts = (done["said"], done["facts"]) if done else (told.get("error", ""), {"kind": "refused"})
        yield Result(Call(call["name"], call.get("args") or {}), done is not None, text, facts)


# --- the scene -------------------------------------------------------------------------------------------


def scene_of(asked: Asked, history: list[Message], notebook: dict[str, Any]) -> Scene:
    system = asked.system
    allergic = ALLERGIC.search(system)
    return Scene(
        said=_conversation(asked.contents)[0][-1].text,
        menu=_menu_of(asked),
        bill=bill_of(_between(system, "THE TAB")),
        phase=next(cast(Phase, phase) for phase, text in PHASES.items() if text in system),
        history=tuple(history),
        notebook=notebook,
        usual=tuple(_usual(_between(system, "WHAT THIS GUEST ASKED US TO REMEMBER"))),
        allergies=tuple(allergic[1].split(", ")) if allergic else (),
        eased="\nThis guest has had enough for now" in system,
    )


def _between(system: str, name: str) -> str:
    return system.partition(f"=== {name} (data)\n")[2].partition(f"\n=== END OF {name}")[0]


def bill_of(tab: str) -> Bill:
    """The tab as the system text tells it."""
    left = LEFT.search(tab)
    balance = _cents(left[1]) if left else None
    total = TOTAL.search(tab)
    if total is None:
        return Bill(balance_cents=balance)
    lines = tuple(_line(found) for found in LINE.finditer(tab))
    status, whole, tip, percent, due = total.groups()
    return Bill(
        status=status,
        lines=lines,
        subtotal_cents=sum(line.cents for line in lines),
        tip_cents=_cents(tip or "0"),
        tip_bp=int(Decimal(percent) * 100) if percent else None,
        total_cents=_cents(whole),
        due_cents=_cents(due),
        balance_cents=balance,
        payment=next((_card(key, due) for key, words in PAYMENT_WORDS.items() if words in tab), None),
    )


def _line(found: re.Match[str]) -> BillLine:
    number, quantity, item, made, unit, where = found.groups()
    return BillLine(
        number=int(number),
        code="",
        item=item,
        quantity=int(quantity),
        modifiers=tuple(made.split(", ")) if made else (),
        unit_cents=_cents(unit),
        status="sent" if where == "sent to the bar" else "open",
        changeable=True,  # the bar may have begun: then the tool says so
    )


def _card(status: str, due: str) -> PaymentCard:
    return PaymentCard("", _cents(due), "", status, "", simulated=True)


def _usual(told: str) -> Iterator[Usual]:
    line = next((one for one in told.splitlines() if one.startswith("their usual: ")), "")
    for quantity, item, made in USUAL.findall(line.partition(": ")[2]):
        yield Usual(item, int(quantity), tuple(made.split(", ")) if made else ())


def _cents(amount: str) -> int:
    return int(Decimal(amount.replace(",", "")) * 100)


# --- the menu --------------------------------------------------------------------------------------------


def _menu_of(asked: Asked) -> Menu:
    """What guests call things is what a model knows of the world; what there is tonight, the tools say."""
    return _tonight(tuple(asked.tools["add_to_order"]["properties"]["item"]["enum"]))


@lru_cache(maxsize=64)
def _tonight(there: Words) -> Menu:
    menu = _house_menu()
    return replace(menu, drinks=tuple(replace(one, available=one.name in there) for one in menu.drinks))


@lru_cache(maxsize=1)
def _house_menu() -> Menu:
    file = read_menu(HOUSE_MENU)
    groups = {row.name: _group(row) for row in file.groups}
    drinks = tuple(_drink(number, row, groups) for number, row in enumerate(file.items, start=1))
    venue = Venue()
    return Menu("as in the file", venue.name, venue.spoken_name, venue.standard_drink_grams, drinks)


def _group(row: GroupRow) -> MenuGroup:
    modifiers = (
        MenuModifier(one.name, row.name, one.price_cents, one.aliases, one.meaning, one.factor)
        for one in row.modifiers
    )
    return MenuGroup(row.name, row.min, row.max, row.default, tuple(modifiers))


def _drink(number: int, row: ItemRow, groups: dict[str, MenuGroup]) -> Drink:
    recipe = tuple(Ingredient(*part) for part in row.recipe)
    return Drink(
        id=number,
        name=row.name,
        slug="",
        category=row.category,
        description=row.description,
        price_cents=row.price_cents,
        available=True,
        glass=row.glass,
        aliases=row.aliases,
        groups=tuple(groups[name] for name in row.groups),
        preferences=tuple(sorted(row.preferences)),
        recipe=recipe,
        grams=sum((RecipePart(ml=one.ml, abv_percent=one.abv_percent).grams for one in recipe), Decimal(0)),
        allergens=tuple(sorted(row.allergens)),
    )
