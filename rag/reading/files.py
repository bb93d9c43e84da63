"""Reading one file of a folder. What cannot be read is refused with a reason, never half taken."""

from __future__ import annotations

import json
import logging
import os
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from maya_site.lib.errors import MayaError
from rag.reading.chunks import LONGEST, Chunk, cut, cut_markdown
from rag.reading.plain import cleaned

MOST_BYTES = 50_000_000
FRONT = re.compile(r"\A\ufeff?---\s*\n(.*?)\n---\s*(?:\n|\Z)", re.DOTALL)
TEXTS = ("text", "content", "body", "passage", "answer")
TITLES = ("title", "heading", "question", "name")
# What pypdf lets out of a broken file besides its own errors.
BROKEN_PDF: tuple[type[Exception], ...] = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    RecursionError,
    OSError,
    struct.error,
    zlib.error,
)


class BadFile(MayaError):
    """str(error) is the reason, without the file's name."""


@dataclass(frozen=True)
class Read:
    """A file's passages, what its head says of all of them, and what had to be left out."""

    chunks: tuple[Chunk, ...]
    about: dict[str, Any] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()


def files_in(folder: Path) -> Iterator[Path]:
    """In a steady order; nothing hidden, nothing that a link leads to."""
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(here) / name
            if path.suffix.lower() in READERS and not name.startswith(".") and not path.is_symlink():
                yield path


def read_file(path: Path, data: bytes) -> Read:
    if len(data) > MOST_BYTES:
        raise BadFile(f"it is larger than {MOST_BYTES // 1_000_000} MB")
    return READERS[path.suffix.lower()](path, data)


def _text_of(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFile(f"it is not UTF-8 text (byte {error.start})") from error
    if "\x00" in text:
        raise BadFile("it is not text: it holds zero bytes")
    return text


def _plain(path: Path, data: bytes) -> Read:
    return Read(tuple(cut(_text_of(data), _name(path))))


def _markdown(path: Path, data: bytes) -> Read:
    text, about = _text_of(data), {}
    if front := FRONT.match(text):
        about = _front(front[1])
        text = text[front.end() :]
    return Read(tuple(cut_markdown(text, str(about.get("title") or _name(path)))), about)


def _front(text: str) -> dict[str, Any]:
    try:
        found = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        raise BadFile("the lines between --- at its head are not YAML") from error
    if not isinstance(found, dict):
        raise BadFile("the lines between --- at its head are no `name: value`")
    tags = found.get("tags") or []
    review = found.get("review_on")
    return {
        "title": str(found.get("title") or "")[:200],
        "tags": [str(tag) for tag in (tags if isinstance(tags, list) else str(tags).split(","))],
        "author": str(found.get("author") or "")[:120],
        "review_on": review if isinstance(review, date) else None,
        "published": found.get("published") is not False,
    }


def _json_lines(path: Path, data: bytes) -> Read:
    """One object a line. A line that cannot be read is left out and named; the others stand."""
    chunks: list[Chunk] = []
    left_out: list[str] = []
    for number, line in enumerate(_text_of(data).split("\n"), 1):
        if not line.strip():
            continue
        try:
            chunks += _row(json.loads(line), f"{_name(path)} {number}")
        except (ValueError, RecursionError) as error:
            left_out.append(f"line {number}: {_short(error)}")
    if left_out and not chunks:
        raise BadFile(left_out[0])
    return Read(tuple(chunks), {}, tuple(left_out))


def _row(row: Any, fallback: str) -> list[Chunk]:
    if not isinstance(row, dict):
        raise ValueError("not an object")  # noqa: TRY004 - a line that is bad, as any other
    text = cleaned(next((str(row[name]) for name in TEXTS if row.get(name)), "")).strip()
    title = cleaned(next((str(row[name]) for name in TITLES if row.get(name)), "")).strip()
    if not text:
        raise ValueError(f"none of {', '.join(TEXTS)} has words in it")
    parts = [text] if len(text) <= LONGEST else [one.text for one in cut(text, title)]
    return [Chunk(title[:200] or fallback, part) for part in parts]


def _short(error: Exception) -> str:
    return f"not JSON ({error.msg})" if isinstance(error, json.JSONDecodeError) else str(error)[:120]


def _pdf(path: Path, data: bytes) -> Read:
    import io

    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.ERROR)  # it warns of every small flaw that it mends
    try:
        pages = [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]
    except PyPdfError as error:
        raise _no_pdf(error) from error
    except BROKEN_PDF as error:
        raise _no_pdf(error) from error
    if not any(page.strip() for page in pages):
        raise BadFile("it holds no text: a scan has to be read by a person first")
    return Read(tuple(_of_pages(path, pages)))


def _no_pdf(error: Exception) -> BadFile:
    return BadFile(f"it is not a PDF that can be read ({type(error).__name__})")


def _of_pages(path: Path, pages: list[str]) -> Iterator[Chunk]:
    for number, page in enumerate(pages, 1):
        title = f"{_name(path)}, page {number}" if len(pages) > 1 else _name(path)
        yield from cut(unwrapped(page), title)


def unwrapped(page: str) -> str:
    """Lines of a page joined to paragraphs again: one that ends early, with a full stop, ends a paragraph."""
    lines = [line.rstrip() for line in cleaned(page).split("\n")]
    width = max(map(len, lines), default=0)
    text = ""
    for line in lines:
        if text.endswith("-") and line[:1].islower():
            text = text[:-1] + line.strip()
        else:
            text += line.strip()
        early = len(line) < 0.75 * width and line.endswith((".", "!", "?", ":"))
        text += "\n\n" if early or not line else ("" if text.endswith("-") else " ")
    return text


def _name(path: Path) -> str:
    return path.stem.replace("_", " ").replace("-", " ").strip() or path.name


READERS: dict[str, Callable[[Path, bytes], Read]] = {
    ".md": _markdown,
    ".markdown": _markdown,
    ".txt": _plain,
    ".text": _plain,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".pdf": _pdf,
}
