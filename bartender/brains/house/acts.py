"""What a guest can mean. The grammar reads segments into these; the plan turns these into tool calls and words."""

from __future__ import annotations

from dataclasses import dataclass

from bartender.brains.house.groups import Group


@dataclass(frozen=True)
class Order:
    groups: tuple[Group, ...]
    alike: bool = False


@dataclass(frozen=True)
class SetQuantity:
    """ "Make that two", "make it two IPAs"."""

    quantity: int
    item: str = ""


@dataclass(frozen=True)
class Remake:
    """ "Make it a double", "make the second one dry". `which`: the n-th of what was ordered last; 0 is all of it."""

    modifiers: tuple[str, ...]
    item: str = ""
    which: int = 0
    units: int = 0
    all_lines: bool = False
    without: bool = False
    having: tuple[str, ...] = ()
    plain: bool = False
    drop: tuple[str, ...] = ()


@dataclass(frozen=True)
class Swap:
    """ "Swap the gin for rum"; with no `old`, what was ordered last is meant."""

    new: Group
    old: str = ""
    units: int = 0
    of_last: bool = False


@dataclass(frozen=True)
class Remove:
    """ "Drop one IPA", "no more for me". Without an item: what was named last."""

    group: Group
    all_of_it: bool = False
    ordinal: int = 0
    plain: bool = False


@dataclass(frozen=True)
class Undo:
    pass


@dataclass(frozen=True)
class Clear:
    pass


@dataclass(frozen=True)
class Again:
    """ "Same again", "another round"."""

    times: int = 1


@dataclass(frozen=True)
class More:
    """ "Another", "two more of those", "one for her too"."""

    quantity: int = 1
    modifiers: tuple[str, ...] = ()
    but: bool = False


@dataclass(frozen=True)
class Between:
    """ "A martini or a negroni": not decided yet."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class PutBack:
    """ "Put the IPA back": what was just taken off."""

    item: str = ""


@dataclass(frozen=True)
class Choose:
    """ "The second one", "I'll take that", "both": from what Maya has just named."""

    ordinal: int = 0
    quantity: int = 1
    both: bool = False
    counted: bool = False
    how: bool = True
    by: str = ""


@dataclass(frozen=True)
class Tip:
    """In basis points or cents; None and None takes the tip away. `unclear`: "tip 20"."""

    bp: int | None = None
    cents: int | None = None
    unclear: int = 0
    absurd: bool = False


@dataclass(frozen=True)
class Simple:
    """An intent without arguments: pay, bill, balance, send, yes, no, hello, ..."""

    kind: str


@dataclass(frozen=True)
class TheUsual:
    """ "The usual, please"."""


@dataclass(frozen=True)
class Ask:
    """A question for the house's memory. Where that has no answer: what the menu says, or small talk."""

    talk: str = "lost"
    menu: About | None = None


@dataclass(frozen=True)
class About:
    """A question about the menu: kind, the drinks it is about, and a word that matters (an allergen, a mood)."""

    kind: str
    items: tuple[str, ...] = ()
    word: str = ""
    modifiers: tuple[str, ...] = ()


Act = (
    Order
    | SetQuantity
    | Remake
    | Swap
    | Remove
    | Undo
    | Clear
    | Again
    | More
    | Between
    | PutBack
    | Choose
    | Tip
    | Simple
    | About
    | Ask
    | TheUsual
)
