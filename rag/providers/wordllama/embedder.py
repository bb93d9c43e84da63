"""WordLlama's weights, read directly: a vector for every token, the mean of them for a text. No network."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy

from maya_site.core.errors import ProviderRejected

if TYPE_CHECKING:
    from rag.providers.base import Vectors

WEIGHTS_FILE = "weights/l2_supercat_256.safetensors"
TOKENIZER_FILE = "tokenizers/l2_supercat_tokenizer_config.json"
TYPES = {"F16": numpy.float16, "F32": numpy.float32}
BATCH_SIZE = 512


class WordLlama:
    name = "wordllama-l2-supercat-256"
    dimension = 256
    min_score = 0.25
    confident_score = 0.42
    same_question_score = 0.72
    lexical_weight = 0.25
    has_sentence_vectors = True
    is_cached = False

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        rows = numpy.zeros((len(texts), self.dimension), numpy.float32)
        for start in range(0, len(texts), BATCH_SIZE):
            cut = self._tokenizer.encode_batch_fast(
                list(texts[start : start + BATCH_SIZE]), add_special_tokens=False
            )
            for place, one in enumerate(cut, start):
                if one.ids:
                    rows[place] = self._weights[one.ids].astype(numpy.float32).mean(axis=0)
        # A text without words has no direction: its row stays zero and is near nothing.
        rows /= numpy.maximum(numpy.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        return rows

    embed_queries = embed_documents

    @cached_property
    def _folder(self) -> Path:
        """Found without importing the package, which would bring half a second of others along."""
        found = find_spec("wordllama")
        if found is None or found.origin is None:
            raise ProviderRejected(self.name, "the package wordllama is not installed")
        return Path(found.origin).parent

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokens = Tokenizer.from_file(str(self._folder / TOKENIZER_FILE))
        tokens.no_padding()
        tokens.no_truncation()
        return tokens

    @cached_property
    def _weights(self) -> Any:
        """Mapped, not read: only the rows of words that occur are ever loaded."""
        path = self._folder / WEIGHTS_FILE
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            head = json.loads(file.read(length))
        (about,) = [value for key, value in head.items() if key != "__metadata__"]
        start = 8 + length + about["data_offsets"][0]
        return numpy.memmap(path, TYPES[about["dtype"]], "r", offset=start, shape=tuple(about["shape"]))
