"""From a guest's words to tokens: the menu's names, modifiers and numbers found, everything else left as words."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import DamerauLevenshtein

from bartender.brains.rule_based import vocabulary
from bartender.menu.snapshot import Drink, Menu
from bartender.text.english import COURTESY_WORDS
from maya_site.core.currencies import SYMBOL_CHARACTERS

WORD, STOP = "word", "stop"
ITEM, MOD, NUM, ORD, OFF, ANY, VAGUE = "ITEM", "MOD", "NUM", "ORD", "OFF", "ANY", "VAGUE"
POLITE = "polite"
HALF, REST, TIMES = "half", "rest", "times"
MAX_PHRASE_WORDS = 7
MAX_WORDS = 400

# A kind of drink without saying which: what is asked for then.
CATEGORY_BY_PHRASE = {
    "beer": "Beer",
    "beers": "Beer",
    "pint": "Beer",
    "pints": "Beer",
    "pint of beer": "Beer",
    "pints of beer": "Beer",
    "brewski": "Beer",
    "brewskis": "Beer",
    "brewsky": "Beer",
    "cold one": "Beer",
    "cold ones": "Beer",
    "cocktail": "Cocktails",
    "cocktails": "Cocktails",
    "spirit": "Spirits",
    "spirits": "Spirits",
    "liquor": "Spirits",
    "shot": "Spirits",
    "shots": "Spirits",
    "soft drink": "Non-alcoholic",
    "soft drinks": "Non-alcoholic",
    "mocktail": "Non-alcoholic",
    "mocktails": "Non-alcoholic",
    "non alcoholic drink": "Non-alcoholic",
    "non alcoholic drinks": "Non-alcoholic",
    "alcohol free drink": "Non-alcoholic",
    "alcohol free drinks": "Non-alcoholic",
    "on tap": "Beer",
    "on draft": "Beer",
    "on draught": "Beer",
    "drink": "",
    "drinks": "",
}


@dataclass(frozen=True)
class Token:
    """`kind` is what it is, `text` what was said; `name` the menu's name for it, `number` its value."""

    kind: str
    text: str
    name: str = ""
    number: int = 0
    is_plural: bool = False
    is_article: bool = False

    @property
    def shape(self) -> str:
        named = self.kind == ORD and self.text in ("last", "latter", "former")
        return self.text if named or self.kind in (WORD, STOP) else self.kind


@dataclass(frozen=True)
class LexiconEntry:
    kind: str
    name: str
    number: int = 0
    is_plural: bool = False
    is_article: bool = False


@dataclass(frozen=True)
class Lexicon:
    phrases: dict[str, LexiconEntry]
    spelling_candidates: tuple[str, ...]
    known_words: frozenset[str]


def get_lexicon(menu: Menu) -> Lexicon:
    return _build_lexicon(menu)


@lru_cache(maxsize=4)
def _build_lexicon(menu: Menu) -> Lexicon:
    phrases: dict[str, LexiconEntry] = {}
    for phrase in vocabulary.POLITE_PHRASES:
        phrases[_normalize_phrase(phrase)] = LexiconEntry(POLITE, "")
    ours = {
        _canonical_spelling(called): drink.name for drink in menu.drinks for called in _drink_names(drink)
    }
    for off in vocabulary.OFF_MENU_DRINKS:  # what other bars have, but for what this one has after all
        name = ours.get(_canonical_spelling(off), "")
        _add_phrase_forms(
            phrases, _normalize_phrase(off), ITEM if name else OFF, name or _normalize_phrase(off)
        )
    for phrase, category in CATEGORY_BY_PHRASE.items():
        phrases[phrase] = LexiconEntry(ANY, category, is_plural=phrase.endswith("s"))
    _add_numbers(phrases)
    _add_modifiers(phrases, menu)
    for drink in menu.drinks:
        for called in _drink_names(drink):
            _add_phrase_forms(phrases, _normalize_phrase(called), ITEM, drink.name)
    menu_words = {
        word
        for phrase, entry in phrases.items()
        if entry.kind in (ITEM, MOD)
        for word in phrase.split()
        if len(word) >= 4
    }
    off_words = {word for phrase in vocabulary.OFF_MENU_DRINKS for word in _normalize_phrase(phrase).split()}
    menu_words |= vocabulary.GRAMMAR_WORDS
    known = vocabulary.EVERYDAY_WORDS | menu_words | off_words | COURTESY_WORDS | set(vocabulary.CONTRACTIONS)
    return Lexicon(phrases, tuple(sorted(menu_words)), frozenset(known))


def _add_numbers(phrases: dict[str, LexiconEntry]) -> None:
    counted = (
        vocabulary.MISTYPED_NUMBERS
        | vocabulary.FRACTION_PHRASES
        | vocabulary.SMALL_NUMBERS
        | vocabulary.PHRASE_NUMBERS
    )
    for word, value in counted.items():
        phrases[word] = LexiconEntry(NUM, "", number=value)
    for share in ("half of them", "half of those", "half of these"):
        phrases[share] = LexiconEntry(NUM, HALF, number=1)
    for word, value in (("twice", 2), ("thrice", 3), ("times two", 2), ("times three", 3)):
        phrases[word] = LexiconEntry(NUM, TIMES, number=value)
    for rest in ("the rest", "the others", "the remaining ones", "the other ones", "the remainder"):
        phrases[rest] = LexiconEntry(NUM, REST, number=1)
    for word in ("a", "an"):
        phrases[word] = LexiconEntry(NUM, "", number=1, is_article=True)
    for word in vocabulary.VAGUE_NUMBERS:
        phrases[word] = LexiconEntry(VAGUE, "")
    for word, value in vocabulary.ORDINALS.items():
        phrases[word] = LexiconEntry(ORD, "", number=value)


def _add_modifiers(phrases: dict[str, LexiconEntry], menu: Menu) -> None:
    """A liquor is a drink first; beside a cocktail that takes one it is read as its modifier."""
    drinks = {called for drink in menu.drinks for called in (drink.name.lower(), *drink.aliases)}
    for drink in menu.drinks:
        for modifier in drink.modifiers:
            for called in (modifier.name, *modifier.aliases):
                if _normalize_phrase(called) not in drinks and _normalize_phrase(called) not in phrases:
                    phrases[_normalize_phrase(called)] = LexiconEntry(MOD, _normalize_phrase(called))


def _drink_names(drink: Drink) -> tuple[str, ...]:
    return (drink.name, *drink.aliases)


_SPELLING_VARIANTS = {"whisky": "whiskey", "pilsener": "pilsner", "gt": "gin tonic", "g t": "gin tonic"}


def _canonical_spelling(called: str) -> str:
    """ "G & T", "gin and tonic" and "gin tonic" are one drink, and so are "whisky sour" and "whiskey sour"."""
    bare = " ".join(word for word in _normalize_phrase(called).split() if word not in ("and", "n", "&"))
    return _SPELLING_VARIANTS.get(bare) or " ".join(
        _SPELLING_VARIANTS.get(word, word) for word in bare.split()
    )


def _add_phrase_forms(phrases: dict[str, LexiconEntry], called: str, kind: str, name: str) -> None:
    """Singular, plural, and written without its spaces."""
    phrases[called] = LexiconEntry(kind, name, is_plural=False)
    for many in plural_forms(called):
        phrases.setdefault(many, LexiconEntry(kind, name, is_plural=True))
    if " " in called and kind == ITEM:
        phrases.setdefault(called.replace(" ", ""), LexiconEntry(kind, name))
        phrases.setdefault(called.replace(" ", "") + "s", LexiconEntry(kind, name, is_plural=True))


def plural_forms(called: str) -> list[str]:
    if called.endswith("y") and called[-2:-1] not in "aeiou":
        return [f"{called[:-1]}ies", f"{called}s"]
    if called.endswith(("s", "sh", "ch", "x")):
        return [f"{called}es"]
    return [f"{called}s"]


def _normalize_phrase(text: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9&' ]+", " ", _fold_text(text)).replace("'", "").split())


def _fold_text(text: str) -> str:
    """Lower case, plain quotes, no accents, no emoji, no invisible characters."""
    plain = unicodedata.normalize("NFKD", text.replace("½", " 1/2 ").replace("’", "'").replace("`", "'"))
    return "".join(one for one in plain if not unicodedata.combining(one)).lower()


def split_sentences(text: str) -> list[tuple[str, bool]]:
    """Each sentence in plain words, and whether it ends in a question mark."""
    plain = _fold_text(text)
    plain = re.sub(r"\b(my|the) (?:other|better) half\b", r"\1 partner", plain)
    plain = re.sub(r"\bi\.\s?p\.\s?a\.?", "ipa", plain)
    plain = re.sub(r"(?<=\d)[.,](?=\d)", "·", plain)
    plain = re.sub(r"\s[=>]+\s?|\s?->\s?|→", " wants ", plain)
    plain = re.sub(r"\bx ?(\d+)\b", r" times\1 ", plain)
    plain = re.sub(r"\b(\d+) ?x\b", r"\1 ", plain)
    plain = re.sub(r"[–—:()]|\s-\s|\.\.\.", ", ", plain)
    found = []
    for part, end in re.findall(r"([^.!?;\n]+)([.!?;\n]*)", plain):
        part = re.sub(rf"[^a-z0-9',%{SYMBOL_CHARACTERS}&/·\-+ ]+", " ", part)
        if part.strip():
            found.append((part, "?" in end))
    return found


def split_words(sentence: str) -> list[str]:
    """Words, numbers and commas; contractions written out; the rest of the punctuation gone."""
    found: list[str] = []
    for raw in re.findall(
        rf"[{SYMBOL_CHARACTERS}]?\d+(?:·\d+)?%?|-\d+|w/o|w/|'?[a-z][a-z'\-]*\d*|[,%&+/]", sentence
    ):
        word = raw.strip("-") if not raw[1:].isdigit() else raw
        if word in vocabulary.CONTRACTIONS:
            found += vocabulary.CONTRACTIONS[word].split()
        elif word == "+":
            found.append("and")
        else:
            found += word.replace("'", "").replace("-", " ").split() if word[:1].isalpha() else [word]
    return found[:MAX_WORDS]


def tokenize(sentence: str, menu: Menu) -> list[Token]:
    """The tokens of one sentence: the longest phrase that the lexicon knows wins."""
    known = get_lexicon(menu)
    spelt = [_correct_spelling(word, known) for word in split_words(sentence)]
    tokens: list[Token] = []
    at = 0
    while at < len(spelt):
        token, used = _match_longest_phrase(spelt, at, known)
        tokens.append(token)
        at += used
    return _resolve_signs(
        _join_numbers(_resolve_homophones([token for token in tokens if token.kind != POLITE]))
    )


def _match_longest_phrase(spelt: list[str], at: int, known: Lexicon) -> tuple[Token, int]:
    for length in range(min(MAX_PHRASE_WORDS, len(spelt) - at), 0, -1):
        phrase = " ".join(spelt[at : at + length])
        if entry := known.phrases.get(phrase):
            return Token(
                entry.kind, phrase, entry.name, entry.number, entry.is_plural, entry.is_article
            ), length
    word = spelt[at]
    if times := re.fullmatch(r"times(\d{1,4})", word):
        return Token(NUM, word, name=TIMES, number=int(times.group(1))), 1
    if re.fullmatch(r"-?\d+", word):
        return Token(NUM, word, number=int(word[:12])), 1
    return Token(STOP if word == "," else WORD, word), 1


def _correct_spelling(word: str, known: Lexicon) -> str:
    """A word of the menu that was mistyped. Short words and everyday words are left alone."""
    if len(word) < 4 or word in known.known_words or word in known.phrases or not word.isalpha():
        return word
    allowed = 1 if len(word) < 8 else 2
    best, distance = word, allowed + 1
    for one in known.spelling_candidates:
        short = len(one) < 5 or (len(word) == 4 and len(one) != 5)
        if short or one[0] != word[0] or abs(len(one) - len(word)) > allowed:
            continue
        found = DamerauLevenshtein.distance(word, one, score_cutoff=allowed)
        if found < distance:
            best, distance = one, found
    return best


NUMBER_BY_HOMOPHONE = {"to": 2, "too": 2, "for": 4, "won": 1, "tree": 3, "ate": 8}


def _resolve_homophones(tokens: list[Token]) -> list[Token]:
    """Speech recognition hears "to martinis": a number, where only a number can stand."""
    resolved = list(tokens)
    for at, token in enumerate(tokens[:-1]):
        after = tokens[at + 1]
        counts = after.kind in (ITEM, ANY) and after.is_plural
        before = tokens[at - 1] if at else None
        free = before is None or before.kind == STOP or before.text in ORDER_START_WORDS
        if token.kind == WORD and token.text in NUMBER_BY_HOMOPHONE and counts and free:
            resolved[at] = Token(NUM, token.text, number=NUMBER_BY_HOMOPHONE[token.text])
    return resolved


ORDER_START_WORDS = frozenset(
    [
        "get",
        "have",
        "and",
        "me",
        "us",
        "take",
        "want",
        "give",
        "bring",
        "please",
        "um",
        "uh",
        "er",
        "hi",
        "hey",
        "order",
        "need",
        "grab",
        "pour",
        "add",
        "okay",
        "so",
        "make",
        "do",
    ]
)


def _join_numbers(tokens: list[Token]) -> list[Token]:
    """ "twenty five", "two hundred": one number."""
    joined: list[Token] = []
    for token in tokens:
        scale = vocabulary.NUMBER_SCALES.get(token.text)
        before = joined[-1] if joined else None
        if token.kind == WORD and token.text in vocabulary.TENS:
            token = Token(NUM, token.text, number=vocabulary.TENS[token.text])
        counted = before is not None and before.kind == NUM
        if scale and token.kind == WORD:
            times = before.number if before is not None and counted else 1
            if counted:
                joined.pop()
            joined.append(Token(NUM, token.text, number=times * scale))
        elif before is not None and counted and _can_join(before, token):
            joined[-1] = Token(NUM, f"{before.text} {token.text}", number=before.number + token.number)
        else:
            joined.append(token)
    return joined


def _resolve_signs(tokens: list[Token]) -> list[Token]:
    """ "minus three" and "1.5" are numbers too, though none that a bar can pour."""
    signed: list[Token] = []
    for token in tokens:
        before = signed[-1] if signed else None
        if token.kind == WORD and re.fullmatch(r"-?\d+·\d+", token.text):
            token = Token(NUM, token.text, number=0)
        if token.kind == MOD and before is not None and before.text == "half":
            signed[-1] = Token(NUM, "half", name=HALF, number=1)
        if token.kind == NUM and before is not None and before.text in ("minus", "negative", "-"):
            signed.pop()
            token = Token(NUM, f"minus {token.text}", number=-abs(token.number))
        elif token.kind == NUM and before is not None and before.text in ("/", "point"):
            signed = signed[:-2]
            token = Token(NUM, "a fraction", number=0)
        signed.append(token)
    return signed


def _can_join(before: Token, token: Token) -> bool:
    spoken = token.kind == NUM and not token.is_article and token.text.isalpha()
    return spoken and before.number in vocabulary.TENS.values() and 0 < token.number < 10
