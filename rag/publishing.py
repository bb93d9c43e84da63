"""Changes to passages. Each one gives them a new stamp, in its transaction."""

from __future__ import annotations

from maya_site.tasks.enqueue import enqueue
from rag.models import Document, Knowledge, new_stamp

BUILD_TASK = "build_memory"
STAFF_NOTES_PATH = "staff notes"


def mark_knowledge_changed(*, build: bool = True) -> None:
    """Sets a new stamp and enqueues a build, unless the caller builds afterwards."""
    stamp = new_stamp()
    Knowledge.objects.filter(pk=Knowledge.get_current().pk).update(version=stamp)
    if build:
        enqueue(BUILD_TASK, f"{BUILD_TASK}:{stamp}")


def get_staff_notes_document() -> Document:
    """The document that what staff write belongs to."""
    return Document.objects.get_or_create(path=STAFF_NOTES_PATH, defaults={"origin": Document.Origin.STAFF})[
        0
    ]
