from __future__ import annotations

from rag.providers.base import Store, StoreSpec


def _build() -> Store:
    from rag.providers.faiss.store import FaissStore

    return FaissStore()


SPEC = StoreSpec(name="faiss", display_name="FAISS", build=_build, packages=("faiss",))
