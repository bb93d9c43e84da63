"""Finds which drinks a sentence mentions, and how many of each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from bartender.menu.snapshot import Menu
from bartender.text.normalize import plain_text

# Aliases that are everyday words as well: in a sentence they do not count as a drink.
_EVERYDAY_WORDS = {
    "g",
    "lit",
    "pop",
    "classic",
    "brew",
    "straight",
    "draft",
    "draught",
    "rye",
    "tini",
    "classics",
    "waters",
}

# Not sold here, so a claim that one of them is on the tab is wrong whatever the tab holds.
_NOT_SOLD = (
    "mojito|margarita|wine|champagne|prosecco|mezcal|mule|spritz|sangria|pina colada|caipirinha|gimlet|"
    "espresso martini|bloody mary|mai tai|sidecar|sazerac|mimosa|bellini|julep|cider|stout|guinness|pilsner|"
    "burger|fries|pizza|nachos|sandwich|cappuccino|absinthe|sake|vermouth spritz|"
    "aperol|campari|highball|gin and tonic|g&t|white russian|tom collins|mint julep|boulevardier|paloma|wings"
)
ANY_ITEM = "everything"
_GENERIC_NAMES = {
    "drink": ANY_ITEM,
    "cocktail": "Cocktails",
    "beer": "Beer",
    "pint": "Beer",
    "spirit": "Spirits",
    "soft drink": "Non-alcoholic",
}

GENERIC_ITEMS = frozenset(_GENERIC_NAMES.values())

# Between a number and its drink only words that describe the drink may stand.
_NEVER_BEFORE_ITEM = frozenset(
    [
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "for",
        "to",
        "with",
        "on",
        "in",
        "at",
        "of-the",
        "and",
        "or",
        "but",
        "dollars",
        "dollar",
        "bucks",
        "cents",
        "percent",
        "that",
        "it",
        "you",
        "your",
        "my",
        "i",
        "we",
        "has",
        "have",
        "the",
        "from",
        "by",
        "as",
        "than",
        "not",
        "no",
        "if",
        "when",
    ]
)
_SINGULAR_WORDS = {"a", "an", "another", "single"}
_COUNT_PATTERN = re.compile(r"(\d{1,4})x?$")


@dataclass(frozen=True)
class Mention:
    """A drink named in the text from `start` to `end`. `quantity` is None if no number goes with it.

    `item`: a name of the menu, a category, "everything" for any drink, "" for a drink that is not sold here.
    """

    start: int
    end: int
    item: str
    quantity: int | None
    is_additional: bool = False  # "another": on top of what the tab has


@dataclass(frozen=True)
class ItemNames:
    """Finds the names, aliases and categories of a menu in normalized text, and what each of them means."""

    pattern: re.Pattern[str]
    item_of: dict[str, str]


@lru_cache(maxsize=8)
def item_names(menu: Menu) -> ItemNames:
    item_of = dict.fromkeys(_NOT_SOLD.split("|"), "") | _GENERIC_NAMES
    for drink in menu.drinks:
        for name in (*drink.aliases, drink.name):
            if name.lower() not in _EVERYDAY_WORDS:
                item_of[_normalize_name(name)] = drink.name
    longest = sorted(item_of, key=len, reverse=True)
    words = "|".join(re.escape(name).replace(r"\ ", "[ -]") for name in longest)
    ending = r"(?:e?s(?![a-z]))?(?![a-z])"
    return ItemNames(
        re.compile(rf"(?<![a-z])({words}|whiskies|brandies){ending}"),
        item_of | {"whiskies": "Whiskey", "brandies": "Brandy"},
    )


def _normalize_name(name: str) -> str:
    return plain_text(name).replace("-", " ")


def find_mentions(text: str, names: ItemNames) -> list[Mention]:
    """The drinks mentioned in normalized text, in order."""
    found: list[Mention] = []
    before = 0
    for match in names.pattern.finditer(text):
        item = names.item_of.get(match.group(1).replace("-", " "), "")
        ahead = text[max(before, match.start() - 60) : match.start()]
        quantity = _parse_quantity(ahead, text[match.end() : match.end() + 12])
        more = quantity is not None and _ADDITIONAL.search(ahead) is not None
        found.append(Mention(match.start(), match.end(), item, quantity, more))
        before = match.end()
    return found


_COUNT_AFTER = re.compile(r" ?(?:x ?|\(x?)(\d{1,3})(?!\d|\.\d)\)?| (\d{1,2})(?= (?:is|are) on)")
_ADDITIONAL = re.compile(r"\b(?:another|more|extra|additional|further)\b[^,;.!?]*$")


def _parse_quantity(before: str, after: str) -> int | None:
    if late := _COUNT_AFTER.match(after):
        return int(late.group(1) or late.group(2))
    for word in reversed(re.split(r"[ ]+", before.strip())[-4:]):
        if word in _SINGULAR_WORDS:
            return 1
        if counted := _COUNT_PATTERN.match(word):
            return int(counted.group(1))
        if word in _NEVER_BEFORE_ITEM or word[-1:] in ",;:.!?()-" or "$" in word:
            return None
    return None
