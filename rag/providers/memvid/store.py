"""Memvid's file of vectors: written in small batches, trusted once every vector has found itself."""

from __future__ import annotations

import threading
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import memvid_sdk

from maya_site.core.errors import ProviderDown, ProviderRejected

if TYPE_CHECKING:
    from rag.providers.base import Hit, Vectors

BATCH_SIZE = 25  # more in one go, and some are lost without a word
MAX_PASSAGES = 200
MEMVID_ERRORS = (memvid_sdk.MemvidError, RuntimeError, OSError, ValueError)


class MemvidRetriever:
    kind = "memvid"

    def __init__(self, file: Any, count: int) -> None:
        self._file, self._count = file, count
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return self._count

    def nearest(self, vector: Vectors, limit: int) -> list[Hit]:
        try:
            with self._lock:
                # The words are not looked at; an empty text would be refused.
                found = self._file.find("-", k=limit, mode="sem", query_embedding=vector.tolist())
        except MEMVID_ERRORS as error:
            raise ProviderDown(self.kind, type(error).__name__) from error
        return [(int(hit["title"]), float(hit["score"])) for hit in found["hits"]]

    def close(self) -> None:
        self._file.close()


class MemvidStore:
    kind = "memvid"
    file = "vectors.mv2"

    def write(self, vectors: Vectors, folder: Path) -> None:
        """Opened, filled a little, closed, again and again: one large write loses vectors."""
        if len(vectors) > MAX_PASSAGES:
            reason = f"{len(vectors)} passages are more than the {MAX_PASSAGES} it keeps safely"
            raise ProviderRejected(self.kind, reason)
        path = folder / self.file
        try:
            for start in range(0, len(vectors), BATCH_SIZE):
                file = (
                    self._open(path)
                    if start
                    else memvid_sdk.create(str(path), enable_vec=True, enable_lex=False)
                )
                part = range(start, min(start + BATCH_SIZE, len(vectors)))
                file.put_many(
                    [_row(place) for place in part], embeddings=[vectors[place].tolist() for place in part]
                )
                file.commit()
                file.close()
        except MEMVID_ERRORS as error:
            path.unlink(missing_ok=True)
            raise ProviderRejected(self.kind, f"it could not be written ({type(error).__name__})") from error
        self._verify_recall(vectors, folder)

    def read(self, folder: Path, count: int, dimension: int) -> MemvidRetriever:
        if not (folder / self.file).is_file():
            raise ProviderRejected(self.kind, "its file is missing")
        try:
            return MemvidRetriever(self._open(folder / self.file, read_only=True), count)
        except MEMVID_ERRORS as error:
            raise ProviderRejected(self.kind, f"the file cannot be read ({type(error).__name__})") from error

    def _verify_recall(self, vectors: Vectors, folder: Path) -> None:
        """Opened again, every passage must be found by its own vector; else nothing of it is kept."""
        opened = self.read(folder, len(vectors), vectors.shape[1])
        try:
            lost = [
                place for place, row in enumerate(vectors) if not _is_found_by_its_vector(opened, place, row)
            ]
        finally:
            opened.close()
        if lost:
            (folder / self.file).unlink()
            raise ProviderRejected(self.kind, f"{len(lost)} of {len(vectors)} did not find themselves again")

    def _open(self, path: Path, *, read_only: bool = False) -> Any:
        return memvid_sdk.use("basic", str(path), enable_vec=True, enable_lex=False, read_only=read_only)


def _create(path: Path) -> Any:
    return memvid_sdk.create(str(path), enable_vec=True, enable_lex=False)


def _is_found_by_its_vector(opened: MemvidRetriever, place: int, row: Vectors) -> bool:
    """Among the equals of the nearest: two passages may have the same vector."""
    found = opened.nearest(row, 3)
    return any(at == place and score >= found[0][1] - 1e-6 for at, score in found)


def _row(place: int) -> dict[str, str]:
    """Texts unlike each other: what looks alike is taken for the same, and dropped."""
    mark = sha256(str(place).encode()).hexdigest()
    words = " ".join(mark[at : at + 8] for at in range(0, 64, 8))
    return {"title": str(place), "label": "passage", "uri": f"maya://{place}", "text": words}
