"""Reads one file of a folder. What cannot be read is refused with a reason, never taken by half."""

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

from maya_site.core.errors import MayaError
from rag.reading.chunks import MAX_CHUNK_LENGTH, Chunk, chunk_markdown, chunk_text
from rag.reading.normalize import strip_invisible

MAX_FILE_BYTES = 50_000_000
FRONT_MATTER = re.compile(r"\A\ufeff?---\s*\n(.*?)\n---\s*(?:\n|\Z)", re.DOTALL)
TEXT_KEYS = ("text", "content", "body", "passage", "answer")
TITLE_KEYS = ("title", "heading", "question", "name")
# What pypdf lets out of a broken file besides its own errors.
BROKEN_PDF_ERRORS: tuple[type[Exception], ...] = (
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


class UnreadableFile(MayaError):
    """str(error) is the reason, without the file's name."""


@dataclass(frozen=True)
class ParsedFile:
    """A file's passages, what its head says of all of them, and what had to be left out."""

    chunks: tuple[Chunk, ...]
    metadata: dict[str, Any] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()


def find_files(folder: Path) -> Iterator[Path]:
    """All files in a fixed order, without hidden ones and symbolic links."""
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(here) / name
            if path.suffix.lower() in PARSERS and not name.startswith(".") and not path.is_symlink():
                yield path


def parse_file(path: Path, data: bytes) -> ParsedFile:
    if len(data) > MAX_FILE_BYTES:
        raise UnreadableFile(f"it is larger than {MAX_FILE_BYTES // 1_000_000} MB")
    return PARSERS[path.suffix.lower()](path, data)


def _decode_text(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"it is not UTF-8 text (byte {error.start})") from error
    if "\x00" in text:
        raise UnreadableFile("it is not text: it holds zero bytes")
    return text


def _parse_plain_text(path: Path, data: bytes) -> ParsedFile:
    return ParsedFile(tuple(chunk_text(_decode_text(data), _file_title(path))))


def _parse_markdown(path: Path, data: bytes) -> ParsedFile:
    text, about = _decode_text(data), {}
    if front := FRONT_MATTER.match(text):
        about = _parse_front_matter(front[1])
        text = text[front.end() :]
    return ParsedFile(tuple(chunk_markdown(text, str(about.get("title") or _file_title(path)))), about)


def _parse_front_matter(text: str) -> dict[str, Any]:
    try:
        found = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        raise UnreadableFile("the lines between --- at its head are not YAML") from error
    if not isinstance(found, dict):
        raise UnreadableFile("the lines between --- at its head are no `name: value`")
    tags = found.get("tags") or []
    review = found.get("review_on")
    return {
        "title": str(found.get("title") or "")[:200],
        "tags": [str(tag) for tag in (tags if isinstance(tags, list) else str(tags).split(","))],
        "author": str(found.get("author") or "")[:120],
        "review_on": review if isinstance(review, date) else None,
        "published": found.get("published") is not False,
    }


def _parse_json_lines(path: Path, data: bytes) -> ParsedFile:
    """One object a line. A line that cannot be read is left out and named; the others stand."""
    chunks: list[Chunk] = []
    left_out: list[str] = []
    for number, line in enumerate(_decode_text(data).split("\n"), 1):
        if not line.strip():
            continue
        try:
            chunks += _parse_json_row(json.loads(line), f"{_file_title(path)} {number}")
        except (ValueError, RecursionError) as error:
            left_out.append(f"line {number}: {_short_reason(error)}")
    if left_out and not chunks:
        raise UnreadableFile(left_out[0])
    return ParsedFile(tuple(chunks), {}, tuple(left_out))


def _parse_json_row(row: Any, fallback: str) -> list[Chunk]:
    if not isinstance(row, dict):
        raise ValueError("not an object")  # noqa: TRY004 - a line that is bad, as any other
    text = strip_invisible(next((str(row[name]) for name in TEXT_KEYS if row.get(name)), "")).strip()
    title = strip_invisible(next((str(row[name]) for name in TITLE_KEYS if row.get(name)), "")).strip()
    if not text:
        raise ValueError(f"none of {', '.join(TEXT_KEYS)} has words in it")
    parts = [text] if len(text) <= MAX_CHUNK_LENGTH else [one.text for one in chunk_text(text, title)]
    return [Chunk(title[:200] or fallback, part) for part in parts]


def _short_reason(error: Exception) -> str:
    return f"not JSON ({error.msg})" if isinstance(error, json.JSONDecodeError) else str(error)[:120]


def _parse_pdf(path: Path, data: bytes) -> ParsedFile:
    import io

    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.ERROR)  # it warns of every small flaw that it mends
    try:
        pages = [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]
    except PyPdfError as error:
        raise _pdf_error(error) from error
    except BROKEN_PDF_ERRORS as error:
        raise _pdf_error(error) from error
    if not any(page.strip() for page in pages):
        raise UnreadableFile("it holds no text: a scan has to be read by a person first")
    return ParsedFile(tuple(_chunk_pages(path, pages)))


def _pdf_error(error: Exception) -> UnreadableFile:
    return UnreadableFile(f"it is not a PDF that can be read ({type(error).__name__})")


def _chunk_pages(path: Path, pages: list[str]) -> Iterator[Chunk]:
    for number, page in enumerate(pages, 1):
        title = f"{_file_title(path)}, page {number}" if len(pages) > 1 else _file_title(path)
        yield from chunk_text(unwrap_lines(page), title)


def unwrap_lines(page: str) -> str:
    """Joins the lines of a page to paragraphs: a short line with a full stop ends one."""
    lines = [line.rstrip() for line in strip_invisible(page).split("\n")]
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


def _file_title(path: Path) -> str:
    return path.stem.replace("_", " ").replace("-", " ").strip() or path.name


PARSERS: dict[str, Callable[[Path, bytes], ParsedFile]] = {
    ".md": _parse_markdown,
    ".markdown": _parse_markdown,
    ".txt": _parse_plain_text,
    ".text": _parse_plain_text,
    ".jsonl": _parse_json_lines,
    ".ndjson": _parse_json_lines,
    ".pdf": _parse_pdf,
}
