"""Orders in the shape of a menu with names that no menu has: what a name does is learned, not which it is."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

import bartender
from bartender.brains.rule_based.reader.tokens import fold
from tests.understanding.reader.examples import Example, LabelledToken, split

MENU_PATH = Path(bartender.__file__).parent / "menu" / "house_menu.yaml"
PHRASES_PATH = Path(__file__).with_name("phrases.yaml")
SPIRITS = frozenset(
    ["vodka", "gin", "rum", "tequila", "whiskey", "whisky", "bourbon", "rye", "brandy", "cognac"]
)

_MENU = yaml.safe_load(MENU_PATH.read_text(encoding="utf-8"))
PHRASES = yaml.safe_load(PHRASES_PATH.read_text(encoding="utf-8"))
MODIFIERS = [
    called
    for group in _MENU["groups"]
    for one in group["modifiers"]
    for called in (one["name"], *one.get("aliases", ()))
    if called not in SPIRITS
]
ENGLISH_NAMES = [
    called
    for category in _MENU["categories"]
    for one in category["items"]
    for called in (one["name"], *one.get("aliases", ()))
]
NAMES = {"en": ENGLISH_NAMES, "es": [*ENGLISH_NAMES, *PHRASES["es"]["names"]]}
KNOWN_NAMES = {"item": NAMES["es"], "modifier": MODIFIERS, "category": PHRASES["categories"]}


@dataclass
class MadeUpNames:
    """Names of a menu that only this sentence has."""

    item: list[str] = field(default_factory=list)
    modifier: list[str] = field(default_factory=list)


def made_up_drink(chance: random.Random) -> str:
    made_up = PHRASES["made_up"]
    kind = chance.random()
    if kind < 0.4:
        return f"{chance.choice(made_up['first'])} {chance.choice(made_up['second'])}"
    if kind < 0.55:
        return str(chance.choice(made_up["second"]))
    if kind < 0.75:
        return str(chance.choice(made_up["whole"]))
    if kind < 0.9:
        return "".join(chance.choice(made_up["syllables"]) for _ in range(chance.randint(2, 3)))
    return f"{chance.choice(made_up['whole'])} {chance.choice(made_up['second'])}"


class _Group:
    """One `add` group as it is written: words that are slots, and words between them."""

    def __init__(self, chance: random.Random, language: str, number: int) -> None:
        self.chance, self.phrases, self.language, self.number = chance, PHRASES[language], language, number
        self.tokens: list[LabelledToken] = []
        self.slots = 0

    def write(self, text: str, slot: str = "") -> None:
        self.slots += bool(slot)
        slot_id = 30_000 + self.number * 50 + self.slots if slot else -1
        self.tokens += split(text, LabelledToken("", True, "add", self.number, slot, slot_id))

    def number_and_drink(self, made_up: MadeUpNames) -> None:
        chance = self.chance
        number, *glue = chance.choice(self.phrases["numbers"]).split("|") if chance.random() < 0.9 else [""]
        self.write(number, "quantity" if number not in self.phrases["definite"] else "")
        self.write(" ".join(glue))
        if self.language == "en" and chance.random() < 0.22:
            self.write(chance.choice(self.phrases["before"]), "modifier")
        kind = chance.random()
        if kind >= 0.85:
            self.write(made_up_drink(chance), "off_menu")
            return
        name = chance.choice(NAMES[self.language]) if kind < 0.62 else made_up_drink(chance)
        if kind >= 0.62:
            made_up.item.append(name)
        name = name.lower() if chance.random() < 0.75 else name
        is_one = number in self.phrases["singular"] or number in self.phrases["definite"]
        self.write(name if is_one or name.endswith("s") or chance.random() < 0.07 else f"{name}s", "item")

    def ways_of_making(self) -> None:
        for at in range(self.chance.choice([0, 0, 0, 0, 1, 1, 1, 2, 2])):
            kind = self.chance.random()
            joined = at > 0 and self.chance.random() < 0.6
            if kind < 0.3:
                self.write(self.phrases["and"] if joined else "")
                self.write(self.chance.choice(self.phrases["after"]), "modifier")
            elif kind < 0.62:
                self.write(self.phrases["and"] if joined else "")
                glue, word, slot = self.chance.choice(self.phrases["with"])
                self.write("" if joined and self.chance.random() < 0.5 else glue)
                self.write(word, slot)
                self.write("on it" if self.language == "en" and self.chance.random() < 0.12 else "")
            else:
                self.write(self.chance.choice(self.phrases["without"]))
                self.write(self.chance.choice(self.phrases["unwanted"]), "unwanted_modifier")


def order_list(chance: random.Random, language: str, made_up: MadeUpNames) -> Example:
    """One to seven drinks, joined as people join them."""
    tokens: list[LabelledToken] = []
    for number in range(chance.choice([1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 7])):
        if number:
            for part in chance.choice(PHRASES[language]["joins"]).split():
                tokens += split(part, LabelledToken("", part != ","))
        group = _Group(chance, language, 5_000 + number)
        group.number_and_drink(made_up)
        group.ways_of_making()
        tokens += group.tokens
    return tuple(tokens)


def full_order(chance: random.Random, language: str, made_up: MadeUpNames) -> Example:
    phrases = PHRASES[language]
    begins = split(chance.choice(phrases["carriers"]), LabelledToken("", has_space_before=False))
    ending = chance.choice(phrases["endings"])
    sends = ending in phrases["sending"]
    like = LabelledToken("", act="send", group=9_999) if sends else LabelledToken("")
    return begins + order_list(chance, language, made_up) + split(ending, like)


def with_other_drinks(tokens: Example, chance: random.Random, language: str, made_up: MadeUpNames) -> Example:
    """What somebody wrote around an order, around another one. The same where that is not one piece."""
    places = [at for at, one in enumerate(tokens) if one.act == "add"]
    if not places or any(one.act not in ("add", "") for one in tokens[places[0] : places[-1] + 1]):
        return tokens
    first, *others = order_list(chance, language, made_up)
    rest = tokens[places[-1] + 1 :]
    if rest and fold(rest[0].text) not in ",.!?;":
        rest = (replace(rest[0], has_space_before=True), *rest[1:])
    begin = replace(first, has_space_before=tokens[places[0]].has_space_before)
    return (*tokens[: places[0]], begin, *others, *rest)
