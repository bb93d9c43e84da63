"""Which facts back which claim."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Protocol

from bartender.conversation.gate.mentions import Mention
from bartender.conversation.gate.truth import WRITES, Backing
from bartender.conversation.gate.words import KIND_OF


class Claimed(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def act(self) -> bool: ...


_HARD = re.compile(r"[;!?\n]|\. ")
_OFF = ("removed", "cleared", "changed")
_ON = ("added", "changed", "sent")


def proven(claim: Claimed, text: str, named: Sequence[Mention], backing: Backing) -> bool:
    start, end = _stretch(text, claim.start, claim.end)
    here = [one for one in named if start <= one.start < end]
    return _PROOFS[claim.kind](claim, here, backing, text[claim.start : claim.end])


def _stretch(text: str, start: int, end: int) -> tuple[int, int]:
    begins = [found.end() for found in _HARD.finditer(text, 0, start)]
    stop = _HARD.search(text, end)
    return (begins[-1] if begins else 0, stop.start() if stop else len(text))


def _order(claim: Claimed, here: Sequence[Mention], backing: Backing, said: str = "") -> bool:
    if not all(backing.done(one, _ON) or backing.on_tab(one) for one in here if one.item or one.quantity):
        return False
    if backing.kinds & {"added", "changed"}:
        first = next((one for one in here if one.start >= claim.start and one.quantity), None)
        return not claim.act or first is None or backing.done(first, _ON) or len(here) > 1
    named = [one for one in here if one.item]
    return bool(named) and not claim.act


def _way(claim: Claimed, here: Sequence[Mention], backing: Backing, said: str = "") -> bool:
    """On its way: ordered or sent in this turn, or waiting at the bar already."""
    if backing.kinds & {"added", "changed", "sent", "proposed"}:
        return all(backing.done(one, _ON) or backing.on_tab(one) for one in here)
    at_the_bar = any(line.status == "sent" for line in backing.bill.lines)
    return at_the_bar and all(backing.on_tab(one) for one in here)


def _pour(claim: Claimed, here: Sequence[Mention], backing: Backing, said: str = "") -> bool:
    if backing.kinds & {"sent", "proposed"} or any(line.status == "sent" for line in backing.bill.lines):
        return all(backing.done(one, _ON) or backing.on_tab(one) for one in here)
    return _order(claim, here, backing)


def _sent(claim: Claimed, here: Sequence[Mention], backing: Backing, said: str = "") -> bool:
    sent = backing.kinds & {"sent", "proposed"} or any(line.status == "sent" for line in backing.bill.lines)
    return bool(sent) and all(backing.on_tab(one) for one in here)


def _removed(claim: Claimed, here: Sequence[Mention], backing: Backing, said: str = "") -> bool:
    if not backing.kinds & set(_OFF):
        return False
    return "cleared" in backing.kinds or not here or any(backing.done(one, _OFF) for one in here)


def _cleared(claim: Claimed, here: Sequence[Mention], backing: Backing, said: str = "") -> bool:
    return not backing.bill.lines


def _changed(claim: Claimed, here: Sequence[Mention], backing: Backing, said: str = "") -> bool:
    if not backing.kinds & {"changed", "added", "removed", "tip_set"}:
        return False
    return not here or any(
        backing.done(one, ("changed", "added", "removed")) or backing.on_tab(one) for one in here
    )


def _comped(claim: Claimed, here: Sequence[Mention], backing: Backing, said: str = "") -> bool:
    return bool(backing.bill.discount_cents) or any(line.comped for line in backing.bill.lines)


def _tip(claim: Claimed, here: Sequence[Mention], backing: Backing, said: str = "") -> bool:
    removal = claim.act and KIND_OF.get(said) in ("removed", "changed")
    return "tip_set" in backing.kinds or (not removal and bool(backing.bill.tip_cents or backing.bill.tip_bp))


def _paid(claim: Claimed, here: Sequence[Mention], backing: Backing, said: str = "") -> bool:
    return backing.bill.status == "paid"


def _link(claim: Claimed, here: Sequence[Mention], backing: Backing, said: str = "") -> bool:
    card = backing.bill.payment
    return (
        "link" in backing.kinds
        or (card is not None and card.status == "link_open")
        or backing.bill.status == "paid"
    )


def _reopened(claim: Claimed, here: Sequence[Mention], backing: Backing, said: str = "") -> bool:
    return backing.bill.status == "open"


def _done(claim: Claimed, here: Sequence[Mention], backing: Backing, said: str = "") -> bool:
    return bool(backing.kinds & WRITES)


def _never(claim: Claimed, here: Sequence[Mention], backing: Backing, said: str = "") -> bool:
    """Nothing that Maya can do: no fact says so."""
    return False


_PROOFS: dict[str, Callable[[Claimed, Sequence[Mention], Backing, str], bool]] = {
    "order": _order,
    "pour": _pour,
    "way": _way,
    "sent": _sent,
    "removed": _removed,
    "cleared": _cleared,
    "changed": _changed,
    "comped": _comped,
    "tip": _tip,
    "paid": _paid,
    "link": _link,
    "reopened": _reopened,
    "done": _done,
    "refund": _never,
    "staff": _never,
}
