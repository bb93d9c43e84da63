"""Gemini's embeddings: in batches that the service takes, with deadlines of our own, and asked for once."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy
from django.conf import settings
from google import genai
from google.genai import errors, types

from maya_site.lib.errors import ProviderDown, ProviderRejected

if TYPE_CHECKING:
    from rag.providers.base import Vectors

DIMENSION = 768
AT_ONCE = 100  # more in one request is refused, and the SDK does not cut
DOCUMENTS, QUERY = "RETRIEVAL_DOCUMENT", "RETRIEVAL_QUERY"
# A guest waits for a question; nobody waits for a build.
QUERY_SECONDS, DOCUMENT_SECONDS = 2.0, 20.0
TRIES, FIRST_PAUSE = 4, 0.5
TEMPORARY = {408, 429, 500, 502, 503, 504}


class GeminiEmbedder:
    dimension = DIMENSION
    floor = 0.5
    sure = 0.6
    alike = 0.85
    words_weigh = 0.1
    parts = False
    cached = True

    def __init__(self, tries: int = TRIES, first_pause: float = FIRST_PAUSE) -> None:
        self.model: str = settings.GEMINI_EMBEDDING_MODEL
        self.name = f"{self.model}-{DIMENSION}"
        self.tries, self.first_pause = tries, first_pause

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        rows = [self._patiently(texts[start : start + AT_ONCE]) for start in range(0, len(texts), AT_ONCE)]
        return numpy.concatenate(rows) if rows else numpy.zeros((0, DIMENSION), numpy.float32)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Asked once: a guest who waits longer has lost the thread."""
        return self._asked(texts, QUERY, QUERY_SECONDS)

    def _patiently(self, texts: Sequence[str]) -> Vectors:
        for attempt in range(self.tries - 1):
            try:
                return self._asked(texts, DOCUMENTS, DOCUMENT_SECONDS)
            except ProviderDown:
                time.sleep(self.first_pause * 2**attempt * random.uniform(0.5, 1.5))
        return self._asked(texts, DOCUMENTS, DOCUMENT_SECONDS)

    def _asked(self, texts: Sequence[str], task: str, seconds: float) -> Vectors:
        # Strings alone are merged into one content by the newer models, and one vector comes back for all.
        contents: list[Any] = [types.Content(parts=[types.Part(text=text)]) for text in texts]
        config = types.EmbedContentConfig(
            task_type=task,
            output_dimensionality=DIMENSION,
            http_options=types.HttpOptions(timeout=int(seconds * 1000)),
        )
        try:
            answer = self._client.models.embed_content(model=self.model, contents=contents, config=config)
        except errors.APIError as error:
            kind = ProviderDown if error.code in TEMPORARY else ProviderRejected
            raise kind(self.name, f"{error.code} {error.status}") from error
        except self._line_troubles as error:
            raise ProviderDown(self.name, type(error).__name__) from error
        return self._rows(answer, len(texts))

    def _rows(self, answer: types.EmbedContentResponse, wanted: int) -> Vectors:
        """Below the model's full length vectors are not of length one: we make them so."""
        values = [one.values or [] for one in answer.embeddings or []]
        if len(values) != wanted or any(len(one) != DIMENSION for one in values):
            raise ProviderRejected(self.name, f"{len(values)} vectors for {wanted} texts")
        rows = numpy.array(values, numpy.float32)
        rows /= numpy.maximum(numpy.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        return rows

    @cached_property
    def _client(self) -> genai.Client:
        options = types.HttpOptions(
            base_url=settings.GEMINI_BASE_URL or None,
            api_version="v1",
            retry_options=types.HttpRetryOptions(attempts=1),
        )
        return genai.Client(api_key=settings.GEMINI_API_KEY, enterprise=False, http_options=options)

    @cached_property
    def _line_troubles(self) -> tuple[type[Exception], ...]:
        import httpx2

        return (httpx2.HTTPError, TimeoutError, OSError, errors.UnknownApiResponseError)
