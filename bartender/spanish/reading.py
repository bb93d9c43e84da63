"""What a guest says in Spanish, in the English that grammar, declarations and wishes read.

Phrase by phrase, from a list: drinks, names and what the list does not know stay as they are. Nobody is shown
the outcome.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from bartender.brains.house.words import MANNERS, STARTERS
from bartender.spanish.forms import FORMS, ORDERS

LONGEST = 7
_TOKEN = re.compile(r"-?\d+(?:[.,]\d+)?|[a-z0-9'&]+|[$%€£]|[^\sa-z0-9]")
_SENTENCE = re.compile(r"[^.!?;\n]*(?:[.](?=\d)[^.!?;\n]*)*[.!?;\n]*")
_PLACES = ("¿", "¡", "«", "»")


def in_english(said: str, *, spanish: bool) -> str:
    """`spanish` is the visit's language, and decides where the words do not. English comes back as it was."""
    parts = [_sentence(part, spanish=spanish) for part in _SENTENCE.findall(_no_marks(said)) if part]
    changed = any(told is not None for _, told in parts)
    return "".join(was if told is None else told for was, told in parts) if changed else said


def speaks_spanish(sentence: str, *, spanish: bool = False) -> bool:
    """By its small words. Where they do not tell, as the visit goes."""
    words = re.findall(r"[a-z']+", folded(sentence))
    ours = sum(word in _own_words() for word in words)
    theirs = sum(word in _english_words() for word in words)
    return ours > theirs or (spanish and ours >= theirs)


def folded(text: str) -> str:
    """Lower case without accents. The yes is told from the if, and the tea from the you, before that."""
    plain = text.lower().replace("sí", "si,").replace("ñ", "n")
    plain = unicodedata.normalize("NFKD", plain.replace("’", "'"))
    return "".join(one for one in plain if not unicodedata.combining(one))


def _no_marks(said: str) -> str:
    for mark in _PLACES:
        said = said.replace(mark, " ")
    return said


def _sentence(part: str, *, spanish: bool) -> tuple[str, str | None]:
    if not part.strip() or not speaks_spanish(part, spanish=spanish):
        return part, None
    text = re.sub(r"\btés?\b", "te helado", part.lower())
    text = re.sub(r"\bsí\b", " yes, ", text)
    text = folded(text)
    for pattern, english in ORDERS:
        text = pattern.sub(english, text)
    tokens = _TOKEN.findall(text)
    text = " ".join(word for word in _translated(tokens) if word)
    if text == " ".join(_TOKEN.findall(folded(part))):
        return part, None
    for pattern, english in FORMS:
        text = pattern.sub(english, text)
    return part, f" {text} "


def _translated(tokens: list[str]) -> Iterator[str]:
    """The longest phrase first."""
    known = phrases()
    at = 0
    while at < len(tokens):
        for length in range(min(LONGEST, len(tokens) - at), 0, -1):
            if (english := known.get(" ".join(tokens[at : at + length]))) is not None:
                yield english
                at += length
                break
        else:
            yield tokens[at]
            at += 1


@lru_cache(maxsize=1)
def _lines() -> list[str]:
    text = (Path(__file__).parent / "phrases.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _marked(mark: str) -> set[str]:
    return {word for line in _lines() if line.startswith(mark) for word in line[1:].split()}


@lru_cache(maxsize=1)
def phrases() -> dict[str, str]:
    rows = [line.split("=", 1) for line in _lines() if "=" in line]
    return {spanish.strip(): english.strip() for spanish, english in rows}


@lru_cache(maxsize=1)
def _own_words() -> frozenset[str]:
    words = {word for phrase in phrases() for word in phrase.split() if len(word) > 1}
    return frozenset((words | _marked("+")) - _marked("?") - _english_words())


@lru_cache(maxsize=1)
def _english_words() -> frozenset[str]:
    """Those of the list's right side, and those that the grammar passes over."""
    told = {word for english in phrases().values() for word in english.split()}
    return frozenset(told | MANNERS | STARTERS) - {"no", "a", "me"}
