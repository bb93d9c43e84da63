"""Whether the drinks that are said to be on the guest's tab are there, as many as said."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bartender.conversation.gate import clauses
from bartender.conversation.gate.mentions import Mention
from bartender.conversation.gate.truth import Backing

_LEADS = re.compile(
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
_TAB = re.compile(r"\b(?:on|onto|to) (?:your|the) (?:tab|order|bill|check|list|account)\b")
_OWN = re.compile(r"^(?:you |your |the |on )")
_UNKNOWN = re.compile(
    r"\b(\d{1,3})(?: (?!dollars|bucks|percent|cents|hours?|minutes?|more minutes|o'clock"
    r"|x\b)[a-z]+){1,3} (?:is |are )?(?:now |all |already |both )*on (?:your|the) (?:tab|bill|order)\b"
)
_UNREAL = re.compile(
    r"\b(?:can|could|would|might|may|should|if|whether|shall|want|like|let me|unless|need|must)\b"
)


# "Your Martini" says that there is one.
_YOURS = re.compile(r"\byour (?:(?:cold|ice-cold|fresh|new|lovely|perfect|delicious|usual) )?$")
_GONE = frozenset({"removed", "cleared", "changed"})


def false_state(text: str, named: Sequence[Mention], backing: Backing) -> bool:
    if any(_lies(text, found, named, backing) for found in _LEADS.finditer(text)):
        return True
    if any(_presumed(text, one, backing) for one in named):
        return True
    return not named and any(
        not _excused(text, found.start(), found.end()) for found in _UNKNOWN.finditer(text)
    )


def _presumed(text: str, one: Mention, backing: Backing) -> bool:
    """A drink that is spoken of as the guest's, or as the count so far, and is not on the tab."""
    so_far = one.quantity is not None and text.startswith(" so far", one.end)
    if not so_far and not _YOURS.search(text[max(0, one.start - 24) : one.start]):
        return False
    if backing.on_tab(one) or backing.done(one, ("added", "changed", "sent")) or backing.kinds & _GONE:
        return False
    start, end = clauses.clause(text, one.start)
    here = text[start:end]
    excused = (
        clauses.asked(text, start, end) or clauses.negated(text[start : one.start]) or clauses.story(text)
    )
    return not excused and not _UNREAL.search(here) and "?" not in text[end : end + 1]


def _lies(text: str, found: re.Match[str], named: Sequence[Mention], backing: Backing) -> bool:
    own = _OWN.match(found.group())
    end = _until(text, found.end())
    listed = [one for one in named if found.end() <= one.end and one.start < end and one.quantity is not None]
    if not own and not _TAB.search(text[found.start() : end + 30]):
        return False
    if not listed or listed[0].start - found.end() > 40 or _excused(text, found.start(), found.end()):
        return False
    return not all(
        one.item and (backing.on_tab(one) or backing.done(one, ("added", "changed"))) for one in listed
    )


def _until(text: str, start: int) -> int:
    stop = re.search(
        r"[;.!?]|,? (?:but|which|because|for|so|with a|would|is|are|can|could|and (?:i|we|you|the|that|it"
        r"|a total))\b",
        text[start:],
    )
    return start + stop.start() if stop else len(text)


def _excused(text: str, start: int, end: int) -> bool:
    begins, ends = clauses.clause(text, start)
    before = text[begins:end]
    if clauses.negated(before) or clauses.story(text) or _UNREAL.search(before):
        return True
    return clauses.asked(text, begins, max(ends, end)) or (
        bool(re.match(r"[^.!?;]*\?", text[end:])) and begins == start and not before.startswith("you have")
    )
