"""Brings the passages to what a folder says: what is new, what changed, what is gone. Twice is once.

Each file is one transaction, so that a run may be stopped anywhere and started again.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction

from rag.knowledge import knowledge_changed
from rag.models import Document, Knowledge, Passage
from rag.reading.chunks import Chunk
from rag.reading.files import BadFile, Read, files_in, read_file
from rag.reading.plain import digest_of

CORPUS = Path(__file__).with_name("corpus")
ABOUT = ("tags", "author", "review_on", "published")


@dataclass
class Report:
    """What a run did. `bad` names each file, or line, that was left out, and why."""

    read: int = 0
    unchanged: int = 0
    added: int = 0
    removed: int = 0
    bad: list[str] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        return bool(self.added or self.removed)


def ingest(
    folder: Path, origin: Document.Origin, tell: Callable[[int, int], None] = lambda *_: None
) -> Report:
    """Read a folder. `tell` hears how many files of how many are done."""
    report, root = Report(), os.path.abspath(folder)
    found = list(files_in(Path(root)))
    known = dict(
        Document.objects.filter(origin=origin, folder=_shown(root, origin)).values_list("path", "digest")
    )
    for number, path in enumerate(found, 1):
        _take(path, root, origin, known.pop(_shown(str(path), origin), None), report)
        tell(number, len(found))
    _forget(known, report)
    return report


def _shown(path: str, origin: Document.Origin) -> str:
    """The house's own files are named from here; a folder's by where they are."""
    return os.path.relpath(path, CORPUS.parent.parent) if origin == Document.Origin.HOUSE else path


def _take(path: Path, root: str, origin: Document.Origin, known: str | None, report: Report) -> None:
    shown = _shown(str(path), origin)
    try:
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        if digest == known:
            report.unchanged += 1
            return
        read = read_file(path, data)
    except (BadFile, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        report.bad.append(f"{shown}: {reason}")
        return  # what was read of it before stays
    report.read += 1
    report.bad += [f"{shown}: {what}" for what in read.left_out]
    with transaction.atomic():
        # One writer at a time: two runs over one folder must not both add a passage.
        Knowledge.objects.select_for_update().get(pk=Knowledge.here().pk)
        # A file that lost a line is read again next time: it may have been mended without a new date.
        values = {"folder": _shown(root, origin), "origin": origin, "digest": "" if read.left_out else digest}
        document, _ = Document.objects.update_or_create(path=shown, defaults=values)
        _write(document, read, report)


def _write(document: Document, read: Read, report: Report) -> None:
    """What staff edited stays as they left it, also where the file still says what it said before."""
    wanted = {digest_of(chunk.title, chunk.text): (place, chunk) for place, chunk in _unique(read.chunks)}
    gone = []
    for have in document.passages.all():
        if (have.read_digest or have.digest) in wanted:
            wanted.pop(have.read_digest or have.digest)
        elif not have.edited:
            gone.append(have.pk)
    Passage.objects.filter(pk__in=gone).delete()
    rows = [_passage(document, place, chunk, digest, read) for digest, (place, chunk) in wanted.items()]
    Passage.objects.bulk_create(rows, batch_size=500)
    report.added += len(rows)
    report.removed += len(gone)
    about = {name: read.about[name] for name in ABOUT if name in read.about}
    if about:
        document.passages.filter(edited=False).update(**about)
    knowledge_changed(build=False)


def _unique(chunks: Iterable[Chunk]) -> Iterable[tuple[int, Chunk]]:
    """From the last to the first, so that of equal ones the first stands."""
    return reversed(list(enumerate(chunks)))


def _passage(document: Document, place: int, chunk: Chunk, digest: str, read: Read) -> Passage:
    return Passage(
        document=document,
        place=place,
        title=chunk.title[:200],
        context=chunk.context[:300],
        text=chunk.text,
        source=document.path,
        digest=digest,
        read_digest=digest,
    )


def _forget(known: Iterable[str], report: Report) -> None:
    """Files that are no longer there. What staff made of them is theirs now, and stays."""
    for path in known:
        with transaction.atomic():
            gone = Passage.objects.filter(document__path=path, edited=False)
            removed = gone.count()
            gone.delete()
            Document.objects.filter(path=path, passages=None).delete()
            report.removed += removed
            if removed:
                knowledge_changed(build=False)
