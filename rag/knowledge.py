"""Changing what the house knows. Each change gives the passages another stamp, in its transaction."""

from __future__ import annotations

from maya_site.jobs.outbox import enqueue
from rag.models import Document, Knowledge, new_stamp

BUILD = "build_memory"
NOTES = "staff notes"


def knowledge_changed(*, build: bool = True) -> None:
    """Another stamp, and a job that builds what it stands for, unless the caller builds when he is done."""
    stamp = new_stamp()
    Knowledge.objects.filter(pk=Knowledge.here().pk).update(stamp=stamp)
    if build:
        enqueue(BUILD, f"{BUILD}:{stamp}")


def staff_notes() -> Document:
    """The document that what staff write belongs to."""
    return Document.objects.get_or_create(path=NOTES, defaults={"origin": Document.Origin.STAFF})[0]
