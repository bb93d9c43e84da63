"""Learns what remarks are about: `bartender/brains/rule_based/talk/topics.npz`, anew.

    python -m tests.understanding.talk.train [--check]

A softmax over a small shared layer, from the examples of the `.txt` files here and those sentences of
`../corpus` whose one act is about the tab, a drink or the visit. Two minutes. Prints how often the topic is
found of a fifth of the examples, left out for that, and how often a wrong one is taken at each floor.
"""

from __future__ import annotations

import argparse
import os
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy

import tests.clean_environment  # noqa: F401  before Django reads the settings
from tests.understanding.annotations import CORPUS_DIR, parse_sentence

FOLDER = Path(__file__).parent
LANGUAGES = ("en", "es")
RANK = 64
EPOCHS, BATCH, RATE, DECAY, DROPPED = 30, 256, 0.01, 0.002, 0.5
LEFT_OUT = 5  # one of so many, for the figures
BALANCE = 0.3  # 0: every example counts alike; 1: every topic does
FREQUENT_WORDS = 300
FREQUENCY = 1e-3
MOST_OF_A_TOPIC, MOST_OF_AN_ACT, MOST_ORDERS = 24, 90, 900
# What the corpus calls it, and the topic or act of the classifier. Other acts of talk have no topic there.
ACT_TOPICS = {
    "wait?": "wait?",
    "theirtab": "their-tab",
    "split": "split",
    "cash": "cash",
    "who?": "recall?",
    "person": "person",
    "leave": "want-quiet",
    "pay": "pay",
    "bill": "bill?",
    "order?": "order?",
    "balance": "balance?",
    "tip": "tip",
    "tip?": "tip?",
    "notyet": "not-yet",
    "paid?": "paid?",
    "receipt": "receipt",
    "send": "send",
    "menu": "menu",
    "recommend": "recommend",
}
TALK_ACTS = {
    *("tell", "ask", "joke", "flirt", "insult", "injection", "lost", "hello", "bye", "thanks", "praise"),
    *("sorry", "price!", "speak", "yes", "no", "pick", "mention"),
}
ORDER = "order"
ACTS_GROUP = "acts"


@dataclass(frozen=True)
class Example:
    text: str
    key: str
    source: str  # the line's part that it was made of: held out as one


def expand(text: str) -> list[str]:
    """ "(i'm|so) (tired|worn out)": each of the sentences that it stands for."""
    parts = [part.split("|") for part in re.split(r"[()]", text)]
    return [" ".join("".join(chosen).split()) for chosen in product(*parts)]


def topic_lines(language: str) -> Iterator[tuple[str, str]]:
    for path in sorted(FOLDER.glob(f"{language}*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            key, _, rest = line.partition(":")
            if key and not key.startswith("#"):
                yield key, rest


def topic_examples(language: str) -> Iterator[Example]:
    chosen: dict[str, dict[str, str]] = {}
    for key, line in topic_lines(language):
        # A bar within brackets is a choice, one outside of them parts two examples.
        for one in re.split(r"\|(?![^(]*\))", line):
            found = expand(one.strip())
            random.Random(one).shuffle(found)
            chosen.setdefault(key, {}).update(dict.fromkeys(found[:4], one))
    for key, texts in chosen.items():
        for text, source in list(texts.items())[:MOST_OF_A_TOPIC]:
            yield Example(text, key, source)


def corpus_examples() -> Iterator[Example]:
    found: dict[str, list[str]] = {}
    for language in LANGUAGES:
        by_key: dict[str, list[str]] = {}
        for path in sorted((CORPUS_DIR / language).glob("*.txt")):
            for line in path.read_text(encoding="utf-8").splitlines():
                if not line.strip() or line.startswith("#"):
                    continue
                sentence = parse_sentence(line)
                acts = {group.act for group in sentence.groups}
                if acts & TALK_ACTS or not acts:
                    continue
                key = ACT_TOPICS.get(next(iter(acts)), ORDER) if len(acts) == 1 else ORDER
                by_key.setdefault(key, []).append(sentence.text)
        for key, texts in by_key.items():
            random.Random(7).shuffle(texts)
            found.setdefault(key, []).extend(texts[: MOST_ORDERS if key == ORDER else MOST_OF_AN_ACT])
    for key, texts in found.items():
        yield from (Example(text, key, text) for text in texts)


def all_examples() -> list[Example]:
    found = [one for language in LANGUAGES for one in topic_examples(language)]
    return list({one.text: one for one in [*found, *corpus_examples()]}.values())


@dataclass
class Inputs:
    """All examples as features: the n-th has `rows[starts[n]:starts[n + 1]]`, with their values."""

    rows: Any
    values: Any
    starts: Any
    vectors: Any

    def batch(self, chosen: Any) -> Any:
        """Some examples as rows of a matrix, with a column for each hashed feature."""
        from bartender.brains.rule_based.talk.classifier import HASH_BITS

        lengths = self.starts[chosen + 1] - self.starts[chosen]
        starts = numpy.cumsum(lengths) - lengths
        places = numpy.repeat(self.starts[chosen] - starts, lengths) + numpy.arange(lengths.sum())
        found = numpy.zeros((len(chosen), 1 << HASH_BITS), numpy.float32)
        found[numpy.repeat(numpy.arange(len(chosen)), lengths), self.rows[places]] = self.values[places]
        return found


def prepare(examples: Sequence[Example]) -> tuple[Inputs, dict[str, Any]]:
    from bartender.brains.rule_based.talk import classifier

    words = [classifier.words_of(one.text) for one in examples]
    counted = Counter(word for line in words for word in line)
    total = sum(counted.values())
    weights = {
        word: FREQUENCY / (FREQUENCY + times / total) for word, times in counted.most_common(FREQUENT_WORDS)
    }
    rows = [classifier.feature_rows(line) for line in words]
    seen = numpy.bincount([row for line in rows for row in line], minlength=1 << classifier.HASH_BITS)
    idf = numpy.log((1 + len(examples)) / (1 + seen)).astype(numpy.float32)
    found = [classifier.features(line, idf, weights) for line in words]
    return Inputs(
        numpy.concatenate([numpy.array(one[0], numpy.int64) for one in found]),
        numpy.concatenate([one[1] for one in found]).astype(numpy.float32),
        numpy.concatenate([[0], numpy.cumsum([len(one[0]) for one in found])]),
        numpy.stack([one[2] for one in found]).astype(numpy.float32),
    ), {
        "idf": idf.astype(numpy.float16),
        "words": list(weights),
        "word_weights": numpy.array(list(weights.values()), numpy.float16),
    }


def fit(inputs: Inputs, truth: Any, chosen: Any, topics: int) -> dict[str, Any]:
    """Softmax over a small layer that the hashed features and the vector share; Adam, by batches."""
    from bartender.brains.rule_based.talk.classifier import HASH_BITS

    source = numpy.random.default_rng(3)

    def drawn(*shape: int) -> Any:
        return source.standard_normal(shape, numpy.float32)

    model = {
        "rows": 0.3 * drawn(1 << HASH_BITS, RANK),
        "vector": 0.3 * drawn(inputs.vectors.shape[1], RANK),
        "out": drawn(RANK, topics) / RANK**0.5,
        "bias": numpy.zeros(topics, numpy.float32),
    }
    moments = {name: (numpy.zeros_like(value), numpy.zeros_like(value)) for name, value in model.items()}
    share = numpy.bincount(truth[chosen], minlength=topics)
    weight = (8 / numpy.maximum(share, 1)) ** BALANCE
    steps = EPOCHS * -(-len(chosen) // BATCH)
    step = 0
    for _epoch in range(EPOCHS):
        shuffled = source.permutation(chosen)
        for at in range(0, len(shuffled), BATCH):
            step += 1
            some = shuffled[at : at + BATCH]
            batch, vectors = inputs.batch(some), inputs.vectors[some]
            batch *= (source.random(batch.shape[1], numpy.float32) > DROPPED) / numpy.float32(1 - DROPPED)
            hidden = batch @ model["rows"] + vectors @ model["vector"]
            mask = (source.random(hidden.shape, numpy.float32) > DROPPED) / numpy.float32(1 - DROPPED)
            dropped = hidden * mask
            scores = dropped @ model["out"] + model["bias"]
            shares = numpy.exp(scores - scores.max(1, keepdims=True))
            shares /= shares.sum(1, keepdims=True)
            shares[numpy.arange(len(some)), truth[some]] -= 1
            shares *= (weight[truth[some]] / len(some)).astype(numpy.float32)[:, None]
            back = (shares @ model["out"].T) * mask
            slopes = {
                "rows": batch.T @ back,
                "vector": vectors.T @ back,
                "out": dropped.T @ shares,
                "bias": shares.sum(0),
            }
            rate = RATE * min(1.0, 2 * (1 - step / steps))
            _descend(model, slopes, moments, rate, step)
    return model


def _descend(
    model: dict[str, Any], slopes: dict[str, Any], moments: dict[str, tuple[Any, Any]], rate: float, step: int
) -> None:
    """One step of Adam; `moments` are the running means of the slopes and of their squares."""
    for name, value in slopes.items():
        first, second = moments[name]
        first += 0.1 * (value - first)
        second += 0.01 * (value * value - second)
        change = (first / (1 - 0.9**step)) / (numpy.sqrt(second / (1 - 0.99**step)) + 1e-8)
        model[name] -= rate * (change + DECAY * model[name])


def scores_of(model: dict[str, Any], inputs: Inputs, chosen: Any) -> Any:
    hidden = inputs.batch(chosen) @ model["rows"] + inputs.vectors[chosen] @ model["vector"]
    return hidden @ model["out"] + model["bias"]


def left_out(examples: Sequence[Example]) -> Any:
    """Which examples are left out for the figures: a fifth, and all of a choice or none."""
    return numpy.array([crc32(one.source.encode()) % LEFT_OUT == 0 for one in examples])


def sharpest(scores: Any, truth: Any) -> float:
    """The factor that makes shares of the scores that say how often the best is right."""

    def loss(factor: float) -> float:
        shares = factor * scores
        shares = shares - shares.max(1, keepdims=True)
        return float(-(shares[range(len(truth)), truth] - numpy.log(numpy.exp(shares).sum(1))).mean())

    return float(min(numpy.arange(0.3, 2.0, 0.05), key=loss))


def report(model: dict[str, Any], scores: Any, truth: Any) -> None:
    group_names = sorted(set(model["groups"]))
    groups = numpy.array([group_names.index(name) for name in model["groups"]])
    is_topic = groups[truth] != group_names.index(ACTS_GROUP)
    shares = numpy.exp(model["sharpness"] * scores)
    shares /= shares.sum(1, keepdims=True)
    best = shares.argmax(1)
    by_group = numpy.stack([shares[:, groups == at].sum(1) for at in range(len(group_names))], 1)
    right, same_group = best == truth, by_group.argmax(1) == groups[truth]
    print(f"{len(truth)} examples, {len(model['names'])} topics and acts, factor {model['sharpness']}")
    for name, which in (("topics", is_topic), ("acts", ~is_topic)):
        print(f"{name}: {right[which].mean():.1%} found, {same_group[which].mean():.1%} in the right group")
    taken_for_talk = (groups[best] != group_names.index(ACTS_GROUP)) & ~is_topic
    for floor in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8):
        sure = shares.max(1) >= floor
        topics, grouped = sure & is_topic, (by_group.max(1) >= floor) & is_topic
        elsewhere = (groups[best] != groups[truth])[topics].mean()
        print(
            f"floor {floor}: topics {topics.sum() / is_topic.sum():.1%} answered, "
            f"{(~right[topics]).mean():.1%} of these wrong, {elsewhere:.1%} of another group; by group "
            f"{grouped.sum() / is_topic.sum():.1%} answered, {(~same_group[grouped]).mean():.1%} wrong; "
            f"acts and orders {(sure & taken_for_talk).sum() / (~is_topic).sum():.1%} taken for talk"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="say the figures only, and write nothing")
    chosen = parser.parse_args()
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maya_site.settings")
    django.setup()
    from bartender.brains.rule_based.talk.classifier import WEIGHTS_PATH
    from bartender.brains.rule_based.talk.topics import read_groups

    examples = all_examples()
    groups = read_groups()
    names = sorted({one.key for one in examples})
    place = {name: at for at, name in enumerate(names)}
    truth = numpy.array([place[one.key] for one in examples])
    inputs, kept = prepare(examples)
    out = left_out(examples)
    tried = fit(inputs, truth, numpy.flatnonzero(~out), len(names))
    scores, expected = scores_of(tried, inputs, numpy.flatnonzero(out)), truth[out]
    kept |= {
        "names": names,
        "groups": [groups.get(name, ACTS_GROUP) for name in names],
        "sharpness": sharpest(scores, expected),
    }
    report(kept, scores, expected)
    if chosen.check:
        return
    model = fit(inputs, truth, numpy.arange(len(truth)), len(names))
    scale = float(numpy.abs(model["rows"]).max() / 127)
    kept["rows"], kept["rows_scale"] = (
        numpy.round(model["rows"] / scale).astype(numpy.int8),
        numpy.float32(scale),
    )
    kept |= {name: model[name].astype(numpy.float16) for name in ("vector", "out", "bias")}
    numpy.savez_compressed(WEIGHTS_PATH, **kept)
    print(f"{WEIGHTS_PATH.name}: {WEIGHTS_PATH.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
