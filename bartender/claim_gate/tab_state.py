"""Checks statements about which drinks are on the guest's tab, and how many."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bartender.claim_gate import qualifiers
from bartender.claim_gate.evidence import Evidence
from bartender.facts import Claim
from bartender.menu.mentions import Mention

_TAB_STATEMENT = re.compile(
    r"\b(?:you (?:now |already |currently |still |only |just )*(?:have|had|got|ordered|asked for and got"
    r"|are having|drank)(?: had| got| ordered| on your tab)?(?: now| already| so far)?"
    r"|(?:your|the) (?:tab|order|bill|check)(?: right now| now| so far| tonight| already"
    r"| currently)* (?:is|has|holds|shows|includes|lists|contains|reads|says|consists of|counts|carries"
    r"|stands at)(?: now| already| got| at)?"
    r"|(?:your|the) (?:tab|order|bill)(?: so far| right now)? ?[:=-]|on (?:your|the) (?:tab|order"
    r"|bill)(?: right now| now| so far| tonight| already)*(?: (?:you have|there is|there are|i have|i see"
    r"|is|are|we have))?|there (?:is|are)(?: now| already)?|you are (?:at|on|up to|having|down for)|(?:i"
    r"|we) (?:have|see|count"
    r"|show)(?: you)?(?: got| at| with| down for)?)"
    r"[ :=-]{1,3}(?:(?:just|only|exactly|about|the|those|all|your|still|a total of|in total|:"
    r"|-) ){0,3}(?=(?P<first>.))"
)
_ON_TAB = re.compile(r"\b(?:on|onto|to) (?:your|the) (?:tab|order|bill|check|list|account)\b")
_ABOUT_GUEST = re.compile(r"^(?:you |your |the |on )")
_UNKNOWN_ITEM_ON_TAB = re.compile(
    r"\b(\d{1,3})(?: (?!dollars|bucks|percent|cents|hours?|minutes?|more minutes|o'clock"
    r"|x\b)[a-z]+){1,3} (?:is |are )?(?:now |all |already |both )*on (?:your|the) (?:tab|bill|order)\b"
)
_HYPOTHETICAL = re.compile(
    r"\b(?:can|could|would|might|may|should|if|whether|shall|want|like|let me|unless|need|must)\b"
)


# "Your Martini" says that there is one.
_POSSESSIVE = re.compile(r"\byour (?:(?:cold|ice-cold|fresh|new|lovely|perfect|delicious|usual) )?$")


def is_false_tab_claim(text: str, mentions: Sequence[Mention], evidence: Evidence) -> bool:
    """Whether the text says that drinks are on the tab which are not there, or not in that number."""
    if any(_is_false_listing(text, found, mentions, evidence) for found in _TAB_STATEMENT.finditer(text)):
        return True
    if any(_is_false_possession(text, one, evidence) for one in mentions):
        return True
    return not mentions and any(
        not _is_not_claim(text, found.start(), found.end()) for found in _UNKNOWN_ITEM_ON_TAB.finditer(text)
    )


def _is_false_possession(text: str, mention: Mention, evidence: Evidence) -> bool:
    """Whether a drink is called the guest's, or counted as "so far", although it is not on the tab."""
    so_far = mention.quantity is not None and text.startswith(" so far", mention.end)
    if not so_far and not _POSSESSIVE.search(text[max(0, mention.start - 24) : mention.start]):
        return False
    if (
        evidence.is_on_tab(mention)
        or evidence.was_done(mention, Claim.ON_ITS_WAY)
        or evidence.has_proof(Claim.REMOVED)
    ):
        return False
    start, end = qualifiers.clause_span(text, mention.start)
    here = text[start:end]
    excused = (
        qualifiers.is_question(text, start, end)
        or qualifiers.is_negated(text[start : mention.start])
        or qualifiers.is_story(text)
    )
    return not excused and not _HYPOTHETICAL.search(here) and "?" not in text[end : end + 1]


def _is_false_listing(
    text: str, found: re.Match[str], mentions: Sequence[Mention], evidence: Evidence
) -> bool:
    own = _ABOUT_GUEST.match(found.group())
    end = _listing_end(text, found.end())
    listed = [
        one for one in mentions if found.end() <= one.end and one.start < end and one.quantity is not None
    ]
    if not own and not _ON_TAB.search(text[found.start() : end + 30]):
        return False
    if not listed or listed[0].start - found.end() > 40 or _is_not_claim(text, found.start(), found.end()):
        return False
    return not all(
        one.item and (evidence.is_on_tab(one) or evidence.was_done(one, Claim.ORDER)) for one in listed
    )


def _listing_end(text: str, start: int) -> int:
    stop = re.search(
        r"[;.!?]|,? (?:but|which|because|for|so|with a|would|is|are|can|could|and (?:i|we|you|the|that|it"
        r"|a total))\b",
        text[start:],
    )
    return start + stop.start() if stop else len(text)


def _is_not_claim(text: str, start: int, end: int) -> bool:
    begins, ends = qualifiers.clause_span(text, start)
    before = text[begins:end]
    if qualifiers.is_negated(before) or qualifiers.is_story(text) or _HYPOTHETICAL.search(before):
        return True
    return qualifiers.is_question(text, begins, max(ends, end)) or (
        bool(re.match(r"[^.!?;]*\?", text[end:])) and begins == start and not before.startswith("you have")
    )
