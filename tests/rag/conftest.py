"""A memory of its own for every test: its folder, its store, nothing loaded from the test before."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command

from rag.index_build import build_index
from rag.memory import MEMORY, base_stores
from rag.models import Passage
from rag.publishing import get_staff_notes_document, mark_knowledge_changed
from rag.refresher import IndexRefresher


@pytest.fixture(autouse=True)
def memory_folder(settings, tmp_path: Path) -> Iterator[Path]:
    settings.MEMORY_STORE, settings.EMBEDDER = "faiss", "wordllama"
    settings.MEMORY_DIR = tmp_path / "memory"
    MEMORY.unload()
    yield settings.MEMORY_DIR
    MEMORY.unload()


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """A folder to read from."""
    folder = tmp_path / "notes"
    folder.mkdir()
    return folder


def add_passage(title: str, text: str, **more: object) -> Passage:
    """Somebody behind the bar writes a passage."""
    passage = Passage.objects.create(document=get_staff_notes_document(), title=title, text=text, **more)
    mark_knowledge_changed()
    return passage


@pytest.fixture
def known_passages(db: None) -> dict[str, Passage]:
    """A small house that knows four things, indexed."""
    rows = {
        "dog": add_passage(
            "Dogs at the bar", "Dogs are welcome on a lead. A bowl of water stands at the door."
        ),
        "piano": add_passage("The piano", "The piano came from a closed cinema and is tuned every spring."),
        "coat": add_passage("Coats and bags", "Hang coats on the brass hooks; bags go under the counter."),
        "quiet": add_passage(
            "The quiet hour", "From six to seven there is no music, for those who come to read."
        ),
    }
    build_index(base_stores())
    return rows


def rebuild_index(*arguments: str) -> None:
    call_command("build_memory", *arguments)


def titles(found) -> list[str]:
    return [one.title for one in found]


def immediate_refresher() -> IndexRefresher:
    """Looks when it is told to, and builds at once."""
    return IndexRefresher(MEMORY, poll_interval_seconds=0.01, build_grace_seconds=0.0)
