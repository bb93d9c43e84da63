"""Which embedders and stores there are. Nothing of them is imported before it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from rag.providers.base import Embedder, Store


@dataclass(frozen=True)
class Known:
    """What may be known of an embedder without loading it."""

    path: str
    name: str
    dimension: int


WORDLLAMA = Known("rag.providers.wordllama.WordLlama", "wordllama-l2-supercat-256", 256)
# auto is the same everywhere: a package that appears on one machine must not make its index another one.
EMBEDDERS = {
    "auto": WORDLLAMA,
    "wordllama": WORDLLAMA,
}
STORES = {
    "faiss": "rag.providers.faiss_store.FaissStore",
}
ORDER = ("memvid", "faiss")
PACKAGES = {"memvid": "memvid_sdk", "faiss": "faiss"}


def known() -> Known:
    """The embedder that the settings name."""
    return EMBEDDERS[settings.EMBEDDER]


def embedder() -> Embedder:
    """Loaded once: it holds no state but what it read."""
    return _made(known().path)


def store(kind: str) -> Store:
    return cast(Store, import_string(STORES[kind])())


def store_kinds() -> tuple[str, ...]:
    """In the order in which they are tried: the setting's, without what is not installed."""
    wanted = ORDER if settings.MEMORY_STORE == "auto" else (settings.MEMORY_STORE,)
    return tuple(kind for kind in wanted if kind in STORES and find_spec(PACKAGES[kind]))


@cache
def _made(path: str) -> Embedder:
    return cast(Embedder, import_string(path)())
