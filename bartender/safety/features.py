"""Turns a guest's words into what the statement model reads: a form for each word, a class for each number
and drink.

Numbers and drinks are classes (child, teen, adult; alcoholic, soft), so that what was learned with one of
them holds for all: the model need not know "fifteen" or tonight's new cocktail.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bartender.spanish.number_words import SMALL_NUMBER_WORDS as SPANISH_SMALL
from bartender.spanish.number_words import TENS_WORDS as SPANISH_TENS
from maya_site.core import number_words

ALCOHOLIC_DRINK, SOFT_DRINK = "<drink>", "<soft>"
_TOKEN = re.compile(r"\d+|[^\W\d_]+(?:['’´`][^\W\d_]+)*|[^\w\s]", re.UNICODE)
_REPEATED_LETTERS = re.compile(r"(.)\1{2,}")
# A long clause is also read in windows of so many words: among thirty words a few that matter are lost.
WINDOW_WORDS, WINDOW_STEP_WORDS = 12, 6
_CLAUSE_MARKS = frozenset(".!?;:,\n¿¡…()–—")


@dataclass(frozen=True)
class StatementToken:
    """A word of the text from `start` to `end`. `form` is what the model reads."""

    form: str
    start: int
    end: int
    number: int | None = None
    drink: str = ""  # the menu's name


def fold_word(text: str) -> str:
    """Lower case, without accents and apostrophes; three or more equal letters in a row become one."""
    plain = unicodedata.normalize("NFKD", text.lower())
    plain = "".join(one for one in plain if not unicodedata.combining(one) and one not in "'’´`")
    return _REPEATED_LETTERS.sub(r"\1", plain)


def _build_number_words() -> dict[str, int]:
    """Both languages' one-word numbers below a hundred. "One" is left out: it is also an article."""
    found = {
        word: value for word, value in number_words.SMALL_NUMBER_VALUES.items() if value > 1
    } | number_words.TENS_VALUES
    found |= {fold_word(word): value for value, word in enumerate(SPANISH_SMALL) if value > 1}
    return found | {fold_word(word): 30 + 10 * place for place, word in enumerate(SPANISH_TENS)}


_NUMBER_WORDS = _build_number_words()
_UNIT_WORDS = {
    **number_words.SMALL_NUMBER_VALUES,
    **{word: value for value, word in enumerate(SPANISH_SMALL) if 0 < value < 10},
}


def age_class(value: int) -> str:
    """The class of a number: which age it could be is all that matters here."""
    for most, name in ((9, "<few>"), (17, "<teen>"), (20, "<young>"), (120, "<adult>")):
        if value <= most:
            return name
    return "<many>"


def tokenize_statement(text: str, drinks: Mapping[str, tuple[str, str]]) -> list[StatementToken]:
    """`drinks`: what guests call a drink, folded, with its name on the menu and its class (see
    `drink_names`)."""
    found = [
        StatementToken(fold_word(match.group()), match.start(), match.end())
        for match in _TOKEN.finditer(text)
        if fold_word(match.group()) or match.group() in _CLAUSE_MARKS
    ]
    return list(_merge_drinks(list(_merge_numbers(found)), drinks))


def _merge_numbers(found: Sequence[StatementToken]) -> Iterator[StatementToken]:
    at = 0
    while at < len(found):
        word = found[at]
        value = (
            int(word.form) if word.form.isdecimal() and len(word.form) < 7 else _NUMBER_WORDS.get(word.form)
        )
        if value is None:
            yield word
            at += 1
            continue
        end = at + 1
        if value in range(20, 100, 10) and not word.form.isdecimal():
            # "twenty one", "treinta y uno": the next word, or the one after "y", is the unit.
            skip = at + 1 + (at + 1 < len(found) and found[at + 1].form in ("y", "-"))
            unit = _UNIT_WORDS.get(found[skip].form, 0) if skip < len(found) else 0
            if 0 < unit < 10:
                value, end = value + unit, skip + 1
        yield StatementToken(age_class(value), word.start, found[end - 1].end, number=value)
        at = end


def _merge_drinks(
    found: Sequence[StatementToken], drinks: Mapping[str, tuple[str, str]]
) -> Iterator[StatementToken]:
    longest = max((name.count(" ") + 1 for name in drinks), default=0)
    at = 0
    while at < len(found):
        for length in range(min(longest, len(found) - at), 0, -1):
            said = " ".join(word.form for word in found[at : at + length])
            if drink := drinks.get(said) or drinks.get(said.removesuffix("s")):
                yield StatementToken(drink[1], found[at].start, found[at + length - 1].end, drink=drink[0])
                at += length
                break
        else:
            yield found[at]
            at += 1


def split_clauses(words: Sequence[StatementToken]) -> list[list[StatementToken]]:
    """The text cut at punctuation, without the punctuation."""
    parts: list[list[StatementToken]] = [[]]
    for word in words:
        if word.form in _CLAUSE_MARKS:
            parts.append([])
        else:
            parts[-1].append(word)
    return [part for part in parts if part]


def split_parts(words: Sequence[StatementToken]) -> list[tuple[StatementToken, ...]]:
    """What is classified: the whole, its clauses, and windows of a long clause. The shortest come last."""
    clauses = split_clauses(words)
    found = [tuple(word for clause in clauses for word in clause)] if clauses else []
    if len(clauses) > 1:
        found += [tuple(clause) for clause in clauses if len(clause) > 1]
    for clause in clauses:
        if len(clause) > WINDOW_WORDS:
            starts = range(0, len(clause) - WINDOW_WORDS + WINDOW_STEP_WORDS, WINDOW_STEP_WORDS)
            found += [tuple(clause[start : start + WINDOW_WORDS]) for start in starts]
    return found
