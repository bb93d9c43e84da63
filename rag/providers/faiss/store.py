"""FAISS, the store to trust: exact up to MOST_FLAT vectors, a graph of neighbours above."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maya_site.core.errors import ProviderDown, ProviderRejected

if TYPE_CHECKING:
    from rag.providers.base import Hit, Vectors

logging.getLogger("faiss.loader").setLevel(logging.WARNING)  # it tells how it looks for itself
import faiss  # noqa: E402

MAX_FLAT_VECTORS = 20_000
HNSW_LINKS, HNSW_EF_CONSTRUCTION, HNSW_EF_SEARCH = 32, 80, 128

faiss.omp_set_num_threads(1)  # a fork after a search with more threads would hang


class FaissRetriever:
    kind = "faiss"

    def __init__(self, index: Any) -> None:
        self._index = index
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def nearest(self, vector: Vectors, limit: int) -> list[Hit]:
        try:
            with self._lock:
                scores, places = self._index.search(vector.reshape(1, -1), min(limit, len(self)))
        except (RuntimeError, AssertionError) as error:
            raise ProviderDown(self.kind, str(error).splitlines()[0][:200]) from error
        pairs = zip(places[0].tolist(), scores[0].tolist(), strict=True)
        return [(place, score) for place, score in pairs if place >= 0]


class FaissStore:
    kind = "faiss"
    file = "vectors.faiss"

    def write(self, vectors: Vectors, folder: Path) -> None:
        count, dimension = vectors.shape
        index: Any = faiss.IndexFlatIP(dimension)
        if count > MAX_FLAT_VECTORS:
            index = faiss.IndexHNSWFlat(dimension, HNSW_LINKS, faiss.METRIC_INNER_PRODUCT)
            index.hnsw.efConstruction = HNSW_EF_CONSTRUCTION
        index.add(vectors)
        faiss.write_index(index, str(folder / self.file))

    def read(self, folder: Path, count: int, dimension: int) -> FaissRetriever:
        try:
            index = faiss.read_index(str(folder / self.file))
        except RuntimeError as error:
            raise ProviderRejected(self.kind, "the file is not an index that FAISS can read") from error
        if index.d != dimension or index.ntotal != count:
            found = f"{index.ntotal} vectors of {index.d}"
            raise ProviderRejected(self.kind, f"the index has {found}, not {count} of {dimension}")
        if hasattr(index, "hnsw"):
            index.hnsw.efSearch = HNSW_EF_SEARCH
        return FaissRetriever(index)
