"""What the memory of this process is made of, for monitors. It loads and imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import DatabaseError

from rag.index_build import index_home
from rag.index_version import InvalidIndex, current_version, read_manifest
from rag.memory import DISABLED_REASON, MEMORY
from rag.models import Knowledge
from rag.providers import available_store_kinds, current_embedder


@dataclass(frozen=True)
class MemoryStatus:
    kind: str  # the name of the store in use, or none
    passage_count: int
    embedder: str = ""
    reason: str = ""

    @property
    def available(self) -> bool:
        return self.kind != "none" and self.passage_count > 0


def get_memory_status() -> MemoryStatus:
    """The loaded index; if none was asked for yet, what would be loaded."""
    if loaded := MEMORY.loaded:
        return MemoryStatus(loaded.kind, loaded.manifest.count, loaded.embedder.name, MEMORY.reason)
    if not available_store_kinds():
        return MemoryStatus("none", 0, reason=DISABLED_REASON)
    try:
        manifest = read_manifest(
            current_version(index_home(Knowledge.get_current().code, current_embedder().index_name()))
        )
    except InvalidIndex as reason:
        return MemoryStatus("none", 0, reason=str(reason))
    except DatabaseError:
        return MemoryStatus("none", 0, reason="the database is away")
    kind = next((kind for kind in available_store_kinds() if kind in manifest.stores), "none")
    return MemoryStatus(kind, manifest.count, manifest.embedder)
