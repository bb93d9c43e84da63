"""Decides whether the evidence proves a claim: by the facts of this turn, or by the tab as it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Protocol

from bartender.claim_gate.action_verbs import KIND_BY_VERB
from bartender.claim_gate.evidence import Evidence
from bartender.facts import Claim, Fact
from bartender.menu.mentions import Mention


class ClaimProtocol(Protocol):
    """What is read of an `ActionClaim`. Its module imports this one, so it cannot be imported here."""

    @property
    def kind(self) -> Claim: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def is_action(self) -> bool: ...
    @property
    def about(self) -> type[Fact] | None: ...


_SENTENCE_BREAK = re.compile(r"[;!?\n]|\. ")


def is_proven(claim: ClaimProtocol, text: str, mentions: Sequence[Mention], evidence: Evidence) -> bool:
    """Whether the evidence proves the claim. Of `mentions` only those in the claim's own sentence count."""
    if claim.about is not None:
        return any(isinstance(fact, claim.about) and fact.backs(text) for fact in evidence.facts)
    start, end = _sentence_span(text, claim.start, claim.end)
    here = [one for one in mentions if start <= one.start < end]
    return PROOF_BY_KIND[claim.kind](claim, here, evidence, text[claim.start : claim.end])


def _sentence_span(text: str, start: int, end: int) -> tuple[int, int]:
    begins = [found.end() for found in _SENTENCE_BREAK.finditer(text, 0, start)]
    stop = _SENTENCE_BREAK.search(text, end)
    return (begins[-1] if begins else 0, stop.start() if stop else len(text))


def _order(
    claim: ClaimProtocol, mentions: Sequence[Mention], evidence: Evidence, claim_text: str = ""
) -> bool:
    if not all(
        evidence.was_done(one, Claim.ON_ITS_WAY) or evidence.is_on_tab(one)
        for one in mentions
        if one.item or one.quantity
    ):
        return False
    if evidence.has_proof(Claim.ORDER):
        first = next((one for one in mentions if one.start >= claim.start and one.quantity), None)
        return (
            not claim.is_action
            or first is None
            or evidence.was_done(first, Claim.ON_ITS_WAY)
            or len(mentions) > 1
        )
    named = [one for one in mentions if one.item]
    return bool(named) and not claim.is_action


def _on_its_way(
    claim: ClaimProtocol, mentions: Sequence[Mention], evidence: Evidence, claim_text: str = ""
) -> bool:
    """Proven if ordered or sent in this turn, or if the bar already has it."""
    if evidence.has_proof(Claim.ON_ITS_WAY):
        return all(evidence.was_done(one, Claim.ON_ITS_WAY) or evidence.is_on_tab(one) for one in mentions)
    at_the_bar = any(line.status == "sent" for line in evidence.bill.lines)
    return at_the_bar and all(evidence.is_on_tab(one) for one in mentions)


def _pour(
    claim: ClaimProtocol, mentions: Sequence[Mention], evidence: Evidence, claim_text: str = ""
) -> bool:
    if evidence.has_proof(Claim.POUR) or any(line.status == "sent" for line in evidence.bill.lines):
        return all(evidence.was_done(one, Claim.ON_ITS_WAY) or evidence.is_on_tab(one) for one in mentions)
    return _order(claim, mentions, evidence)


def _sent(
    claim: ClaimProtocol, mentions: Sequence[Mention], evidence: Evidence, claim_text: str = ""
) -> bool:
    sent = evidence.has_proof(Claim.SENT) or any(line.status == "sent" for line in evidence.bill.lines)
    return sent and all(evidence.is_on_tab(one) for one in mentions)


def _removed(
    claim: ClaimProtocol, mentions: Sequence[Mention], evidence: Evidence, claim_text: str = ""
) -> bool:
    if not evidence.has_proof(Claim.REMOVED):
        return False
    return (
        evidence.has_proof(Claim.CLEARED)
        or not mentions
        or any(evidence.was_done(one, Claim.REMOVED) for one in mentions)
    )


def _cleared(
    claim: ClaimProtocol, mentions: Sequence[Mention], evidence: Evidence, claim_text: str = ""
) -> bool:
    return not evidence.bill.lines


def _changed(
    claim: ClaimProtocol, mentions: Sequence[Mention], evidence: Evidence, claim_text: str = ""
) -> bool:
    if not evidence.has_proof(Claim.CHANGED):
        return False
    return not mentions or any(
        evidence.was_done(one, Claim.CHANGED) or evidence.is_on_tab(one) for one in mentions
    )


def _comped(
    claim: ClaimProtocol, mentions: Sequence[Mention], evidence: Evidence, claim_text: str = ""
) -> bool:
    return bool(evidence.bill.discount_cents) or any(line.comped for line in evidence.bill.lines)


def _tip(claim: ClaimProtocol, mentions: Sequence[Mention], evidence: Evidence, claim_text: str = "") -> bool:
    removal = claim.is_action and KIND_BY_VERB.get(claim_text) in (Claim.REMOVED, Claim.CHANGED)
    return evidence.has_proof(Claim.TIP) or (
        not removal and bool(evidence.bill.tip_cents or evidence.bill.tip_bp)
    )


def _paid(
    claim: ClaimProtocol, mentions: Sequence[Mention], evidence: Evidence, claim_text: str = ""
) -> bool:
    return evidence.bill.status == "paid"


def _link(
    claim: ClaimProtocol, mentions: Sequence[Mention], evidence: Evidence, claim_text: str = ""
) -> bool:
    card = evidence.bill.payment
    return (
        evidence.has_proof(Claim.LINK)
        or (card is not None and card.status == "link_open")
        or evidence.bill.status == "paid"
    )


def _reopened(
    claim: ClaimProtocol, mentions: Sequence[Mention], evidence: Evidence, claim_text: str = ""
) -> bool:
    return evidence.bill.status == "open"


def _done(
    claim: ClaimProtocol, mentions: Sequence[Mention], evidence: Evidence, claim_text: str = ""
) -> bool:
    return evidence.has_change()


def _never_proven(
    claim: ClaimProtocol, mentions: Sequence[Mention], evidence: Evidence, claim_text: str = ""
) -> bool:
    """For claims that no fact can back: refunds, and calling or booking a person, a table or a car."""
    return False


PROOF_BY_KIND: dict[Claim, Callable[[ClaimProtocol, Sequence[Mention], Evidence, str], bool]] = {
    Claim.ORDER: _order,
    Claim.POUR: _pour,
    Claim.ON_ITS_WAY: _on_its_way,
    Claim.SENT: _sent,
    Claim.REMOVED: _removed,
    Claim.CLEARED: _cleared,
    Claim.CHANGED: _changed,
    Claim.COMPED: _comped,
    Claim.TIP: _tip,
    Claim.PAID: _paid,
    Claim.LINK: _link,
    Claim.REOPENED: _reopened,
    Claim.DONE: _done,
    Claim.REFUND: _never_proven,
    Claim.STAFF: _never_proven,
}
