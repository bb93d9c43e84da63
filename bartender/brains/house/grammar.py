"""The grammar: what a segment means. The first rule that fits wins; a drink's name alone proves nothing."""

from __future__ import annotations

import re
from collections.abc import Callable

from bartender.brains.house import patterns as says
from bartender.brains.house.acts import (
    About,
    Act,
    Again,
    Between,
    Choose,
    Clear,
    More,
    Order,
    PutBack,
    Remake,
    Remove,
    SetQuantity,
    Simple,
    Swap,
    Undo,
)
from bartender.brains.house.groups import Group, groups
from bartender.brains.house.money import tip_of
from bartender.brains.house.questions import about
from bartender.brains.house.reading import ANY, ITEM, MOD, NUM, OFF, ORD, VAGUE, WORD, Token
from bartender.brains.house.segments import Mode, Segment
from bartender.brains.house.words import MANNERS
from bartender.menu.snapshot import Menu

Rule = Callable[[Segment, str, Menu], Act | None]


def understand(segment: Segment, menu: Menu) -> Act | None:
    """The one act of a segment, or None where it is talk."""
    shape = segment.shape.replace(" ,", "")
    if tip := tip_of(segment.plain):
        return tip
    for rule in _RULES:
        if act := rule(segment, shape, menu):
            return act
    return None


def _whole(segment: Segment, shape: str, menu: Menu) -> Act | None:
    """Rules about the tab as a whole or about what was said last."""
    told = segment.mode in (Mode.STORY, Mode.WISH) or segment.has(ITEM, OFF, ANY)
    if says.PUT_BACK.search(shape) and segment.mode not in (Mode.STORY, Mode.WISH, Mode.QUESTION):
        return PutBack(segment.items()[0].name if segment.items() else "")
    if says.CLEAR.search(shape) or (not told and says.CLEAR_FIRST.search(shape)):
        return Clear()
    if says.UNDO.search(shape):
        return Undo()
    if says.SINGLE.search(shape):
        items = segment.items()
        return Remake(("double",), items[0].name if items else "", without=True)
    if says.SAME_BUT.search(shape):
        liquor = tuple(token.name.lower() for token in segment.items())
        return More(1, (*(token.name for token in segment.tokens if token.kind == MOD), *liquor), but=True)
    if (
        not segment.has(ITEM, OFF, ANY)
        and segment.mode not in (Mode.NEGATION, Mode.STORY, Mode.WISH)
        and says.AGAIN.search(shape)
    ):
        return None if segment.asks and "what" in shape else Again()
    return None


def _quantity(segment: Segment, shape: str, menu: Menu) -> Act | None:
    numbers = [token.number for token in segment.tokens if token.kind == NUM and not token.article]
    if segment.mode == Mode.QUESTION and not shape.startswith(("can", "could")):
        return None
    if numbers and says.CORRECTED.search(shape):
        return SetQuantity(numbers[-1])
    if says.SET.search(shape):
        value = numbers[-1] if numbers else 1
        if re.search(r"not NUM$", shape) and len(numbers) > 1:
            value = numbers[0]
        return SetQuantity(value) if numbers and shape != "NUM" else None
    if says.SET_ITEM.search(shape) and segment.items():
        value = numbers[-1] if numbers else 1
        return SetQuantity(value, segment.items()[0].name)
    return None


def _more(segment: Segment, shape: str, menu: Menu) -> Act | None:
    if segment.has(ITEM, OFF, ANY) or segment.mode in (Mode.WISH, Mode.QUESTION, Mode.NEGATION):
        return None
    if re.search(r"\bNUM MOD of (?:that|those|it|them|these)$", shape):
        return More(_counts(segment)[0], tuple(token.name for token in segment.tokens if token.kind == MOD))
    if says.NTH.search(shape):
        return More(1)
    if not says.MORE.search(shape):
        return None
    counted = [token.number for token in segment.tokens if token.kind == NUM]
    modifiers = tuple(token.name for token in segment.tokens if token.kind == MOD)
    return More(counted[0] if counted else 1, modifiers)


def _swap(segment: Segment, shape: str, menu: Menu) -> Act | None:
    items = segment.items()
    if segment.mode in (Mode.STORY, Mode.WISH) or (segment.mode == Mode.QUESTION and "instead" not in shape):
        return None
    if says.NOT_THIS.search(shape):
        return Swap(groups(segment.tokens, menu)[-1], items[0].name)
    if found := says.SWAP.search(shape):
        after = _after(segment)
        made = groups(after, menu)
        if made:
            units = _units_before(segment)
            old = (
                items[0].name
                if "ITEM" in found.group("old") and len(items) > len([g for g in made if g.item])
                else ""
            )
            return Swap(made[0], old, units)
    if says.INSTEAD_OF.search(shape) and len(items) >= 2:
        new = [group for group in groups(segment.tokens, menu) if group.item == items[-2].name]
        return Swap(new[-1], items[-1].name) if new else None
    if (
        re.search(r"\binstead\b", shape)
        and segment.has(ITEM, OFF, ANY)
        and segment.mode in (Mode.ORDER, Mode.OTHER, Mode.QUESTION)
    ):
        return Swap(groups(segment.tokens, menu)[-1])
    if says.INTO.search(shape):
        made = groups(segment.tokens, menu)
        return Swap(made[-1], of_last=True) if made else None
    return None


def _units_before(segment: Segment) -> int:
    """ "Swap one whiskey for a water": how many of the old ones."""
    stops = [at for at, token in enumerate(segment.tokens) if token.text in ("for", "to", "with", "into")]
    at = stops[0] if stops else 0
    counts = [token.number for token in segment.tokens[:at] if token.kind == NUM]
    return counts[-1] if counts else 0


def _after(segment: Segment) -> list[Token]:
    """What is wanted instead: the tokens behind the "for"."""
    places = [
        at
        for at, token in enumerate(segment.tokens)
        if token.kind == WORD and token.text in {"for", "to", "with", "into", "by"}
    ]
    return list(segment.tokens[places[0] + 1 :]) if places else []


def _remove(segment: Segment, shape: str, menu: Menu) -> Act | None:
    if segment.mode in (Mode.STORY, Mode.WISH) or (segment.asks and segment.mode == Mode.QUESTION):
        return None
    if says.NOT_WANTED.search(shape):
        return Remove(groups(segment.tokens, menu)[-1], all_of_it=True)
    found = says.REMOVE.search(shape)
    if shape == "take NUM off" or re.search(r"^take (?:off )?NUM(?: of (?:them|those))?(?: off)?$", shape):
        return Remove(Group(quantity=_counts(segment)[0], counted=True))
    if re.search(
        rf"^{says.FILL}(?:take|remove|cancel|drop|lose) (?:off )?the MOD(?: NUM| one)?(?: (?:off|away|back))?{says.TAIL}$",
        shape,
    ):
        return Remove(Group(modifiers=tuple(token.name for token in segment.tokens if token.kind == MOD)))
    if not found or (found.group("rest").startswith("MOD") and not segment.has(ITEM)):
        return None
    if re.search(r"\b(?:take|cut|send|pull)\b", shape) and not re.search(r"\b(?:off|away|back|out)\b", shape):
        return None
    named = groups(segment.tokens, menu)
    ordinals = [token.number for token in segment.tokens if token.kind == ORD]
    group = next((one for one in named if one.item), None)
    numbers = [token for token in segment.tokens if token.kind == NUM]
    if group is None:
        counted = [token.number for token in numbers]
        group = Group(quantity=counted[0] if counted else 1, counted=bool(counted))
    every = re.search(r"\b(?:all|both|every|the whole)\b", shape) is not None
    plain = re.search(r"\b(?:plain|normal|regular)\b", shape) is not None
    return Remove(group, every or (group.plural and not group.counted), ordinals[0] if ordinals else 0, plain)


def _remake(segment: Segment, shape: str, menu: Menu) -> Act | None:
    asks = segment.mode == Mode.QUESTION and not re.search(r"\b(?:can|could|would)\b", shape)
    if asks or segment.mode in (Mode.STORY, Mode.WISH):
        return None
    names = tuple(token.name for token in segment.tokens if token.kind == MOD)
    if (found := says.IMPERATIVE.search(shape)) or not names:
        return _shake(segment, found.groupdict()) if found else _relabel(segment, shape, names)
    return _made_so(segment, shape, names) or _relabel(segment, shape, names)


def _shake(segment: Segment, found: dict[str, str]) -> Remake:
    """ "Shake it", "stir the plain one"."""
    items, what = segment.items(), found["what"]
    every = what in ("them", "both", "those", "all")
    plain = what.startswith(("the plain", "the other"))
    return Remake((says.DONE[found["do"]],), items[0].name if items else "", all_lines=every, plain=plain)


def _made_so(segment: Segment, shape: str, names: tuple[str, ...]) -> Act | None:
    """Short ways to say how: "go double", "and one with ice", "not dry, dirty", "no ice"."""
    if says.GO.search(shape):
        return Remake(names)
    if says.ONE_MADE.search(shape) and not segment.has(ITEM, ANY, OFF):
        return More(_counts(segment)[0], names)
    if says.NOT_THAT_WAY.search(shape):
        return Remake(names[1:], drop=names[:1])
    if says.WITHOUT.search(shape) and "no , " not in segment.shape:
        return Remake(names, without=True)
    return None


def _relabel(segment: Segment, shape: str, names: tuple[str, ...]) -> Act | None:
    """ "Make the second one dry", "could that be a double", "on the rocks, both of them"."""
    if says.COULD_BE.search(shape) and names:
        return _which(segment, {"which": shape}, names)
    if found := says.REMAKE.search(shape):
        return _which(segment, found.groupdict(), names)
    if names and not segment.has(ITEM, ANY, OFF) and says.MODS_ONLY.search(shape):
        every = re.search(r"\b(?:both|all|them|those)\b", shape) is not None
        return Remake(names, all_lines=every)
    return None


def _counts(segment: Segment) -> list[int]:
    return [token.number for token in segment.tokens if token.kind == NUM]


def _which(segment: Segment, found: dict[str, str | None], names: tuple[str, ...]) -> Act | None:
    shape = segment.shape.replace(" ,", "")
    items = segment.items()
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
    return Remake(modifiers, target, ordinals[0] if ordinals else 0, units, every, having=having)


def _choice(segment: Segment, shape: str, menu: Menu) -> Act | None:
    told = segment.mode in (Mode.WISH, Mode.STORY, Mode.NEGATION, Mode.QUESTION)
    if segment.has(OFF) or (told and not segment.has(ORD)):
        return None
    if segment.has(ITEM) and re.search(r"\bNUM (?:ORD|last|final)", shape):
        return None
    ordinals = [token.number for token in segment.tokens if token.kind == ORD]
    if ordinals and says.ORDINAL.search(shape):
        return Choose(ordinals[0], _counts(segment)[0] if "NUM of" in shape else 1)
    return None if segment.has(ITEM, ANY) else _that(shape, _counts(segment))


def _that(shape: str, numbers: list[int]) -> Choose | None:
    """ "The cheaper one", "number two", "both", "I'll take two", "that one"."""
    quantity = numbers[0] if numbers else 1
    if found := says.COMPARED.search(shape):
        return Choose(by=says.BY[found.group(1)])
    if re.search(r"\b(?:number|option) NUM$", shape):
        return Choose(numbers[-1])
    takes = says.TAKE.search(shape) is not None
    if says.BOTH.search(shape) or (takes and re.search(r"\b(?:both|each|all)\b", shape)):
        return Choose(both=True, quantity=quantity)
    if takes:
        return Choose(quantity=quantity, counted=bool(numbers))
    return Choose() if says.THAT_ONE.search(shape) else None


def _order(segment: Segment, shape: str, menu: Menu) -> Act | None:
    if segment.mode != Mode.ORDER or not segment.has(ITEM, OFF, ANY):
        return None
    if says.OR.search(shape):
        return Between(tuple(dict.fromkeys(token.name for token in segment.items())))
    return Order(tuple(groups(segment.tokens, menu)), says.ALIKE.search(shape) is not None)


def _asked(segment: Segment, shape: str, menu: Menu) -> Act | None:
    return about(segment)


def _count_only(segment: Segment, shape: str, menu: Menu) -> Act | None:
    """ "Two", "just one please": the answer to a question, or how many of what was just talked about."""
    left = [token for token in segment.tokens if token.kind == WORD and token.text not in MANNERS]
    numbers = [token for token in segment.tokens if token.kind == NUM]
    if left or len(numbers) != 1 or segment.has(ITEM, OFF, ANY, MOD, VAGUE) or segment.asks:
        return None
    return Choose(quantity=numbers[0].number, counted=True)


_RULES: tuple[Rule, ...] = (
    _whole,
    _swap,
    _quantity,
    _remake,
    _remove,
    _more,
    _choice,
    _order,
    _asked,
    _count_only,
)
__all__ = ["About", "Simple", "understand"]
