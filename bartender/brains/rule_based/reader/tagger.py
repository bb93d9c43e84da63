"""Which words of an utterance mean what: a small network over word vectors, in numpy, on the CPU.

Each word becomes the sum of its WordLlama vector, its letters' ngrams and what it is on tonight's menu. Six
gated convolutions let it see its neighbours; three heads say the act, whether a group begins, and the slot.
`train` learns the weights. About a millisecond for a sentence. Pure: the same words give the same tags.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy

from bartender.brains.rule_based.reader.features import flag_rows, ngrams
from bartender.brains.rule_based.reader.lexicon import Terms
from bartender.brains.rule_based.reader.tokens import Token, tokenize

WEIGHTS_PATH = Path(__file__).with_name("tagger.npz")
MAX_TOKENS = 200
SWITCH_COST = 1.0
OUTSIDE = "O"

Array = numpy.ndarray


@dataclass
class Slot:
    """`kind`: item, quantity, modifier, unwanted_modifier, note, off_menu, person, reference, ..."""

    kind: str
    tokens: list[Token]

    @property
    def text(self) -> str:
        return join(self.tokens)


@dataclass
class Group:
    """Words that belong together: one drink of an order, or one thing that is asked for."""

    act: str
    tokens: list[Token] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)
    confidence: float = 1.0  # of its least certain word, 0 to 1

    def of(self, *kinds: str) -> list[Slot]:
        return [one for one in self.slots if one.kind in kinds]


def join(tokens: Sequence[Token]) -> str:
    text = ""
    for at, token in enumerate(tokens):
        text += (" " if at and token.start > tokens[at - 1].end else "") + token.text
    return text


class Tagger:
    def __init__(self, path: Path = WEIGHTS_PATH) -> None:
        self._path = path

    @cached_property
    def _weights(self) -> dict[str, Array]:
        with numpy.load(self._path) as file:
            found = {name: file[name] for name in file.files}
        scale = found.pop("ngram_scale")
        found["ngrams"] = found["ngrams"].astype(numpy.float32) * scale
        return {
            name: value.astype(numpy.float32) if value.dtype == numpy.float16 else value
            for name, value in found.items()
        }

    @lru_cache(maxsize=20_000)  # noqa: B019  one tagger a process
    def _embed(self, form: str) -> Array:
        weights = self._weights
        vector = embedder().embed_documents([form])[0]
        row = weights["ngrams"][list(ngrams(form))]
        found: Array = (
            vector @ weights["vectors"] + (row.sum(0) / numpy.sqrt(len(row))) @ weights["ngram_projection"]
        )
        return found

    def tag(self, text: str, terms: Terms) -> tuple[list[Token], list[Group]]:
        """The words of an utterance, and its groups in their order."""
        return self.tag_words(tokenize(text), terms)

    def tag_words(self, tokens: list[Token], terms: Terms) -> tuple[list[Token], list[Group]]:
        tokens = tokens[:MAX_TOKENS]
        if not tokens:
            return [], []
        acts, begins, slots = self._scores([one.form for one in tokens], terms)
        return tokens, self._decode(tokens, acts, begins, slots)

    def _scores(self, forms: Sequence[str], terms: Terms) -> tuple[Array, Array, Array]:
        weights = self._weights
        h = numpy.stack([self._embed(form) for form in forms])
        h = h + flag_rows(forms, terms) @ weights["flags"] + weights["bias"]
        for layer, dilation in enumerate(weights["dilations"].tolist()):
            x = _normalize(h, weights[f"norm{layer}"])
            padded = numpy.pad(x, ((dilation, dilation), (0, 0)))
            before, after = padded[: len(x)], padded[2 * dilation : 2 * dilation + len(x)]
            kernel = weights[f"kernel{layer}"]
            y = before @ kernel[0] + x @ kernel[1] + after @ kernel[2] + weights[f"kernel_bias{layer}"]
            value, gate = numpy.split(y, 2, -1)
            h = h + (_gelu(value) / (1 + numpy.exp(-gate))) @ weights[f"output{layer}"]
            if layer == 1:
                h = h + numpy.tanh(h.mean(0)) @ weights["whole"]
        h = _normalize(h, 1.0)
        return (
            h @ weights["act"] + weights["act_bias"],
            (h @ weights["begin"] + weights["begin_bias"])[:, 0],
            h @ weights["slot"] + weights["slot_bias"],
        )

    def _decode(self, tokens: list[Token], acts: Array, begins: Array, slots: Array) -> list[Group]:
        """The likeliest acts where changing costs something, cut into groups; the slots within them."""
        names, slot_names = self._weights["act_names"], self._weights["slot_names"]
        begin = 1 / (1 + numpy.exp(-begins))
        scores = _log_softmax(acts)
        path = _best_path(scores, SWITCH_COST * (1 - begin))
        groups: list[Group] = []
        previous, slot = 0, None
        for at, token in enumerate(tokens):
            act = path[at]
            if act == 0:
                previous, slot = 0, None
                continue
            if act != previous or begin[at] > 0.5:
                groups.append(Group(str(names[act])))
                slot = None
            previous = act
            groups[-1].tokens.append(token)
            groups[-1].confidence = min(groups[-1].confidence, float(numpy.exp(scores[at, act])))
            tag = str(slot_names[int(slots[at].argmax())])
            if tag == OUTSIDE:
                slot = None
            elif tag[0] == "B" or slot is None or slot.kind != tag[2:]:
                slot = Slot(tag[2:], [token])
                groups[-1].slots.append(slot)
            else:
                slot.tokens.append(token)
        return groups


def _best_path(scores: Array, switch_costs: Array) -> list[int]:
    places = numpy.arange(scores.shape[1])
    total, back = scores[0].copy(), []
    for at in range(1, len(scores)):
        best = int(total.argmax())
        moved = total[best] - switch_costs[at]
        back.append(numpy.where(total >= moved, places, best))
        total = numpy.maximum(total, moved) + scores[at]
    path = [int(total.argmax())]
    for row in reversed(back):
        path.append(int(row[path[-1]]))
    return path[::-1]


def _normalize(h: Array, scale: Any) -> Array:
    found: Array = h * scale / numpy.sqrt((h * h).mean(-1, keepdims=True) + 1e-5)
    return found


def _gelu(x: Array) -> Array:
    found: Array = 0.5 * x * (1 + numpy.tanh(0.7978845608 * (x + 0.044715 * x**3)))
    return found


def _log_softmax(x: Array) -> Array:
    x = x - x.max(-1, keepdims=True)
    found: Array = x - numpy.log(numpy.exp(x).sum(-1, keepdims=True))
    return found


@lru_cache(maxsize=1)
def embedder() -> Any:
    """The word vectors: one table in memory for all that reads with them."""
    from rag.providers.wordllama.embedder import WordLlama

    return WordLlama()
