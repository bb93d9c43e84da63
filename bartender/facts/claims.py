"""The kinds of claims that the claim gate finds in a sentence, and the proof that a fact has for them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property


class Claim(StrEnum):
    """Kinds of claims about an action. A fact's class names those that it backs."""

    ORDER = "order"  # put on the tab
    POUR = "pour"  # being made, or served
    ON_ITS_WAY = "way"
    SENT = "sent"  # with the bar
    REMOVED = "removed"
    CLEARED = "cleared"
    CHANGED = "changed"
    COMPED = "comped"
    TIP = "tip"
    PAID = "paid"
    LINK = "link"
    REOPENED = "reopened"
    DONE = "done"  # "all set": anything at all was done
    REFUND = "refund"
    STAFF = "staff"  # a person, a table, a car was called or booked
    SUBJECT = "subject"  # something was done about what a registered fact is about


@dataclass(frozen=True)
class Proof:
    """Which claims a fact backs.

    `claims`: kinds of claims about a tab. `about`: lower-case, singular words for something that is not on a
    tab, such as ("taxi", "cab"). While the fact's class is registered, a sentence that says that something
    was done about one of these passes only in a turn that committed such a fact.
    """

    claims: frozenset[Claim] = frozenset()
    about: tuple[str, ...] = ()

    @cached_property
    def subject(self) -> re.Pattern[str] | None:
        """Finds one of the words of `about` in normalized text; None if there are none."""
        words = "|".join(map(re.escape, self.about))
        return re.compile(rf"\b(?:{words})s?\b") if words else None


PROVES_NOTHING = Proof()


def backs(*claims: Claim) -> Proof:
    return Proof(frozenset(claims))
