"""Builds the index of what is published, beside the one in use, and swaps it in as a whole."""

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

from maya_site.lib.errors import ProviderRejected
from rag import providers
from rag.generation import (
    IDS,
    MANIFEST,
    PARTS,
    STARTS,
    BadIndex,
    Manifest,
    check,
    clean_up,
    current,
    manifest_of,
    seal,
    swap_in,
)
from rag.models import IndexBuild, Knowledge, Passage, Vector

if TYPE_CHECKING:
    from rag.providers.base import Embedder, Vectors

logger = logging.getLogger(__name__)

Tell = Callable[[int, int], None]
AT_ONCE = 500
SEALED = ("stamp", "corpus", "embedder", "dimension", "count", "stores")


def silence(done: int, total: int) -> None:
    """Tells nobody."""


@dataclass(frozen=True)
class Line:
    """A passage as it is indexed."""

    id: int
    context: str
    title: str
    text: str
    embedded: str

    @classmethod
    def of(cls, id: int, context: str, title: str, text: str) -> Line:
        embedded = "\n".join(part for part in (context, title, text) if part)
        return cls(id, context, title, text, embedded)

    @property
    def key(self) -> str:
        return hashlib.sha256(self.embedded.encode()).hexdigest()


def home(code: str, embedder: str) -> Path:
    """A folder for each database and embedder: two that share a disk do not undo each other's work."""
    return settings.MEMORY_DIR / code / embedder


def standing(knowledge: Knowledge, embedder: str, dimension: int) -> Manifest:
    """The manifest of the index in use, if it is whole. Raises BadIndex."""
    folder = current(home(knowledge.code, embedder))
    manifest = manifest_of(folder)
    check(folder, manifest, embedder=embedder, dimension=dimension)
    return manifest


def is_current(*, also: Sequence[str] = ()) -> bool:
    """Whether the index on disk is whole and holds what the database says now, in these stores."""
    knowledge, known = Knowledge.here(), providers.known()
    try:
        manifest = standing(knowledge, known.name, known.dimension)
    except BadIndex:
        return False
    return manifest.stamp == knowledge.stamp and set(also) <= set(manifest.stores)


def build(kinds: Sequence[str], tell: Tell = silence, *, anew: bool = False) -> Manifest:
    """Make the index of this very moment, unless somebody did while we waited for the lock."""
    embedder = providers.embedder()
    place = home(Knowledge.here().code, embedder.name)
    place.mkdir(parents=True, exist_ok=True)
    with _alone(place):
        knowledge = Knowledge.here()
        try:
            manifest = standing(knowledge, embedder.name, embedder.dimension)
        except BadIndex as reason:
            logger.info("the memory's index is built anew: %s", reason)
        else:
            if not anew and manifest.stamp == knowledge.stamp and set(kinds) <= set(manifest.stores):
                return manifest
        return _build(place, knowledge, embedder, kinds, tell)


def add_store(kind: str) -> Manifest:
    """Put a slow store beside the others of the index in use. Nobody waits: it is written aside, and swapped
    in only if the index is still the same by then. Raises BadIndex or ProviderRejected."""
    knowledge, embedder = Knowledge.here(), providers.embedder()
    began, place = time.monotonic(), home(knowledge.code, embedder.name)
    folder = current(place)
    manifest = standing(knowledge, embedder.name, embedder.dimension)
    if kind in manifest.stores or manifest.stamp != knowledge.stamp:
        return manifest
    aside = settings.MEMORY_DIR / f"adding-{uuid.uuid4().hex[:8]}"
    aside.mkdir()
    try:
        lines = _lines()
        if _corpus(lines) != manifest.corpus:
            raise BadIndex("the passages changed meanwhile")
        store = providers.store(kind)
        store.write(embedded(lines, embedder), aside)
        with _alone(place):
            if current(place) != folder:
                raise BadIndex("a newer index took its place meanwhile")
            added = _with_store(folder, aside / store.file, kind, manifest)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    note_build(added, time.monotonic() - began, [f"{kind} added"])
    return added


def _with_store(folder: Path, file: Path, kind: str, manifest: Manifest) -> Manifest:
    """A new generation: the same files and one more. What was sealed is not touched."""
    building = folder.with_name(f"building-{uuid.uuid4().hex[:8]}")
    shutil.copytree(folder, building)
    (building / MANIFEST).unlink()
    file.rename(building / file.name)
    about = asdict(manifest) | {"stores": [kind, *manifest.stores]}
    added = seal(building, **{name: about[name] for name in SEALED})
    generation = building.rename(folder.with_name(f"{manifest.stamp[:8]}-{uuid.uuid4().hex[:8]}"))
    swap_in(folder.parent, generation)
    clean_up(folder.parent, {generation.name, folder.name})
    return added


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """One builder at a time, in whichever process. The lock ends with its process, however that ends."""
    with (place / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _build(
    place: Path, knowledge: Knowledge, embedder: Embedder, kinds: Sequence[str], tell: Tell
) -> Manifest:
    began = time.monotonic()
    lines = _lines()
    folder = place / f"building-{uuid.uuid4().hex[:8]}"
    folder.mkdir()
    try:
        manifest, notes = fill(folder, knowledge.stamp, lines, embedder, kinds, tell)
        before = name_of_current(place)
        generation = folder.rename(place / f"{knowledge.stamp[:8]}-{uuid.uuid4().hex[:8]}")
        swap_in(place, generation)
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # what was swapped in has another name by now
    # The one before stays: a reader may be in the middle of it.
    clean_up(place, {generation.name, before})
    note_build(manifest, time.monotonic() - began, notes)
    return manifest


def note_build(manifest: Manifest, seconds: float, notes: Sequence[str] = ()) -> None:
    IndexBuild.objects.create(
        embedder=manifest.embedder,
        stores=" ".join(manifest.stores) or "none",
        passages=manifest.count,
        seconds=round(seconds, 3),
        note="; ".join(notes)[:300],
    )


def fill(
    folder: Path,
    stamp: str,
    lines: Sequence[Line],
    embedder: Embedder,
    kinds: Sequence[str],
    tell: Tell = silence,
) -> tuple[Manifest, list[str]]:
    """Everything an index is made of, sealed; and why a store is not among it."""
    import numpy

    from rag.words import Words

    vectors = embedded(lines, embedder, tell)
    numpy.save(folder / IDS, numpy.array([line.id for line in lines], numpy.int64))
    if embedder.parts:
        _write_parts(lines, embedder, folder)
    Words.of((f"{line.context} {line.title}", line.text) for line in lines).save(folder)
    stores, notes = _stores(vectors, folder, kinds)
    about = {"stamp": stamp, "corpus": _corpus(lines), "count": len(lines), "stores": stores}
    return seal(folder, embedder=embedder.name, dimension=embedder.dimension, **about), notes


def _lines() -> list[Line]:
    """What is published, each text once: of equal ones the first stands."""
    rows = Passage.objects.published().order_by("id").values_list("id", "digest", "context", "title", "text")
    unique: dict[str, Line] = {}
    for pk, digest, context, title, text in rows.iterator(chunk_size=2_000):
        unique.setdefault(digest, Line.of(pk, context, title, text))
    return list(unique.values())


def _corpus(lines: Sequence[Line]) -> str:
    whole = hashlib.sha256()
    for line in lines:
        whole.update(f"{line.id} {line.key}\n".encode())
    return whole.hexdigest()


def _stores(vectors: Vectors, folder: Path, kinds: Sequence[str]) -> tuple[list[str], list[str]]:
    """Those that could be written, and why the others could not."""
    written, notes = [], []
    for kind in kinds if len(vectors) else ():
        try:
            providers.store(kind).write(vectors, folder)
            written.append(kind)
        except ProviderRejected as error:
            logger.info("not kept in %s", error)
            notes.append(str(error))
    return written, notes


def _write_parts(lines: Sequence[Line], embedder: Embedder, folder: Path) -> None:
    """Titles and sentences by themselves: the mean of a whole passage forgets what one sentence says."""
    import numpy

    from rag.reading.chunks import SENTENCE

    parts, starts = [], [0]
    for line in lines:
        parts += [line.title, *(f"{line.title}. {sentence}" for sentence in SENTENCE.split(line.text))]
        starts.append(len(parts))
    numpy.save(folder / PARTS, embedder.embed_documents(parts).astype(numpy.float16))
    numpy.save(folder / STARTS, numpy.array(starts, numpy.int64))


def name_of_current(place: Path) -> str:
    try:
        return current(place).name
    except BadIndex:
        return ""


def embedded(lines: Sequence[Line], embedder: Embedder, tell: Tell = silence) -> Vectors:
    """The vectors of all lines, in their order; what was paid for once is taken from the database."""
    import numpy

    rows = numpy.zeros((len(lines), embedder.dimension), numpy.float32)
    for start in range(0, len(lines), AT_ONCE):
        part = lines[start : start + AT_ONCE]
        kept = _kept(part, embedder) if embedder.cached else {}
        new = [line for line in part if line.key not in kept]
        made = embedder.embed_documents([line.embedded for line in new]) if new else rows[:0]
        fresh = dict(zip([line.key for line in new], made, strict=True))
        if embedder.cached and fresh:
            values = [
                Vector(embedder=embedder.name, key=key, data=row.tobytes()) for key, row in fresh.items()
            ]
            Vector.objects.bulk_create(values, ignore_conflicts=True)
        for place, line in enumerate(part, start):
            rows[place] = fresh[line.key] if line.key in fresh else kept[line.key]
        tell(min(start + AT_ONCE, len(lines)), len(lines))
    return rows


def _kept(lines: Sequence[Line], embedder: Embedder) -> dict[str, Vectors]:
    import numpy

    found = Vector.objects.filter(embedder=embedder.name, key__in=[line.key for line in lines])
    rows = {
        key: numpy.frombuffer(bytes(data), numpy.float32) for key, data in found.values_list("key", "data")
    }
    return {key: row for key, row in rows.items() if row.shape == (embedder.dimension,)}
