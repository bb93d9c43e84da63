"""Whether the actions that a sentence claims were committed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from bartender.conversation.gate import clauses, words
from bartender.conversation.gate.mentions import Mention
from bartender.conversation.gate.phrases import BASE, LETS, PHRASES, WILL
from bartender.conversation.gate.proofs import proven
from bartender.conversation.gate.truth import Backing

# "is made with", "can be added": what is or could be, not what was done. An "I have" in between ends it.
_POSSIBLE = re.compile(
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
_PAST_I = re.compile(
    r"\b(?:i|we)(?! (?:have|am|are|can|will))(?: \w+){0,2} ?$|\b(?:was|were|had|did)\b|\bi have (?:just"
    r"|already|now)\b"
)
_KITCHEN = frozenset(
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
_NOW = re.compile(
    r"\b(?:your(?! (?:table|seat|taste|mood|evening|night|day|life|heart|mind|way|name|place|own|friend))"
    r"|yours|being|been|now|as we speak|just|already|for you|list|tab|order|bill|payment|tip|link)\b"
)
_SHORT = re.compile(r"^\W*(?:\w+ ){0,2}$")
_THAT_IS = re.compile(r"^\W*(?:so |and )?that is ")
_BUSY = re.compile(
    r"\b(?:am|are|is|been|now|just|already|busy|currently|still|barman|bartender|bar)(?: \w+){0,2} $"
)
_UNREAL = re.compile(
    r"\b(?:can|could|would|might|may|should|if|to be|whether|shall|let us|until|unless|before|not yet"
    r"|when you|once you|once it|when it|as soon as)\b"
)


@dataclass(frozen=True)
class Claim:
    """`act`: said to have happened in this turn. Otherwise: said to be so."""

    kind: str
    start: int
    end: int
    act: bool = True


def false_action(text: str, named: Sequence[Mention], backing: Backing, since: int = 0) -> str:
    """The kind of the first claimed action that no fact backs, "" if there is none."""
    shown, here, place = itemised(text, named)
    for claim in claims(shown):
        if claim.end > place(since) and not proven(claim, shown, here, backing):
            return claim.kind
    return ""


def itemised(text: str, named: Sequence[Mention]) -> tuple[str, list[Mention], Callable[[int], int]]:
    """Drinks become "item"; where they are then; and where a place of the text is then."""
    parts: list[str] = []
    moved: list[Mention] = []
    last = length = 0
    for one in named:
        length += one.start - last
        parts += [text[last : one.start], "item"]
        moved.append(replace(one, start=length, end=length + 4))
        length += 4
        last = one.end
    parts.append(text[last:])

    def place(at: int) -> int:
        return at - sum(one.end - one.start - 4 for one in named if one.end <= at)

    return "".join(parts), moved, place


def claims(text: str) -> Iterator[Claim]:
    yield from _by_verb(text)
    yield from _by_phrase(text)
    yield from _by_promise(text)


def _by_verb(text: str) -> Iterator[Claim]:
    for found in words.VERB.finditer(text):
        start, end = clauses.clause(text, found.start())
        before, here = text[start : found.start()], text[start:end]
        kind = _kind(found.group(), here, text[found.end() : found.end() + 40], before)
        mine = text.startswith(" my ", found.end())  # "I put my trust in gin"
        if kind and not mine and not _excused(found.group(), text, (start, end), before):
            yield Claim(kind, found.start(), found.end(), act=not re.search(r"\byou(?: \w+){0,2} $", before))


def _kind(verb: str, here: str, after: str, before: str) -> str:
    kind = words.KIND_OF[verb]
    if kind == "staff":
        return kind if words.STAFF.search(after) and words.MINE.search(before) else ""
    for special, pattern in (
        ("refund", words.REFUND),
        ("tip", words.TIP),
        ("link", words.LINK),
        ("comped", words.GIFT),
        ("paid", words.PAYMENT),
    ):
        if pattern.search(here):
            return special
    if kind == "link":
        return kind if words.BILL.search(after) and words.MINE.search(before) else ""
    if (
        kind == "paid"
        and not words.BILL.search(here)
        and not (
            words.YOU.search(before)
            or (
                (words.MINE.search(before) and words.PRONOUN.search(after[:12]))
                or words.PRONOUN.search(before[-14:])
            )
        )
    ):
        return ""
    if kind == "paid" and words.YOU.search(before):
        return kind
    return kind if _acts_on_something(here, after, before) or kind == "tip" else ""


def _acts_on_something(here: str, after: str, before: str) -> bool:
    if "item" in here or words.ORDER.search(here):
        return True
    if words.PRONOUN.search(" ".join(after.split()[:3])) or words.PRONOUN.search(before):
        return bool(words.MINE.search(before) or _NOW.search(here) or len(here.split()) < 6)
    return bool(_SHORT.match(before)) and len(here.split()) < 4 and not words.OTHERS.search(before)


def _excused(verb: str, text: str, span: tuple[int, int], before: str) -> bool:
    here = text[span[0] : span[1]]
    if clauses.negated(before) or clauses.story(text) or clauses.asked(text, *span):
        return True
    if _POSSIBLE.search(before) or (_SUBORDINATE.search(before) and not _PAST_I.search(before)):
        return True
    if words.OTHERS.search(before[-40:]) and not clauses.ADDRESSED.search(here):
        return True
    mine = words.MINE.search(before)
    if verb in _KITCHEN and not mine and not _NOW.search(here) and not _lonely(verb, here):
        return True
    return verb.endswith("ing") and not _BUSY.search(before)


def _lonely(verb: str, here: str) -> bool:
    """ "Poured." "Two Martinis poured." But "(vodka, stirred, dry)" is how a drink is made."""
    return (
        verb not in ("shaken", "stirred")
        and len(here.split()) < 9
        and bool(re.search(rf"{verb}(?: (?:it|that|them|those))?\W*$", here))
        and not re.search(r"\b(?:is|are)\b", _THAT_IS.sub("", here))
    )


def _by_phrase(text: str) -> Iterator[Claim]:
    for kind, pattern in PHRASES:
        for found in pattern.finditer(text):
            last = found.start() + len(found.group().rstrip(" .,!?\"'")) - 1
            start, end = clauses.clause(text, last)
            if start > found.start():
                start = clauses.clause(text, found.start())[0]
            if not _unsaid(kind, text, start, end, found):
                yield Claim(kind, found.start(), found.end(), act=False)


def _unsaid(kind: str, text: str, start: int, end: int, found: re.Match[str]) -> bool:
    before = text[start : found.start()]
    if clauses.negated(before) or clauses.negated(_inside(found)) or clauses.story(text):
        return True
    said = text[start : end if kind == "tip" else found.end()]
    if _UNREAL.search(said) and not _PAST_I.search(before):
        return True
    if clauses.asked(text, start, end) or clauses.bare_question(text, start, end):
        return True
    return "will" in text[start:end] and clauses.consented(text)


def _inside(found: re.Match[str]) -> str:
    """The words of a match that may take it back; a claim of emptiness is negative in itself."""
    return (
        ""
        if re.search(r"\b(?:nothing|no (?:drinks?|items?|longer)|will not)\b", found.group())
        else found.group()
    )


def _by_promise(text: str) -> Iterator[Claim]:
    for pattern in (WILL, LETS):
        for found in pattern.finditer(text):
            start, _end = clauses.clause(text, found.start())
            after = text[found.end() : found.end() + 40]
            acts = (
                "item" in after
                or words.ORDER.search(after)
                or words.PRONOUN.search(" ".join(after.split()[:3]))
                or words.TIP.search(after)
            )
            if (
                not acts
                or clauses.consented(text)
                or clauses.negated(text[start : found.start()])
                or clauses.story(text)
            ):
                continue
            groups = found.groupdict()
            verb = groups.get("verb") or groups.get("verb2") or ""
            kind = "tip" if words.TIP.search(after) else BASE.get(verb, "order")
            yield Claim(kind, found.start(), found.end())
