"""Which drinks a sentence speaks of, and how many of each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from bartender.conversation.gate.numbers import digits
from bartender.conversation.gate.plain import plain
from bartender.menu.snapshot import Menu

# Guests' words that are also everyone's words: they name a drink only on the menu's own pages.
_EVERYDAY = {
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

# Other houses pour these. Whoever says they are on the tab is wrong whatever the tab holds.
_ELSEWHERE = (
    "mojito|margarita|wine|champagne|prosecco|mezcal|mule|spritz|sangria|pina colada|caipirinha|gimlet|"
    "espresso martini|bloody mary|mai tai|sidecar|sazerac|mimosa|bellini|julep|cider|stout|guinness|pilsner|"
    "burger|fries|pizza|nachos|sandwich|cappuccino|absinthe|sake|vermouth spritz|"
    "aperol|campari|highball|gin and tonic|g&t|white russian|tom collins|mint julep|boulevardier|paloma|wings"
)
EVERYTHING = "everything"
_GENERIC = {
    "drink": EVERYTHING,
    "cocktail": "Cocktails",
    "beer": "Beer",
    "pint": "Beer",
    "spirit": "Spirits",
    "soft drink": "Non-alcoholic",
}

GENERIC = frozenset(_GENERIC.values())

# Between a number and its drink only words that describe the drink may stand.
_NOT_BETWEEN = frozenset(
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
_ONE = {"a", "an", "another", "single"}
_COUNTED = re.compile(r"(\d{1,4})x?$")


@dataclass(frozen=True)
class Mention:
    """`item`: a name of the menu, a category, "everything" for any drink, "" for what is not sold here."""

    start: int
    end: int
    item: str
    quantity: int | None
    more: bool = False  # "another": on top of what the tab has


@dataclass(frozen=True)
class Names:
    pattern: re.Pattern[str]
    item_of: dict[str, str]


@lru_cache(maxsize=8)
def names_of(menu: Menu) -> Names:
    item_of = dict.fromkeys(_ELSEWHERE.split("|"), "") | _GENERIC
    for drink in menu.drinks:
        for name in (*drink.aliases, drink.name):
            if name.lower() not in _EVERYDAY:
                item_of[_key(name)] = drink.name
    longest = sorted(item_of, key=len, reverse=True)
    words = "|".join(re.escape(name).replace(r"\ ", "[ -]") for name in longest)
    ending = r"(?:e?s(?![a-z]))?(?![a-z])"
    return Names(
        re.compile(rf"(?<![a-z])({words}|whiskies|brandies){ending}"),
        item_of | {"whiskies": "Whiskey", "brandies": "Brandy"},
    )


def _key(name: str) -> str:
    return digits(plain(name)).replace("-", " ")


def mentions(text: str, names: Names) -> list[Mention]:
    found: list[Mention] = []
    before = 0
    for match in names.pattern.finditer(text):
        item = names.item_of.get(match.group(1).replace("-", " "), "")
        ahead = text[max(before, match.start() - 60) : match.start()]
        quantity = _count(ahead, text[match.end() : match.end() + 12])
        more = quantity is not None and _MORE.search(ahead) is not None
        found.append(Mention(match.start(), match.end(), item, quantity, more))
        before = match.end()
    return found


_AFTER = re.compile(r" ?(?:x ?|\(x?)(\d{1,3})(?!\d|\.\d)\)?| (\d{1,2})(?= (?:is|are) on)")
_MORE = re.compile(r"\b(?:another|more|extra|additional|further)\b[^,;.!?]*$")


def _count(before: str, after: str) -> int | None:
    if late := _AFTER.match(after):
        return int(late.group(1) or late.group(2))
    for word in reversed(re.split(r"[ ]+", before.strip())[-4:]):
        if word in _ONE:
            return 1
        if counted := _COUNTED.match(word):
            return int(counted.group(1))
        if word in _NOT_BETWEEN or word[-1:] in ",;:.!?()-" or "$" in word:
            return None
    return None
