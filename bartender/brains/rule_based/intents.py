"""What a guest can mean. The grammar reads segments into these; the plan turns these into tool calls and words."""

from __future__ import annotations

from dataclasses import dataclass

from bartender.brains.rule_based.item_lists import RequestedDrink


@dataclass(frozen=True)
class Order:
    drinks: tuple[RequestedDrink, ...]
    same_as_before: bool = False


@dataclass(frozen=True)
class SetQuantity:
    """ "Make that two", "make it two IPAs"."""

    quantity: int
    item: str = ""


@dataclass(frozen=True)
class ChangeModifiers:
    """ "Make it a double", "make the second one dry". `ordinal`: the n-th of what was ordered last; 0 is all of it."""

    modifiers: tuple[str, ...]
    item: str = ""
    ordinal: int = 0
    units: int = 0
    all_lines: bool = False
    removes_modifiers: bool = False
    current_modifiers: tuple[str, ...] = ()
    only_unmodified: bool = False
    dropped_modifiers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Swap:
    """ "Swap the gin for rum"; with no `old_item`, what was ordered last is meant."""

    replacement: RequestedDrink
    old_item: str = ""
    units: int = 0
    targets_last_line: bool = False


@dataclass(frozen=True)
class Remove:
    """ "Drop one IPA", "no more for me". Without an item: what was named last."""

    drink: RequestedDrink
    removes_all: bool = False
    ordinal: int = 0
    only_unmodified: bool = False


@dataclass(frozen=True)
class DisputeLine:
    """ "I did not order a lemonade", said of what the tab holds."""

    drink: RequestedDrink


@dataclass(frozen=True)
class Undo:
    pass


@dataclass(frozen=True)
class Clear:
    pass


@dataclass(frozen=True)
class RepeatRound:
    """ "Same again", "another round"."""

    times: int = 1


@dataclass(frozen=True)
class AddMore:
    """ "Another", "two more of those", "one for her too"."""

    quantity: int = 1
    modifiers: tuple[str, ...] = ()
    extends_modifiers: bool = False


@dataclass(frozen=True)
class UndecidedOrder:
    """ "A martini or a negroni": not decided yet."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class RestoreItem:
    """ "Put the IPA back": what was just taken off."""

    item: str = ""


@dataclass(frozen=True)
class ChooseOption:
    """ "The second one", "I'll take that", "both": from what Maya has just named."""

    ordinal: int = 0
    quantity: int = 1
    takes_both: bool = False
    has_count: bool = False
    uses_last_modifiers: bool = True
    superlative: str = ""
    description: str = ""  # a word of "the one with the gin"


@dataclass(frozen=True)
class Tip:
    """In basis points or cents; None and None takes the tip away. `ambiguous_value`: "tip 20"."""

    bp: int | None = None
    cents: int | None = None
    ambiguous_value: int = 0
    is_out_of_range: bool = False


@dataclass(frozen=True)
class SimpleIntent:
    """An intent without arguments: pay, bill, balance, send, yes, no, hello, ..."""

    kind: str


@dataclass(frozen=True)
class OrderUsual:
    """ "The usual, please"."""


@dataclass(frozen=True)
class KnowledgeQuestion:
    """A question for the bar's memory. Where that has no answer: what the menu says, or small talk."""

    fallback_small_talk: str = "dont_know"
    fallback_menu_question: MenuQuestion | None = None


@dataclass(frozen=True)
class MenuQuestion:
    """A question about the menu: kind, the drinks it is about, and a word that matters (an allergen, a mood)."""

    kind: str
    items: tuple[str, ...] = ()
    keyword: str = ""
    modifiers: tuple[str, ...] = ()


Intent = (
    Order
    | SetQuantity
    | ChangeModifiers
    | Swap
    | Remove
    | DisputeLine
    | Undo
    | Clear
    | RepeatRound
    | AddMore
    | UndecidedOrder
    | RestoreItem
    | ChooseOption
    | Tip
    | SimpleIntent
    | MenuQuestion
    | KnowledgeQuestion
    | OrderUsual
)
