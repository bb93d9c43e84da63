"""Who has what: the people that a guest orders for, and which drink is theirs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bartender.brains.rule_based.item_lists import RequestedDrink
from bartender.brains.rule_based.reader.tokens import fold

MAX_PEOPLE = 20
ME = "me"
_WORD = re.compile(r"[a-z]+")
_FEMALE = frozenset(
    """
    she her hers ella wife sister sis girlfriend girl mum mom mam mama mother mummy daughter lady woman aunt auntie
    gran grandma nan granny missus niece queen bride fiancee mujer esposa hermana novia madre hija tia abuela amiga
    chica senora prima suegra cunada sobrina jefa companera vieja
    """.split()
)
_MALE = frozenset(
    """
    he him his husband brother bro boyfriend boy dad da father papa pop son gentleman man fella lad bloke guy uncle
    granddad grandpa nephew groom fiance marido esposo hermano novio padre hijo tio abuelo amigo chico senor primo
    suegro cunado sobrino jefe companero viejo
    """.split()
)
_ME = frozenset({"i", "me", "mi", "my", "mine", "myself", "mio", "mia", "yo"})
_PRONOUNS = frozenset("she her hers ella he him his they them their theirs suyo suya suyos suyas el".split())
# Words of a phrase that points at a person or their drink, beside the person: "what Dave's having".
_FILLERS = frozenset(
    """
    a an and another as ca cambiale de del drink drinks drinking esta este for had has have having he's her his is it
    la las like lo los ll mi mis my of on one ones order otra otro our para que s same second su sus t that the their
    to toma tomando tiene bebe bebiendo pide pidio mismo misma igual too up us what whatever which with y your
    """.split()
)


@dataclass
class Company:
    """`rows`: `{"who", "sex", "item", "modifiers"}` of everybody with a drink; whom the guest spoke of last stands
    last. Plain values, stored with the state of the conversation."""

    rows: list[dict[str, Any]] = field(default_factory=list)

    def remember(self, person: str, drink: RequestedDrink) -> None:
        who = self._who(person)
        if not who or not drink.item:
            return
        self.rows = [row for row in self.rows if row["who"] != who]
        row = {"who": who, "sex": _sex(person), "item": drink.item, "modifiers": list(drink.modifiers)}
        self.rows = [*self.rows, row][-MAX_PEOPLE:]

    def drink_of(self, reference: str, said: str = "") -> RequestedDrink | None:
        """The one drink of whom a reference names ("hers", "Sarah's", "the same as Nora"). `said` is the rest of
        what was said, where the person of a pronoun may be named."""
        row = self._row(reference, fold(said).split())
        if row is None:
            return None
        return RequestedDrink(item=row["item"], modifiers=tuple(row["modifiers"]), has_count=True)

    def _row(self, reference: str, said: Iterable[str]) -> dict[str, Any] | None:
        names = _names(reference)
        if names:
            return next((row for row in reversed(self.rows) if names[-1] in row["who"].split()), None)
        if not is_of_somebody(reference):
            return None
        if set(_WORD.findall(fold(reference))) & _ME:
            return next((row for row in self.rows if row["who"] == ME), None)
        sex, spoken = _sex(reference), {word.removesuffix("'s") for word in said}
        others = [row for row in reversed(self.rows) if row["who"] != ME]
        named = [
            row
            for row in others
            if row["sex"] in ("", sex or row["sex"]) and spoken & set(row["who"].split())
        ]
        # Of whom a name alone is known, "hers" may be anybody's.
        fits = [row for row in others if row["sex"] == sex or not sex]
        return next(iter([*named, *fits]), None)

    def items(self) -> set[str]:
        """What is known to be somebody's."""
        return {row["item"] for row in self.rows}

    def _who(self, person: str) -> str:
        words = set(_WORD.findall(fold(person)))
        if names := _names(person):
            return " ".join(names)
        if words & _ME:
            return ME
        if words & _PRONOUNS:
            row = self._row(person, ())
            return str(row["who"]) if row else " ".join(sorted(words & _PRONOUNS))
        return ""


def is_of_somebody(reference: str) -> bool:
    """Whether it points at a person's drink: "hers", "Sarah's", "la suya", "what he's having"; not "the second"."""
    words = set(_WORD.findall(fold(reference)))
    return bool(words & (_PRONOUNS - {"el"}) or words & _ME)


def _names(text: str) -> list[str]:
    """The words that name somebody: "my sister" -> sister, "Tom'll" -> tom. None of a pronoun alone."""
    words = _WORD.findall(fold(text).replace("'s", " ").replace("'ll", " "))
    return [word for word in words if word not in _FILLERS | _PRONOUNS | _ME]


def _sex(text: str) -> str:
    words = set(_WORD.findall(fold(text)))
    return "f" if words & _FEMALE else "m" if words & _MALE else ""
