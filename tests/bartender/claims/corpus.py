"""Lies and honest words, and the tabs they are told at."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from bartender.records.visits import Visit
from bartender.services import amends, bills, orders, tickets
from bartender.services.visits import open_visit
from payments import checkout
from payments.ledger import Cause, TipRule
from payments.models import Payment
from tests.cast import cause

HERE = Path(__file__).parent
MARKED = re.compile("⟦(.+?)⟧", re.DOTALL)


@dataclass(frozen=True)
class Lie:
    """What a brain says, and the parts of it that are not so."""

    tab: str
    say: str
    false: tuple[str, ...]


@dataclass(frozen=True)
class Truth:
    tab: str
    say: str


def lies() -> list[Lie]:
    return [_lie(tab, say) for tab, say in _read("lies.yaml")]


def truths() -> list[Truth]:
    """What may be said anywhere is said at an empty tab and at one with drinks on it."""
    found = [Truth(tab, say) for tab, say in _read("honest.yaml")]
    anywhere = [Truth(tab, one.say) for one in found if one.tab == "any" for tab in ("empty", "mixed")]
    return anywhere + [one for one in found if one.tab != "any"]


def _read(name: str) -> Iterator[tuple[str, str]]:
    for tab, said in yaml.safe_load((HERE / name).read_text(encoding="utf-8")).items():
        for say in said:
            yield tab, say


def _lie(tab: str, say: str) -> Lie:
    return Lie(tab, MARKED.sub(r"\1", say), tuple(MARKED.findall(say)))


def pieces(text: str, cuts: list[int]) -> list[str]:
    """The text cut at these places."""
    edges = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    return [text[start:end] for start, end in itertools.pairwise(edges)]


# --- the tabs ----------------------------------------------------------------------------------------


def _one_martini(visit: Visit) -> None:
    orders.add(visit, "Martini", 1, [], cause())


def _mixed(visit: Visit) -> None:
    orders.add(visit, "Old Fashioned", 2, [], cause())
    orders.add(visit, "IPA", 1, [], cause())


def _tipped(visit: Visit) -> None:
    _mixed(visit)
    bills.set_tip(visit, TipRule(bp=2_000), cause())


def _paid(visit: Visit) -> None:
    orders.add(visit, "Negroni", 1, [], cause())
    card = bills.ask_to_pay(visit, cause()).payment
    assert card
    bills.confirm_payment(visit, card.nonce)
    checkout.settle(Payment.objects.get(code=card.code), cause())


def _sent(visit: Visit) -> None:
    orders.add(visit, "IPA", 2, [], cause())
    tickets.fire(visit, cause())


def _comped(visit: Visit) -> None:
    line = orders.add(visit, "Negroni", 1, [], cause())
    amends.comp(line, Cause("comp", actor="staff:ada", source="admin", reason="waited too long"))


TABS: dict[str, Callable[[Visit], None]] = {
    "empty": lambda visit: None,
    "martini": _one_martini,
    "mixed": _mixed,
    "tipped": _tipped,
    "paid": _paid,
    "sent": _sent,
    "comped": _comped,
}


def visit_with(tab: str) -> Visit:
    visit = open_visit()
    TABS[tab](visit)
    return visit
