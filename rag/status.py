"""What the house's memory is made of right now, for monitors. Looks only; loads and imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import DatabaseError

from rag.building import home
from rag.generation import BadIndex, current, manifest_of
from rag.memory import MEMORY, OFF
from rag.models import Knowledge
from rag.providers import known, store_kinds


@dataclass(frozen=True)
class Memory:
    kind: str  # memvid, faiss, none
    documents: int
    embedder: str = ""
    reason: str = ""

    @property
    def available(self) -> bool:
        return self.kind != "none" and self.documents > 0


def memory() -> Memory:
    """What this process remembers with; where it was not asked yet, what it would load."""
    if loaded := MEMORY.loaded:
        return Memory(loaded.kind, loaded.manifest.count, loaded.embedder.name, MEMORY.reason)
    if not store_kinds():
        return Memory("none", 0, reason=OFF)
    try:
        manifest = manifest_of(current(home(Knowledge.here().code, known().name)))
    except BadIndex as reason:
        return Memory("none", 0, reason=str(reason))
    except DatabaseError:
        return Memory("none", 0, reason="the database is away")
    kind = next((kind for kind in store_kinds() if kind in manifest.stores), "none")
    return Memory(kind, manifest.count, manifest.embedder)
