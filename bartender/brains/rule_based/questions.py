"""Questions about the menu: which fact is asked for, and of which drinks."""

from __future__ import annotations

import re

from bartender.brains.rule_based.intents import MenuQuestion
from bartender.brains.rule_based.segments import Segment, SpeechAct
from bartender.brains.rule_based.tokenizer import ANY, ITEM, MOD, OFF, WORD, Token
from bartender.brains.rule_based.vocabulary import QUESTION_WORDS
from bartender.menu.snapshot import Drink, Menu
from bartender.safety.allergens import ALLERGEN_BY_FORM
from bartender.text.english import COURTESY_WORDS

PREFERENCE_BY_WORD = {
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
# Wishes that are negations themselves stay what they are: "no alcohol".
_UNWANTED = re.compile(r"\b(?:not|nothing|never|no|less|without|hates?|dislikes?|tired of)\b(?: \w+){0,4}$")
_ALLERGEN = re.compile(
    rf"\b({'|'.join(sorted(ALLERGEN_BY_FORM, key=len, reverse=True))}|allerg\w*|intoleran\w*)\b"
)
_PREFERENCE = re.compile(rf"\b({'|'.join(sorted(PREFERENCE_BY_WORD, key=len, reverse=True))})\b")
_PRICE = re.compile(
    r"\b(?:how much|price|prices|priced|cost|costs|expensive|how many (?:dollars|bucks)|charge for|cheap|what do you (?:charge|want|ask)|run me|set me back|going for|go for)\b"
)
_STRENGTH = re.compile(
    r"\b(?:how strong|strength|abv|alcohol content|how much alcohol|percent alcohol|proof|stronger|standard drinks?|units?|(?:non ?)?alcohol\w*|booz\w*|zero proof|0·0|how boozy|is (?:the |a |your )?(?:\w+ )*strong|knock me)\b"
)
_RECIPE = re.compile(
    r"\b(?:what (?:is|goes|do you put|else is|exactly is|spirits? (?:is|are)|liquor is|all is|comes) (?:in|into|inside)|ingredients?|what is (?:the |a |an |your )?(?:\w+ )?(?:made (?:of|with|from)|made)|made (?:of|with|from)|made (?:of|from)|recipe|how (?:do|does|is|are|would|you) .{0,30}(?:made?|mix|prepare|mixed|prepared|make)|contains?|in it|what is in|does .* (?:have|contain|come with)|(?:has|have) the .* got|is there (?:any )?(?:sugar|lime|lemon|mint|\w+) in|mixed with|have .* in (?:it|them))\b"
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


# Said of a drink, in a question or in an order: it is to be without alcohol, or without an allergen.
_FREE_OF_NAME = rf"(?P<{{}}>{'|'.join(sorted(ALLERGEN_BY_FORM, key=len, reverse=True))}|alcohol|booze|0·0)"
_DRINK_PLACEHOLDER = r"(?:ITEM|ANY)"
_FREE_OF = re.compile(
    rf"\b{_FREE_OF_NAME.format('a')} free (?:MOD )*{_DRINK_PLACEHOLDER}"
    rf"|\b(?:non|no|zero|without) (?P<b>alcohol)(?:ic)? (?:MOD )*{_DRINK_PLACEHOLDER}|\b(?P<c>nonalcohol|virgin|0·0)(?:ic)? (?:MOD )*{_DRINK_PLACEHOLDER}"
    rf"|\b{_DRINK_PLACEHOLDER}(?: MOD)*(?: (?:that|which|is|are|but|it|should|be|must|the|one|please))*"
    rf" (?:without|free of|free from|with no|no|zero|non)(?: any| the)? {_FREE_OF_NAME.format('d')}"
    rf"|\b{_DRINK_PLACEHOLDER}(?: MOD)*(?: (?:that|which|is|are|but|it|should|be|must))* {_FREE_OF_NAME.format('e')} free\b"
)


def parse_free_of(segment: Segment, menu: Menu) -> tuple[MenuQuestion, Token] | None:
    """What a drink is to be free of is a fact to be looked up, and not a word to be passed over: an order for a
    beer without alcohol is none for a beer. Returns the question and the word for the drink; None where the
    drink that is ordered is known to be free of it."""
    shape = segment.shape.replace(" ,", "")
    found = _FREE_OF.search(shape)
    if not found or segment.speech_act in (SpeechAct.STORY, SpeechAct.NEGATION):
        return None
    named = next(word for word in found.groupdict().values() if word)
    allergen = ALLERGEN_BY_FORM.get(named, "")
    places = [at.start() for at in re.finditer(_DRINK_PLACEHOLDER, shape)]
    which = next(number for number, at in enumerate(places) if at >= found.start())
    token = [one for one in segment.tokens if one.kind in (ITEM, ANY)][which]
    drink = menu.find_drink(token.name) if token.kind == ITEM else None
    if drink and segment.speech_act == SpeechAct.ORDER and _is_known_free(drink, allergen):
        return None
    items = (drink.name,) if drink else ()
    if allergen:
        return MenuQuestion("allergen", items, allergen), token
    asking = segment.has_question_mark or segment.speech_act == SpeechAct.QUESTION
    kind = "strength" if items and asking else "without"
    return MenuQuestion(kind, items, "" if drink else token.name), token


def _is_known_free(drink: Drink, allergen: str) -> bool:
    return dict(drink.allergens).get(allergen) == "free" if allergen else not drink.is_alcoholic


def uninterpreted_words(segment: Segment) -> str:
    """What a question says of a drink besides asking for it: nothing is known of that."""
    beside = any(token.text in ("or", "and") for token in segment.tokens)
    kinds = (WORD,) if beside else (WORD, OFF)
    return " ".join(
        token.text for token in segment.tokens if token.kind in kinds and token.text not in QUESTION_WORDS
    )


_CATEGORY_ATTRIBUTE = re.compile(
    r"\b(?:any|some|have|got|serve|sell|offer|there)(?: any| some| NUM)* (?P<before>[a-z]+)(?: free| friendly)? ANY\b|\bANY (?:here )?(?:is|are|that is|that are) (?P<after>[a-z]+)\b"
    r"|\b(?:is|are) (?:the |your |any (?:of )?(?:the |your )?)?ANY (?P<end>[a-z]+)"
    r"|\bthat (?:is|are) (?P<last>[a-z]+)(?: free| friendly)?$"
)


def _has_uninterpreted_attribute(shape: str) -> bool:
    """ "Are the cocktails vegan?", "any organic beers?" """
    found = _CATEGORY_ATTRIBUTE.search(shape)
    word = next((one for one in found.groupdict().values() if one), "") if found else ""
    return bool(word) and word not in QUESTION_WORDS | _CATEGORY_ADJECTIVES


_CATEGORY_ADJECTIVES = frozenset(
    "what which other good nice best favourite favorite more most different special specials else cheap cheaper "
    "cold fresh new great interesting decent strong many few two three kinds sorts types all every each".split()
)


def parse_menu_question(segment: Segment) -> MenuQuestion | None:
    """The question, or None where the segment asks for nothing the menu knows."""
    plain, items = segment.text, tuple(dict.fromkeys(token.name for token in segment.item_tokens()))
    asking = segment.speech_act == SpeechAct.QUESTION or segment.has_question_mark
    if _ALLERGEN.search(plain) and (asking or "allerg" in plain or "intoleran" in plain):
        known = [ALLERGEN_BY_FORM[word] for word in _ALLERGEN.findall(plain) if word in ALLERGEN_BY_FORM]
        return MenuQuestion("allergen", items, known[0] if known else "")
    if asking and (kind := _superlative_kind(plain)):
        return MenuQuestion(kind, items, ALCOHOLIC if _ALCOHOLIC.search(plain) else _category_name(segment))
    if items and _RECOMMEND.search(plain) and _UNWANTED_ITEM.search(segment.shape):
        return MenuQuestion("recommend_without", items, _category_name(segment))
    if (
        items
        and (asking or segment.speech_act in (SpeechAct.OTHER, SpeechAct.DEFERRED))
        and (kind := _drink_question_kind(plain, asking))
    ):
        if kind == "asked" and (made := next((one.name for one in segment.tokens if one.kind == MOD), "")):
            return MenuQuestion("term", (), made)
        if kind in _UNSPECIFIC_KINDS and asking and (uninterpreted_words(segment) or kind == "asked"):
            return MenuQuestion("attribute", items)
        return MenuQuestion(
            kind, items, modifiers=tuple(token.name for token in segment.tokens if token.kind == MOD)
        )
    return _parse_general_question(segment, plain, items, asking)


ALCOHOLIC = "alcoholic"  # in place of a category: every drink that is known to have alcohol
_ALCOHOLIC = re.compile(
    r"\b(?:alcoholic|boozy|hard drinks?|(?:with|has|have|got|containing) (?:any |some )?(?:alcohol|booze))\b"
)
_UNWANTED_ITEM = re.compile(
    r"\b(?:no|without|except|avoid|minus|hates?|(?:do|does|can|must|should|is) not(?: \w+)?|not|no \w+)(?: (?:any|the|a|of|with|,))* ITEM"
)


def find_preference(text: str) -> str:
    """The mood anywhere in what was said: "my wife is pregnant. What would you suggest?" """
    found = _PREFERENCE.search(text.lower().replace("-", " "))
    return PREFERENCE_BY_WORD[found.group(1)] if found else ""


def _superlative_kind(plain: str) -> str:
    rules = ((_STRONGEST, "strongest"), (_WEAKEST, "weakest"), (_CHEAPEST, "cheapest"), (_DEAREST, "dearest"))
    return next((kind for rule, kind in rules if rule.search(plain)), "")


def _drink_question_kind(plain: str, is_question: bool) -> str:
    rules = (
        (_PRICE, "price"),
        (_STRENGTH, "strength"),
        (_RECIPE, "recipe"),
        (_DESCRIBE, "describe"),
        (_HAVE, "have"),
    )
    found = next((kind for rule, kind in rules if rule.search(plain)), "")
    return found or ("asked" if is_question else "")


# Kinds that are found by the shape of a question alone: what else is said in it must be understood, too.
_UNSPECIFIC_KINDS = ("have", "asked")


def _parse_general_question(
    segment: Segment, plain: str, items: tuple[str, ...], is_question: bool
) -> MenuQuestion | None:
    if segment.has_kind(OFF) and is_question and not items:
        off = next(token.name for token in segment.tokens if token.kind == OFF)
        return MenuQuestion("off", (), off)
    if segment.speech_act == SpeechAct.QUESTION and _TERM.search(plain) and (term := _modifier_term(segment)):
        return MenuQuestion("term", (), term)
    mood = _PREFERENCE.search(plain)
    if (
        is_question
        and not items
        and not mood
        and _has_uninterpreted_attribute(segment.shape.replace(" ,", ""))
    ):
        return MenuQuestion("attribute")
    if found := _parse_recommendation(segment, plain, mood, items, is_question=is_question):
        return found
    if is_question and not items and (found := _parse_price_question(segment, plain)):
        return found
    if is_question and (segment.has_kind(ANY) or _MENU.search(plain)) and not items:
        return MenuQuestion("menu", (), _category_name(segment))
    return (
        MenuQuestion("menu", (), _category_name(segment))
        if re.search(r"\b(?:menu|drinks list)\b", plain)
        else None
    )


def _parse_recommendation(
    segment: Segment,
    plain: str,
    mood: re.Match[str] | None,
    items: tuple[str, ...],
    *,
    is_question: bool,
) -> MenuQuestion | None:
    """A recommendation that is asked for, also by what it shall not be."""
    preference = PREFERENCE_BY_WORD[mood.group(1)] if mood else ""
    if mood and not items and preference != "sobering" and _UNWANTED.search(plain[: mood.start()].rstrip()):
        return MenuQuestion("recommend_other", (), preference)
    if not mood and segment.speech_act == SpeechAct.NEGATION and not is_question:
        return None  # "I don't want anything else"
    if _RECOMMEND.search(plain) or (mood and not items and _wants_recommendation(segment, plain)):
        return MenuQuestion("recommend", items, preference)
    return None


def _parse_price_question(segment: Segment, plain: str) -> MenuQuestion | None:
    if _PRICE.search(plain):
        if extra := _modifier_term(segment):
            return MenuQuestion("extra", (), extra)
        if re.search(r"\b(?:it|that|this|one|they|those|them)\b", plain):
            return MenuQuestion("price")
        if not _category_name(segment):
            return MenuQuestion("prices")
    return None


def _wants_recommendation(segment: Segment, plain: str) -> bool:
    wish = re.search(
        r"\b(?:something|anything|a drink|drinks?|one|mood|feel like|like|want|need|give|have|thing|stuff|what|any|which|make me)\b",
        plain,
    )
    left = set(_PREFERENCE.sub(" ", plain).split()) - COURTESY_WORDS  # of "no alcohol, please" nothing
    return bool(wish) or segment.speech_act == SpeechAct.QUESTION or not left


def _category_name(segment: Segment) -> str:
    """The category asked about, if one was named."""
    return next((token.name for token in segment.tokens if token.kind == ANY and token.name), "")


def _modifier_term(segment: Segment) -> str:
    """A modifier that the guest wants explained."""
    return next(
        (token.name for token in segment.tokens if token.kind == MOD and not segment.item_tokens()), ""
    )
