"""A Gemini with the rule-based brain for a head: it knows what a request says, and the bar's menu file.

The scene is read back from the wire: words, system text, the tools' choices, calls and their results. What
the rule-based brain writes into its notebook stays here, found again by the guest's words so far.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

from bartender.brains.base import BrainOutput, BrainState, EmotionHint, TextChunk, TurnContext, UsualDrink
from bartender.brains.llm.conversation import EMPTY_INPUT_TEXT
from bartender.brains.llm.turn_notes import (
    FIRST_WORDS,
    GUEST_WORDS_HEADING,
    NO_UNASKED_ALCOHOL,
    REORDER_OFFER,
)
from bartender.brains.rule_based.brain import first_round_output, later_round_output
from bartender.dialogue.types import Message, ToolCall
from bartender.facts import ToolResult, fact_from_dict
from bartender.menu.composition import Change, Ingredient, Pour, Recipe
from bartender.menu.loader import DEFAULT_MENU_PATH
from bartender.menu.reader import GroupRow, ItemRow, read_menu
from bartender.menu.snapshot import Drink, Menu, MenuModifier, MenuModifierGroup
from bartender.models.menu import Venue
from bartender.services.bills import Bill, BillLine, PaymentCard
from tests.vendors.gemini.script import FunctionCall, RecordedRequest, ScriptedRound, Step

HOUSE_NOTE = "=== The house, not the guest: "
LINE = re.compile(
    r"^line (\d+): (\d+) x (.+?)(?: \(([^()]+)\))?, \$([\d,.]+) each(?:, on the house)?, "
    r"(sent: [a-z ]+|not yet sent)(?:, cannot be changed here any more)?$",
    re.M,
)
TOTAL = re.compile(
    r"^(\w+); total \$([\d,.]+)(?:, tip \$([\d,.]+))?(?: \(([\d.]+) ?%\))?(?:; [a-z ]+ \$[\d,.]+)*"
    r"; due \$([\d,.]+)$",
    re.M,
)
CARD_STATUSES = {"has not confirmed it": "created", "has confirmed the bill": "link_open"}
LEFT = re.compile(r"^(?:play money left) \$([\d,.]+)$", re.M)
ALLERGIC = re.compile(r"^This guest is allergic to: (.+?)\. Suggest", re.M)
USUAL = re.compile(r"(\d+) x ([^,(]+?)(?: \(([^()]+)\))?(?:, |$)")
LIMIT = 2_000

Words = tuple[str, ...]


class RuleBasedModel:
    """The rule `always(HouseHead())` of a scripted Gemini."""

    def __init__(self) -> None:
        self._notebooks: dict[Words, dict[str, Any]] = {}

    def __call__(self, asked: RecordedRequest) -> ScriptedRound:
        earlier, rounds = _conversation(asked.contents)
        words = tuple(one.text for one in earlier if one.role == "guest")
        scene = turn_context_of(asked, earlier[:-1], self._brain_state(words[:-1]))
        pieces = first_round_output(scene) if not rounds else later_round_output(scene, rounds)
        for piece in pieces:
            if isinstance(piece, BrainState):
                self._store_state(words, piece.state)
        return list(_to_steps(pieces))

    def _brain_state(self, words: Words) -> dict[str, Any]:
        """A guest's own yes is heard by the bar alone: the turn before it counts."""
        known = (words[:length] for length in range(len(words), 0, -1))
        return next((self._notebooks[one] for one in known if one in self._notebooks), {})

    def _store_state(self, words: Words, notebook: dict[str, Any]) -> None:
        self._notebooks.pop(words, None)
        self._notebooks[words] = notebook
        if len(self._notebooks) > LIMIT:
            del self._notebooks[next(iter(self._notebooks))]


def _to_steps(pieces: list[BrainOutput]) -> Iterator[Step]:
    for piece in pieces:
        match piece:
            case EmotionHint(emotion):
                yield f"[{emotion}] "
            case TextChunk(text):
                yield text
            case ToolCall(name, arguments):
                yield FunctionCall(name, arguments)


# --- what was said and done ------------------------------------------------------------------------------


def _conversation(contents: list[dict[str, Any]]) -> tuple[list[Message], list[list[ToolResult]]]:
    """All that was said, with the guest's words of this turn at the end, and the rounds of this turn."""
    place = max(number for number, one in enumerate(contents) if _is_guest_message(one))
    said = [
        Message("guest" if one["role"] == "user" else "maya", part["text"].replace(EMPTY_INPUT_TEXT, ""))
        for one in contents[: place + 1]
        for part in one["parts"]
        if "text" in part and not part["text"].endswith(GUEST_WORDS_HEADING)
    ]
    since = contents[place + 1 :]
    return said, [list(_results(*pair)) for pair in zip(since[::2], since[1::2], strict=False)]


def _is_guest_message(content: dict[str, Any]) -> bool:
    first = content["parts"][0].get("text", HOUSE_NOTE)
    return content["role"] == "user" and not first.startswith(HOUSE_NOTE)


def _results(made: dict[str, Any], answered: dict[str, Any]) -> Iterator[ToolResult]:
    calls = [part["functionCall"] for part in made["parts"] if "functionCall" in part]
    answers = [part["functionResponse"] for part in answered["parts"] if "functionResponse" in part]
    for call, answer in zip(calls, answers, strict=False):
        told = answer["response"]
        done = told.get("output")
        text, facts = (done["said"], done["facts"]) if done else (told.get("error", ""), {"kind": "refused"})
        called = ToolCall(call["name"], call.get("args") or {})
        yield ToolResult(called, done is not None, text, fact_from_dict(facts))


# --- the scene -------------------------------------------------------------------------------------------


def turn_context_of(asked: RecordedRequest, history: list[Message], notebook: dict[str, Any]) -> TurnContext:
    notes = asked.notes
    allergic = ALLERGIC.search(notes)
    return TurnContext(
        guest_text=_conversation(asked.contents)[0][-1].text,
        menu=_menu_of(asked),
        bill=replace(bill_of(_between(notes, "THE TAB")), payment=_card(notes)),
        phase="greeting"
        if FIRST_WORDS in notes
        else "reorder_prompt"
        if REORDER_OFFER in notes
        else "small_talk",
        history=tuple(history),
        brain_state=notebook,
        usual_drinks=tuple(_usual(_between(notes, "WHAT THIS GUEST ASKED US TO REMEMBER"))),
        allergies=tuple(allergic[1].split(", ")) if allergic else (),
        is_slowdown_active=NO_UNASKED_ALCOHOL in notes,
    )


def _between(system: str, name: str) -> str:
    return system.partition(f"=== {name} (data)\n")[2].partition(f"\n=== END OF {name}")[0]


def bill_of(tab: str) -> Bill:
    """The tab as the notes of the turn tell it."""
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
        status="open" if where == "not yet sent" else "sent",
        changeable=True,  # the bar may have begun: then the tool says so
    )


def _card(notes: str) -> PaymentCard | None:
    found = next((status for words, status in CARD_STATUSES.items() if words in notes), None)
    due = TOTAL.search(notes)
    return PaymentCard("", _cents(due[5]), "", found, "", simulated=True) if found and due else None


def _usual(told: str) -> Iterator[UsualDrink]:
    line = next((one for one in told.splitlines() if one.startswith("their usual: ")), "")
    for quantity, item, made in USUAL.findall(line.partition(": ")[2]):
        yield UsualDrink(item, int(quantity), tuple(made.split(", ")) if made else ())


def _cents(amount: str) -> int:
    return int(Decimal(amount.replace(",", "")) * 100)


# --- the menu --------------------------------------------------------------------------------------------


def _menu_of(asked: RecordedRequest) -> Menu:
    """What guests call things is what a model knows of the world; what there is tonight, the tools say."""
    return _tonight(tuple(asked.tools["add_to_order"]["properties"]["item"]["enum"]))


@lru_cache(maxsize=64)
def _tonight(there: Words) -> Menu:
    menu = _menu_of_file()
    return replace(menu, drinks=tuple(replace(one, available=one.name in there) for one in menu.drinks))


@lru_cache(maxsize=1)
def _menu_of_file() -> Menu:
    file = read_menu(DEFAULT_MENU_PATH)
    shelf = {row.name: Ingredient(row.name, row.abv_percent, row.allergens) for row in file.ingredients}
    groups = {row.name: _group(row, shelf) for row in file.groups}
    drinks = tuple(_drink(number, row, groups, shelf) for number, row in enumerate(file.items, start=1))
    venue = Venue()
    return Menu("as in the file", venue.name, venue.spoken_name, venue.standard_drink_grams, drinks)


def _group(row: GroupRow, shelf: dict[str, Ingredient]) -> MenuModifierGroup:
    modifiers = (
        MenuModifier(
            name=one.name,
            group=row.name,
            price_cents=one.price_cents,
            aliases=one.aliases,
            meaning=one.meaning,
            change=Change(
                is_known=one.adds_nothing or bool(one.adds),
                factor=one.factor,
                adds=Pour(shelf[one.adds], one.ml) if one.adds else None,
                replaces=row.default,
            ),
        )
        for one in row.modifiers
    )
    return MenuModifierGroup(row.name, row.min, row.max, row.default, tuple(modifiers))


def _drink(
    number: int, row: ItemRow, groups: dict[str, MenuModifierGroup], shelf: dict[str, Ingredient]
) -> Drink:
    pours = tuple(Pour(shelf[part.ingredient], part.ml, part.count, part.is_garnish) for part in row.recipe)
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
        made_by=Recipe(pours, row.no_alcohol, row.allergens),
    )
