"""Learns the statement model's weights from the sentences in `corpus/`.

    python -m bartender.safety.train            trains on all sentences and writes `statements.bin`
    python -m bartender.safety.train --judge    five-fold cross-validation: what is found of each kind

`corpus/<language>/<kind>.txt` holds one sentence a line; `innocent.txt` those that state nothing. A sentence
that states two things names the others behind a tab: “…<TAB>driving”. To improve the model, add sentences,
also innocent near misses, and run it: the same sentences give the same file. It takes about three minutes.
"""

from __future__ import annotations

import argparse
import random
import sys
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
import yaml

from bartender.safety.features import (
    ALCOHOLIC_DRINK,
    SOFT_DRINK,
    fold_word,
    split_clauses,
    split_parts,
    tokenize_statement,
)
from bartender.safety.model import HASH_BITS, MODEL_PATH, StatementModel, hash_features

CORPUS_DIR = Path(__file__).with_name("corpus")
MENU_PATH = Path(__file__).parents[1] / "menu" / "house_menu.yaml"
STATEMENT_KINDS = (
    *("minor_self", "minor_other", "allergy", "pregnancy", "driving", "medicine", "had_enough", "refusal"),
    *("human", "harassment", "complaint", "bot_question"),
)
EPOCHS, LEARNING_RATE, WEIGHT_DECAY, SEED = 14, 0.5, 1e-5, 7
POSITIVE_CLASS_WEIGHT = 2.0  # how much more a sentence that states something weighs than one that does not
# The share of false alarms of each kind among innocent sentences of other folds, most of them near misses: it
# sets the floor. A refusal stops only the drink that it names; that Maya is an AI may be said too often.
MAX_FALSE_ALARM_RATES = {"refusal": 0.004, "bot_question": 0.003}
DEFAULT_MAX_FALSE_ALARM_RATE = 0.0015
MIN_VOCABULARY_COUNT = 8  # a word that occurs less often is not told apart from others
MIN_THRESHOLD = 0.3
JOINED_SENTENCE_SHARE = (
    0.35  # the share of sentences that are learned once more behind or before an innocent one
)


@dataclass(frozen=True)
class LabelledSentence:
    text: str
    kinds: frozenset[str]


def load_sentences() -> list[LabelledSentence]:
    found: dict[str, set[str]] = {}
    for path in sorted(CORPUS_DIR.glob("*/*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            text, *more = line.strip().split("\t")
            if text and not text.startswith("#"):
                kinds = ([] if path.stem == "innocent" else [path.stem]) + [
                    one for part in more for one in part.split()
                ]
                found.setdefault(text, set()).update(kinds)
    return [LabelledSentence(text, frozenset(kinds)) for text, kinds in sorted(found.items())]


def load_menu_drinks() -> dict[str, tuple[str, str]]:
    """The menu's names with their class, alcoholic or soft, to train with."""
    menu = yaml.safe_load(MENU_PATH.read_text(encoding="utf-8"))
    items = [item for category in menu["categories"] for item in category["items"]]
    strong = {one["name"] for one in menu["ingredients"] if one.get("abv")}
    return {
        fold_word(called): (
            item["name"],
            ALCOHOLIC_DRINK if strong & _ingredients(item) else SOFT_DRINK,
        )
        for item in items
        for called in (item["name"], *item.get("aliases", ()))
    }


def _ingredients(item: dict[str, Any]) -> set[str]:
    """Of a recipe, whose parts are written as [ingredient, ml] or as {ingredient, ml}."""
    parts = item.get("recipe", ())
    return {part["ingredient"] if isinstance(part, dict) else part[0] for part in parts}


def token_forms(text: str, drinks: dict[str, tuple[str, str]]) -> list[str]:
    return [word.form for clause in split_clauses(tokenize_statement(text, drinks)) for word in clause]


class StatementTrainer:
    """Logistic regression for each kind, by Adagrad, over the features of bartender.safety.model."""

    def __init__(self, kinds: Sequence[str]) -> None:
        self.weights = numpy.zeros((1 << HASH_BITS, len(kinds)), numpy.float32)
        self.squared_gradients = numpy.full_like(self.weights, 1e-6)
        self.bias = numpy.full(len(kinds), -3.0, numpy.float32)
        self.squared_bias_gradients = numpy.full(len(kinds), 1e-6, numpy.float32)

    def fit(self, rows: Sequence[tuple[Sequence[str], frozenset[str]]]) -> None:
        order = random.Random(SEED)
        counts = Counter(word for forms, _ in rows for word in forms)
        self.vocabulary = {word for word, count in counts.items() if count >= MIN_VOCABULARY_COUNT}
        places = [
            numpy.fromiter(sorted(hash_features(forms, self.vocabulary)), numpy.int64) for forms, _ in rows
        ]
        targets = [
            numpy.array([kind in kinds for kind in STATEMENT_KINDS], numpy.float32) for _, kinds in rows
        ]
        turn = list(range(len(rows)))
        for _ in range(EPOCHS):
            order.shuffle(turn)
            for row in turn:
                self._update_weights(places[row], targets[row])

    def _update_weights(self, feature_indices: numpy.ndarray, target: numpy.ndarray) -> None:
        share = 1 / numpy.sqrt(len(feature_indices) or 1)
        wrong = self._logistic(self.weights[feature_indices].sum(0) * share + self.bias) - target
        wrong = numpy.where(target > 0, wrong * POSITIVE_CLASS_WEIGHT, wrong)
        slope = wrong * share
        self.squared_gradients[feature_indices] += slope * slope
        self.weights[feature_indices] -= (
            LEARNING_RATE * slope / numpy.sqrt(self.squared_gradients[feature_indices])
            + WEIGHT_DECAY * self.weights[feature_indices]
        )
        self.squared_bias_gradients += wrong * wrong
        self.bias -= LEARNING_RATE * wrong / numpy.sqrt(self.squared_bias_gradients)

    @staticmethod
    def _logistic(sums: numpy.ndarray) -> numpy.ndarray:
        shares: numpy.ndarray = 1 / (1 + numpy.exp(-numpy.clip(sums, -30, 30)))
        return shares

    def build_model(self, thresholds: dict[str, float]) -> StatementModel:
        """The model with its weights as signed bytes: a quarter of the size, and the same probabilities to
        two digits."""
        scale = float(numpy.abs(self.weights).max()) / 127
        packed = array("b", numpy.round(self.weights / scale).astype(numpy.int8).tobytes())
        return StatementModel(
            thresholds, self.vocabulary, [round(float(one), 5) for one in self.bias], scale, packed
        )


TrainingRow = tuple[list[str], frozenset[str]]


def build_training_rows(given: Sequence[LabelledSentence]) -> list[TrainingRow]:
    """Each sentence, and some of them again beside an innocent one: statements in passing count as well."""
    drinks = load_menu_drinks()
    chance = random.Random(SEED)
    rows = [(token_forms(one.text, drinks), one.kinds) for one in given]
    # Clauses and windows are classified, too: those of an innocent sentence are innocent.
    rows += [
        ([word.form for word in part], one.kinds)
        for one in given
        if not one.kinds
        for part in split_parts(tokenize_statement(one.text, drinks))[1:]
    ]
    beside = [forms for forms, kinds in rows if not kinds and len(forms) < 12]
    for forms, kinds in list(rows):
        if kinds and beside and chance.random() < JOINED_SENTENCE_SHARE:
            other = chance.choice(beside)
            rows.append((other + forms if chance.random() < 0.5 else forms + other, kinds))
    return rows


def cross_validate(given: Sequence[LabelledSentence], folds: int = 5) -> list[dict[str, float]]:
    """For each sentence the probabilities by a model that was trained on the other folds."""
    drinks = load_menu_drinks()
    places = list(range(len(given)))
    random.Random(SEED).shuffle(places)
    found: list[dict[str, float]] = [{} for _ in given]
    for fold in range(folds):
        learner = StatementTrainer(STATEMENT_KINDS)
        learner.fit(
            build_training_rows([given[at] for place, at in enumerate(places) if place % folds != fold])
        )
        reader = learner.build_model(dict.fromkeys(STATEMENT_KINDS, 0.5))
        for at in places[fold::folds]:
            found[at] = max_probabilities(given[at].text, drinks, reader)
    return found


def max_probabilities(
    text: str, drinks: dict[str, tuple[str, str]], reader: StatementModel
) -> dict[str, float]:
    """For each kind the highest probability among the sentence's parts, as in `extract_statements`."""
    parts = [
        reader.probabilities([word.form for word in part])
        for part in split_parts(tokenize_statement(text, drinks))
    ]
    return {kind: max((part[kind] for part in parts), default=0.0) for kind in STATEMENT_KINDS}


def choose_thresholds(
    given: Sequence[LabelledSentence], likely: Sequence[dict[str, float]]
) -> dict[str, float]:
    """For each kind the lowest threshold at which no more false alarms come than its maximum rate."""
    floors = {}
    for kind in STATEMENT_KINDS:
        others = sorted(
            (row[kind] for one, row in zip(given, likely, strict=True) if not one.kinds), reverse=True
        )
        allowed = int(len(others) * MAX_FALSE_ALARM_RATES.get(kind, DEFAULT_MAX_FALSE_ALARM_RATE))
        floors[kind] = round(max(MIN_THRESHOLD, others[allowed] + 1e-4 if others else 1.0), 4)
    return floors


def format_table(
    given: Sequence[LabelledSentence], likely: Sequence[dict[str, float]], thresholds: dict[str, float]
) -> str:
    lines = [f"{'kind':14} sentences  heard  floor"]
    for kind in STATEMENT_KINDS:
        shares = [row[kind] for one, row in zip(given, likely, strict=True) if kind in one.kinds]
        found = sum(share >= thresholds[kind] for share in shares)
        lines.append(f"{kind:14} {len(shares):9}  {found / max(1, len(shares)):5.0%}  {thresholds[kind]:.2f}")
    innocent = [row for one, row in zip(given, likely, strict=True) if not one.kinds]
    alarms = sum(any(row[kind] >= thresholds[kind] for kind in STATEMENT_KINDS) for row in innocent)
    return "\n".join([*lines, f"false alarms: {alarms} of {len(innocent)} innocent sentences"])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--judge", action="store_true", help="print what is heard, and write nothing")
    judge = parser.parse_args().judge
    given = load_sentences()
    likely = cross_validate(given)
    floors = choose_thresholds(given, likely)
    sys.stdout.write(format_table(given, likely, floors) + "\n")
    if not judge:
        learner = StatementTrainer(STATEMENT_KINDS)
        learner.fit(build_training_rows(given))
        learner.build_model(floors).save(MODEL_PATH)
        sys.stdout.write(
            f"{MODEL_PATH.name}: {MODEL_PATH.stat().st_size:,} bytes from {len(given):,} sentences\n"
        )


if __name__ == "__main__":
    main()
