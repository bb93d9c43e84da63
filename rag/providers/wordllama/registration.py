from __future__ import annotations

from rag.providers.base import Embedder, EmbedderSpec


def _build() -> Embedder:
    from rag.providers.wordllama.embedder import WordLlama

    return WordLlama()


SPEC = EmbedderSpec(
    name="wordllama",
    display_name="WordLlama",
    build=_build,
    index_name=lambda: "wordllama-l2-supercat-256",
    dimension=256,
)
