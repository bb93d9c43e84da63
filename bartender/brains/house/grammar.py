"""The grammar: what a segment means. The first rule that fits wins; a drink's name alone proves nothing."""

from __future__ import annotations

import re
from collections.abc import Callable

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
from bartender.brains.house.reading import ANY, ITEM, MOD, NUM, OFF, ORD, VAGUE, WORD
from bartender.brains.house.segments import Mode, Segment
from bartender.brains.house.words import MANNERS
from bartender.menu.snapshot import Menu

Rule = Callable[[Segment, str, Menu], Act | None]

_FILL = (
    r"(?:(?:okay|oh|um|uh|er|erm|well|so|and|but|hey|hi|please|maya|yes|yeah|yep|no|wait|sorry|actually|now|then|alright|right|hmm|haha|lol|nope|great|good|thanks|"
    r"cool|fine|sure|ah|also|on second thought|on second thoughts|second thought|just|let us|i think|i guess|hold on|hang on|my mistake|oops|whoops|you know what|never mind|perfect|lovely|excellent|nice|"
    r"can you|could you|would you|will you|can we|could we|can i|could i|please can you|i would like (?:you )?to|i want (?:you )?to|let me|go ahead and|i need (?:you )?to|we would like to|we want to|i will|we will|i am going to|you can|you could|maybe|"
    r"i changed my mind|changed my mind|,) )*"
)
_TAIL = r"(?: (?:,|please|thanks|thank you|maya|instead|then|now|actually|for me|for us|for now|after all|will you|would you|if you can|if you do not mind|from (?:my|the|our) (?:tab|order|bill|list)|off (?:my|the|our) (?:tab|order|bill)|mate|darling|love|too|as well|anymore|any more|okay|sorry|of it|of that|right now|today|tonight|my dear|dear))*"


def _rule(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"^{_FILL}(?:{pattern}){_TAIL}$")


_UNDO = _rule(
    r"(?:scratch|undo|strike|cancel|forget|remove|take back|delete|drop|lose|take off|never mind|kill|nix|axe) (?:that|it|this|the last (?:one|thing|item|order|drink)|last one|what i (?:just )?said|that last one|that one|that last (?:drink|order|item|thing|bit))"
    r"|take (?:that|it) (?:off|back|away)|undo|scratch that|take (?:that|the) last (?:one|thing|drink|item) off|i did not mean (?:that|to order that)|i take (?:that|it) back|do not want (?:that|it)|i do not want (?:that|it)|ignore that|never mind (?:that|it)"
    r"|take that back|disregard that|belay that"
)
_CLEAR = _rule(
    r"(?:clear|cancel|remove|delete|drop|empty|scratch|wipe|void|forget|take off|undo|scrap|bin|reset) (?:(?:it )?all(?: of (?:it|that|this|them))?|everything|(?:the |my |our )?(?:whole |entire )?(?:tab|order|orders|drinks|lot|thing|round|list|bill)|the (?:whole|entire) (?:thing|lot|order|tab|round)|all (?:of )?(?:the |my |our )?(?:drinks|orders|items|order|that|it|them))"
    r"|start (?:over|again|from scratch|afresh|fresh)|take (?:it all|everything|all of it|all of that) off|take everything (?:off|back|away)|i do not want any(?:thing| of (?:it|that|this|them))|everything off|clear(?: it| the slate| that all)?|wipe the slate clean"
)
_PUT_BACK = re.compile(
    r"\b(?:put|add|bring|have) (?:the |my |that )?(?:ITEM|it|that|them|those) back\b|\bbring back the ITEM\b|\bkeep the ITEM\b"
)
_SAME_BUT = re.compile(
    r"^(?:(?:and|okay|then|the|also|now|for her|for him|for me|do|make|give me|can i get|i will have) )*same(?: thing| again| one| drink)? (?:but|except|only)\b"
)
_OR = re.compile(r"\b(?:ITEM|ANY)(?: MOD)* or (?:NUM |the |maybe )*(?:MOD )*(?:ITEM|ANY)\b")
_SINGLE = _rule(
    r"(?:make|change|do|let us make) (?:it|that|them|those|the ITEM|mine)(?: (?:to|into|back to|just|only))* (?:NUM )?(?:singles?|single measures?|regular|regulars|normal)|(?:just )?(?:NUM )?singles?(?: (?:is|are) (?:fine|enough|okay))?|not (?:NUM )?double"
)
_CLEAR_FIRST = re.compile(
    rf"^{_FILL}(?:cancel|clear|remove|delete|drop|forget|scrap) (?:everything|it all|the lot|the whole (?:thing|order|lot|tab)|all of it|my order|the order)\b"
)
_AGAIN = re.compile(
    r"\b(?:same again|same (?:thing )?again|(?:the )?same (?:order|round|thing|drinks?|once more|as before|as last time|for (?:me|us|everyone))|(?:another|one more|next|second|third|a new|repeat (?:the|that|my|our)|NUM more|more of the same|NUM) round|again(?: please)?$|repeat (?:that|the order|my order|it|order)|"
    r"do (?:that|it) again|encore|once more|one more time|hit (?:me|us) again|more of the same|the usual again|ORD round|bring (?:it|that|them) again|all of (?:that|those) again|(?:and )?the same$|^same(?: please)?$|fill (?:me|us|it|them) up(?: again)?|refill|top (?:me|us) up)\b"
)
_MORE = _rule(
    r"(?:(?:i will|we will|i would|we would|give me|give us|get me|get us|bring me|bring us|have|take|make me|pour me|pour us|pour|like|love|want|let us have|get|need|i could use|add) )*"
    r"(?:(?P<n>NUM) more(?: (?:of (?:those|these|them|that|the same)|one|ones|like (?:that|it)|please))*|another(?: (?:one|of (?:those|these|them|the same)|NUM|like (?:that|it)|MOD))*|NUM another|NUM other|NUM of (?:the same|those again)|more of (?:those|these|that)|NUM for (?:her|him|me|us|them|my|the|you)\b.*|(?:the )?same for (?:her|him|them|my|the)\b.*|NUM (?:extra|additional)|again NUM|NUM again|(?:he|she|they|my [a-z]+) (?:will have|wants?|would like|will take|needs?|gets?|will get) NUM(?: (?:too|as well|also|of those|of the same|of them))*|(?:the )?same for (?:these|those|the other|us|all)(?: NUM| of us)*)"
    r"(?: (?:to|for) (?:her|him|me|us|them|my [a-z]+|the [a-z]+))?"
)
_NTH = re.compile(
    r"\bNUM ORD(?: NUM| one)?(?: (?:for|to|please|too|as well|then|now|of those|of the same)\b.*)?$"
)
_MAKE = r"(?:upgrade|make|change|turn|switch|have|do|put|set|bump|up|raise|reduce|lower|cut|bring|take|get|let us make|correct|update|adjust|say|call)"
_SET = _rule(
    rf"(?:{_MAKE} (?:that|it|those|them|this|the order|the number)(?: (?:to|a|into|out to be|be|down to|up to|back to))? (?P<n>NUM)(?: (?:in total|in all|total|altogether|all told|of (?:them|those|these|it)|instead))*"
    r"|(?:i )?(?:said|meant|mean|mean to say|wanted|only wanted|only want|asked for|want|would like)(?: only| just)? NUM(?: of (?:them|those))?|only NUM|just NUM|NUM (?:actually|instead|rather|is enough|is fine|is plenty|is good|will do|are enough|should do)|not NUM (?:, )?(?:but )?NUM|no NUM|(?:it is|it should be|should be|that is|that should be|it was|that was) (?:only |just )?NUM(?: not NUM)?)"
)
_SET_ITEM = _rule(
    rf"{_MAKE} (?:that|it|those|them|this) (?:to )?(?P<n>NUM) ITEM"
    rf"|{_MAKE} (?:the|my|our|those|that) (?:NUM )?ITEM(?: (?:to|into|a|up to|down to|be))? (?P<m>NUM)|(?:only|just) NUM (?:of the )?ITEM|(?:i )?(?:said|meant|mean|only wanted|only want|wanted)(?: only| just)? NUM ITEM"
)
_WHICH = r"(?P<which>(?:the |my |our )?(?:ORD|last|other)(?: (?:one|NUM|ITEM|ANY|drink))?|NUM of (?:them|those|these|the ITEM|the NUM)|the other(?: one)?|the NUM MOD)"
_THOSE = r"(?:that|it|them|those|this|these|mine|both|all(?: of (?:them|those))?|both of (?:them|those))"
_NAMED = r"(?:(?:the|my|that|our|those) (?:ORD |last )?(?:ITEM|ANY)(?: up)?|the ORD of (?:those|them|these)|hers|his|everything|both (?:the |of the )?ITEM|all (?:the |of the )?ITEM)"
_REMAKE = _rule(
    rf"(?:{_MAKE} (?:{_WHICH}|{_NAMED})|(?:{_MAKE}|give me|i would like|i want|want|like|have|pour|serve) {_THOSE})"
    r"(?: (?:to|a|as|be|into|with|NUM|on|and|all|both|more|of them|extra|come))*(?P<mods>(?: (?:MOD|and|with ITEM|with|NUM|but))+)"
    r"|(?:(?:the|my|that) (?:ITEM|(?:ORD|last) ITEM)|(?:(?:the|my|that) )?(?:ORD NUM|ORD|last NUM|last))(?: (?:as|to be|should be|a|comes|is|was))*(?P<tail>(?: (?:MOD|and|NUM|with))+)(?: (?:though|instead))?"
)
_MODS_ONLY = _rule(
    r"(?:(?:with|as|and|but|NUM|both|all|all of (?:them|those)|both of (?:them|those)|make it|make them|i want it|i would like it|served|mine|have it|it|that|those|them|the lot|have them) )*MOD(?:(?: ,| and| with| as| but)* (?:MOD))*(?: (?:both|all|both of (?:them|those)|all of (?:them|those)|for all|all round|all around|each|of them|one|ones|if possible|instead|this time|though|for [a-z]+))*"
)
_NOT_THAT_WAY = re.compile(rf"^{_FILL}not MOD(?: but| rather)?(?: make it)? MOD{_TAIL}$")
_COULD_BE = re.compile(
    r"^(?:and |also |oh )?(?:can|could|would|may|might) (?:the|my|that|both|they|it|those)(?: (?:ORD|last|ITEM|one|NUM|of|those|them|these|both))* (?:be|come|go)(?: (?:NUM|a|made|served))*(?P<mods>(?: (?:MOD|and))+)"
)
_DONE = {"shake": "shaken", "stir": "stirred", "MOD": "double"}
_IMPERATIVE = _rule(
    r"(?P<do>shake|stir) (?P<what>it|that|them|both|those|all|mine|hers|his|(?:the|my|that) ITEM|the plain (?:one|NUM)|the other (?:one|NUM))"
)
_WITHOUT = _rule(
    r"(?:no|not|without|hold the|skip the|lose the|drop the|forget the|less|never mind the|remove the) MOD"
)
_SWAP = re.compile(
    r"\b(?:swap|switch|change|replace|exchange|trade|substitute|turn)(?: out)? (?:the|my|that|those|a|an|our|one|NUM|NUM of the|these)?(?: ?(?:ORD|last))? ?(?:MOD )*(?P<old>ITEM|ANY|it|that|them|those|one|order|drink|of them|of those|of the ITEM|NUM of them|NUM of those|NUM of the ITEM|NUM of these)(?: MOD)*(?: (?:out|over))? (?:for|to|with|into|by|in for) (?P<new>.*(?:ITEM|ANY|OFF).*)$"
)
_INSTEAD_OF = re.compile(
    r"(?P<new>ITEM)(?: MOD)* (?:instead of|rather than|in place of|not|over) (?:the |a |my |that |any )?(?:NUM )?(?:MOD )*(?P<old>ITEM|that)\b"
)
_REMOVE = re.compile(
    rf"^{_FILL}(?:drop|remove|cancel|lose|delete|scratch|take off|take away|strike|hold|skip|void|forget|forget about|get rid of|pull|ditch|nix|axe|bin|leave off|leave out|kill|86|less|never mind|minus|omit|cut|knock off|undo|subtract|dump|send back|take)(?: off)? (?P<rest>.*(?:ITEM|ANY|one|ones|it|that|them|NUM|ORD|last|both|all|those).*)$"
)
_NOT_WANTED = re.compile(
    r"\b(?:do not (?:want|need|feel like|fancy)|no longer want|no longer need|changed my mind about|not having|never mind|do not bring|do not make|do not pour|can do without|will not have|do not give me) (?:the|my|that|those|this|our)(?: (?:ORD|last|other|NUM))? (?:MOD )*ITEM\b|\b(?:do not want|do not need) (?:a |the |any |that |NUM )?(?:MOD )*ITEM (?:anymore|any more|after all|now)\b|^(?:actually )?no ITEM after all"
)
_ORDINAL = _rule(
    r"(?:(?:i will|i would|we will|let us|take|have|try|go with|go for|give me|get me|like|want|pick|choose|love|let me have|let me try|let me get|bring me|make it|make that|to|i choose|order|start with|pour me|can i have|i am going with|that would be|it is) )*(?P<n>NUM of )?(?:the |that |your |number |option |NUM )?(?:ORD|last|latter|former|NUM)(?: (?:one|NUM|option|drink|ITEM|choice|suggestion|beer|thing|ANY|you (?:said|mentioned|named|listed|suggested)|on (?:that|the|your) (?:list|menu)|of (?:those|them|these)|sounds (?:good|great|nice|lovely|perfect)))*"
)
_TAKE = _rule(
    r"(?:(?:i will|i would|we will|we would|let us|let me|i am going to|i want to|i guess i will|go on|yes) )*(?:take|have|try|go with|go for|give me|give us|get me|get us|like|want|order|bring me|bring us|add|love|do|get|grab|pour me|pour us|make me|make us|hit me with|fetch me)(?: (?:just|to have|to try|to order))* "
    r"(?P<what>that(?: one)?|it|this(?: one)?|those|them|these|both(?: of (?:them|those|these))?|(?P<n>NUM)(?: of (?:those|them|these|that|each|it))?|one|all (?:three|of them|of those)|NUM each)(?: (?:then|for me|as well|MOD|, MOD))*"
)
_BOTH = _rule(
    r"both(?: of (?:them|those))?|(?:NUM|one) of each|each of (?:them|those)|NUM each|one of both|all (?:three|of them|of those)"
)
_THAT_ONE = _rule(
    r"that one|that|this one|it|that sounds (?:good|great|nice|perfect|lovely|delicious|like a plan|amazing|wonderful|fantastic|divine)|sounds (?:good|great|nice|perfect|lovely|delicious|like a plan|amazing|wonderful|fantastic|divine|tempting i will take it)|i will bite|twist my arm|why not|you talked me into it|sold|you convinced me|you sold me|go on|do it|i am in|let us do it|let us do that|okay let us go with that|your choice then"
)


def understand(segment: Segment, menu: Menu) -> Act | None:
    """The one act of a segment, or None where it is talk."""
    shape = segment.shape.replace(" ,", "")
    if tip := tip_of(segment.plain, segment.tokens):
        return tip
    for rule in _RULES:
        if act := rule(segment, shape, menu):
            return act
    return None


def _whole(segment: Segment, shape: str, menu: Menu) -> Act | None:
    """Rules about the tab as a whole or about what was said last."""
    told = segment.mode in (Mode.STORY, Mode.WISH) or segment.has(ITEM, OFF, ANY)
    if _PUT_BACK.search(shape) and segment.mode not in (Mode.STORY, Mode.WISH, Mode.QUESTION):
        return PutBack(segment.items()[0].name if segment.items() else "")
    if _CLEAR.search(shape) or (not told and _CLEAR_FIRST.search(shape)):
        return Clear()
    if _UNDO.search(shape):
        return Undo()
    if _SINGLE.search(shape):
        items = segment.items()
        return Remake(("double",), items[0].name if items else "", without=True)
    if _SAME_BUT.search(shape):
        liquor = tuple(token.name.lower() for token in segment.items())
        return More(1, (*(token.name for token in segment.tokens if token.kind == MOD), *liquor), but=True)
    if (
        not segment.has(ITEM, OFF, ANY)
        and segment.mode not in (Mode.NEGATION, Mode.STORY, Mode.WISH)
        and _AGAIN.search(shape)
    ):
        return None if segment.asks and "what" in shape else Again()
    return None


def _quantity(segment: Segment, shape: str, menu: Menu) -> Act | None:
    numbers = [token.number for token in segment.tokens if token.kind == NUM and not token.article]
    if segment.mode == Mode.QUESTION and not shape.startswith(("can", "could")):
        return None
    if numbers and _CORRECTED.search(shape):
        return SetQuantity(numbers[-1])
    if found := _SET.search(shape):
        value = numbers[-1] if numbers else 1
        if re.search(r"not NUM$", shape) and len(numbers) > 1:
            value = numbers[0]
        bare = re.fullmatch(r"(?:no |just |only )?NUM", shape)
        return SetQuantity(value) if numbers and not (bare and shape == "NUM") and found else None
    if _SET_ITEM.search(shape) and segment.items():
        value = numbers[-1] if numbers else 1
        return SetQuantity(value, segment.items()[0].name)
    return None


_CORRECTED = re.compile(
    r"^(?:(?:okay|oh|um|uh|haha|lol) )*(?:(?:no|sorry|wait|actually|oops|nope|just kidding|kidding|my bad|my mistake|do forgive me|forgive me|pardon me|i mean|i meant|i said|so only|only|so just) )+(?:just |only )?NUM(?: (?:please|then|actually|only|sorry|of them|thanks))*$"
)
_NOT_THIS = re.compile(
    r"^(?:(?:no|sorry|wait|oh|actually) )*not (?:the |NUM |my )?ITEM (?:but |rather )?(?:the )?(?:NUM )?(?:MOD )*ITEM(?: MOD)*$"
)


def _more(segment: Segment, shape: str, menu: Menu) -> Act | None:
    if segment.has(ITEM, OFF, ANY) or segment.mode in (Mode.WISH, Mode.QUESTION, Mode.NEGATION):
        return None
    if re.search(r"\bNUM MOD of (?:that|those|it|them|these)$", shape):
        return More(_counts(segment)[0], tuple(token.name for token in segment.tokens if token.kind == MOD))
    if _NTH.search(shape):
        return More(1)
    if not _MORE.search(shape):
        return None
    counted = [token.number for token in segment.tokens if token.kind == NUM]
    modifiers = tuple(token.name for token in segment.tokens if token.kind == MOD)
    return More(counted[0] if counted else 1, modifiers)


_INTO = re.compile(
    rf"^{_FILL}{_MAKE} (?:(?:it|them)|(?:that|those|this)(?= (?:to |into )?(?:NUM|MOD)))(?: (?:a|to|into))* (?:NUM )?(?:MOD )*ITEM"
    rf"|^{_FILL}(?:change|switch|turn|swap) (?:that|those|these|this) (?:to|into|for) (?:MOD )*ITEM"
)


def _swap(segment: Segment, shape: str, menu: Menu) -> Act | None:
    items = segment.items()
    if segment.mode in (Mode.STORY, Mode.WISH) or (segment.mode == Mode.QUESTION and "instead" not in shape):
        return None
    if _NOT_THIS.search(shape):
        return Swap(groups(segment.tokens, menu)[-1], items[0].name)
    if found := _SWAP.search(shape):
        after = _after(segment, [" for", "to", "with", "into", "by "], len(items) > 1)
        made = groups(after, menu)
        if made:
            units = _units_before(segment)
            old = (
                items[0].name
                if "ITEM" in found.group("old") and len(items) > len([g for g in made if g.item])
                else ""
            )
            return Swap(made[0], old, units)
    if _INSTEAD_OF.search(shape) and len(items) >= 2:
        new = [group for group in groups(segment.tokens, menu) if group.item == items[-2].name]
        return Swap(new[-1], items[-1].name) if new else None
    if (
        re.search(r"\binstead\b", shape)
        and segment.has(ITEM, OFF, ANY)
        and segment.mode in (Mode.ORDER, Mode.OTHER, Mode.QUESTION)
    ):
        return Swap(groups(segment.tokens, menu)[-1])
    if _INTO.search(shape):
        made = groups(segment.tokens, menu)
        return Swap(made[-1], of_last=True) if made else None
    return None


def _units_before(segment: Segment) -> int:
    """ "Swap one whiskey for a water": how many of the old ones."""
    stops = [at for at, token in enumerate(segment.tokens) if token.text in ("for", "to", "with", "into")]
    at = stops[0] if stops else 0
    counts = [token.number for token in segment.tokens[:at] if token.kind == NUM]
    return counts[-1] if counts else 0


def _after(segment: Segment, words: list[str], last: bool) -> list[object]:
    places = [
        at
        for at, token in enumerate(segment.tokens)
        if token.kind == WORD and token.text in {"for", "to", "with", "into", "by"}
    ]
    return list(segment.tokens[places[0] + 1 :]) if places else []


def _remove(segment: Segment, shape: str, menu: Menu) -> Act | None:
    if segment.mode in (Mode.STORY, Mode.WISH) or (segment.asks and segment.mode == Mode.QUESTION):
        return None
    if _NOT_WANTED.search(shape):
        return Remove(groups(segment.tokens, menu)[-1], all_of_it=True)
    found = _REMOVE.search(shape)
    if shape == "take NUM off" or re.search(r"^take (?:off )?NUM(?: of (?:them|those))?(?: off)?$", shape):
        return Remove(Group(quantity=_counts(segment)[0], counted=True))
    if re.search(
        rf"^{_FILL}(?:take|remove|cancel|drop|lose) (?:off )?the MOD(?: NUM| one)?(?: (?:off|away|back))?{_TAIL}$",
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
    names = tuple(token.name for token in segment.tokens if token.kind == MOD)
    if segment.mode in (Mode.STORY, Mode.WISH) or (
        segment.mode == Mode.QUESTION and not re.search(r"\b(?:can|could|would)\b", shape)
    ):
        return None
    if names and re.search(
        rf"^{_FILL}go MOD(?: (?:on|for|with) (?:that|it|them|this|those))?{_TAIL}$", shape
    ):
        return Remake(names)
    if (
        names
        and re.search(r"^(?:and|also|plus|then|okay|oh) NUM (?:with )?MOD", shape)
        and not segment.has(ITEM, ANY, OFF)
    ):
        return More(_counts(segment)[0], names)
    if _NOT_THAT_WAY.search(shape):
        return Remake(names[1:], drop=names[:1])
    if (found := _COULD_BE.search(shape)) and names:
        return _which(segment, {"which": shape}, names, menu)
    if found := _IMPERATIVE.search(shape):
        every = found.group("what") in ("them", "both", "those", "all")
        items = segment.items()
        plain = found.group("what") in ("the plain one", "the plain NUM", "the other one", "the other NUM")
        return Remake(
            (_DONE[found.group("do")],), items[0].name if items else "", all_lines=every, plain=plain
        )
    if _WITHOUT.search(shape) and names and "no , " not in segment.shape:
        return Remake(names, without=True)
    if found := _REMAKE.search(shape):
        return _which(segment, found.groupdict(), names, menu)
    if names and not segment.has(ITEM, ANY, OFF) and _MODS_ONLY.search(shape):
        every = re.search(r"\b(?:both|all|them|those)\b", shape) is not None
        return Remake(names, all_lines=every)
    return None


def _counts(segment: Segment) -> list[int]:
    return [token.number for token in segment.tokens if token.kind == NUM]


def _which(segment: Segment, found: dict[str, str | None], names: tuple[str, ...], menu: Menu) -> Act | None:
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


_BY = {
    "cheaper": "cheapest",
    "cheapest": "cheapest",
    "dearer": "dearest",
    "dearest": "dearest",
    "pricier": "dearest",
    "more expensive": "dearest",
    "stronger": "strongest",
    "strongest": "strongest",
    "weaker": "weakest",
    "lighter": "weakest",
    "milder": "weakest",
}
_COMPARED = re.compile(rf"\b({'|'.join(_BY)}) (?:one|NUM|of the (?:two|NUM))\b")


def _choice(segment: Segment, shape: str, menu: Menu) -> Act | None:
    told = segment.mode in (Mode.WISH, Mode.STORY, Mode.NEGATION, Mode.QUESTION)
    if segment.has(OFF) or (told and not segment.has(ORD)):
        return None
    ordinals = [token.number for token in segment.tokens if token.kind == ORD]
    numbers = [token.number for token in segment.tokens if token.kind == NUM]
    if segment.has(ITEM) and re.search(r"\bNUM (?:ORD|last|final)", shape):
        return None
    if ordinals and _ORDINAL.search(shape):
        return Choose(ordinals[0], numbers[0] if numbers and "NUM of" in shape else 1)
    if segment.has(ITEM, ANY):
        return None
    if found := _COMPARED.search(shape):
        return Choose(by=_BY[found.group(1)])
    if found := re.search(r"\b(?:number|option) NUM$", shape):
        return Choose(numbers[-1]) if found else None
    if _BOTH.search(shape) or (_TAKE.search(shape) and re.search(r"\b(?:both|each|all)\b", shape)):
        return Choose(both=True, quantity=numbers[0] if numbers else 1)
    if _TAKE.search(shape):
        return Choose(quantity=numbers[0] if numbers else 1, counted=bool(numbers))
    return Choose() if _THAT_ONE.search(shape) else None


_ALIKE = re.compile(r"\b(?:another|NUM more|more|just like (?:it|that|the)|same as|like the last|the same)\b")


def _order(segment: Segment, shape: str, menu: Menu) -> Act | None:
    if segment.mode != Mode.ORDER or not segment.has(ITEM, OFF, ANY):
        return None
    if _OR.search(shape):
        return Between(tuple(dict.fromkeys(token.name for token in segment.items())))
    return Order(tuple(groups(segment.tokens, menu)), _ALIKE.search(shape) is not None)


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
