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

from bartender.spanish.verb_forms import ENGLISH_REWRITES, SPANISH_REWRITES
from bartender.text.english import COURTESY_WORDS, SEGMENT_START_WORDS

MAX_PHRASE_WORDS = 7
_TOKEN = re.compile(r"-?\d+(?:[.,]\d+)?|[a-z0-9'&]+|[$%€£]|[^\sa-z0-9]")
_SENTENCE = re.compile(r"[^.!?;\n]*(?:[.](?=\d)[^.!?;\n]*)*[.!?;\n]*")
_OPENING_MARKS = ("¿", "¡", "«", "»")


def translate_to_english(text: str, *, is_spanish_visit: bool) -> str:
    """`spanish` is the visit's language, and decides where the words do not. English comes back as it was."""
    parts = [
        _translate_sentence(part, is_spanish_visit=is_spanish_visit)
        for part in _SENTENCE.findall(_strip_marks(text))
        if part
    ]
    changed = any(translation is not None for _, translation in parts)
    return (
        "".join(was if translation is None else translation for was, translation in parts)
        if changed
        else text
    )


def is_spanish_sentence(sentence: str, *, is_spanish_visit: bool = False) -> bool:
    """By its small words. Where they do not tell, as the visit goes."""
    words = re.findall(r"[a-z']+", fold_accents(sentence))
    ours = sum(word in spanish_words() for word in words)
    theirs = sum(word in _english_words() for word in words)
    return ours > theirs or (is_spanish_visit and ours >= theirs)


def fold_accents(text: str) -> str:
    """Lower case without accents. The yes is told from the if, and the tea from the you, before that."""
    plain = text.lower().replace("sí", "si,").replace("ñ", "n")
    plain = unicodedata.normalize("NFKD", plain.replace("’", "'"))
    return "".join(one for one in plain if not unicodedata.combining(one))


def _strip_marks(text: str) -> str:
    for mark in _OPENING_MARKS:
        text = text.replace(mark, " ")
    return text


def _translate_sentence(part: str, *, is_spanish_visit: bool) -> tuple[str, str | None]:
    if not part.strip() or not is_spanish_sentence(part, is_spanish_visit=is_spanish_visit):
        return part, None
    text = re.sub(r"\btés?\b(?! helad)", "te helado", part.lower())
    text = re.sub(r"\bsí\b", " yes, ", text)
    text = fold_accents(text)
    for pattern, english in SPANISH_REWRITES:
        text = pattern.sub(english, text)
    tokens = _TOKEN.findall(text)
    text = " ".join(word for word in _translate_tokens(tokens) if word)
    if text == " ".join(_TOKEN.findall(fold_accents(part))):
        return part, None
    for pattern, english in ENGLISH_REWRITES:
        text = pattern.sub(english, text)
    return part, f" {text} "


def _translate_tokens(tokens: list[str]) -> Iterator[str]:
    """The longest phrase first."""
    known = translations_by_phrase()
    at = 0
    while at < len(tokens):
        for length in range(min(MAX_PHRASE_WORDS, len(tokens) - at), 0, -1):
            if (english := known.get(" ".join(tokens[at : at + length]))) is not None:
                yield english
                at += length
                break
        else:
            yield tokens[at]
            at += 1


@lru_cache(maxsize=1)
def _phrase_lines() -> list[str]:
    text = (Path(__file__).parent / "phrases.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _marked_words(mark: str) -> set[str]:
    return {word for line in _phrase_lines() if line.startswith(mark) for word in line[1:].split()}


@lru_cache(maxsize=1)
def translations_by_phrase() -> dict[str, str]:
    rows = [line.split("=", 1) for line in _phrase_lines() if "=" in line]
    return {spanish.strip(): english.strip() for spanish, english in rows}


@lru_cache(maxsize=1)
def spanish_words() -> frozenset[str]:
    """Of the list of phrases, but for those that are English too."""
    words = {word for phrase in translations_by_phrase() for word in phrase.split() if len(word) > 1}
    return frozenset((words | _marked_words("+")) - _marked_words("?") - _english_words())


@lru_cache(maxsize=1)
def _english_words() -> frozenset[str]:
    """Those of the list's right side, and those that the grammar passes over."""
    words = {word for english in translations_by_phrase().values() for word in english.split()}
    return frozenset(words | COURTESY_WORDS | SEGMENT_START_WORDS) - {"no", "a", "me"}
