"""A memory of its own for every test: its folder, its store, nothing loaded from the test before."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command

from rag.building import build
from rag.keeper import Keeper
from rag.knowledge import knowledge_changed, staff_notes
from rag.memory import MEMORY, base_stores
from rag.models import Passage


@pytest.fixture(autouse=True)
def memory_folder(settings, tmp_path: Path) -> Iterator[Path]:
    settings.MEMORY_STORE, settings.EMBEDDER = "faiss", "wordllama"
    settings.MEMORY_DIR = tmp_path / "memory"
    MEMORY.forget()
    yield settings.MEMORY_DIR
    MEMORY.forget()


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """A folder to read from."""
    folder = tmp_path / "notes"
    folder.mkdir()
    return folder


def know(title: str, text: str, **more: object) -> Passage:
    """Somebody behind the bar writes a passage."""
    passage = Passage.objects.create(document=staff_notes(), title=title, text=text, **more)
    knowledge_changed()
    return passage


@pytest.fixture
def house(db: None) -> dict[str, Passage]:
    """A small house that knows four things, indexed."""
    rows = {
        "dog": know("Dogs at the bar", "Dogs are welcome on a lead. A bowl of water stands at the door."),
        "piano": know("The piano", "The piano came from a closed cinema and is tuned every spring."),
        "coat": know("Coats and bags", "Hang coats on the brass hooks; bags go under the counter."),
        "quiet": know("The quiet hour", "From six to seven there is no music, for those who come to read."),
    }
    build(base_stores())
    return rows


def read(*arguments: str) -> None:
    call_command("build_memory", *arguments)


def titles(found) -> list[str]:
    return [one.title for one in found]


def impatient_keeper() -> Keeper:
    """Looks when it is told to, and builds at once."""
    return Keeper(MEMORY, look_every=0.01, grace=0.0)
