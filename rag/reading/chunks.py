"""Cuts a text into passages: by headings and paragraphs, inside a paragraph only where it must."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rag.reading.normalize import strip_invisible

MAX_CHUNK_LENGTH = 1_000
MIN_CHUNK_LENGTH = 240
HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.+?)\s*#*\s*$")
UNDERLINE = re.compile(r"^ {0,3}(=+|-+)\s*$")
FENCE = re.compile(r"^ {0,3}(```|~~~)")
SENTENCE_BOUNDARY = re.compile(r"(?<=[.!?…])[\"'”’)]*\s+(?=[\"'“(]*[A-Z0-9À-Þ])")
MARKUP = re.compile(r"\*\*|__|`|!?\[([^\]]*)\]\([^)]*\)|<!--.*?-->", re.DOTALL)


@dataclass(frozen=True)
class Chunk:
    """A future passage: where it stands in its document, and its text."""

    title: str
    text: str
    context: str = ""


@dataclass
class Section:
    path: tuple[str, ...]
    lines: list[str] = field(default_factory=list)


def chunk_text(text: str, title: str) -> list[Chunk]:
    """Plain text. `title` names what has no heading of its own."""
    return [Chunk(title, one) for one in pack_paragraphs(split_paragraphs(strip_invisible(text)))]


def chunk_markdown(text: str, title: str) -> list[Chunk]:
    chunks: list[Chunk] = []
    for section in split_sections(strip_invisible(text).split("\n")):
        path = [part for part in section.path if part] or [title]
        body = "\n".join(section.lines)
        stripped = strip_markup(body).strip()
        parts = (
            [stripped]
            if len(stripped) <= MAX_CHUNK_LENGTH
            else list(pack_paragraphs(split_paragraphs(strip_markup(body))))
        )
        chunks += [Chunk(path[-1], one, " › ".join(path[:-1])) for one in parts if one]
    return chunks


def split_sections(lines: Iterable[str]) -> Iterator[Section]:
    """Each heading with the text under it, and the headings above it."""
    now, fenced = Section(()), False
    for line in lines:
        if FENCE.match(line):
            fenced = not fenced
        if found := None if fenced else _parse_heading(line, now):
            yield now
            level, words = found
            above = (*now.path[: level - 1], *[""] * (level - 1 - len(now.path)))
            now = Section((*above, words))
        else:
            now.lines.append(line)
    yield now


def _parse_heading(line: str, now: Section) -> tuple[int, str] | None:
    """ "## Words", or a line of words underlined; the words are then taken out of the section they began."""
    if found := HEADING.match(line):
        return len(found[1]), strip_markup(found[2])
    above = now.lines[-1].strip() if now.lines else ""
    alone = len(now.lines) < 2 or not now.lines[-2].strip()
    if above and alone and UNDERLINE.match(line) and not above.startswith(("-", "*", ">", "|")):
        now.lines.pop()
        return (1 if line.strip()[0] == "=" else 2), strip_markup(above)
    return None


def strip_markup(text: str) -> str:
    return MARKUP.sub(lambda found: found[1] or "", text)


def split_paragraphs(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]


def pack_paragraphs(parts: Iterable[str]) -> Iterator[str]:
    """Keeps short neighbours together, such as a question and its answer, and cuts what is too long."""
    held = ""
    for part in parts:
        for piece in [part] if len(part) <= MAX_CHUNK_LENGTH else list(split_sentences(part)):
            leads = held.endswith((":", "?"))
            if (
                held
                and len(held) + len(piece) <= MAX_CHUNK_LENGTH
                and (leads or len(held) < MIN_CHUNK_LENGTH)
            ):
                held = f"{held}\n\n{piece}"
                continue
            if held:
                yield held
            held = piece
    if held:
        yield held


def split_sentences(part: str) -> Iterator[str]:
    """Cuts between sentences. The last sentence is repeated in the next piece, which may explain it."""
    held: list[str] = []
    for one in SENTENCE_BOUNDARY.split(part):
        for piece in _split_long_sentence(one):
            if held and len(" ".join(held)) + len(piece) > MAX_CHUNK_LENGTH:
                yield " ".join(held)
                held = held[-1:] if len(held[-1]) + len(piece) < MAX_CHUNK_LENGTH // 2 else []
            held.append(piece)
    if held:
        yield " ".join(held)


def _split_long_sentence(sentence: str) -> Iterator[str]:
    """A sentence without end is cut between words, a word without end anywhere."""
    held = ""
    for word in sentence.split():
        for at in range(0, len(word), MAX_CHUNK_LENGTH):
            piece = word[at : at + MAX_CHUNK_LENGTH]
            if held and len(held) + len(piece) + 1 > MAX_CHUNK_LENGTH:
                yield held
                held = ""
            held = f"{held} {piece}" if held else piece
    if held:
        yield held
