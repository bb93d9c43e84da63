"""Builds the index of published passages beside the one in use, and swaps it in as a whole."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import shutil
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from maya_site.core.errors import ProviderRejected
from rag import providers
from rag.index_version import (
    MANIFEST_FILE,
    PASSAGE_IDS_FILE,
    SENTENCE_OFFSETS_FILE,
    SENTENCE_VECTORS_FILE,
    InvalidIndex,
    Manifest,
    activate_version,
    current_version,
    delete_old_versions,
    read_manifest,
    verify_files,
    write_manifest,
)
from rag.models import CachedEmbedding, IndexBuild, Knowledge, Passage

if TYPE_CHECKING:
    from rag.providers.base import Embedder, Vectors

logger = logging.getLogger(__name__)

ProgressCallback = Callable[[int, int], None]
BATCH_SIZE = 500
MANIFEST_FIELDS = ("stamp", "corpus", "embedder", "dimension", "count", "stores")


def ignore_progress(done: int, total: int) -> None:
    """Reports no progress."""


@dataclass(frozen=True)
class IndexedPassage:
    """A passage as it is indexed."""

    id: int
    context: str
    title: str
    text: str
    embedding_text: str

    @classmethod
    def create(cls, id: int, context: str, title: str, text: str) -> IndexedPassage:
        embedded = "\n".join(part for part in (context, title, text) if part)
        return cls(id, context, title, text, embedded)

    @property
    def embedding_key(self) -> str:
        return hashlib.sha256(self.embedding_text.encode()).hexdigest()


def index_home(code: str, embedder: str) -> Path:
    """The folder of one database and embedder, so that two that share a disk do not replace each other's
    index."""
    return settings.MEMORY_DIR / code / embedder


def verify_current_version(knowledge: Knowledge, embedder: str, dimension: int) -> Manifest:
    """The manifest of the index in use, if it is whole. Raises InvalidIndex."""
    folder = current_version(index_home(knowledge.code, embedder))
    manifest = read_manifest(folder)
    verify_files(folder, manifest, embedder=embedder, dimension=dimension)
    return manifest


def is_index_current(*, required_stores: Sequence[str] = ()) -> bool:
    """Whether the index on disk is whole and holds what the database says now, in these stores."""
    knowledge, known = Knowledge.get_current(), providers.current_embedder()
    try:
        manifest = verify_current_version(knowledge, known.index_name(), known.dimension)
    except InvalidIndex:
        return False
    return manifest.stamp == knowledge.version and set(required_stores) <= set(manifest.stores)


def build_index(
    kinds: Sequence[str], on_progress: ProgressCallback = ignore_progress, *, force: bool = False
) -> Manifest:
    """Builds the index of the current passages, unless somebody did while this waited for the lock."""
    embedder = providers.get_embedder()
    place = index_home(Knowledge.get_current().code, embedder.name)
    place.mkdir(parents=True, exist_ok=True)
    with _build_lock(place):
        knowledge = Knowledge.get_current()
        try:
            manifest = verify_current_version(knowledge, embedder.name, embedder.dimension)
        except InvalidIndex as reason:
            logger.info("the memory's index is built anew: %s", reason)
        else:
            if not force and manifest.stamp == knowledge.version and set(kinds) <= set(manifest.stores):
                return manifest
        return _build_version(place, knowledge, embedder, kinds, on_progress)


def add_store(kind: str) -> Manifest:
    """Adds a slow store to the index in use. It is written aside, and swapped in only if the index is still
    the same by then. Raises InvalidIndex or ProviderRejected."""
    knowledge, embedder = Knowledge.get_current(), providers.get_embedder()
    began, place = time.monotonic(), index_home(knowledge.code, embedder.name)
    folder = current_version(place)
    manifest = verify_current_version(knowledge, embedder.name, embedder.dimension)
    if kind in manifest.stores or manifest.stamp != knowledge.version:
        return manifest
    aside = settings.MEMORY_DIR / f"adding-{uuid.uuid4().hex[:8]}"
    aside.mkdir()
    try:
        lines = _published_passages()
        if _corpus_hash(lines) != manifest.corpus:
            raise InvalidIndex("the passages changed meanwhile")
        store = providers.get_store(kind)
        store.write(embed_passages(lines, embedder), aside)
        with _build_lock(place):
            if current_version(place) != folder:
                raise InvalidIndex("a newer index took its place meanwhile")
            added = _copy_with_store(folder, aside / store.file, kind, manifest)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    record_build(added, time.monotonic() - began, [f"{kind} added"])
    return added


def _copy_with_store(folder: Path, file: Path, kind: str, manifest: Manifest) -> Manifest:
    """A new generation: the same files and one more. What was sealed is not touched."""
    building = folder.with_name(f"building-{uuid.uuid4().hex[:8]}")
    shutil.copytree(folder, building)
    (building / MANIFEST_FILE).unlink()
    file.rename(building / file.name)
    about = asdict(manifest) | {"stores": [kind, *manifest.stores]}
    added = write_manifest(building, **{name: about[name] for name in MANIFEST_FIELDS})
    generation = building.rename(folder.with_name(f"{manifest.stamp[:8]}-{uuid.uuid4().hex[:8]}"))
    activate_version(folder.parent, generation)
    delete_old_versions(folder.parent, {generation.name, folder.name})
    return added


@contextmanager
def _build_lock(place: Path) -> Iterator[None]:
    """One builder at a time, in whichever process. The lock ends with its process, however that ends."""
    with (place / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _build_version(
    place: Path, knowledge: Knowledge, embedder: Embedder, kinds: Sequence[str], on_progress: ProgressCallback
) -> Manifest:
    began = time.monotonic()
    lines = _published_passages()
    folder = place / f"building-{uuid.uuid4().hex[:8]}"
    folder.mkdir()
    try:
        manifest, notes = write_index(folder, knowledge.version, lines, embedder, kinds, on_progress)
        before = current_version_name(place)
        generation = folder.rename(place / f"{knowledge.version[:8]}-{uuid.uuid4().hex[:8]}")
        activate_version(place, generation)
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # what was swapped in has another name by now
    # The one before stays: a reader may be in the middle of it.
    delete_old_versions(place, {generation.name, before})
    record_build(manifest, time.monotonic() - began, notes)
    return manifest


def record_build(manifest: Manifest, seconds: float, notes: Sequence[str] = ()) -> None:
    IndexBuild.objects.create(
        embedder=manifest.embedder,
        stores=" ".join(manifest.stores) or "none",
        passages=manifest.count,
        seconds=round(seconds, 3),
        note="; ".join(notes)[:300],
    )


def write_index(
    folder: Path,
    stamp: str,
    lines: Sequence[IndexedPassage],
    embedder: Embedder,
    kinds: Sequence[str],
    on_progress: ProgressCallback = ignore_progress,
) -> tuple[Manifest, list[str]]:
    """Writes all files of an index and its manifest. Returns why a store is not among them."""
    import numpy

    from rag.bm25 import BM25Index

    vectors = embed_passages(lines, embedder, on_progress)
    numpy.save(folder / PASSAGE_IDS_FILE, numpy.array([line.id for line in lines], numpy.int64))
    if embedder.has_sentence_vectors:
        _write_sentence_vectors(lines, embedder, folder)
    BM25Index.build((f"{line.context} {line.title}", line.text) for line in lines).save(folder)
    stores, notes = _write_stores(vectors, folder, kinds)
    about = {"stamp": stamp, "corpus": _corpus_hash(lines), "count": len(lines), "stores": stores}
    return write_manifest(folder, embedder=embedder.name, dimension=embedder.dimension, **about), notes


def _published_passages() -> list[IndexedPassage]:
    """What is published, each text once: of equal ones the first stands."""
    rows = Passage.objects.published().order_by("id").values_list("id", "digest", "context", "title", "text")
    unique: dict[str, IndexedPassage] = {}
    for pk, digest, context, title, text in rows.iterator(chunk_size=2_000):
        unique.setdefault(digest, IndexedPassage.create(pk, context, title, text))
    return list(unique.values())


def _corpus_hash(lines: Sequence[IndexedPassage]) -> str:
    digest = hashlib.sha256()
    for line in lines:
        digest.update(f"{line.id} {line.embedding_key}\n".encode())
    return digest.hexdigest()


def _write_stores(vectors: Vectors, folder: Path, kinds: Sequence[str]) -> tuple[list[str], list[str]]:
    """Those that could be written, and why the others could not."""
    written, notes = [], []
    for kind in kinds if len(vectors) else ():
        try:
            providers.get_store(kind).write(vectors, folder)
            written.append(kind)
        except ProviderRejected as error:
            logger.info("not kept in %s", error)
            notes.append(str(error))
    return written, notes


def _write_sentence_vectors(lines: Sequence[IndexedPassage], embedder: Embedder, folder: Path) -> None:
    """Titles and sentences by themselves: the mean of a whole passage forgets what one sentence says."""
    import numpy

    from rag.reading.chunks import SENTENCE_BOUNDARY

    parts, starts = [], [0]
    for line in lines:
        parts += [
            line.title,
            *(f"{line.title}. {sentence}" for sentence in SENTENCE_BOUNDARY.split(line.text)),
        ]
        starts.append(len(parts))
    numpy.save(folder / SENTENCE_VECTORS_FILE, embedder.embed_documents(parts).astype(numpy.float16))
    numpy.save(folder / SENTENCE_OFFSETS_FILE, numpy.array(starts, numpy.int64))


def current_version_name(place: Path) -> str:
    try:
        return current_version(place).name
    except InvalidIndex:
        return ""


def embed_passages(
    lines: Sequence[IndexedPassage], embedder: Embedder, on_progress: ProgressCallback = ignore_progress
) -> Vectors:
    """The vectors of all passages, in their order. What was computed before comes from the database."""
    import numpy

    rows = numpy.zeros((len(lines), embedder.dimension), numpy.float32)
    for start in range(0, len(lines), BATCH_SIZE):
        part = lines[start : start + BATCH_SIZE]
        cached = _load_cached_vectors(part, embedder) if embedder.is_cached else {}
        new = [line for line in part if line.embedding_key not in cached]
        made = embedder.embed_documents([line.embedding_text for line in new]) if new else rows[:0]
        fresh = dict(zip([line.embedding_key for line in new], made, strict=True))
        if embedder.is_cached and fresh:
            values = [
                CachedEmbedding(embedder=embedder.name, key=key, data=row.tobytes())
                for key, row in fresh.items()
            ]
            CachedEmbedding.objects.bulk_create(values, ignore_conflicts=True)
        for place, line in enumerate(part, start):
            rows[place] = (
                fresh[line.embedding_key] if line.embedding_key in fresh else cached[line.embedding_key]
            )
        on_progress(min(start + BATCH_SIZE, len(lines)), len(lines))
    return rows


def _load_cached_vectors(lines: Sequence[IndexedPassage], embedder: Embedder) -> dict[str, Vectors]:
    import numpy

    found = CachedEmbedding.objects.filter(
        embedder=embedder.name, key__in=[line.embedding_key for line in lines]
    )
    rows = {
        key: numpy.frombuffer(bytes(data), numpy.float32) for key, data in found.values_list("key", "data")
    }
    return {key: row for key, row in rows.items() if row.shape == (embedder.dimension,)}
