"""Lies and honest words, and the tabs they are told at."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from bartender.models.visits import Visit
from bartender.services import bills, corrections, orders, tickets
from bartender.services.visits import open_visit
from payments import checkout
from payments.ledger import OperationContext, TipRule
from payments.models import Payment
from tests.guest_fixtures import make_context

HERE = Path(__file__).parent
MARKED = re.compile("⟦(.+?)⟧", re.DOTALL)


@dataclass(frozen=True)
class FalseReply:
    """What a brain says, and the parts of it that are not so."""

    tab: str
    say: str
    false: tuple[str, ...]


@dataclass(frozen=True)
class TrueReply:
    tab: str
    say: str


def false_replies() -> list[FalseReply]:
    return [_lie(tab, say) for tab, say in _read("lies.yaml")]


def true_replies() -> list[TrueReply]:
    """What may be said anywhere is said at an empty tab and at one with drinks on it."""
    found = [TrueReply(tab, say) for tab, say in _read("honest.yaml")]
    anywhere = [TrueReply(tab, one.say) for one in found if one.tab == "any" for tab in ("empty", "mixed")]
    return anywhere + [one for one in found if one.tab != "any"]


def _read(name: str) -> Iterator[tuple[str, str]]:
    for tab, said in yaml.safe_load((HERE / name).read_text(encoding="utf-8")).items():
        for say in said:
            yield tab, say


def _lie(tab: str, say: str) -> FalseReply:
    return FalseReply(tab, MARKED.sub(r"\1", say), tuple(MARKED.findall(say)))


def split_at(text: str, cuts: list[int]) -> list[str]:
    """The text cut at these places."""
    edges = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    return [text[start:end] for start, end in itertools.pairwise(edges)]


# --- the tabs ----------------------------------------------------------------------------------------


def _one_martini(visit: Visit) -> None:
    orders.add_line(visit, "Martini", 1, [], make_context())


def _mixed(visit: Visit) -> None:
    orders.add_line(visit, "Old Fashioned", 2, [], make_context())
    orders.add_line(visit, "IPA", 1, [], make_context())


def _tipped(visit: Visit) -> None:
    _mixed(visit)
    bills.set_tip(visit, TipRule(basis_points=2_000), make_context())


def _paid(visit: Visit) -> None:
    orders.add_line(visit, "Negroni", 1, [], make_context())
    card = bills.request_bill(visit, make_context()).payment
    assert card
    bills.confirm_payment(visit, card.nonce)
    checkout.mark_paid(Payment.objects.get(code=card.code), make_context())


def _sent(visit: Visit) -> None:
    orders.add_line(visit, "IPA", 2, [], make_context())
    tickets.fire_ticket(visit, make_context())


def _comped(visit: Visit) -> None:
    line = orders.add_line(visit, "Negroni", 1, [], make_context())
    corrections.comp_line(
        line, OperationContext("comp", actor="staff:ada", source="admin", reason="waited too long")
    )


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
