"""Call names: two words by which a guest who gave no name is called at the bar, such as "Amber Fox".

A name follows from the visit's number alone, so it is the same on every page, needs no row and no lock, and
no two of `HOW_MANY` visits in a row share one. English in every language: staff call it across the bar.
"""

from __future__ import annotations

from pathlib import Path

# Steps through all pairs before one comes again, and changes both words each time: it shares no factor with
# the number of pairs.
STEP = 5009


def _load_words(name: str) -> tuple[str, ...]:
    text = (Path(__file__).parent / "lists" / f"{name}.txt").read_text(encoding="utf-8")
    return tuple(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


FIRST_WORDS = _load_words("call_name_first")
SECOND_WORDS = _load_words("call_name_second")
HOW_MANY = len(FIRST_WORDS) * len(SECOND_WORDS)


def call_name(number: int) -> str:
    """The call name of the visit with this number."""
    first, second = divmod(number * STEP % HOW_MANY, len(SECOND_WORDS))
    return f"{FIRST_WORDS[first]} {SECOND_WORDS[second]}"


def newest_number(name: str, latest: int) -> int | None:
    """The latest visit number up to `latest` that has this call name, in any case; None if none has."""
    try:
        first, second = name.title().split()
        index = FIRST_WORDS.index(first) * len(SECOND_WORDS) + SECOND_WORDS.index(second)
    except ValueError:
        return None
    number = index * pow(STEP, -1, HOW_MANY) % HOW_MANY
    newest = latest - (latest - number) % HOW_MANY
    return newest if newest > 0 else None
