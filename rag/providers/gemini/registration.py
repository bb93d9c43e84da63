from __future__ import annotations

from django.conf import settings

from rag.providers.base import Embedder, EmbedderSpec
from rag.providers.gemini import DIMENSION


def _build() -> Embedder:
    from rag.providers.gemini.embedder import GeminiEmbedder

    return GeminiEmbedder()


SPEC = EmbedderSpec(
    name="gemini",
    display_name="Gemini",
    build=_build,
    settings=("GEMINI_API_KEY", "GEMINI_BASE_URL", "GEMINI_EMBEDDING_MODEL"),
    enabled_by=("GEMINI_API_KEY",),
    url_settings=("GEMINI_BASE_URL",),
    index_name=lambda: f"{settings.GEMINI_EMBEDDING_MODEL}-{DIMENSION}",
    dimension=DIMENSION,
    is_automatic=False,
)
