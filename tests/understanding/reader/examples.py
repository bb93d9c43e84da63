"""The annotated sentences as tokens with labels, which is what the tagger learns from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from bartender.brains.rule_based.reader.tokens import TOKEN
from tests.understanding.annotations import ACTS, CORPUS_DIR, SLOT_KINDS, labelled_characters

ACT_NAMES = ("O", *sorted(ACTS))
SLOT_NAMES = ("O", *(f"{mark}-{kind}" for kind in SLOT_KINDS.values() for mark in "BI"))


@dataclass(frozen=True)
class LabelledToken:
    """`group` and `slot_id` tell neighbours of the same kind apart; -1 is none."""

    text: str
    has_space_before: bool = True
    act: str = ""
    group: int = -1
    slot: str = ""
    slot_id: int = -1


Example = tuple[LabelledToken, ...]


def split(text: str, like: LabelledToken) -> Example:
    """The tokens of a text, labelled like another one."""
    found: list[LabelledToken] = []
    end = 0
    for match in TOKEN.finditer(text):
        has_space = match.start() > end if found else like.has_space_before
        found.append(replace(like, text=match[0], has_space_before=has_space))
        end = match.end()
    return tuple(found)


def parse_example(line: str) -> Example:
    """Raises AnnotationError."""
    text, labels = labelled_characters(line)
    found: list[LabelledToken] = []
    end = 0
    for match in TOKEN.finditer(text):
        found.append(LabelledToken(match[0], match.start() > end, *labels[match.start()]))
        end = match.end()
    return tuple(found)


def read_examples(language: str) -> list[Example]:
    return [
        parse_example(line)
        for path in sorted((CORPUS_DIR / language).glob("*.txt"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.startswith("#")
    ]


def text_of(tokens: Sequence[LabelledToken]) -> str:
    return "".join((" " if one.has_space_before else "") + one.text for one in tokens).strip()


def slot_spans(tokens: Sequence[LabelledToken]) -> Iterator[tuple[int, int]]:
    for slot_id, places in groupby(range(len(tokens)), lambda at: tokens[at].slot_id):
        if slot_id >= 0:
            first, *more = places
            yield first, (more or [first])[-1] + 1


def meaning(tokens: Sequence[LabelledToken]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Its groups: the act of each, and its slots with what they say."""
    groups: dict[int, tuple[str, list[tuple[str, str]]]] = {}
    for one in tokens:
        if one.group >= 0:
            groups.setdefault(one.group, (one.act, []))
    for begin, end in slot_spans(tokens):
        part = tokens[begin:end]
        groups[part[0].group][1].append((part[0].slot, text_of(part).lower()))
    return list(groups.values())
