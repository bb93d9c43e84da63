"""Protocols of the memory: an embedder turns text into vectors, a store finds the nearest of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from maya_site.core.providers import ProviderKind, ProviderSpec

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Vectors = NDArray[numpy.float32]

Hit = tuple[int, float]  # a passage's place in the index, and how near it is


@runtime_checkable
class Embedder(Protocol):
    """Rows have length one. Raises ProviderDown or ProviderRejected, and never returns half an answer."""

    name: str  # with model and version: an index that names another one is not read
    dimension: int
    # Measured on the labelled questions; see docs/decisions/0011-memory.md.
    min_score: float  # below it a passage has nothing to do with the question
    confident_score: float  # from here on Maya says it of her own accord
    same_question_score: float  # from here on two questions ask the same
    lexical_weight: float  # how much the question's own words count beside the meaning
    has_sentence_vectors: bool  # whether titles and sentences are looked at by themselves
    is_cached: bool  # whether asking twice costs enough to keep the answers in the database

    def embed_documents(self, texts: Sequence[str]) -> Vectors: ...

    def embed_queries(self, texts: Sequence[str]) -> Vectors: ...


class Retriever(Protocol):
    """A loaded store. It never changes; a new one replaces it. Raises ProviderDown."""

    kind: str  # the name of its store

    def __len__(self) -> int: ...

    def nearest(self, vector: Vectors, limit: int) -> list[Hit]: ...


@runtime_checkable
class Store(Protocol):
    """How one kind of store is written to a folder and read back."""

    kind: str
    file: str

    def write(self, vectors: Vectors, folder: Path) -> None:
        """Raises ProviderRejected where this store must not be trusted with these vectors."""
        ...

    def read(self, folder: Path, count: int, dimension: int) -> Retriever:
        """Raises ProviderRejected with a reason where the file is not what it should be."""
        ...


@dataclass(frozen=True, kw_only=True)
class EmbedderSpec(ProviderSpec[Embedder]):
    """What may be known of an embedder without loading it. `index_name` is the `name` and `dimension` the
    dimension of what `build` makes: an index is found by them. `is_automatic`: EMBEDDER=auto may choose it;
    never one that costs money and hears what guests ask."""

    kind = ProviderKind.EMBEDDER
    protocol = Embedder

    index_name: Callable[[], str]
    dimension: int
    is_automatic: bool = True


@dataclass(frozen=True, kw_only=True)
class StoreSpec(ProviderSpec[Store]):
    """`is_slow`: it takes its time to be written, so it is added once the bar is open and nothing changes."""

    kind = ProviderKind.STORE
    protocol = Store

    is_slow: bool = False
