"""Learns the sentence classifier from the sentences in `corpus/`.

    python -m tests.claim_classifier.train

trains on all sentences and writes `claims.bin`, in a minute. `corpus/<language>/claim.txt` holds what needs
proof, `talk.txt` what touches nothing; `(a|b)` stands for either. `corpus/other.txt` holds other languages,
divided by `|`; Django's own translations are read beside it.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import django
import numpy
from django.utils.translation import gettext as _
from django.utils.translation import override

import tests.clean_environment  # noqa: F401  before Django reads the settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maya_site.settings")
django.setup()

from bartender.brains.rule_based.reader.tagger import embedder  # noqa: E402
from bartender.claim_gate.features import HASH_BITS, feature_indices, plain_forms  # noqa: E402
from bartender.claim_gate.sentence_model import HEADS, MODEL_PATH, VECTOR_WEIGHT, SentenceModel  # noqa: E402

if TYPE_CHECKING:
    from bartender.menu.mentions import ItemNames

ROOT = Path(__file__).parents[2]
CORPUS_DIR = Path(__file__).with_name("corpus")
SAFETY_CORPUS_DIR = ROOT / "bartender" / "safety" / "corpus"
PASSAGES_DIR = ROOT / "rag" / "corpus"
STORIES = ("cocktails.md", "house.md", "maya.md", "beer_and_spirits.md")
OTHER_LANGUAGES = "fr de it pt ca nl pl tr sv da fi ro hu cs id eu"
VARIANTS, EPOCHS, SEED = 60, 8, 7
COMPOSED_WEIGHT = 6  # a sentence that somebody composed counts as many from a pattern
LEARNING_RATE, VECTOR_LEARNING_RATE, WEIGHT_DECAY = 0.5, 0.1, 1e-5
FLOORS = {"claim": 0.52, "other language": 0.6, "spanish": 0.7, "tab": 0.75}
_CHOICE = re.compile(r"\(([^()]*)\)")
_MESSAGE = re.compile(r'^msgstr "(.{12,})"$', re.MULTILINE)
_SENTENCE_GAP = re.compile(r"(?<=[.!?]) ")


@dataclass(frozen=True)
class Row:
    """`targets`: for each head whether it is so; None: not known, and not learned from."""

    text: str
    targets: tuple[bool | None, ...]


def load_rows() -> list[Row]:
    from bartender.brains.rule_based.small_talk import SMALL_TALK_LINES

    chance = random.Random(SEED)
    rows: list[Row] = []
    for language in ("en", "es"):
        spanish = language == "es"
        for name in ("claim", "talk"):
            for line, topic in _read_topics(CORPUS_DIR / language / f"{name}.txt"):
                targets = (name == "claim", False, spanish, topic)
                rows += [Row(text, targets) for text in _expand(line, chance)]
            for line, topic in _read_topics(CORPUS_DIR / language / f"{name}_sentences.txt"):
                rows += [Row(line, (name == "claim", False, spanish, topic))] * COMPOSED_WEIGHT
        with override(language):
            own = [str(_(line)) for lines in SMALL_TALK_LINES.values() for line in lines]
        parts = [text for line in own for text in _SENTENCE_GAP.split(line)]
        rows += [Row(text, (False, False, spanish, None)) for text in parts]
        for path in sorted((SAFETY_CORPUS_DIR / language).glob("*.txt")):
            guests = chance.sample(sorted(_read(path)), 150)
            rows += [Row(line.split("\t")[0], (None, False, spanish, None)) for line in guests]
    for path in sorted(PASSAGES_DIR.glob("*.md")):
        is_claim = False if path.name in STORIES else None
        for line in _read(path):
            sentences = dict.fromkeys([line, *_SENTENCE_GAP.split(line)])
            rows += [Row(text, (is_claim, False, False, False)) for text in sentences]
    rows += [Row(text, (None, True, False, None)) for text in _other_languages(chance)]
    return rows


def _read(path: Path) -> list[str]:
    return [line for line, _topic in _read_topics(path)]


def _read_topics(path: Path) -> Iterator[tuple[str, bool | None]]:
    """Each line, and whether it is about the guest's tab: “# topic: tab” and “# topic: other” say it for the
    lines that follow."""
    topic: bool | None = None
    for line in map(str.strip, path.read_text(encoding="utf-8").splitlines()):
        if line.startswith("# topic: "):
            topic = {"tab": True, "other": False}.get(line.removeprefix("# topic: "))
        elif line and not line.startswith("#"):
            yield line, topic


def _expand(line: str, chance: random.Random) -> list[str]:
    parts = _CHOICE.split(line)
    found: dict[str, None] = {}
    for _attempt in range(VARIANTS * 3 if len(parts) > 1 else 1):
        text = "".join(chance.choice(part.split("|")) if at % 2 else part for at, part in enumerate(parts))
        found[re.sub(r" +([,.?!])", r"\1", re.sub(r" +", " ", text)).strip(" ,")] = None
        if len(found) == VARIANTS:
            break
    return list(found)


def _other_languages(chance: random.Random) -> Iterator[str]:
    for line in _read(CORPUS_DIR / "other.txt"):
        yield from line.split("|") * 3
    for language in OTHER_LANGUAGES.split():
        found: list[str] = []
        contrib = Path(django.__file__).with_name("contrib")
        for path in sorted(contrib.glob(f"*/locale/{language}/LC_MESSAGES/django.po")):
            found += _MESSAGE.findall(path.read_text(encoding="utf-8"))
        yield from chance.sample(found, min(150, len(found)))


class Trainer:
    """Logistic regression for each head, by Adagrad; the weights of the later epochs are averaged."""

    def __init__(self) -> None:
        shape = (1 << HASH_BITS, len(HEADS))
        self.weights, self.squares = numpy.zeros(shape, numpy.float32), numpy.full(shape, 1e-6, numpy.float32)
        dense = (embedder().dimension, len(HEADS))
        self.vector, self.vector_squares = (
            numpy.zeros(dense, numpy.float32),
            numpy.full(dense, 1e-6, numpy.float32),
        )
        self.bias, self.bias_squares = numpy.zeros(len(HEADS)), numpy.full(len(HEADS), 1e-6)

    def fit(self, rows: Sequence[Row], names: ItemNames) -> SentenceModel:
        forms = [plain_forms(row.text, names) for row in rows]
        found = [feature_indices(one) for one in forms]
        vectors = embedder().embed_documents([" ".join(one) for one in forms])
        known = numpy.array([[one is not None for one in row.targets] for row in rows], numpy.float32)
        wanted = numpy.array([[bool(one) for one in row.targets] for row in rows], numpy.float32)
        order, chance = list(range(len(rows))), random.Random(SEED)
        sums, vector_sums, count = numpy.zeros_like(self.weights), numpy.zeros_like(self.vector), 0
        for epoch in range(EPOCHS):
            chance.shuffle(order)
            for row in order:
                self._update(found[row], vectors[row], wanted[row], known[row])
            if epoch >= EPOCHS // 2:
                sums, vector_sums, count = sums + self.weights, vector_sums + self.vector, count + 1
        scale = float(numpy.abs(sums / count).max()) / 127
        packed = numpy.round(sums / count / scale).astype(numpy.int8)
        bias = [round(float(one), 5) for one in self.bias]
        return SentenceModel(packed, vector_sums / count, bias, scale, FLOORS)

    def _update(
        self, found: Sequence[int], vector: numpy.ndarray, wanted: numpy.ndarray, known: numpy.ndarray
    ) -> None:
        share = 1 / numpy.sqrt(len(found) or 1)
        sums = self.weights[found].sum(0) * share + VECTOR_WEIGHT * (vector @ self.vector) + self.bias
        wrong = (1 / (1 + numpy.exp(-numpy.clip(sums, -30, 30))) - wanted) * known
        slope = wrong * share
        self.squares[found] += slope * slope
        self.weights[found] -= (
            LEARNING_RATE * slope / numpy.sqrt(self.squares[found]) + WEIGHT_DECAY * self.weights[found]
        )
        slopes = VECTOR_WEIGHT * numpy.outer(vector, wrong)
        self.vector_squares += slopes * slopes
        self.vector -= VECTOR_LEARNING_RATE * slopes / numpy.sqrt(self.vector_squares)
        self.bias_squares += wrong * wrong
        self.bias -= LEARNING_RATE * wrong / numpy.sqrt(self.bias_squares)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maya_site.settings")
    django.setup()
    from tests.claim_classifier.menu_names import load_item_names

    rows = load_rows()
    Trainer().fit(rows, load_item_names()).save(MODEL_PATH)
    print(f"{MODEL_PATH.name}: {MODEL_PATH.stat().st_size:,} bytes from {len(rows):,} sentences")


if __name__ == "__main__":
    main()
