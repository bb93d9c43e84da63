"""From a guest's words to tokens: the menu's names, modifiers and numbers found, everything else left as words."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import DamerauLevenshtein

from bartender.brains.house import words
from bartender.menu.snapshot import Menu

WORD, STOP = "word", "stop"
ITEM, MOD, NUM, ORD, OFF, ANY, VAGUE = "ITEM", "MOD", "NUM", "ORD", "OFF", "ANY", "VAGUE"
POLITE = "polite"
HALF, REST, TIMES = "half", "rest", "times"
LONGEST_PHRASE = 7
MOST_WORDS = 400

# A kind of drink without saying which: what is asked for then.
KINDS = {
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
    plural: bool = False
    article: bool = False

    @property
    def shape(self) -> str:
        named = self.kind == ORD and self.text in ("last", "latter", "former")
        return self.text if named or self.kind in (WORD, STOP) else self.kind


@dataclass(frozen=True)
class Entry:
    kind: str
    name: str
    number: int = 0
    plural: bool = False
    article: bool = False


@dataclass(frozen=True)
class Lexicon:
    phrases: dict[str, Entry]
    vocabulary: tuple[str, ...]
    known: frozenset[str]


def lexicon(menu: Menu) -> Lexicon:
    return _lexicon(menu)


@lru_cache(maxsize=4)
def _lexicon(menu: Menu) -> Lexicon:
    phrases: dict[str, Entry] = {}
    for phrase in words.POLITE:
        phrases[_simple(phrase)] = Entry(POLITE, "")
    for off in words.OFF_MENU:
        _both(phrases, _simple(off), OFF, _simple(off))
    for phrase, category in KINDS.items():
        phrases[phrase] = Entry(ANY, category, plural=phrase.endswith("s"))
    _numbers(phrases)
    _modifiers(phrases, menu)
    for drink in menu.drinks:
        for called in (drink.name, *drink.aliases):
            _both(phrases, _simple(called), ITEM, drink.name)
    menu_words = {
        word
        for phrase, entry in phrases.items()
        if entry.kind in (ITEM, MOD)
        for word in phrase.split()
        if len(word) >= 4
    }
    off_words = {word for phrase in words.OFF_MENU for word in _simple(phrase).split()}
    menu_words |= words.GRAMMAR_WORDS
    known = words.EVERYDAY | menu_words | off_words | words.MANNERS | set(words.CONTRACTIONS)
    return Lexicon(phrases, tuple(sorted(menu_words)), frozenset(known))


def _numbers(phrases: dict[str, Entry]) -> None:
    counted = words.MISTYPED_NUMBERS | words.PARTS | words.SMALL_NUMBERS | words.PHRASE_NUMBERS
    for word, value in counted.items():
        phrases[word] = Entry(NUM, "", number=value)
    for share in ("half of them", "half of those", "half of these"):
        phrases[share] = Entry(NUM, HALF, number=1)
    for word, value in (("twice", 2), ("thrice", 3), ("times two", 2), ("times three", 3)):
        phrases[word] = Entry(NUM, TIMES, number=value)
    for rest in ("the rest", "the others", "the remaining ones", "the other ones", "the remainder"):
        phrases[rest] = Entry(NUM, REST, number=1)
    for word in ("a", "an"):
        phrases[word] = Entry(NUM, "", number=1, article=True)
    for word in words.VAGUE_NUMBERS:
        phrases[word] = Entry(VAGUE, "")
    for word, value in words.ORDINALS.items():
        phrases[word] = Entry(ORD, "", number=value)


def _modifiers(phrases: dict[str, Entry], menu: Menu) -> None:
    """A liquor is a drink first; beside a cocktail that takes one it is read as its modifier."""
    drinks = {called for drink in menu.drinks for called in (drink.name.lower(), *drink.aliases)}
    for drink in menu.drinks:
        for modifier in drink.modifiers:
            for called in (modifier.name, *modifier.aliases):
                if _simple(called) not in drinks and _simple(called) not in phrases:
                    phrases[_simple(called)] = Entry(MOD, _simple(called))


def _both(phrases: dict[str, Entry], called: str, kind: str, name: str) -> None:
    """Singular, plural, and written without its spaces."""
    phrases[called] = Entry(kind, name, plural=False)
    for many in plurals(called):
        phrases.setdefault(many, Entry(kind, name, plural=True))
    if " " in called and kind == ITEM:
        phrases.setdefault(called.replace(" ", ""), Entry(kind, name))
        phrases.setdefault(called.replace(" ", "") + "s", Entry(kind, name, plural=True))


def plurals(called: str) -> list[str]:
    if called.endswith("y") and called[-2:-1] not in "aeiou":
        return [f"{called[:-1]}ies", f"{called}s"]
    if called.endswith(("s", "sh", "ch", "x")):
        return [f"{called}es"]
    return [f"{called}s"]


def _simple(text: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9&' ]+", " ", _fold(text)).replace("'", "").split())


def _fold(text: str) -> str:
    """Lower case, plain quotes, no accents, no emoji, no invisible characters."""
    plain = unicodedata.normalize("NFKD", text.replace("½", " 1/2 ").replace("’", "'").replace("`", "'"))
    return "".join(one for one in plain if not unicodedata.combining(one)).lower()


def sentences(text: str) -> list[tuple[str, bool]]:
    """Each sentence in plain words, and whether it ends in a question mark."""
    plain = _fold(text)
    plain = re.sub(r"\b(my|the) (?:other|better) half\b", r"\1 partner", plain)
    plain = re.sub(r"\bi\.\s?p\.\s?a\.?", "ipa", plain)
    plain = re.sub(r"(?<=\d)[.,](?=\d)", "·", plain)
    plain = re.sub(r"\s[=>]+\s?|\s?->\s?|→", " wants ", plain)
    plain = re.sub(r"\bx ?(\d+)\b", r" times\1 ", plain)
    plain = re.sub(r"\b(\d+) ?x\b", r"\1 ", plain)
    plain = re.sub(r"[–—:()]|\s-\s|\.\.\.", ", ", plain)
    found = []
    for part, end in re.findall(r"([^.!?;\n]+)([.!?;\n]*)", plain):
        part = re.sub(r"[^a-z0-9',%$€£&/·\-+ ]+", " ", part)
        if part.strip():
            found.append((part, "?" in end))
    return found


def split_words(sentence: str) -> list[str]:
    """Words, numbers and commas; contractions written out; the rest of the punctuation gone."""
    found: list[str] = []
    for raw in re.findall(r"[$€£]?\d+(?:·\d+)?%?|-\d+|w/o|w/|'?[a-z][a-z'\-]*\d*|[,%&+/]", sentence):
        word = raw.strip("-") if not raw[1:].isdigit() else raw
        if word in words.CONTRACTIONS:
            found += words.CONTRACTIONS[word].split()
        elif word == "+":
            found.append("and")
        else:
            found += word.replace("'", "").replace("-", " ").split() if word[:1].isalpha() else [word]
    return found[:MOST_WORDS]


def read(sentence: str, menu: Menu) -> list[Token]:
    """The tokens of one sentence: the longest phrase that the lexicon knows wins."""
    known = lexicon(menu)
    spelt = [_spell(word, known) for word in split_words(sentence)]
    tokens: list[Token] = []
    at = 0
    while at < len(spelt):
        token, used = _longest(spelt, at, known)
        tokens.append(token)
        at += used
    return _signs(_join_numbers(_homophones([token for token in tokens if token.kind != POLITE])))


def _longest(spelt: list[str], at: int, known: Lexicon) -> tuple[Token, int]:
    for length in range(min(LONGEST_PHRASE, len(spelt) - at), 0, -1):
        phrase = " ".join(spelt[at : at + length])
        if entry := known.phrases.get(phrase):
            return Token(entry.kind, phrase, entry.name, entry.number, entry.plural, entry.article), length
    word = spelt[at]
    if times := re.fullmatch(r"times(\d{1,4})", word):
        return Token(NUM, word, name=TIMES, number=int(times.group(1))), 1
    if re.fullmatch(r"-?\d+", word):
        return Token(NUM, word, number=int(word[:12])), 1
    return Token(STOP if word == "," else WORD, word), 1


def _spell(word: str, known: Lexicon) -> str:
    """A word of the menu that was mistyped. Short words and everyday words are left alone."""
    if len(word) < 4 or word in known.known or word in known.phrases or not word.isalpha():
        return word
    allowed = 1 if len(word) < 8 else 2
    best, distance = word, allowed + 1
    for one in known.vocabulary:
        short = len(one) < 5 or (len(word) == 4 and len(one) != 5)
        if short or one[0] != word[0] or abs(len(one) - len(word)) > allowed:
            continue
        found = DamerauLevenshtein.distance(word, one, score_cutoff=allowed)
        if found < distance:
            best, distance = one, found
    return best


HEARD_AS = {"to": 2, "too": 2, "for": 4, "won": 1, "tree": 3, "ate": 8}


def _homophones(tokens: list[Token]) -> list[Token]:
    """Speech recognition hears "to martinis": a number, where only a number can stand."""
    heard = list(tokens)
    for at, token in enumerate(tokens[:-1]):
        after = tokens[at + 1]
        counts = after.kind in (ITEM, ANY) and after.plural
        before = tokens[at - 1] if at else None
        free = before is None or before.kind == STOP or before.text in START_OF_ORDER
        if token.kind == WORD and token.text in HEARD_AS and counts and free:
            heard[at] = Token(NUM, token.text, number=HEARD_AS[token.text])
    return heard


START_OF_ORDER = frozenset(
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
        scale = words.SCALES.get(token.text)
        before = joined[-1] if joined else None
        if token.kind == WORD and token.text in words.TENS:
            token = Token(NUM, token.text, number=words.TENS[token.text])
        counted = before is not None and before.kind == NUM
        if scale and token.kind == WORD:
            times = before.number if before is not None and counted else 1
            if counted:
                joined.pop()
            joined.append(Token(NUM, token.text, number=times * scale))
        elif before is not None and counted and _adds(before, token):
            joined[-1] = Token(NUM, f"{before.text} {token.text}", number=before.number + token.number)
        else:
            joined.append(token)
    return joined


def _signs(tokens: list[Token]) -> list[Token]:
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


def _adds(before: Token, token: Token) -> bool:
    spoken = token.kind == NUM and not token.article and token.text.isalpha()
    return spoken and before.number in words.TENS.values() and 0 < token.number < 10
