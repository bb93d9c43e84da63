"""Questions about the menu: which fact is asked for, and of which drinks."""

from __future__ import annotations

import re

from bartender.brains.house.acts import About
from bartender.brains.house.reading import ANY, MOD, OFF
from bartender.brains.house.segments import Mode, Segment
from bartender.serving.declared import ALLERGENS

MOODS = {
    "fruity": "fruity",
    "sweet": "fruity",
    "light": "fruity",
    "refreshing": "fruity",
    "tropical": "fruity",
    "summery": "fruity",
    "citrusy": "fruity",
    "pink": "fruity",
    "sour": "fruity",
    "fresh": "fruity",
    "classy": "classy",
    "elegant": "classy",
    "sophisticated": "classy",
    "classic": "classy",
    "fancy": "classy",
    "bitter": "classy",
    "posh": "classy",
    "strong": "strong",
    "boozy": "strong",
    "stiff": "strong",
    "powerful": "strong",
    "knock me out": "strong",
    "kick": "strong",
    "punch": "strong",
    "potent": "strong",
    "hard": "strong",
    "burning": "burning",
    "burn": "burning",
    "burns": "burning",
    "fiery": "burning",
    "warming": "burning",
    "warm": "burning",
    "smoky": "burning",
    "sobering": "sobering",
    "sober": "sobering",
    "alcohol free": "sobering",
    "non alcoholic": "sobering",
    "nonalcoholic": "sobering",
    "without alcohol": "sobering",
    "without booze": "sobering",
    "no alcohol": "sobering",
    "not alcoholic": "sobering",
    "zero proof": "sobering",
    "virgin": "sobering",
    "driving": "sobering",
    "designated driver": "sobering",
    "soft": "sobering",
    "booze free": "sobering",
    "teetotal": "sobering",
    "pregnant": "sobering",
    "hydrating": "sobering",
    "do not drink": "sobering",
    "not drinking": "sobering",
}
_ALLERGEN = re.compile(
    rf"\b({'|'.join(sorted(ALLERGENS, key=len, reverse=True))}|allerg\w*|intoleran\w*|vegan|vegetarian)\b"
)
_MOOD = re.compile(rf"\b({'|'.join(sorted(MOODS, key=len, reverse=True))})\b")
_PRICE = re.compile(
    r"\b(?:how much|price|prices|priced|cost|costs|expensive|how many (?:dollars|bucks)|charge for|cheap|what do you (?:charge|want|ask)|run me|set me back|going for|go for)\b"
)
_STRENGTH = re.compile(
    r"\b(?:how strong|strength|abv|alcohol content|how much alcohol|percent alcohol|proof|stronger|standard drinks?|units?|alcoholic|how boozy|is (?:the |a |your )?(?:\w+ )*strong|contain alcohol|alcohol in|knock me)\b"
)
_RECIPE = re.compile(
    r"\b(?:what (?:is|goes|do you put|else is|exactly is|spirits? (?:is|are)|liquor is|all is|comes) (?:in|into|inside)|ingredients?|what is (?:the |a |an |your )?(?:\w+ )?(?:made (?:of|with|from)|made)|made (?:of|with|from)|made (?:of|from)|recipe|how (?:do|does|is|are|would|you) .{0,30}(?:made?|mix|prepare|mixed|prepared|make)|contains?|in it|what is in|does .* (?:have|contain|come with)|is there (?:any )?(?:sugar|lime|lemon|mint|\w+) in|mixed with|have .* in (?:it|them))\b"
)
_DESCRIBE = re.compile(
    r"\b(?:what is (?:a|an|the|your)|tell me (?:more )?about|describe|what kind of|taste|tastes|like a|explain|what does|know about|is (?:the|a|your) .* (?:good|any good|nice|sweet|bitter|dry)|any good|about the|difference|what about|how about|how is (?:the|your)|what are)\b"
)
_STRONGEST = re.compile(
    r"\b(?:strongest|most alcohol|highest (?:abv|alcohol|proof)|most (?:boozy|potent)|boozi(?:er|est)|stiffest|hardest)\b"
)
_WEAKEST = re.compile(r"\b(?:weakest|lightest|least alcohol|lowest (?:abv|alcohol)|mildest)\b")
_CHEAPEST = re.compile(
    r"\b(?:cheapest|least expensive|lowest price|most affordable|cheap drink|something cheap|anything cheap|cheaper)\b"
)
_DEAREST = re.compile(r"\b(?:most expensive|priciest|dearest|highest price|top shelf|finest)\b")
_MENU = re.compile(
    r"\b(?:menu|what (?:do|have) you (?:got|have|serve|sell|offer|pour|make|do|stock)|what (?:is|are) (?:on (?:offer|tap|the menu|draft|draught)|available|there|my options|the options|your options|my choices|the choices|good here|in stock|your drinks)|what (?:can|could|may) (?:i|we|you) (?:get|have|order|drink|choose|make|pour|serve)|"
    r"what (?:kind|kinds|sort|sorts|type|types) of|which (?:kinds?|sorts?|types?|ones?|ANY|spirits|beers|cocktails)|what ANY|list (?:of )?(?:the |your |all |me )?|options|drinks? (?:list|card)|selection|do you have any|have you got any|got any|any (?:beers?|cocktails?|spirits?|specials?|wines?)|what else|show me|what (?:spirits|beers|cocktails|drinks|soft drinks)|which do you have|name (?:the|your|some|me))\b"
)
_RECOMMEND = re.compile(
    r"\b(?:recommend\w*|suggest\w*|surprise me|what (?:should|would|do|could|can) (?:i|you|we) (?:drink|have|get|order|try|recommend|suggest|pick|choose|like|go for)|what is (?:good|nice|your favou?rite|popular|best|tasty|the best|your best|the speciality|your speciality|the specialty|your specialty|house special|the special|special tonight|your go to)|bartenders choice|dealers choice|your choice|you (?:choose|pick|decide)|pick (?:one|something|a drink)|favou?rite|best (?:drink|cocktail|seller|thing|one)|popular|something (?:\w+ ){0,3}(?:good|nice|new|different|special|tasty|else|cold|wet|interesting|to drink|delicious|easy|smooth)|anything (?:good|nice|else)|what goes (?:well )?with|"
    r"do not know what|not sure what|no idea what|can not decide|help me (?:choose|decide|pick)|indecisive|inspire me|impress me|whatever you (?:like|want|think|recommend)|signature|in the mood for (?:something|a)|something for|what pairs|what would you|choose for me|pick for me|undecided)\b"
)
_HAVE = re.compile(
    r"\b(?:do you (?:have|do|serve|sell|carry|make|stock|pour|offer|keep|know how to)|have you got|got any|you got|you have|any|is there|are there|can you make|can you do|do you guys|is the|are the|still have|available|sold out|out of)\b"
)
_TERM = re.compile(
    r"\b(?:what (?:is|does|do you mean by|do|are|exactly is)|meaning of|mean(?:s|ing)?|define|difference between|explain|whats)\b"
)


def about(segment: Segment) -> About | None:
    """The question, or None where the segment asks for nothing the menu knows."""
    plain, items = segment.plain, tuple(dict.fromkeys(token.name for token in segment.items()))
    asking = segment.mode == Mode.QUESTION or segment.asks
    if _ALLERGEN.search(plain) and (asking or "allerg" in plain or "intoleran" in plain):
        known = [ALLERGENS[word] for word in _ALLERGEN.findall(plain) if word in ALLERGENS]
        return About("allergen", items, known[0] if known else "")
    if asking and (kind := _superlative(plain)):
        return About(kind, items, _kind(segment))
    if items and (asking or segment.mode in (Mode.OTHER, Mode.WISH)) and (kind := _of_drinks(plain, asking)):
        return About(
            kind, items, modifiers=tuple(token.name for token in segment.tokens if token.kind == MOD)
        )
    return _of_menu(segment, plain, items, asking)


def mood_of(said: str) -> str:
    """The mood anywhere in what was said: "my wife is pregnant. What would you suggest?" """
    found = _MOOD.search(said.lower().replace("-", " "))
    return MOODS[found.group(1)] if found else ""


def _superlative(plain: str) -> str:
    rules = ((_STRONGEST, "strongest"), (_WEAKEST, "weakest"), (_CHEAPEST, "cheapest"), (_DEAREST, "dearest"))
    return next((kind for rule, kind in rules if rule.search(plain)), "")


def _of_drinks(plain: str, asking: bool) -> str:
    rules = (
        (_PRICE, "price"),
        (_STRENGTH, "strength"),
        (_RECIPE, "recipe"),
        (_DESCRIBE, "describe"),
        (_HAVE, "have"),
    )
    found = next((kind for rule, kind in rules if rule.search(plain)), "")
    return found or ("describe" if asking else "")


def _of_menu(segment: Segment, plain: str, items: tuple[str, ...], asking: bool) -> About | None:
    if segment.has(OFF) and asking and not items:
        off = next(token.name for token in segment.tokens if token.kind == OFF)
        return About("off", (), off)
    if segment.mode == Mode.QUESTION and _TERM.search(plain) and (term := _term(segment)):
        return About("term", (), term)
    mood = _MOOD.search(plain)
    if _RECOMMEND.search(plain) or (mood and not items and _wants(segment, plain)):
        return About("recommend", items, MOODS[mood.group(1)] if mood else "")
    if asking and not items and _PRICE.search(plain) and (extra := _term(segment)):
        return About("extra", (), extra)
    if (
        asking
        and not items
        and _PRICE.search(plain)
        and re.search(r"\b(?:it|that|this|one|they|those|them)\b", plain)
    ):
        return About("price")
    if asking and not items and _PRICE.search(plain) and not _kind(segment):
        return About("prices")
    if asking and (segment.has(ANY) or _MENU.search(plain)) and not items:
        return About("menu", (), _kind(segment))
    return About("menu", (), _kind(segment)) if re.search(r"\b(?:menu|drinks list)\b", plain) else None


def _wants(segment: Segment, plain: str) -> bool:
    wish = re.search(
        r"\b(?:something|anything|a drink|drinks?|one|mood|feel like|like|want|need|give|have|thing|stuff|what|any|which|make me)\b",
        plain,
    )
    return bool(wish) or segment.mode == Mode.QUESTION


def _kind(segment: Segment) -> str:
    """The category asked about, if one was named."""
    return next((token.name for token in segment.tokens if token.kind == ANY and token.name), "")


def _term(segment: Segment) -> str:
    """A modifier that the guest wants explained."""
    return next((token.name for token in segment.tokens if token.kind == MOD and not segment.items()), "")
