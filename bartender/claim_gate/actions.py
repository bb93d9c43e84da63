"""Finds the actions that a sentence claims and checks each of them against the evidence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from bartender.claim_gate import action_verbs, qualifiers
from bartender.claim_gate.action_phrases import (
    ACTION_PHRASES,
    FUTURE_PROMISE,
    IMMEDIATE_PROMISE,
    KIND_BY_BASE_VERB,
)
from bartender.claim_gate.evidence import Evidence
from bartender.claim_gate.proofs import is_proven
from bartender.facts import Claim, Fact, claim_subjects
from bartender.menu.mentions import Mention

# "is made with", "can be added": what is or could be, not what was done. An "I have" in between ends it.
_HYPOTHETICAL = re.compile(
    r"\b(?:to|can|could|would|should|may|might|must|shall|will|do|does|did|let|please|rather|like|prefer"
    r"|want|wants|need|needs|best|usually|often|sometimes)"
    r"(?: (?:i|we|you|it|that|them|they|not|also|always|gladly|just|be|me|us|item|items|your|a|the|an|get"
    r"|have it|have that|have your|have the|see it|first|then|this|those|either|both|one|1|2|3|tip|tab"
    r"|bill|\w+ly)){0,4} ?$"
)
_SUBORDINATE = re.compile(
    r"\b(?:if|whether|unless|until|till|before|once|when|whenever|after|as soon as|what|how|which|whatever"
    r"|where)\b(?! or not)"
)
_COMPLETED_ACTION = re.compile(
    r"\b(?:i|we)(?! (?:have|am|are|can|will))(?: \w+){0,2} ?$|\b(?:was|were|had|did)\b|\bi have (?:just"
    r"|already|now)\b"
)
_PREPARATION_VERBS = frozenset(
    [
        "poured",
        "made",
        "mixed",
        "shaken",
        "stirred",
        "built",
        "prepared",
        "served",
        "garnished",
        "muddled",
        "strained",
        "topped",
        "chilled",
        "crafted",
        "split",
        "turned",
        "covered",
        "delivered",
        "finished",
        "tipped",
        "left",
        "added",
        "put",
        "run",
        "moved",
        "lined",
        "cooking",
        "working",
        "making",
        "getting",
        "serving",
        "started",
        "starting",
        "begun",
        "asked",
        "told",
        "called",
        "returned",
        "passed",
        "taken",
        "taking",
        "took",
        "fixed",
        "changed",
        "closed",
        "wrapped",
        "ordered",
        "received",
        "accepted",
        "running",
        "gone",
        "knocked",
        "sorted",
        "fired",
        "landed",
        "lifted",
        "placed",
        "dropped",
        "recorded",
        "entered",
        "pulled",
        "issued",
        "arrived",
        "brought",
        "supplied",
        "sent",
        "traded",
        "revised",
        "converted",
        "billed",
        "charged",
        "collected",
        "treated",
        "reported",
        "posted",
        "hooked",
        "killed",
        "cleared",
        "cleaned",
        "doubled",
    ]
)
_ABOUT_THIS_GUEST = re.compile(
    r"\b(?:your(?! (?:table|seat|taste|mood|evening|night|day|life|heart|mind|way|name|place|own|friend))"
    r"|yours|being|been|now|as we speak|just|already|for you|list|tab|order|bill|payment|tip|link)\b"
)
_PASSIVE = re.compile(r"\b(?:is|are|was|were|been|being|be)(?: \w+){0,2} $")
_STATE = re.compile(
    r"(?: \w+){0,2} (?:(?:is|are|was|were|has been|have been|will be)"
    r"(?: (?:now|already|all|just|being|right))*"
    r" (?:on|coming|outside|waiting|called|booked|ordered|arranged|requested|reserved|notified|sent|here"
    r"|there|ready|due|arriving|at the door|in \d+|\d+ minutes?)|comes|arrives|will come|will arrive)\b"
)
_SHORT_LEAD_IN = re.compile(r"^\W*(?:\w+ ){0,2}$")
_THAT_IS = re.compile(r"^\W*(?:so |and )?that is ")
_IN_PROGRESS = re.compile(
    r"\b(?:am|are|is|been|now|just|already|busy|currently|still|barman|bartender|bar)(?: \w+){0,2} $"
)
# Claims that are negative in themselves, so a negation does not take them back.
_NEGATIVE_CLAIM = re.compile(r"\b(?:nothing|no (?:drinks?|items?|longer)|will not)\b")
_UNREAL = re.compile(
    r"\b(?:can|could|would|might|may|should|if|to be|whether|shall|let us|until|unless|before|not yet"
    r"|when you|once you|once it|when it|as soon as)\b"
)


@dataclass(frozen=True)
class ActionClaim:
    """An action that is claimed in the text from `start` to `end`.

    `is_action`: the text says that it was done in this turn; otherwise it describes how things are. `about`:
    the only class of facts that can prove the claim; None where the proof depends on `kind`.
    """

    kind: Claim
    start: int
    end: int
    is_action: bool = True
    about: type[Fact] | None = None


def unsupported_action_kind(
    text: str, mentions: Sequence[Mention], evidence: Evidence, new_text_start: int = 0
) -> str:
    """The kind of the first claimed action that the evidence does not prove, "" if there is none. Claims that
    end before `new_text_start` were checked with an earlier sentence and are skipped."""
    shown, here, place = replace_item_names(text, mentions)
    found = (
        _claims_by_verb(shown),
        _claims_by_phrase(shown),
        _claims_by_subject(shown),
        _claims_by_promise(shown),
    )
    for claim in chain(*found):
        if claim.end > place(new_text_start) and not is_proven(claim, shown, here, evidence):
            return claim.kind
    return ""


def replace_item_names(
    text: str, mentions: Sequence[Mention]
) -> tuple[str, list[Mention], Callable[[int], int]]:
    """Replaces every drink name by "item". Returns the new text, the mentions at their new positions, and a
    function that maps a position in the old text to one in the new."""
    parts: list[str] = []
    moved: list[Mention] = []
    last = length = 0
    for one in mentions:
        length += one.start - last
        parts += [text[last : one.start], "item"]
        moved.append(replace(one, start=length, end=length + 4))
        length += 4
        last = one.end
    parts.append(text[last:])

    def place(at: int) -> int:
        return at - sum(one.end - one.start - 4 for one in mentions if one.end <= at)

    return "".join(parts), moved, place


def _claims_by_verb(text: str) -> Iterator[ActionClaim]:
    for found in action_verbs.VERB.finditer(text):
        start, end = qualifiers.clause_span(text, found.start())
        before, here = text[start : found.start()], text[start:end]
        about = _subject_of(here)
        if about is not None:
            kind = Claim.SUBJECT if _has_actor(before) else None
        else:
            kind = _claim_kind(found.group(), here, text[found.end() : found.end() + 40], before)
        mine = text.startswith(" my ", found.end())  # "I put my trust in gin"
        if kind and not mine and not _is_not_claim(found.group(), text, (start, end), before):
            is_action = not re.search(r"\byou(?: \w+){0,2} $", before)
            yield ActionClaim(kind, found.start(), found.end(), is_action, about)


def _subject_of(clause_text: str) -> type[Fact] | None:
    """The fact class whose subject, such as a taxi, this clause is about. None if the clause speaks of drinks
    or money as well: such claims have proofs of their own."""
    if "item" in clause_text:
        return None
    found = next((one for one, subject in claim_subjects() if subject.search(clause_text)), None)
    if found is None or any(
        pattern.search(clause_text)
        for pattern in (
            action_verbs.ORDER,
            action_verbs.BILL,
            action_verbs.TIP,
            action_verbs.PAYMENT,
            action_verbs.LINK,
            action_verbs.GIFT,
            action_verbs.REFUND,
        )
    ):
        return None
    return found


def _has_actor(before: str) -> bool:
    """Whether the words before a verb make it an action: "I have called", "a taxi has been called", or next
    to no words at all, as in "taxi called"."""
    return bool(
        action_verbs.MAYA_SUBJECT.search(before) or _PASSIVE.search(before) or _SHORT_LEAD_IN.match(before)
    )


def _claim_kind(verb: str, clause_text: str, after: str, before: str) -> Claim | None:
    kind = action_verbs.KIND_BY_VERB[verb]
    if kind == Claim.STAFF:
        return kind if action_verbs.STAFF.search(after) and action_verbs.MAYA_SUBJECT.search(before) else None
    for special, pattern in (
        (Claim.REFUND, action_verbs.REFUND),
        (Claim.TIP, action_verbs.TIP),
        (Claim.LINK, action_verbs.LINK),
        (Claim.COMPED, action_verbs.GIFT),
        (Claim.PAID, action_verbs.PAYMENT),
    ):
        if pattern.search(clause_text):
            return special
    if kind == Claim.LINK:
        return kind if action_verbs.BILL.search(after) and action_verbs.MAYA_SUBJECT.search(before) else None
    if (
        kind == Claim.PAID
        and not action_verbs.BILL.search(clause_text)
        and not (
            action_verbs.GUEST_PRONOUN.search(before)
            or (
                (action_verbs.MAYA_SUBJECT.search(before) and action_verbs.PRONOUN.search(after[:12]))
                or action_verbs.PRONOUN.search(before[-14:])
            )
        )
    ):
        return None
    if kind == Claim.PAID and action_verbs.GUEST_PRONOUN.search(before):
        return kind
    return kind if _has_object(clause_text, after, before) or kind == Claim.TIP else None


def _has_object(clause_text: str, after: str, before: str) -> bool:
    if "item" in clause_text or action_verbs.ORDER.search(clause_text):
        return True
    if action_verbs.PRONOUN.search(" ".join(after.split()[:3])) or action_verbs.PRONOUN.search(before):
        return bool(
            action_verbs.MAYA_SUBJECT.search(before)
            or _ABOUT_THIS_GUEST.search(clause_text)
            or len(clause_text.split()) < 6
        )
    return (
        bool(_SHORT_LEAD_IN.match(before))
        and len(clause_text.split()) < 4
        and not action_verbs.THIRD_PARTY.search(before)
    )


def _is_not_claim(verb: str, text: str, span: tuple[int, int], before: str) -> bool:
    here = text[span[0] : span[1]]
    if qualifiers.is_negated(before) or qualifiers.is_story(text) or qualifiers.is_question(text, *span):
        return True
    if _HYPOTHETICAL.search(before) or (_SUBORDINATE.search(before) and not _COMPLETED_ACTION.search(before)):
        return True
    if action_verbs.THIRD_PARTY.search(before[-40:]) and not qualifiers.ADDRESSES_GUEST.search(here):
        return True
    mine = action_verbs.MAYA_SUBJECT.search(before)
    if (
        verb in _PREPARATION_VERBS
        and not mine
        and not _ABOUT_THIS_GUEST.search(here)
        and not _stands_alone(verb, here)
    ):
        return True
    return verb.endswith("ing") and not _IN_PROGRESS.search(before)


def _stands_alone(verb: str, clause_text: str) -> bool:
    """Whether the clause ends with the verb: "Poured.", "Two Martinis poured." Never for "shaken" and
    "stirred", which describe a drink."""
    return (
        verb not in ("shaken", "stirred")
        and len(clause_text.split()) < 9
        and bool(re.search(rf"{verb}(?: (?:it|that|them|those))?\W*$", clause_text))
        and not re.search(r"\b(?:is|are)\b", _THAT_IS.sub("", clause_text))
    )


def _claims_by_phrase(text: str) -> Iterator[ActionClaim]:
    for kind, pattern in ACTION_PHRASES:
        for found in pattern.finditer(text):
            last = found.start() + len(found.group().rstrip(" .,!?\"'")) - 1
            start, end = qualifiers.clause_span(text, last)
            if start > found.start():
                start = qualifiers.clause_span(text, found.start())[0]
            if not _is_not_asserted(kind, text, start, end, found):
                about = _subject_of(text[start:end])
                yield ActionClaim(
                    Claim.SUBJECT if about else kind, found.start(), found.end(), is_action=False, about=about
                )


def _claims_by_subject(text: str) -> Iterator[ActionClaim]:
    """Claims such as "a taxi is on its way", which only a fact about that subject can prove."""
    for about, subject in claim_subjects():
        for named in subject.finditer(text):
            found = _STATE.match(text, named.end())
            if found is None:
                continue
            start, end = qualifiers.clause_span(text, named.start())
            if not _is_not_asserted(Claim.SUBJECT, text, start, end, found):
                yield ActionClaim(Claim.SUBJECT, named.start(), found.end(), is_action=False, about=about)


def _is_not_asserted(kind: Claim, text: str, start: int, end: int, found: re.Match[str]) -> bool:
    before = text[start : found.start()]
    if (
        qualifiers.is_negated(before)
        or (not _NEGATIVE_CLAIM.search(found.group()) and qualifiers.is_negated(found.group()))
        or qualifiers.is_story(text)
    ):
        return True
    said = text[start : end if kind == Claim.TIP else found.end()]
    if _UNREAL.search(said) and not _COMPLETED_ACTION.search(before):
        return True
    if qualifiers.is_question(text, start, end) or qualifiers.is_bare_question(text, start, end):
        return True
    return "will" in text[start:end] and qualifiers.awaits_consent(text)


def _claims_by_promise(text: str) -> Iterator[ActionClaim]:
    for pattern in (FUTURE_PROMISE, IMMEDIATE_PROMISE):
        for found in pattern.finditer(text):
            start, end = qualifiers.clause_span(text, found.start())
            after = text[found.end() : found.end() + 40]
            about = _subject_of(text[start:end])
            acts = (
                about
                or "item" in after
                or action_verbs.ORDER.search(after)
                or action_verbs.PRONOUN.search(" ".join(after.split()[:3]))
                or action_verbs.TIP.search(after)
            )
            if (
                not acts
                or qualifiers.awaits_consent(text)
                or qualifiers.is_negated(text[start : found.start()])
                or qualifiers.is_story(text)
            ):
                continue
            groups = found.groupdict()
            verb = groups.get("verb") or groups.get("verb2") or ""
            kind = Claim.TIP if action_verbs.TIP.search(after) else KIND_BY_BASE_VERB.get(verb, Claim.ORDER)
            yield ActionClaim(Claim.SUBJECT if about else kind, found.start(), found.end(), about=about)
