"""The grammar: what a segment means. The first rule that fits wins; a drink's name alone proves nothing."""

from __future__ import annotations

import re
from collections.abc import Callable

from bartender.brains.rule_based import patterns
from bartender.brains.rule_based.intents import (
    AddMore,
    ChangeModifiers,
    ChooseOption,
    Clear,
    DisputeLine,
    Intent,
    MenuQuestion,
    Order,
    Remove,
    RepeatRound,
    RestoreItem,
    SetQuantity,
    SimpleIntent,
    Swap,
    UndecidedOrder,
    Undo,
)
from bartender.brains.rule_based.item_lists import RequestedDrink, parse_drinks
from bartender.brains.rule_based.questions import parse_menu_question
from bartender.brains.rule_based.segments import Segment, SpeechAct
from bartender.brains.rule_based.tips import parse_tip
from bartender.brains.rule_based.tokenizer import ANY, ITEM, MOD, NUM, OFF, ORD, VAGUE, WORD, Token
from bartender.menu.snapshot import Menu
from bartender.text.english import COURTESY_WORDS

GrammarRule = Callable[[Segment, str, Menu], Intent | None]


def parse_intent(segment: Segment, menu: Menu) -> Intent | None:
    """The one act of a segment, or None where it is talk."""
    shape = segment.shape.replace(" ,", "")
    if tip := parse_tip(segment.text):
        return tip
    for rule in _RULES:
        if act := rule(segment, shape, menu):
            return act
    return None


def _parse_tab_command(segment: Segment, shape: str, menu: Menu) -> Intent | None:
    """Rules about the tab as a whole or about what was said last."""
    is_statement = segment.speech_act in (SpeechAct.STORY, SpeechAct.DEFERRED) or segment.has_kind(
        ITEM, OFF, ANY
    )
    if patterns.RESTORE_ITEM.search(shape) and segment.speech_act not in (
        SpeechAct.STORY,
        SpeechAct.DEFERRED,
        SpeechAct.QUESTION,
    ):
        return RestoreItem(segment.item_tokens()[0].name if segment.item_tokens() else "")
    if patterns.CLEAR.search(shape) or (not is_statement and patterns.CLEAR_FIRST.search(shape)):
        return Clear()
    if patterns.UNDO.search(shape):
        return Undo()
    if patterns.MAKE_SINGLE.search(shape):
        items = segment.item_tokens()
        return ChangeModifiers(("double",), items[0].name if items else "", removes_modifiers=True)
    if patterns.SAME_BUT.search(shape):
        liquor = tuple(token.name.lower() for token in segment.item_tokens())
        return AddMore(
            1,
            (*(token.name for token in segment.tokens if token.kind == MOD), *liquor),
            extends_modifiers=True,
        )
    if (
        not segment.has_kind(ITEM, OFF, ANY)
        and segment.speech_act not in (SpeechAct.NEGATION, SpeechAct.STORY, SpeechAct.DEFERRED)
        and patterns.REPEAT_ROUND.search(shape)
    ):
        return None if segment.has_question_mark and "what" in shape else RepeatRound()
    return None


def _parse_quantity(segment: Segment, shape: str, menu: Menu) -> Intent | None:
    numbers = [token.number for token in segment.tokens if token.kind == NUM and not token.is_article]
    if segment.speech_act == SpeechAct.QUESTION and not shape.startswith(("can", "could")):
        return None
    if numbers and patterns.QUANTITY_CORRECTION.search(shape):
        return SetQuantity(numbers[-1])
    if patterns.SET_QUANTITY.search(shape):
        value = numbers[-1] if numbers else 1
        if re.search(r"not NUM$", shape) and len(numbers) > 1:
            value = numbers[0]
        return SetQuantity(value) if numbers and shape != "NUM" else None
    if patterns.SET_ITEM_QUANTITY.search(shape) and segment.item_tokens():
        value = numbers[-1] if numbers else 1
        return SetQuantity(value, segment.item_tokens()[0].name)
    return None


def _parse_more(segment: Segment, shape: str, menu: Menu) -> Intent | None:
    if segment.has_kind(ITEM, OFF, ANY) or segment.speech_act in (
        SpeechAct.DEFERRED,
        SpeechAct.QUESTION,
        SpeechAct.NEGATION,
    ):
        return None
    if re.search(r"\bNUM MOD of (?:that|those|it|them|these)$", shape):
        return AddMore(
            _stated_counts(segment)[0], tuple(token.name for token in segment.tokens if token.kind == MOD)
        )
    if patterns.ADD_NTH.search(shape):
        return AddMore(1)
    if not patterns.ADD_MORE.search(shape):
        return None
    counted = [token.number for token in segment.tokens if token.kind == NUM]
    modifiers = tuple(token.name for token in segment.tokens if token.kind == MOD)
    return AddMore(counted[0] if counted else 1, modifiers)


def _parse_swap(segment: Segment, shape: str, menu: Menu) -> Intent | None:
    items = segment.item_tokens()
    if segment.speech_act in (SpeechAct.STORY, SpeechAct.DEFERRED) or (
        segment.speech_act == SpeechAct.QUESTION and "instead" not in shape
    ):
        return None
    if patterns.ITEM_CORRECTION.search(shape):
        return Swap(parse_drinks(segment.tokens, menu)[-1], items[0].name)
    if found := patterns.SWAP.search(shape):
        after = _replacement_tokens(segment)
        made = parse_drinks(after, menu)
        if made:
            names_old = "ITEM" in found.group("old") and len(items) > len([g for g in made if g.item])
            units = _units_to_swap(segment)
            one = made[0].has_count and _means_one(items[0] if names_old else None, found.group("old"))
            return Swap(made[0], items[0].name if names_old else "", units or int(one))
    if patterns.INSTEAD_OF.search(shape) and len(items) >= 2:
        new = [group for group in parse_drinks(segment.tokens, menu) if group.item == items[-2].name]
        units = int(new[-1].has_count and _means_one(items[-1])) if new else 0
        return Swap(new[-1], items[-1].name, units) if new else None
    if (
        re.search(r"\binstead\b", shape)
        and segment.has_kind(ITEM, OFF, ANY)
        and segment.speech_act in (SpeechAct.ORDER, SpeechAct.OTHER, SpeechAct.QUESTION)
    ):
        return Swap(parse_drinks(segment.tokens, menu)[-1])
    if patterns.CHANGE_INTO.search(shape):
        made = parse_drinks(segment.tokens, menu)
        return Swap(made[-1], targets_last_line=True) if made else None
    return None


def _means_one(old: Token | None, pronoun: str = "") -> bool:
    """ "The IPA", "it", where it is to become "a lager": one of three. "The IPAs" and "them" are all."""
    return not old.is_plural if old else pronoun in ("it", "that", "one", "drink")


def _units_to_swap(segment: Segment) -> int:
    """ "Swap one whiskey for a water": how many of the old ones."""
    before = segment.tokens[: _swap_middle(segment)]
    counts = [token.number for token in before if token.kind == NUM]
    return counts[-1] if counts else 0


def _replacement_tokens(segment: Segment) -> list[Token]:
    """What is wanted instead: the tokens behind the "for"."""
    middle = _swap_middle(segment)
    return list(segment.tokens[middle + 1 :]) if middle else []


def _swap_middle(segment: Segment) -> int:
    """Where the "for" stands, or 0. "I'd like to change my IPA to a lager": it is the second "to"."""
    verbs = [at for at, token in enumerate(segment.tokens) if token.text in _SWAP_VERBS]
    places = [
        at
        for at, token in enumerate(segment.tokens)
        if at > min(verbs, default=0) and token.kind == WORD and token.text in _SWAP_PREPOSITIONS
    ]
    return places[0] if places else 0


_SWAP_VERBS = frozenset("swap switch change replace exchange trade substitute turn".split())
_SWAP_PREPOSITIONS = frozenset("for to with into by".split())


def _parse_dispute(segment: Segment, shape: str, menu: Menu) -> Intent | None:
    """What a guest says they did not order. "Did I not order a lemonade?" asks, and is none."""
    if segment.speech_act == SpeechAct.QUESTION or not patterns.NOT_ORDERED.search(shape):
        return None
    named = [token for token in segment.tokens if token.kind in (ITEM, NUM)]
    drink = next((one for one in parse_drinks(named, menu) if one.item), None)
    return DisputeLine(drink) if drink else None


def _parse_remove(segment: Segment, shape: str, menu: Menu) -> Intent | None:
    if segment.speech_act in (SpeechAct.STORY, SpeechAct.DEFERRED) or (
        segment.has_question_mark and segment.speech_act == SpeechAct.QUESTION
    ):
        return None
    if patterns.NOT_WANTED.search(shape):
        return Remove(parse_drinks(segment.tokens, menu)[-1], removes_all=True)
    found = patterns.REMOVE.search(shape)
    if shape == "take NUM off" or re.search(r"^take (?:off )?NUM(?: of (?:them|those))?(?: off)?$", shape):
        return Remove(RequestedDrink(quantity=_stated_counts(segment)[0], has_count=True))
    if re.search(
        rf"^{patterns.FILLER}(?:take|remove|cancel|drop|lose) (?:off )?the MOD(?: NUM| one)?(?: (?:off|away|back))?{patterns.TRAILING_FILLER}$",
        shape,
    ):
        return Remove(
            RequestedDrink(modifiers=tuple(token.name for token in segment.tokens if token.kind == MOD))
        )
    if not found or (found.group("rest").startswith("MOD") and not segment.has_kind(ITEM)):
        return None
    if re.search(r"\b(?:take|cut|send|pull)\b", shape) and not re.search(r"\b(?:off|away|back|out)\b", shape):
        return None
    named = parse_drinks(segment.tokens, menu)
    ordinals = [token.number for token in segment.tokens if token.kind == ORD]
    group = next((one for one in named if one.item), None)
    numbers = [token for token in segment.tokens if token.kind == NUM]
    if group is None:
        counted = [token.number for token in numbers]
        group = RequestedDrink(quantity=counted[0] if counted else 1, has_count=bool(counted))
    every = re.search(r"\b(?:all|both|every|the whole)\b", shape) is not None
    plain = re.search(r"\b(?:plain|normal|regular)\b", shape) is not None
    return Remove(
        group, every or (group.is_plural and not group.has_count), ordinals[0] if ordinals else 0, plain
    )


def _parse_modifier_change(segment: Segment, shape: str, menu: Menu) -> Intent | None:
    asks = segment.speech_act == SpeechAct.QUESTION and not re.search(r"\b(?:can|could|would)\b", shape)
    if asks or segment.speech_act in (SpeechAct.STORY, SpeechAct.DEFERRED):
        return None
    names = tuple(token.name for token in segment.tokens if token.kind == MOD)
    if (found := patterns.PREPARATION_IMPERATIVE.search(shape)) or not names:
        return (
            _preparation_change(segment, found.groupdict())
            if found
            else _parse_long_modifier_change(segment, shape, names)
        )
    return _parse_short_modifier_change(segment, shape, names) or _parse_long_modifier_change(
        segment, shape, names
    )


def _preparation_change(segment: Segment, found: dict[str, str]) -> ChangeModifiers:
    """ "Shake it", "stir the plain one"."""
    items, what = segment.item_tokens(), found["what"]
    every = what in ("them", "both", "those", "all")
    plain = what.startswith(("the plain", "the other"))
    return ChangeModifiers(
        (patterns.MODIFIER_BY_VERB[found["do"]],),
        items[0].name if items else "",
        all_lines=every,
        only_unmodified=plain,
    )


def _parse_short_modifier_change(segment: Segment, shape: str, names: tuple[str, ...]) -> Intent | None:
    """Short ways to say how: "go double", "and one with ice", "not dry, dirty", "no ice"."""
    if patterns.GO_WITH_MODIFIER.search(shape):
        return ChangeModifiers(names)
    if patterns.ONE_WITH_MODIFIER.search(shape) and not segment.has_kind(ITEM, ANY, OFF):
        return AddMore(_stated_counts(segment)[0], names)
    if patterns.MODIFIER_CORRECTION.search(shape):
        return ChangeModifiers(names[1:], dropped_modifiers=names[:1])
    if patterns.WITHOUT_MODIFIER.search(shape) and "no , " not in segment.shape:
        return ChangeModifiers(names, removes_modifiers=True)
    return None


def _parse_long_modifier_change(segment: Segment, shape: str, names: tuple[str, ...]) -> Intent | None:
    """ "Make the second one dry", "could that be a double", "on the rocks, both of them"."""
    if patterns.COULD_BE.search(shape) and names:
        return _line_modifier_change(segment, {"which": shape}, names)
    if found := patterns.CHANGE_MODIFIERS.search(shape):
        return _line_modifier_change(segment, found.groupdict(), names)
    if names and not segment.has_kind(ITEM, ANY, OFF) and patterns.MODIFIERS_ONLY.search(shape):
        every = re.search(r"\b(?:both|all|them|those)\b", shape) is not None
        return ChangeModifiers(names, all_lines=every)
    return None


def _stated_counts(segment: Segment) -> list[int]:
    return [token.number for token in segment.tokens if token.kind == NUM]


def _line_modifier_change(
    segment: Segment, found: dict[str, str | None], names: tuple[str, ...]
) -> Intent | None:
    shape = segment.shape.replace(" ,", "")
    items = segment.item_tokens()
    liquor = (
        items[-1].name.lower() if items and shape.rstrip().endswith("ITEM") and "with ITEM" in shape else ""
    )
    if not names and not liquor:
        return None
    ordinals = [token.number for token in segment.tokens if token.kind == ORD]
    which = found.get("which") or ""
    numbers = [token.number for token in segment.tokens if token.kind == NUM]
    units = numbers[0] if numbers and re.search(r"NUM of|^NUM$", which) else 0
    target = items[0].name if items and (not liquor or len(items) > 1) else ""
    every = re.search(r"\b(?:both|all|them|those|everything|these)\b", shape) is not None and not units
    having = names[:1] if re.search(r"the NUM MOD", which) and len(names) > 1 else ()
    modifiers = (*names[len(having) :], *([liquor] if liquor else []))
    return ChangeModifiers(
        modifiers, target, ordinals[0] if ordinals else 0, units, every, current_modifiers=having
    )


def _parse_choice(segment: Segment, shape: str, menu: Menu) -> Intent | None:
    is_statement = segment.speech_act in (
        SpeechAct.DEFERRED,
        SpeechAct.STORY,
        SpeechAct.NEGATION,
        SpeechAct.QUESTION,
    )
    if segment.has_kind(OFF) or (is_statement and not segment.has_kind(ORD)):
        return None
    if segment.has_kind(ITEM) and re.search(r"\bNUM (?:ORD|last|final)", shape):
        return None
    ordinals = [token.number for token in segment.tokens if token.kind == ORD]
    if ordinals and patterns.ORDINAL_CHOICE.search(shape):
        return ChooseOption(ordinals[0], _stated_counts(segment)[0] if "NUM of" in shape else 1)
    return None if segment.has_kind(ITEM, ANY) else _parse_option_choice(shape, _stated_counts(segment))


def _parse_option_choice(shape: str, numbers: list[int]) -> ChooseOption | None:
    """ "The cheaper one", "number two", "both", "I'll take two", "that one"."""
    quantity = numbers[0] if numbers else 1
    if found := patterns.COMPARATIVE_CHOICE.search(shape):
        return ChooseOption(superlative=patterns.SUPERLATIVE_BY_WORD[found.group(1)])
    if re.search(r"\b(?:number|option) NUM$", shape):
        return ChooseOption(numbers[-1])
    takes = patterns.TAKE_OPTION.search(shape) is not None
    if patterns.CHOOSE_BOTH.search(shape) or (takes and re.search(r"\b(?:both|each|all)\b", shape)):
        return ChooseOption(takes_both=True, quantity=quantity)
    if takes:
        return ChooseOption(quantity=quantity, has_count=bool(numbers))
    return ChooseOption() if patterns.THAT_ONE.search(shape) else None


def _parse_order(segment: Segment, shape: str, menu: Menu) -> Intent | None:
    if segment.speech_act != SpeechAct.ORDER or not segment.has_kind(ITEM, OFF, ANY):
        return None
    if patterns.EITHER_OR.search(shape):
        return UndecidedOrder(tuple(dict.fromkeys(token.name for token in segment.item_tokens())))
    return Order(tuple(parse_drinks(segment.tokens, menu)), patterns.SAME_AS_BEFORE.search(shape) is not None)


def _parse_question(segment: Segment, shape: str, menu: Menu) -> Intent | None:
    return parse_menu_question(segment)


def _parse_bare_count(segment: Segment, shape: str, menu: Menu) -> Intent | None:
    """ "Two", "just one please": the answer to a question, or how many of what was just talked about."""
    left = [token for token in segment.tokens if token.kind == WORD and token.text not in COURTESY_WORDS]
    numbers = [token for token in segment.tokens if token.kind == NUM]
    if left or len(numbers) != 1 or segment.has_kind(ITEM, OFF, ANY, MOD, VAGUE) or segment.has_question_mark:
        return None
    return ChooseOption(quantity=numbers[0].number, has_count=True)


_RULES: tuple[GrammarRule, ...] = (
    _parse_dispute,
    _parse_tab_command,
    _parse_swap,
    _parse_quantity,
    _parse_modifier_change,
    _parse_remove,
    _parse_more,
    _parse_choice,
    _parse_order,
    _parse_question,
    _parse_bare_count,
)
__all__ = ["MenuQuestion", "SimpleIntent", "parse_intent"]
