"""Puts right where the tagger cut its groups: one wish in two, a name in two, a thing said twice."""

from __future__ import annotations

from collections.abc import Sequence

from bartender.brains.rule_based.reader.company import is_of_somebody
from bartender.brains.rule_based.reader.tagger import Group
from bartender.brains.rule_based.reader.tokens import Token, fold

SURE_OF_LITTLE_WORDS = 0.6


def join_groups(tagged: Sequence[Group], tokens: Sequence[Token]) -> list[Group]:
    return _without_echoes(_joined(tagged), tokens)


def _joined(tagged: Sequence[Group]) -> list[Group]:
    """Little words that the tagger took for a group of their own belong to the next or last of the same act, or
    to none."""
    groups: list[Group] = []
    for at, group in enumerate(tagged):
        after = tagged[at + 1] if at + 1 < len(tagged) else None
        if after is not None and _is_start_of(group, after):
            after.tokens[:0] = group.tokens
            after.slots[:0] = group.slots
        elif after is not None and _is_replaced(group, after):
            groups.append(Group("swap_out", group.tokens, group.slots, group.confidence))
            after.act = "swap_in"
        elif not group.slots and groups and groups[-1].act == group.act:
            groups[-1].tokens += group.tokens
        elif groups and _is_cut_apart(groups[-1], group):
            groups[-1].tokens += group.tokens
            groups[-1].slots[-1].tokens += group.slots[0].tokens
            groups[-1].slots += group.slots[1:]
            if group.of("item") and group.confidence > groups[-1].confidence:
                groups[-1].act, groups[-1].confidence = group.act, group.confidence
        elif group.slots or len(group.tokens) > 1 or group.confidence >= SURE_OF_LITTLE_WORDS:
            groups.append(group)
    return groups


def _is_cut_apart(before: Group, group: Group) -> bool:
    """Whether one name was cut in two between acts: "over | ice", "Old | Fashioneds"."""
    if before.act == group.act or not (before.slots and group.slots):
        return False
    first, last = group.slots[0], before.slots[-1]
    is_beside = last.tokens[-1].end + 1 == first.tokens[0].start
    return is_beside and first.kind == last.kind and first.kind in ("item", "modifier")


def _is_replaced(group: Group, after: Group) -> bool:
    """ "Make hers | a lemonade", where both were taken for orders."""
    is_theirs = bool(group.slots) and all(
        one.kind == "reference" and is_of_somebody(one.text) for one in group.slots
    )
    is_beside = group.tokens[-1].end + 1 == after.tokens[0].start
    return group.act == after.act == "add" and is_theirs and is_beside and bool(after.of("item"))


def _is_start_of(group: Group, after: Group) -> bool:
    """ "Two, please, martinis", "shaken, one martini": a number or a way of making before its drink; "two of us
    want another": people before what they want."""
    kinds, others = {slot.kind for slot in group.slots}, {slot.kind for slot in after.slots}
    if kinds == {"person"} and group.act == "add" and after.act in ("add", "more", "again"):
        return True
    if after.act != group.act:
        return False
    if not kinds:
        return True
    is_part = kinds <= {"quantity", "modifier"} and group.act == "add"
    return is_part and "item" in others and not kinds & others


def _without_echoes(groups: Sequence[Group], tokens: Sequence[Token]) -> list[Group]:
    """ "I'll get the IPA, I always get the IPA", "two rums, sorry, gins, two gins": the last one counts."""

    def is_repeated(group: Group, later: Group) -> bool:
        if not (group.act == later.act == "add" and _items(group) == _items(later) != []):
            return False
        end, start = group.tokens[-1].end, later.tokens[0].start
        between = [one for one in tokens if end <= one.start < start and one.form.isalpha()]
        return bool(later.of("quantity")) or len(between) > 1

    return [
        group
        for at, group in enumerate(groups)
        if {slot.kind for slot in group.slots} != {"item"}
        or not any(is_repeated(group, later) for later in groups[at + 1 :])
    ]


def _items(group: Group) -> list[str]:
    return [fold(slot.text) for slot in group.of("item")]
