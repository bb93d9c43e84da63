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

from maya_site.core.errors import ProviderDown, ProviderRejected
from maya_site.core.response_limits import IDENTITY_ENCODING, ResponseLimits
from maya_site.core.response_limits_httpx2 import limit_response_hook
from rag.providers.gemini import DIMENSION

if TYPE_CHECKING:
    from rag.providers.base import Vectors

BATCH_SIZE = 100  # more in one request is refused, and the SDK does not cut
DOCUMENTS, QUERY = "RETRIEVAL_DOCUMENT", "RETRIEVAL_QUERY"
# A guest waits for a question; nobody waits for a build.
QUERY_TIMEOUT_SECONDS, DOCUMENT_TIMEOUT_SECONDS = 2.0, 20.0
MAX_ATTEMPTS, FIRST_BACKOFF_SECONDS = 4, 0.5
RESPONSE_LIMITS = ResponseLimits(max_body_bytes=16 << 20)  # a hundred vectors in figures
RETRYABLE_STATUSES = {408, 429, 500, 502, 503, 504}


class GeminiEmbedder:
    dimension = DIMENSION
    min_score = 0.5
    confident_score = 0.6
    same_question_score = 0.85
    lexical_weight = 0.1
    has_sentence_vectors = False
    is_cached = True

    def __init__(
        self, max_attempts: int = MAX_ATTEMPTS, first_backoff_seconds: float = FIRST_BACKOFF_SECONDS
    ) -> None:
        self.model: str = settings.GEMINI_EMBEDDING_MODEL
        self.name = f"{self.model}-{DIMENSION}"
        self.max_attempts, self.first_backoff_seconds = max_attempts, first_backoff_seconds

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        rows = [
            self._embed_with_retry(texts[start : start + BATCH_SIZE])
            for start in range(0, len(texts), BATCH_SIZE)
        ]
        return numpy.concatenate(rows) if rows else numpy.zeros((0, DIMENSION), numpy.float32)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Asked once: a guest who waits longer has lost the thread."""
        return self._embed(texts, QUERY, QUERY_TIMEOUT_SECONDS)

    def _embed_with_retry(self, texts: Sequence[str]) -> Vectors:
        for attempt in range(self.max_attempts - 1):
            try:
                return self._embed(texts, DOCUMENTS, DOCUMENT_TIMEOUT_SECONDS)
            except ProviderDown:
                time.sleep(self.first_backoff_seconds * 2**attempt * random.uniform(0.5, 1.5))
        return self._embed(texts, DOCUMENTS, DOCUMENT_TIMEOUT_SECONDS)

    def _embed(self, texts: Sequence[str], task: str, timeout_seconds: float) -> Vectors:
        # Strings alone are merged into one content by the newer models, and one vector comes back for all.
        contents: list[Any] = [types.Content(parts=[types.Part(text=text)]) for text in texts]
        config = types.EmbedContentConfig(
            task_type=task,
            output_dimensionality=DIMENSION,
            http_options=types.HttpOptions(timeout=int(timeout_seconds * 1000)),
        )
        try:
            answer = self._client.models.embed_content(model=self.model, contents=contents, config=config)
        except errors.APIError as error:
            kind = ProviderDown if error.code in RETRYABLE_STATUSES else ProviderRejected
            raise kind(self.name, f"{error.code} {error.status}") from error
        except self._connection_errors as error:
            raise ProviderDown(self.name, type(error).__name__) from error
        return self._normalized_rows(answer, len(texts))

    def _normalized_rows(self, answer: types.EmbedContentResponse, wanted: int) -> Vectors:
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
            client_args={
                "headers": IDENTITY_ENCODING,
                "event_hooks": {"response": [limit_response_hook(RESPONSE_LIMITS)]},
            },
        )
        return genai.Client(api_key=settings.GEMINI_API_KEY, enterprise=False, http_options=options)

    @cached_property
    def _connection_errors(self) -> tuple[type[Exception], ...]:
        import httpx2

        garbage = (errors.UnknownApiResponseError, ValueError, RecursionError)
        return (httpx2.HTTPError, TimeoutError, OSError, *garbage)
