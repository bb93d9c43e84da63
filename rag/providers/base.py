"""What the memory is made of: what turns words into vectors, and what finds the nearest of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Vectors = NDArray[numpy.float32]

Hit = tuple[int, float]  # a passage's place in the index, and how near it is


class Embedder(Protocol):
    """Rows are of length one. Raises ProviderDown or ProviderRejected, never half an answer."""

    name: str  # with model and version: an index that names another one is not read
    dimension: int
    # Measured on the labelled questions; see maya_site/decisions/0011-memory.md.
    floor: float  # below it a passage has nothing to do with the question
    sure: float  # from here on Maya says it of her own accord
    alike: float  # from here on two questions ask the same
    words_weigh: float  # how much the question's own words count beside the meaning
    parts: bool  # whether titles and sentences are looked at by themselves
    cached: bool  # whether asking twice costs enough to keep the answers in the database

    def embed_documents(self, texts: Sequence[str]) -> Vectors: ...

    def embed_queries(self, texts: Sequence[str]) -> Vectors: ...


class Retriever(Protocol):
    """A loaded store. It never changes: a new one takes its place as a whole. Raises ProviderDown."""

    kind: str  # memvid, faiss

    def __len__(self) -> int: ...

    def nearest(self, vector: Vectors, most: int) -> list[Hit]: ...


class Store(Protocol):
    """How a kind of store is written to a folder and read back."""

    kind: str
    file: str

    def write(self, vectors: Vectors, folder: Path) -> None:
        """Raises ProviderRejected where this store must not be trusted with these vectors."""
        ...

    def read(self, folder: Path, count: int, dimension: int) -> Retriever:
        """Raises ProviderRejected with a reason where the file is not what it should be."""
        ...
