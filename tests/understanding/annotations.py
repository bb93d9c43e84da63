"""Reads annotated sentences: what guests say, and which words mean what. README.md has the format."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

CORPUS_DIR = Path(__file__).with_name("corpus")
SIGNS = {
    "+": "add",
    "-": "remove",
    "=": "set_quantity",
    "~": "change",
    "<": "swap_out",
    ">": "swap_in",
    "x": "mention",
}
SLOT_KINDS = {
    "": "item",
    "#": "quantity",
    "+": "modifier",
    "-": "unwanted_modifier",
    "*": "note",
    "!": "off_menu",
    "@": "person",
    "^": "reference",
    "$": "amount",
    "%": "share",
    "t": "time",
    "k:": "keyword",
}
ACTS = frozenset(SIGNS.values()) | frozenset(
    [
        "again",
        "more",
        "usual",
        "or",
        "undo",
        "clear",
        "send",
        "pay",
        "bill",
        "order?",
        "balance",
        "tip",
        "tip?",
        "split",
        "notyet",
        "paid?",
        "wait?",
        "receipt",
        "cash",
        "theirtab",
        "price!",
        "menu",
        "recommend",
        "pick",
        "yes",
        "no",
        "hello",
        "bye",
        "thanks",
        "praise",
        "sorry",
        "tell",
        "ask",
        "joke",
        "flirt",
        "insult",
        "injection",
        "lost",
        "who?",
        "speak",
        "person",
        "leave",
        "?price",
        "?have",
        "?contents",
        "?strength",
        "?allergen",
        "?modifiers",
        "?compare",
        "?about",
    ]
)
_PART = re.compile(
    r"(?P<open_group>\{\s*(?P<act>\?[a-z]*|[a-z]+[?!]?(?=\s|\})|[-+=~<>](?=\s|<)|x(?=\s|<)|[^\s}]*)\s*)"
    r"|(?P<close_group>\})"
    r"|(?P<open_slot><(?P<prefix>k:|[#+\-*!@^$%]|t(?=\d|\s?[a-z]+\s?\d|\s))?\s*)"
    r"|(?P<close_slot>>)"
    r"|(?P<add_text>[^{}<>]+)"
)
_WORD = re.compile(r"\d+(?:[.,]\d+)?|['’]\w+|[^\W\d_]+|[^\w\s]")


class AnnotationError(ValueError):
    """A line that is not written in the format."""


@dataclass(frozen=True)
class Slot:
    kind: str
    text: str


@dataclass
class Group:
    """Words that belong together: one drink of an order, or one thing that is asked for."""

    act: str
    text: str = ""
    slots: list[Slot] = field(default_factory=list)


@dataclass(frozen=True)
class AnnotatedSentence:
    text: str  # as the guest says it
    groups: tuple[Group, ...]

    @property
    def word_count(self) -> int:
        return len(_WORD.findall(self.text))


class _Reader:
    """What was read of one line so far."""

    def __init__(self) -> None:
        self.text = ""
        self.groups: list[Group] = []
        self.group: Group | None = None
        self.slot: tuple[str, int] | None = None  # its kind, and where it begins in the text

    def open_group(self, part: re.Match[str]) -> None:
        act = SIGNS.get(part["act"], part["act"] if part["act"] != "?" else "?about")
        if self.group:
            raise AnnotationError(f"a group within a group after {self.text[-20:]!r}")
        if act not in ACTS:
            raise AnnotationError(f"no such act: {act!r}")
        self.group = Group(act)
        self.groups.append(self.group)

    def close_group(self, part: re.Match[str]) -> None:
        if not self.group or self.slot:
            raise AnnotationError(f"“}}” closes no group, or a slot is open, after {self.text[-20:]!r}")
        self.group = None

    def open_slot(self, part: re.Match[str]) -> None:
        if not self.group or self.slot:
            raise AnnotationError(f"a slot within a slot or outside of groups after {self.text[-20:]!r}")
        self.slot = (SLOT_KINDS[part["prefix"] or ""], len(self.text))

    def close_slot(self, part: re.Match[str]) -> None:
        if not self.group or not self.slot:
            raise AnnotationError(f"“>” closes no slot after {self.text[-20:]!r}")
        kind, begin = self.slot
        self.group.slots.append(Slot(kind, self.text[begin:].strip()))
        self.slot = None

    def add_text(self, part: re.Match[str]) -> None:
        self.text += part[0]
        if self.group:
            self.group.text += part[0]


def parse_sentence(line: str) -> AnnotatedSentence:
    """Raises AnnotationError with what is wrong and where."""
    reader = _Reader()
    for part in _PART.finditer(line):
        getattr(reader, str(part.lastgroup))(part)
    if reader.group:
        raise AnnotationError("a group is not closed")
    return AnnotatedSentence(" ".join(reader.text.split()), tuple(reader.groups))


Label = tuple[str, int, str, int]


def labelled_characters(line: str) -> tuple[str, list[Label]]:
    """The text as it stands, and of each character: its act, the number of its group, its slot's kind and the
    number of its slot; "" and -1 where it is in none. Raises AnnotationError."""
    reader = _Reader()
    labels: list[Label] = []
    slots = 0
    for part in _PART.finditer(line):
        length = len(reader.text)
        getattr(reader, str(part.lastgroup))(part)
        slots += part.lastgroup == "open_slot"
        label = (
            reader.group.act if reader.group else "",
            len(reader.groups) - 1 if reader.group else -1,
            reader.slot[0] if reader.slot else "",
            slots - 1 if reader.slot else -1,
        )
        labels += [label] * (len(reader.text) - length)
    return reader.text, labels


def read_corpus(language: str) -> list[tuple[str, AnnotatedSentence]]:
    """Every sentence of a language, with the name and line of where it stands."""
    found = []
    for path in sorted((CORPUS_DIR / language).glob("*.txt")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.strip() and not line.startswith("#"):
                found.append((f"{path.name}:{number}", parse_sentence(line)))
    return found
