"""The index that this process has loaded. It is loaded and replaced as a whole, and guests never wait for
it."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from maya_site.core.errors import ProviderDown, ProviderError
from maya_site.core.metrics import PROVIDER_FAILURES
from rag import providers
from rag.index_build import build_index, current_version_name, index_home
from rag.index_version import (
    PASSAGE_IDS_FILE,
    SENTENCE_OFFSETS_FILE,
    SENTENCE_VECTORS_FILE,
    InvalidIndex,
    Manifest,
    current_version,
    read_manifest,
    verify_files,
)
from rag.models import Knowledge

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    from rag.bm25 import BM25Index
    from rag.providers.base import Embedder, Hit, Retriever, Vectors

logger = logging.getLogger(__name__)

MAX_LOAD_ATTEMPTS = 3
DISABLED_REASON = "MEMORY_STORE is none, or what it names is not installed"


@dataclass(frozen=True)
class LoadedIndex:
    """An index in memory. It never changes; a new one replaces it."""

    folder: Path
    manifest: Manifest
    embedder: Embedder
    retrievers: tuple[Retriever, ...]
    ids: NDArray[numpy.int64]
    bm25: BM25Index
    sentence_vectors: NDArray[numpy.float16] | None = None
    sentence_offsets: NDArray[numpy.int64] | None = None

    @property
    def kind(self) -> str:
        return self.retrievers[0].kind if self.retrievers else "none"


class ProcessMemory:
    def __init__(self) -> None:
        self.loaded: LoadedIndex | None = None
        self.reason = "not loaded yet"
        self._load_lock = threading.Lock()
        os.register_at_fork(after_in_child=self._reset_lock_after_fork)

    def _reset_lock_after_fork(self) -> None:
        """Whoever was loading was in the other process."""
        self._load_lock = threading.Lock()

    def refresh(self, *, build_if_missing: bool) -> bool:
        """Loads the index of what the database says now; `build_if_missing` builds it if need be. Returns
        whether one is loaded.

        Do not call it on the event loop or in a guest's turn.
        """
        if not providers.available_store_kinds():
            self.reason = DISABLED_REASON
            return False
        with self._load_lock:
            knowledge = Knowledge.get_current()
            if self.is_latest(knowledge):
                return True
            try:
                self._use(
                    _build_and_load(knowledge, self.loaded)
                    if build_if_missing
                    else _load_index(knowledge, self.loaded)
                )
            except (InvalidIndex, ProviderError, OSError) as error:
                self._record_failure(error)
            return self.loaded is not None and self.loaded.manifest.stamp == knowledge.version

    def is_latest(self, knowledge: Knowledge) -> bool:
        """Whether the loaded index is of the database's current state, with every store that was added
        since."""
        now = self.loaded
        if now is None or now.manifest.stamp != knowledge.version:
            return False
        latest = current_version_name(index_home(knowledge.code, now.embedder.name))
        return latest in ("", now.folder.name)

    def _use(self, loaded: LoadedIndex) -> None:
        if loaded is self.loaded:
            return
        self.loaded = loaded
        self.reason = "" if loaded.retrievers else "nothing is published, or every store is off"
        logger.info("the bar remembers %s passages, by %s", loaded.manifest.count, loaded.kind)

    def _record_failure(self, error: Exception) -> None:
        """What was loaded before goes on answering: an older memory is better than none."""
        self.reason = str(error)
        logger.warning("the house's memory was not loaded: %s", error)

    def unload(self) -> None:
        self.loaded, self.reason = None, "not loaded yet"

    def nearest(self, loaded: LoadedIndex, vector: Vectors, limit: int) -> list[Hit]:
        """The nearest passages from the first store that answers. A store that fails is not asked again."""
        for retriever in loaded.retrievers:
            try:
                return retriever.nearest(vector, limit)
            except ProviderDown as error:
                PROVIDER_FAILURES.labels(retriever.kind, "search").inc()
                logger.warning("the memory goes on without %s", error)
                self._drop_retriever(retriever)
        return []

    def _drop_retriever(self, failed: Retriever) -> None:
        now = self.loaded
        if now is not None:
            rest = tuple(one for one in now.retrievers if one is not failed)
            self.loaded = replace(now, retrievers=rest)
            self.reason = f"{failed.kind} failed at work"


def base_stores() -> tuple[str, ...]:
    """What is built at once, in a moment. Those that take their time come after."""
    return tuple(spec.name for spec in providers.available_stores() if not spec.is_slow)


def _build_and_load(knowledge: Knowledge, loaded: LoadedIndex | None) -> LoadedIndex:
    """Built if need be, and again if what is there is whole and still cannot be read."""
    build_index(base_stores())
    try:
        return _load_index(knowledge, loaded)
    except (InvalidIndex, ProviderError) as error:
        logger.warning("the memory's index is built once more: %s", error)
        build_index(base_stores(), force=True)
        return _load_index(knowledge, loaded)


def _load_index(knowledge: Knowledge, loaded: LoadedIndex | None) -> LoadedIndex:
    """Tried again where a newer generation took the place of the one that was being read."""
    embedder = providers.get_embedder()
    place = index_home(knowledge.code, embedder.name)
    for attempt in range(MAX_LOAD_ATTEMPTS):
        folder = current_version(place)
        if loaded and loaded.folder == folder:
            return loaded
        try:
            return read_index(folder, embedder, providers.available_store_kinds())
        except InvalidIndex:
            if attempt == MAX_LOAD_ATTEMPTS - 1 or current_version(place) == folder:
                raise
    raise InvalidIndex("it changed too often while it was read")


def read_index(folder: Path, embedder: Embedder, kinds: Sequence[str]) -> LoadedIndex:
    import numpy

    from rag.bm25 import BM25Index

    manifest = read_manifest(folder)
    verify_files(folder, manifest, embedder=embedder.name, dimension=embedder.dimension)
    try:
        ids = numpy.load(folder / PASSAGE_IDS_FILE, allow_pickle=False)
        words = BM25Index.load(folder)
        parts = (
            numpy.load(folder / SENTENCE_VECTORS_FILE, mmap_mode="r")
            if embedder.has_sentence_vectors
            else None
        )
        starts = (
            numpy.load(folder / SENTENCE_OFFSETS_FILE, allow_pickle=False)
            if embedder.has_sentence_vectors
            else None
        )
    except (OSError, ValueError, KeyError) as error:
        raise InvalidIndex("its lists cannot be read") from error
    if not len(ids) == words.count == manifest.count:
        raise InvalidIndex("its lists are of different lengths")
    stores = _retrievers(folder, manifest, kinds)
    return LoadedIndex(folder, manifest, embedder, stores, ids, words, parts, starts)


def _retrievers(folder: Path, manifest: Manifest, kinds: Sequence[str]) -> tuple[Retriever, ...]:
    """All that can be read, in their order: the next one is at hand when one fails."""
    found: list[Retriever] = []
    reasons: list[str] = []
    for kind in kinds:
        if kind in manifest.stores:
            try:
                found.append(providers.get_store(kind).read(folder, manifest.count, manifest.dimension))
            except ProviderError as error:
                reasons.append(str(error))
                logger.warning("a store of the memory was refused: %s", error)
    if reasons and not found:
        raise InvalidIndex("; ".join(reasons))
    return tuple(found)


MEMORY = ProcessMemory()
