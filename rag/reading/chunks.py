"""How a text is cut into passages: by its headings and paragraphs, inside a paragraph only where it must."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rag.reading.plain import cleaned

LONGEST = 1_000
ENOUGH = 240
HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.+?)\s*#*\s*$")
UNDERLINE = re.compile(r"^ {0,3}(=+|-+)\s*$")
FENCE = re.compile(r"^ {0,3}(```|~~~)")
SENTENCE = re.compile(r"(?<=[.!?…])[\"'”’)]*\s+(?=[\"'“(]*[A-Z0-9À-Þ])")
MARKS = re.compile(r"\*\*|__|`|!?\[([^\]]*)\]\([^)]*\)|<!--.*?-->", re.DOTALL)


@dataclass(frozen=True)
class Chunk:
    """A passage to be: where it stands in its document, and what it says."""

    title: str
    text: str
    context: str = ""


@dataclass
class Section:
    path: tuple[str, ...]
    lines: list[str] = field(default_factory=list)


def cut(text: str, title: str) -> list[Chunk]:
    """Plain text. `title` names what has no heading of its own."""
    return [Chunk(title, one) for one in pack(paragraphs(cleaned(text)))]


def cut_markdown(text: str, title: str) -> list[Chunk]:
    chunks: list[Chunk] = []
    for section in sections(cleaned(text).split("\n")):
        path = [part for part in section.path if part] or [title]
        body = "\n".join(section.lines)
        whole = without_marks(body).strip()
        parts = [whole] if len(whole) <= LONGEST else list(pack(paragraphs(without_marks(body))))
        chunks += [Chunk(path[-1], one, " › ".join(path[:-1])) for one in parts if one]
    return chunks


def sections(lines: Iterable[str]) -> Iterator[Section]:
    """Each heading with what stands under it, and the headings above it."""
    now, fenced = Section(()), False
    for line in lines:
        if FENCE.match(line):
            fenced = not fenced
        if found := None if fenced else _heading(line, now):
            yield now
            level, words = found
            above = (*now.path[: level - 1], *[""] * (level - 1 - len(now.path)))
            now = Section((*above, words))
        else:
            now.lines.append(line)
    yield now


def _heading(line: str, now: Section) -> tuple[int, str] | None:
    """ "## Words", or a line of words underlined; the words are then taken out of the section they began."""
    if found := HEADING.match(line):
        return len(found[1]), without_marks(found[2])
    above = now.lines[-1].strip() if now.lines else ""
    alone = len(now.lines) < 2 or not now.lines[-2].strip()
    if above and alone and UNDERLINE.match(line) and not above.startswith(("-", "*", ">", "|")):
        now.lines.pop()
        return (1 if line.strip()[0] == "=" else 2), without_marks(above)
    return None


def without_marks(text: str) -> str:
    return MARKS.sub(lambda found: found[1] or "", text)


def paragraphs(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]


def pack(parts: Iterable[str]) -> Iterator[str]:
    """Short neighbours stay together, as a question and its answer do; what is too long is cut."""
    held = ""
    for part in parts:
        for piece in [part] if len(part) <= LONGEST else list(sentences(part)):
            leads = held.endswith((":", "?"))
            if held and len(held) + len(piece) <= LONGEST and (leads or len(held) < ENOUGH):
                held = f"{held}\n\n{piece}"
                continue
            if held:
                yield held
            held = piece
    if held:
        yield held


def sentences(part: str) -> Iterator[str]:
    """Cut between sentences, the last one said again: what it begins may be explained in the next piece."""
    held: list[str] = []
    for one in SENTENCE.split(part):
        for piece in _slices(one):
            if held and len(" ".join(held)) + len(piece) > LONGEST:
                yield " ".join(held)
                held = held[-1:] if len(held[-1]) + len(piece) < LONGEST // 2 else []
            held.append(piece)
    if held:
        yield " ".join(held)


def _slices(sentence: str) -> Iterator[str]:
    """A sentence without end is cut between words, a word without end anywhere."""
    held = ""
    for word in sentence.split():
        for at in range(0, len(word), LONGEST):
            piece = word[at : at + LONGEST]
            if held and len(held) + len(piece) + 1 > LONGEST:
                yield held
                held = ""
            held = f"{held} {piece}" if held else piece
    if held:
        yield held
