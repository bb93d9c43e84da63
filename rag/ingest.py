"""Brings the passages to what a folder says: new, changed and gone. A second run changes nothing.

Each file is one transaction, so a run may be stopped anywhere and started again.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction

from rag.models import Document, Knowledge, Passage
from rag.publishing import mark_knowledge_changed
from rag.reading.chunks import Chunk
from rag.reading.files import ParsedFile, UnreadableFile, find_files, parse_file
from rag.reading.normalize import passage_digest

CORPUS_DIR = Path(__file__).with_name("corpus")
METADATA_FIELDS = ("tags", "author", "review_on", "published")


@dataclass
class IngestReport:
    """What a run did. `errors` names each file, or line, that was left out, and why."""

    files_read: int = 0
    unchanged: int = 0
    added: int = 0
    removed: int = 0
    renamed: int = 0  # the same words under another heading
    errors: list[str] = field(default_factory=list)

    @property
    def has_changes(self) -> bool:
        return bool(self.added or self.removed or self.renamed)


def ingest(
    folder: Path, origin: Document.Origin, on_progress: Callable[[int, int], None] = lambda *_: None
) -> IngestReport:
    """Reads a folder. `on_progress` gets how many files of how many are done."""
    report, root = IngestReport(), os.path.abspath(folder)
    found = list(find_files(Path(root)))
    known = dict(
        Document.objects.filter(origin=origin, folder=_display_path(root, origin)).values_list(
            "path", "digest"
        )
    )
    for number, path in enumerate(found, 1):
        _ingest_file(path, root, origin, known.pop(_display_path(str(path), origin), None), report)
        on_progress(number, len(found))
    _delete_missing(known, report)
    return report


def _display_path(path: str, origin: Document.Origin) -> str:
    """The bar's own files are named from here; a folder's by where they are."""
    return os.path.relpath(path, CORPUS_DIR.parent.parent) if origin == Document.Origin.BUILT_IN else path


def _ingest_file(
    path: Path, root: str, origin: Document.Origin, known: str | None, report: IngestReport
) -> None:
    shown = _display_path(str(path), origin)
    try:
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        if digest == known:
            report.unchanged += 1
            return
        read = parse_file(path, data)
    except (UnreadableFile, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        report.errors.append(f"{shown}: {reason}")
        return  # what was read of it before stays
    report.files_read += 1
    report.errors += [f"{shown}: {what}" for what in read.skipped]
    with transaction.atomic():
        # One writer at a time: two runs over one folder must not both add a passage.
        Knowledge.objects.select_for_update().get(pk=Knowledge.get_current().pk)
        # A file that lost a line is read again next time: it may have been mended without a new date.
        values = {
            "folder": _display_path(root, origin),
            "origin": origin,
            "digest": "" if read.skipped else digest,
        }
        document, _ = Document.objects.update_or_create(path=shown, defaults=values)
        _save_passages(document, read, report)


def _save_passages(document: Document, read: ParsedFile, report: IngestReport) -> None:
    """What staff edited stays as they left it, also where the file still says what it said before."""
    wanted = {
        passage_digest(chunk.title, chunk.text): (place, chunk)
        for place, chunk in _enumerate_reversed(read.chunks)
    }
    gone, renamed = [], []
    for have in document.passages.all():
        _place, chunk = wanted.pop(have.file_digest or have.digest, (0, None))
        if have.edited:
            continue
        if chunk is None:
            gone.append(have.pk)
        elif (have.title, have.context) != (chunk.title[:200], chunk.context[:300]):
            have.title, have.context = chunk.title[:200], chunk.context[:300]
            renamed.append(have)
    Passage.objects.filter(pk__in=gone).delete()
    Passage.objects.bulk_update(renamed, ["title", "context"], batch_size=500)
    rows = [_new_passage(document, place, chunk, digest, read) for digest, (place, chunk) in wanted.items()]
    Passage.objects.bulk_create(rows, batch_size=500)
    report.added += len(rows)
    report.removed += len(gone)
    report.renamed += len(renamed)
    about = {name: read.metadata[name] for name in METADATA_FIELDS if name in read.metadata}
    if about:
        document.passages.filter(edited=False).update(**about)
    mark_knowledge_changed(build=False)


def _enumerate_reversed(chunks: Iterable[Chunk]) -> Iterable[tuple[int, Chunk]]:
    """From the last to the first, so that of equal ones the first stands."""
    return reversed(list(enumerate(chunks)))


def _new_passage(document: Document, place: int, chunk: Chunk, digest: str, read: ParsedFile) -> Passage:
    return Passage(
        document=document,
        position=place,
        title=chunk.title[:200],
        context=chunk.context[:300],
        text=chunk.text,
        source=document.path,
        digest=digest,
        file_digest=digest,
    )


def _delete_missing(known: Iterable[str], report: IngestReport) -> None:
    """Files that are no longer there. What staff made of them is theirs now, and stays."""
    for path in known:
        with transaction.atomic():
            gone = Passage.objects.filter(document__path=path, edited=False)
            removed = gone.count()
            gone.delete()
            Document.objects.filter(path=path, passages=None).delete()
            report.removed += removed
            if removed:
                mark_knowledge_changed(build=False)
