from __future__ import annotations

from rag.providers.base import Store, StoreSpec


def _build() -> Store:
    from rag.providers.memvid.store import MemvidStore

    return MemvidStore()


SPEC = StoreSpec(name="memvid", display_name="Memvid", build=_build, packages=("memvid_sdk",), is_slow=True)
