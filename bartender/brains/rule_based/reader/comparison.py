"""Which of two readings of a sentence is acted on: the learned tagger's where it is certain, else the grammar's."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bartender.brains.base import TurnContext
from bartender.brains.rule_based.intents import (
    AddMore,
    ChangeModifiers,
    Clear,
    DisputeLine,
    Intent,
    MenuQuestion,
    Order,
    Remove,
    RestoreItem,
    SetQuantity,
    SimpleIntent,
    Swap,
    Tip,
    Undo,
)
from bartender.brains.rule_based.item_lists import EXCLUSIVE_MODIFIERS, RequestedDrink
from bartender.brains.rule_based.orders import MAX_UNITS
from bartender.brains.rule_based.reader.interpretation import Interpretation
from bartender.brains.rule_based.reader.slots import modifier_names
from bartender.brains.rule_based.reader.tokens import fold
from bartender.brains.rule_based.segments import Segment, SpeechAct, is_put_off
from bartender.brains.rule_based.tips import currency_words_pattern
from bartender.brains.rule_based.tokenizer import ANY, ITEM, OFF
from bartender.menu.snapshot import Menu
from maya_site.core.currencies import SYMBOL_CHARACTERS
from maya_site.core.venue import venue_currency

# How certain the tagger must be of what it reads, by what the grammar made of the same words.
SURE = 0.5
SURE_WHERE_LESS_WAS_READ = 0.5
SURE_OF_WHAT_IS_NOT_NAMED = 0.7
SURE_OF_MORE_OF_NOTHING = 0.9  # "me too", where nothing was just ordered
SURE_OF_A_BARE_NAME = 0.95
SURE_OF_A_MENTION = 0.9
SURE_OF_WHAT_IS_TAKEN_BACK = 0.85
SURE_AGAINST_A_QUESTION = 0.9
SURE_AGAINST_A_STORY = 0.99
SURE_OF_A_CORRECTION = 0.55
SURE_OF_ANOTHER_NUMBER = 0.75
SURE_OF_A_PARTY = 0.4
SURE_OF_A_CHANGE = 0.55
SURE_OF_A_NOTE = 0.9
# From here on a guest is asked whether they meant to order what is not certain enough to be put on the tab.
SURE_ENOUGH_TO_ASK = 0.4
_CORRECTION = re.compile(
    r"\b(?:sorry|wait|scratch|i mean|i meant|no ,|, no|actually|instead|rather|correction|oops)\b"
)
_DOUBTS = {SpeechAct.STORY, SpeechAct.DEFERRED, SpeechAct.NEGATION, SpeechAct.QUESTION}


@dataclass
class Content:
    """What a reading accounts for."""

    drinks: Counter[str] = field(default_factory=Counter)
    entries: Counter[str] = field(default_factory=Counter)  # how often each was named
    counted: set[str] = field(default_factory=set)
    has_odd_number: bool = False
    too_many: set[str] = field(
        default_factory=set
    )  # "room 304, a brandy": the number may count something else
    modifiers: set[str] = field(default_factory=set)
    off_menu: set[str] = field(default_factory=set)
    has_conflict: bool = False  # "neat" and "on the rocks" of one drink
    orders: bool = False
    takes_off: bool = False
    swaps: bool = False  # and says what for what
    corrects: bool = False  # takes the place of something that was said before


def is_better(
    found: Interpretation,
    by_tagger: Sequence[Intent],
    by_grammar: Sequence[Intent],
    segments: Sequence[Segment],
    context: TurnContext,
) -> bool:
    """Whether to act on the tagger's reading: where it is certain, and where it accounts for more."""
    learned, parsed = content(by_tagger, context.menu), content(by_grammar, context.menu)
    if (
        not learned.drinks
        and parsed.orders
        and not (context.bill.lines and found.confidence >= SURE_OF_A_CHANGE)
    ):
        return False  # "vodka please" is a drink, and not the vodka of one that was ordered long ago
    if not found.intents or _is_better_parsed(found, learned, parsed, by_grammar):
        return False
    if not by_grammar:
        return found.confidence >= _sure_where_nothing_was_parsed(found, learned, segments, context)
    question_kinds = {one.kind if isinstance(one, MenuQuestion) else "" for one in by_grammar}
    if "" not in question_kinds:
        return question_kinds != {"price"} and _is_rather_an_order(found, learned, question_kinds)
    loses_a_correction = parsed.corrects and not learned.corrects and learned.drinks == parsed.drinks
    enough = SURE if any(_CORRECTION.search(part.text) for part in segments) else SURE_OF_A_MENTION
    loses_a_drink = set(learned.drinks) < set(parsed.drinks) and 0 < found.mentions < enough
    if loses_a_correction or loses_a_drink:
        return False
    return found.confidence >= SURE or _reads_more(found, learned, parsed, context)


def _sure_where_nothing_was_parsed(
    found: Interpretation, learned: Content, segments: Sequence[Segment], context: TurnContext
) -> float:
    if learned.takes_off and set(learned.drinks) <= {line.item for line in context.bill.lines}:
        return SURE
    if _is_doubted(segments, takes_off=not learned.drinks or learned.takes_off):
        return SURE_AGAINST_A_STORY
    if not learned.drinks:
        just_ordered = context.brain_state.get("pending", {}).get("kind") == "send"
        is_more = all(isinstance(one, AddMore) for one in found.intents)
        return SURE_OF_MORE_OF_NOTHING if is_more and not just_ordered else SURE_OF_WHAT_IS_NOT_NAMED
    return (
        SURE_WHERE_LESS_WAS_READ
        if learned.counted or learned.modifiers or found.notes
        else SURE_OF_A_BARE_NAME
    )


def _is_better_parsed(
    found: Interpretation, learned: Content, parsed: Content, by_grammar: Sequence[Intent]
) -> bool:
    is_of_something_else = (
        parsed.too_many and parsed.too_many <= learned.counted and found.confidence >= SURE_OF_A_NOTE
    )
    if (parsed.has_odd_number and not is_of_something_else) or learned.has_conflict:
        return True
    loses_a_name = parsed.off_menu or set(parsed.drinks) - set(learned.drinks)
    if learned.off_menu and loses_a_name:
        return True
    known = set(fold(" ".join(learned.drinks)).split())
    if any(set(fold(name).split()) - known for name in parsed.off_menu):
        return True  # "a whisky sour" is no whisky; "ipa whiskey soda" may be three drinks
    if Undo() in found.intents and Undo() not in by_grammar and found.confidence < SURE_OF_WHAT_IS_TAKEN_BACK:
        return True
    is_alone = len(by_grammar) == 1 and not learned.drinks
    return any(_is_known_to_the_grammar(one, found.confidence, is_alone=is_alone) for one in by_grammar)


def _is_known_to_the_grammar(intent: Intent, confidence: float, *, is_alone: bool) -> bool:
    """What the tagger has no act for: disputes, what comes back, what a drink shall be free of; and where it is
    not certain, pranks, and a tip or a plain answer with no drink beside it."""
    match intent:
        case DisputeLine() | RestoreItem() | MenuQuestion(kind="without" | "allergen"):
            return True
        case Tip():
            return is_alone
        case SimpleIntent("yes" | "no"):
            return is_alone and confidence < SURE_OF_A_NOTE
        case SimpleIntent("prank" | "staff"):
            return confidence < SURE_AGAINST_A_QUESTION
    return False


def _reads_more(found: Interpretation, learned: Content, parsed: Content, context: TurnContext) -> bool:
    if not parsed.drinks or (parsed.swaps and not learned.swaps):
        return False
    if found.mentions and learned.orders and learned.drinks < parsed.drinks:
        return found.confidence >= SURE_OF_A_CORRECTION
    return learned.modifiers >= parsed.modifiers and _accounts_for_more(found, learned, parsed, context)


def _is_rather_an_order(found: Interpretation, learned: Content, question_kinds: set[str]) -> bool:
    """ "Can you do three tap beers?" Whether there is beer is asked with no number."""
    if not learned.orders:
        return found.confidence >= SURE_OF_ANOTHER_NUMBER
    return found.confidence >= SURE_AGAINST_A_QUESTION and (
        "have" not in question_kinds or max(learned.drinks.values(), default=0) > 1
    )


def _accounts_for_more(
    found: Interpretation, learned: Content, parsed: Content, context: TurnContext
) -> bool:
    if (
        parsed.orders
        and not learned.orders
        and learned.modifiers
        and set(learned.drinks) <= set(parsed.drinks)
    ):
        on_the_tab = {line.item for line in context.bill.lines}
        return set(parsed.drinks) <= on_the_tab and found.confidence >= SURE_OF_A_CHANGE
    if learned.drinks == parsed.drinks:
        return learned.modifiers > parsed.modifiers
    if set(learned.drinks) != set(parsed.drinks):
        return set(learned.drinks) > set(parsed.drinks) and found.confidence >= SURE_WHERE_LESS_WAS_READ
    differing = [name for name in parsed.drinks if parsed.drinks[name] != learned.drinks[name]]
    if all(name in learned.counted and name not in parsed.counted for name in differing):
        return True
    if any(learned.entries[name] != 1 for name in differing):
        return False
    if all(parsed.drinks[name] == 1 for name in differing):
        return found.confidence >= SURE_OF_A_PARTY
    named_twice = all(parsed.entries[name] == parsed.drinks[name] > 1 for name in differing)
    return named_twice and found.confidence >= SURE_OF_ANOTHER_NUMBER


def _is_doubted(segments: Sequence[Segment], *, takes_off: bool) -> bool:
    """Whether the grammar took what names a drink for a story, a wish for later, a question or a no, or an
    amount of money stands beside it: "I give you a dollar for a Martini" is a price, and not the bar's."""
    named = [part for part in segments if part.has_kind(ITEM, OFF, ANY)] or segments
    doubts = _DOUBTS - {SpeechAct.NEGATION} if takes_off else _DOUBTS
    money = re.compile(rf"[{SYMBOL_CHARACTERS}]|\b(?:{currency_words_pattern(venue_currency())})\b")
    return any(part.speech_act in doubts or money.search(part.text) for part in named)


def doubtful_order(found: Interpretation, segments: Sequence[Segment]) -> list[RequestedDrink]:
    """The drinks that a guest is asked about, where the tagger's reading is not acted on. None of another
    time."""
    if found.confidence < SURE_ENOUGH_TO_ASK or any(is_put_off(part) for part in segments):
        return []
    return [drink for one in found.intents if isinstance(one, Order) for drink in one.drinks]


def unread_notes(found: Interpretation, chosen: Iterable[Intent], menu: Menu) -> tuple[str, ...]:
    """Of what the tagger took for a wish about a drink, what the reading that is acted on leaves out."""
    if found.confidence < SURE_OF_A_NOTE:
        return ()
    known = fold(" ".join(content(chosen, menu).modifiers)).split()
    return tuple(note for note in found.notes if not set(fold(note).split()) & set(known))


def content(intents: Iterable[Intent], menu: Menu) -> Content:
    found = Content()
    for one in intents:
        found.orders |= isinstance(one, Order)
        found.swaps |= isinstance(one, Swap) and bool(one.old_item)
        found.takes_off |= isinstance(one, (Remove, Clear, Undo))
        found.corrects |= isinstance(one, (Swap, SetQuantity))
        for drink in _requested(one):
            _count(found, drink, menu)
    return found


def _requested(intent: Intent) -> Sequence[RequestedDrink]:
    match intent:
        case Order():
            return intent.drinks
        case Swap():
            return (intent.replacement,)
        case Remove():
            return (intent.drink,)
        case ChangeModifiers():
            return (RequestedDrink(item=intent.item, modifiers=intent.modifiers),)
        case AddMore():
            return (RequestedDrink(modifiers=intent.modifiers),)
        case SetQuantity():
            return (RequestedDrink(item=intent.item, quantity=intent.quantity),)
    return ()


def _count(found: Content, drink: RequestedDrink, menu: Menu) -> None:
    found.off_menu |= {drink.off_menu_name.lower()} - {""}
    found.has_conflict |= any(len(choices & set(drink.modifiers)) > 1 for choices in EXCLUSIVE_MODIFIERS)
    if drink.item:
        found.drinks[drink.item] += drink.quantity
        found.entries[drink.item] += 1
        found.has_odd_number |= drink.is_half or not 1 <= drink.quantity <= MAX_UNITS
        if drink.quantity > MAX_UNITS:
            found.too_many.add(drink.item)
        if drink.has_count:
            found.counted.add(drink.item)
    found.modifiers |= _named(drink.modifiers, drink.item, menu)


def _named(modifiers: Iterable[str], item: str, menu: Menu) -> set[str]:
    """As the menu calls them."""
    drink = menu.find_drink(item) if item else None
    if drink is None:
        known = {called.lower(): spelt for called, spelt in modifier_names(menu).items()}
        return {known.get(name.lower(), name) for name in modifiers}
    return {made.name if (made := drink.find_modifier(name)) else name for name in modifiers}
