"""What this process remembers with: loaded as a whole, left as a whole, never waited for by a guest."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from maya_site.lib.counters import PROVIDER_FAILURES
from maya_site.lib.errors import ProviderDown, ProviderError
from rag import providers
from rag.building import build, home, name_of_current
from rag.generation import IDS, PARTS, STARTS, BadIndex, Manifest, check, current, manifest_of
from rag.models import Knowledge

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    from rag.providers.base import Embedder, Hit, Retriever, Vectors
    from rag.words import Words

logger = logging.getLogger(__name__)

TRIES = 3
OFF = "MEMORY_STORE is none, or what it names is not installed"


@dataclass(frozen=True)
class Loaded:
    """An index in memory. Nothing in it changes; a new one takes its place."""

    folder: Path
    manifest: Manifest
    embedder: Embedder
    retrievers: tuple[Retriever, ...]
    ids: NDArray[numpy.int64]
    words: Words
    parts: NDArray[numpy.float16] | None = None
    starts: NDArray[numpy.int64] | None = None

    @property
    def kind(self) -> str:
        return self.retrievers[0].kind if self.retrievers else "none"


class HouseMemory:
    def __init__(self) -> None:
        self.loaded: Loaded | None = None
        self.reason = "not loaded yet"
        self._loading = threading.Lock()
        os.register_at_fork(after_in_child=self._forked)

    def _forked(self) -> None:
        """Whoever was loading was in the other process."""
        self._loading = threading.Lock()

    def refresh(self, *, make: bool) -> bool:
        """Load what the database says now; `make` builds it where it is not there. Whether it is loaded now.

        Never on the event loop, and never in a guest's turn.
        """
        if not providers.store_kinds():
            self.reason = OFF
            return False
        with self._loading:
            knowledge = Knowledge.here()
            if self.is_latest(knowledge):
                return True
            try:
                self._take(_made(knowledge, self.loaded) if make else _load(knowledge, self.loaded))
            except (BadIndex, ProviderError, OSError) as trouble:
                self._go_without(trouble)
            return self.loaded is not None and self.loaded.manifest.stamp == knowledge.stamp

    def is_latest(self, knowledge: Knowledge) -> bool:
        """Of the state that the database is in, and with every store that was added since."""
        now = self.loaded
        if now is None or now.manifest.stamp != knowledge.stamp:
            return False
        latest = name_of_current(home(knowledge.code, now.embedder.name))
        return latest in ("", now.folder.name)

    def _take(self, loaded: Loaded) -> None:
        if loaded is self.loaded:
            return
        self.loaded = loaded
        self.reason = "" if loaded.retrievers else "nothing is published, or every store is off"
        logger.info("the house remembers %s passages, by %s", loaded.manifest.count, loaded.kind)

    def _go_without(self, trouble: Exception) -> None:
        """What was loaded before goes on answering: an older memory is better than none."""
        self.reason = str(trouble)
        logger.warning("the house's memory was not loaded: %s", trouble)

    def forget(self) -> None:
        self.loaded, self.reason = None, "not loaded yet"

    def nearest(self, loaded: Loaded, vector: Vectors, most: int) -> list[Hit]:
        """From the first store that answers. One that fails is left for good; the guest notices nothing."""
        for retriever in loaded.retrievers:
            try:
                return retriever.nearest(vector, most)
            except ProviderDown as trouble:
                PROVIDER_FAILURES.labels(retriever.kind, "search").inc()
                logger.warning("the memory goes on without %s", trouble)
                self._leave(retriever)
        return []

    def _leave(self, failed: Retriever) -> None:
        now = self.loaded
        if now is not None:
            rest = tuple(one for one in now.retrievers if one is not failed)
            self.loaded = replace(now, retrievers=rest)
            self.reason = f"{failed.kind} failed at work"


def base_stores() -> tuple[str, ...]:
    """What is built at once, in a moment. Memvid takes its time and comes after."""
    return tuple(kind for kind in providers.store_kinds() if kind != "memvid")


def _made(knowledge: Knowledge, have: Loaded | None) -> Loaded:
    """Built if need be, and again if what is there is whole and still cannot be read."""
    build(base_stores())
    try:
        return _load(knowledge, have)
    except (BadIndex, ProviderError) as trouble:
        logger.warning("the memory's index is built once more: %s", trouble)
        build(base_stores(), anew=True)
        return _load(knowledge, have)


def _load(knowledge: Knowledge, have: Loaded | None) -> Loaded:
    """Tried again where a newer generation took the place of the one that was being read."""
    embedder = providers.embedder()
    place = home(knowledge.code, embedder.name)
    for attempt in range(TRIES):
        folder = current(place)
        if have and have.folder == folder:
            return have
        try:
            return read_index(folder, embedder, providers.store_kinds())
        except BadIndex:
            if attempt == TRIES - 1 or current(place) == folder:
                raise
    raise BadIndex("it changed too often while it was read")


def read_index(folder: Path, embedder: Embedder, kinds: Sequence[str]) -> Loaded:
    import numpy

    from rag.words import Words

    manifest = manifest_of(folder)
    check(folder, manifest, embedder=embedder.name, dimension=embedder.dimension)
    try:
        ids = numpy.load(folder / IDS, allow_pickle=False)
        words = Words.load(folder)
        parts = numpy.load(folder / PARTS, mmap_mode="r") if embedder.parts else None
        starts = numpy.load(folder / STARTS, allow_pickle=False) if embedder.parts else None
    except (OSError, ValueError, KeyError) as error:
        raise BadIndex("its lists cannot be read") from error
    if not len(ids) == words.count == manifest.count:
        raise BadIndex("its lists are of different lengths")
    stores = _retrievers(folder, manifest, kinds)
    return Loaded(folder, manifest, embedder, stores, ids, words, parts, starts)


def _retrievers(folder: Path, manifest: Manifest, kinds: Sequence[str]) -> tuple[Retriever, ...]:
    """All that can be read, in their order: the next one is at hand when one fails."""
    found: list[Retriever] = []
    reasons: list[str] = []
    for kind in kinds:
        if kind in manifest.stores:
            try:
                found.append(providers.store(kind).read(folder, manifest.count, manifest.dimension))
            except ProviderError as error:
                reasons.append(str(error))
                logger.warning("a store of the memory was refused: %s", error)
    if reasons and not found:
        raise BadIndex("; ".join(reasons))
    return tuple(found)


MEMORY = HouseMemory()
