"""Finds ages stated in a sentence, in digits or words, in English and Spanish: whose, and how many years.

An age is a number in the place of an age (“I'm 16”, “my 16-year-old”, “tengo 16”) that counts nothing: it is
followed by a word for years, by the end of the clause, or by one of a closed list of function words. “I'm 12
beers in” and “we're 16 people” are counts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bartender.safety.features import StatementToken, split_clauses

_AGE_NUMBER = r"(?P<n><(?:few|teen|young|adult)>)"
_YEARS = r"(?: -)?(?: (?:years?|yrs?|yr|y|anos?|anitos|tacos|primaveras))?(?: -)?(?: (?:olds?|o|yo|of age|de edad))?"
_YEARS_WORD = r"(?: -)? (?:years?|yrs?|anos?|anitos)(?: -)?(?: (?:olds?|of age|de edad))?|(?: -)? (?:yo|y o)"
_ADVERBS = (
    r"(?: (?:only|just|already|still|like|well|actually|currently|almost|nearly|about|barely|now|both|all|even|really|"
    r"legit|literally|totally|yet|not|solo|solamente|ya|apenas|casi|todavia|aun|recien|ambos|ambas|los dos|las dos|"
    r"todos|todas|como|unos?))*"
)
# Function words: what may follow an age where no word for years does.
_CLAUSE_CONTINUES = (
    r"(?= (?:[.!?;:,()…–—¿¡-]|and|but|so|or|if|as|because|cause|coz|cos|since|though|although|tho|by|btw|can|could|may|"
    r"might|would|will|shall|do|does|did|am|is|are|was|i|im|id|ill|ive|we|wed|well|you|he|she|they|it|its|that|thats|this|"
    r"a|an|the|any|some|one|please|pls|thanks|maya|get|give|gimme|make|bring|pour|let|hit|yes|yeah|no|not|ok|okay|today|"
    r"tomorrow|tonight|now|next|this|last|in|on|at|with|who|whos|what|for|real|promise|swear|bro|mate|man|dude|lol|haha|"
    r"y|pero|asi|porque|que|si|me|nos|te|quiero|ponme|dame|puedo|podria|podrias|puedes|una|un|el|la|los|las|por|gracias|"
    r"hoy|manana|ya|en|con|de|a|o|creo|vale|anda|venga|o)(?: |$)|$)"
)
_I_AM = r"(?:i am|im|am|tengo|tenemos)"
_WE_ARE = r"(?:we are|were|we re|tenemos|somos)"
_ALL_OF_US = r"(?: (?:both|all|only|just|ambos|ambas|los dos|las dos|todos|todas|solo))+"
_TEEN_OR_OLDER = r"(?P<n><(?:teen|young|adult)>)"  # nobody below ten orders for themselves
_SOMEONE_IS = r"(?:he is|hes|she is|shes|they are|theyre|who is|whos|is|aged|age|tiene|tienen|solo tiene)"

_BIRTHDAY_SUBJECT = r"(?:i|we|ill|well|ill be|im|i am|were|gonna|going to|to|be|voy a|que|me|yo)"
_BIRTHDAY_VERB = r"(?:turn|turning|be|become|cumplo|cumplir|cumplimos|hago|hacer)"
_SPANISH_BIRTHDAY = r"(?:cumplo|cumplimos)"
_BIRTHDAY_COMES = r"(?:(?:manana|pronto|luego|despues)|(?:el|la|en|dentro de)(?: [\w<>]+){1,3})"

NOT_YET, OVER = -1, 1

_AGE_RULES: tuple[tuple[str, re.Pattern[str], int], ...] = tuple(
    (whose, re.compile(pattern), add)
    for whose, pattern, add in (
        # not there yet: a birthday that is still to come, or an age that is not reached
        (
            "self",
            rf"(?:^| ){_BIRTHDAY_SUBJECT}(?: just| only)? {_BIRTHDAY_VERB} {_AGE_NUMBER}{_YEARS}(?= (?:next|in|on|soon|tomorrow|this|later|en|el|la|"
            r"manana|pronto|dentro|proximo|this|after|by|at)(?: |$))",
            NOT_YET,
        ),
        # Spanish says "cumplo" without an "I"; the day may stand before it.
        (
            "self",
            rf"(?:^| ){_BIRTHDAY_COMES} (?:ya )?{_SPANISH_BIRTHDAY} (?:los )?{_AGE_NUMBER}{_YEARS}",
            NOT_YET,
        ),
        (
            "self",
            rf"(?:^| ){_SPANISH_BIRTHDAY} (?:los )?{_AGE_NUMBER}{_YEARS} {_BIRTHDAY_COMES}(?= |$)",
            NOT_YET,
        ),
        (
            "self",
            rf"(?:^| )(?:{_I_AM}|{_WE_ARE}){_ADVERBS} (?:not|under|below|younger than|almost|nearly|casi|menor de|menores de)"
            rf"{_ADVERBS} {_AGE_NUMBER}{_YEARS}(?: yet)?",
            NOT_YET,
        ),
        (
            "self",
            rf"(?:^| )(?:no|aun no|todavia no|i dont|not yet) (?:tengo|have|cumplo|he cumplido) (?:los )?{_AGE_NUMBER}{_YEARS}",
            NOT_YET,
        ),
        (
            "other",
            rf"(?:^| )(?:he|she|they|hes|shes|theyre|el|ella|is|are|son|es)(?: is| are| just| only|ll| will)* (?:turns?|turning|be|not|under|"
            rf"cumple|cumplen|menor de|menores de|casi){_ADVERBS} {_AGE_NUMBER}{_YEARS}(?: (?:next|in|soon|yet|en|el))",
            NOT_YET,
        ),
        # over it
        (
            "self",
            rf"(?:^| )(?:{_I_AM}|{_WE_ARE}){_ADVERBS} (?:over|above|past|older than|mayor de|mayores de|mas de) {_AGE_NUMBER}{_YEARS}",
            OVER,
        ),
        # stated
        ("self", rf"(?:^| ){_I_AM}{_ADVERBS} (?:los )?{_TEEN_OR_OLDER}{_CLAUSE_CONTINUES}", 0),
        ("self", rf"(?:^| )(?:{_I_AM}|{_WE_ARE}){_ADVERBS} (?:los )?{_AGE_NUMBER}(?:{_YEARS_WORD})", 0),
        # "We are 12" is a party; "we're both 16" are two ages
        ("self", rf"(?:^| ){_WE_ARE}{_ALL_OF_US} {_TEEN_OR_OLDER}{_CLAUSE_CONTINUES}", 0),
        (
            "self",
            rf"(?:^| )(?:i|we|acabo de|acabamos de) (?:just |recently )?(?:turned|cumplir|cumpli|cumplimos) (?:los )?{_AGE_NUMBER}{_YEARS}",
            0,
        ),
        ("self", rf"(?:^| ){_SPANISH_BIRTHDAY} (?:los )?{_AGE_NUMBER}{_YEARS}", 0),
        (
            "self",
            rf"(?:^| )(?:i|we|im|i am|were|we are)(?: just| only| both)? (?:turn|turning) {_AGE_NUMBER}{_YEARS}",
            0,
        ),
        ("self", rf"(?:^| )(?:my age is|mi edad es|i m|edad) {_AGE_NUMBER}{_YEARS}", 0),
        ("other", rf"(?:^| )(?:just )?(?:turned|cumplio|cumple|turns) {_AGE_NUMBER}{_YEARS}", 0),
        (
            "other",
            rf"(?:^| ){_SOMEONE_IS}{_ADVERBS} (?:los )?{_AGE_NUMBER}(?:{_YEARS_WORD}|{_CLAUSE_CONTINUES})",
            0,
        ),
        (
            "other",
            rf"(?:^| ){_AGE_NUMBER}(?: -)?(?: years?| yrs?)(?: -)? olds?(?! (?:<drink>|scotch|malt|single|bottle|bourbon|rye|port|"
            r"reserve|cask|wine))",
            0,
        ),
        ("other", rf"(?:^| )(?:de|con) {_AGE_NUMBER} anos?", 0),
    )
)


_OF_AGE = re.compile(
    r"(?:yes )?(?:i am|im|we are|were|soy|somos|si soy|ya soy)(?: (?:well|way|both|all|already|ya|todos|todas|los dos))* "
    r"(?:of (?:legal |drinking )?age|an adult|adults|legal|old enough|overage|not (?:a )?minors?|mayor(?:es)?(?: de edad)?|adult[oa]s?)"
)

_UNDER_AGE = re.compile(
    r"(?:^| )(?:i am|im|we are|were|soy|somos)(?: (?:still|only|just|both|all|technically|a bit|aun|todavia|todos|todas|los dos))* "
    r"(?:under ?age|underaged|(?:a )?minors?|menor(?:es)?(?: de edad)?|not (?:yet )?of age|not old enough|too young to drink)(?= |$)"
)


@dataclass(frozen=True)
class StatedAge:
    """An age, stated in the text from `start` to `end`."""

    person: str  # self, other
    years: int
    start: int
    end: int
    is_minimum: bool = False  # said to be above it, so possibly more


def find_ages(words: Sequence[StatementToken]) -> list[StatedAge]:
    """All ages in the order of the rules, no number twice. For a birthday still to come it is a year less."""
    line = " ".join(word.form for word in words)
    starts, place = dict[int, int](), 0  # where in the line each word begins
    for at, word in enumerate(words):
        starts[place] = at
        place += len(word.form) + 1
    found: list[StatedAge] = []
    used: set[int] = set()
    for whose, pattern, add in _AGE_RULES:
        for match in pattern.finditer(line):
            at = starts[match.start("n")]
            if at in used:
                continue
            used.add(at)
            first = starts[match.start() + (line[match.start()] == " ")]
            last = max(place for start, place in starts.items() if start < match.end())
            years = (words[at].number or 0) + (NOT_YET if add == NOT_YET else 0)
            found.append(StatedAge(whose, years, words[first].start, words[last].end, is_minimum=add == OVER))
    return found


def states_under_age(words: Sequence[StatementToken]) -> bool:
    """Whether any clause says that the guest is under age, as in "I'm underage, so what"."""
    return any(_UNDER_AGE.search(" ".join(word.form for word in part)) for part in split_clauses(words))


def states_of_age(words: Sequence[StatementToken]) -> bool:
    """Whether a whole clause says that the guest is of age. It counts no more than the page's button."""
    return any(_OF_AGE.fullmatch(" ".join(word.form for word in part)) for part in split_clauses(words))
