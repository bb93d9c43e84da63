"""How the tagger's weights are learned: `train.py` begins it."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy
import optax

from bartender.brains.rule_based.reader.features import MAX_NGRAMS, NGRAM_BITS, flag_rows, ngrams
from bartender.brains.rule_based.reader.lexicon import FLAGS, Terms
from bartender.brains.rule_based.reader.tagger import WEIGHTS_PATH, Group, Tagger
from bartender.brains.rule_based.reader.tokens import fold
from rag.providers.wordllama.embedder import WordLlama
from tests.understanding.reader.examples import (
    ACT_NAMES,
    SLOT_NAMES,
    Example,
    meaning,
    read_examples,
    text_of,
)
from tests.understanding.reader.generation import KNOWN_NAMES, MadeUpNames
from tests.understanding.reader.noise import vary

LANGUAGES = ("en", "es")
WIDTH, DILATIONS = 96, (1, 2, 4, 8, 1, 2)
EPOCHS, VARIANTS, BATCH, MAX_LENGTH = 5, 10, 64, 48
LEARNING_RATE, WEIGHT_DECAY, DROPOUT = 3e-3, 3e-3, 0.15
HELD_OUT = 9
SEED = 7
NO_NGRAM = 1 << NGRAM_BITS
ACT_PLACES = {name: at for at, name in enumerate(ACT_NAMES)}
SLOT_PLACES = {name: at for at, name in enumerate(SLOT_NAMES)}
TERMS = Terms(KNOWN_NAMES)

Weights = dict[str, Any]


class Row(NamedTuple):
    words: list[int]
    flags: numpy.ndarray
    acts: list[int]
    begins: list[int]
    slots: list[int]


class Words:
    """Every word that occurs, with its vector and the places of its ngrams."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}
        self.forms: list[str] = []
        self.vectors = numpy.zeros((0, 256), numpy.float32)
        self.ngrams = numpy.zeros((0, MAX_NGRAMS), numpy.int32)

    def place(self, form: str) -> int:
        if form not in self.places:
            self.places[form] = len(self.forms)
            self.forms.append(form)
        return self.places[form]

    def look_up(self) -> None:
        """The vectors of the words that came since the last time."""
        new = self.forms[len(self.vectors) :]
        if new:
            rows = numpy.full((len(new), MAX_NGRAMS), NO_NGRAM, numpy.int32)
            for row, form in zip(rows, new, strict=True):
                found = ngrams(form)
                row[: len(found)] = found
            self.vectors = numpy.concatenate([self.vectors, WordLlama().embed_documents(new)])
            self.ngrams = numpy.concatenate([self.ngrams, rows])


def encode(tokens: Example, made_up: MadeUpNames, words: Words) -> Row:
    forms = [fold(one.text) for one in tokens]
    terms = TERMS.with_names(item=made_up.item, modifier=made_up.modifier)
    before = (None, *tokens[:-1])
    return Row(
        [words.place(form) for form in forms],
        flag_rows(forms, terms),
        [ACT_PLACES[one.act or "O"] for one in tokens],
        [
            int(one.group >= 0 and (last is None or last.group != one.group))
            for last, one in zip(before, tokens, strict=True)
        ],
        [
            SLOT_PLACES[
                f"{'I' if last is not None and last.slot_id == one.slot_id else 'B'}-{one.slot}"
                if one.slot
                else "O"
            ]
            for last, one in zip(before, tokens, strict=True)
        ],
    )


def batches(rows: list[Row], words: Words, chance: random.Random) -> Iterator[dict[str, Any]]:
    """Of like length, in any order."""
    rows = sorted(rows, key=lambda row: len(row.words))
    starts = list(range(0, len(rows) - BATCH + 1, BATCH))
    chance.shuffle(starts)
    for start in starts:
        part = rows[start : start + BATCH]
        length = min(MAX_LENGTH, -(-max(len(row.words) for row in part) // 8) * 8)
        places = numpy.zeros((BATCH, length), numpy.int32)
        batch: dict[str, Any] = {
            "flags": numpy.zeros((BATCH, length, len(FLAGS)), numpy.float32),
            "acts": numpy.zeros((BATCH, length), numpy.int32),
            "begins": numpy.zeros((BATCH, length), numpy.float32),
            "slots": numpy.zeros((BATCH, length), numpy.int32),
            "mask": numpy.zeros((BATCH, length), numpy.float32),
        }
        for at, row in enumerate(part):
            size = min(length, len(row.words))
            places[at, :size] = row.words[:size]
            batch["mask"][at, :size] = 1
            for name in ("flags", "acts", "begins", "slots"):
                batch[name][at, :size] = getattr(row, name)[:size]
        yield {**batch, "vectors": words.vectors[places], "ngrams": words.ngrams[places]}


def first_weights() -> Weights:
    chance = numpy.random.default_rng(3)

    def drawn(*shape: int, scale: float = 1.0) -> Any:
        return jnp.asarray(chance.normal(0, scale / numpy.sqrt(numpy.prod(shape[:-1])), shape), jnp.float32)

    weights: Weights = {
        "vectors": drawn(256, WIDTH),
        "ngrams": jnp.asarray(chance.normal(0, 0.1, (NO_NGRAM + 1, WIDTH // 2)), jnp.float32),
        "ngram_projection": drawn(WIDTH // 2, WIDTH),
        "flags": drawn(len(FLAGS), WIDTH),
        "bias": jnp.zeros(WIDTH),
        "whole": drawn(WIDTH, WIDTH, scale=0.3),
    }
    for layer in range(len(DILATIONS)):
        weights[f"kernel{layer}"] = drawn(3, WIDTH, 2 * WIDTH)
        weights[f"kernel_bias{layer}"] = jnp.zeros(2 * WIDTH)
        weights[f"output{layer}"] = drawn(WIDTH, WIDTH, scale=0.5)
        weights[f"norm{layer}"] = jnp.ones(WIDTH)
    for name, size in (("act", len(ACT_NAMES)), ("slot", len(SLOT_NAMES)), ("begin", 1)):
        weights[name] = drawn(WIDTH, size)
        weights[f"{name}_bias"] = jnp.zeros(size)
    return weights


def _normalize(h: Any, scale: Any) -> Any:
    return h * scale / jnp.sqrt((h * h).mean(-1, keepdims=True) + 1e-5)


def scores(weights: Weights, batch: dict[str, Any], key: Any) -> tuple[Any, Any, Any]:
    """As Tagger does it, for a batch, with words and neighbours left out by chance."""
    word_key, ngram_key, key = jax.random.split(key, 3)
    vectors, mask = batch["vectors"], batch["mask"][..., None]
    known = (batch["ngrams"] < NO_NGRAM).astype(jnp.float32)[..., None]
    ngram = (weights["ngrams"][batch["ngrams"]] * known).sum(-2) / jnp.sqrt(jnp.maximum(known.sum(-2), 1))
    vectors = vectors * jax.random.bernoulli(word_key, 0.85, (*vectors.shape[:2], 1))
    ngram = ngram * jax.random.bernoulli(ngram_key, 0.75, (*ngram.shape[:2], 1))
    h = vectors @ weights["vectors"] + ngram @ weights["ngram_projection"]
    h = h + batch["flags"] @ weights["flags"] + weights["bias"]
    for layer, dilation in enumerate(DILATIONS):
        x = _normalize(h, weights[f"norm{layer}"]) * mask
        padded = jnp.pad(x, ((0, 0), (dilation, dilation), (0, 0)))
        size, kernel = x.shape[1], weights[f"kernel{layer}"]
        y = (
            padded[:, :size] @ kernel[0]
            + x @ kernel[1]
            + padded[:, 2 * dilation : 2 * dilation + size] @ kernel[2]
        )
        value, gate = jnp.split(y + weights[f"kernel_bias{layer}"], 2, -1)
        y = (jax.nn.gelu(value) * jax.nn.sigmoid(gate)) @ weights[f"output{layer}"]
        key, layer_key = jax.random.split(key)
        h = h + y * jax.random.bernoulli(layer_key, 1 - DROPOUT, y.shape) / (1 - DROPOUT)
        if layer == 1:
            mean = (h * mask).sum(1) / jnp.maximum(mask.sum(1), 1)
            h = h + (jnp.tanh(mean) @ weights["whole"])[:, None]
    h = _normalize(h, 1.0)
    return (
        h @ weights["act"] + weights["act_bias"],
        (h @ weights["begin"] + weights["begin_bias"])[..., 0],
        h @ weights["slot"] + weights["slot_bias"],
    )


def loss(weights: Weights, batch: dict[str, Any], key: Any) -> Any:
    acts, begins, slots = scores(weights, batch, key)
    entropy = optax.softmax_cross_entropy_with_integer_labels
    found = entropy(acts, batch["acts"]) + 1.5 * entropy(slots, batch["slots"])
    found = found + 0.7 * optax.sigmoid_binary_cross_entropy(begins, batch["begins"])
    return (found * batch["mask"]).sum() / batch["mask"].sum()


def learn(examples: dict[str, list[Example]]) -> Weights:
    chance, key, words = random.Random(SEED), jax.random.PRNGKey(0), Words()
    count = sum(map(len, examples.values())) * VARIANTS
    schedule = optax.warmup_cosine_decay_schedule(0, LEARNING_RATE, 200, EPOCHS * count // BATCH, 1e-5)
    optimizer = optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(schedule, weight_decay=WEIGHT_DECAY))
    weights = first_weights()
    state = optimizer.init(weights)

    @jax.jit
    def step(weights: Weights, state: Any, batch: dict[str, Any], key: Any) -> tuple[Weights, Any, Any]:
        value, slope = jax.value_and_grad(loss)(weights, batch, key)
        change, state = optimizer.update(slope, state, weights)
        return optax.apply_updates(weights, change), state, value

    for epoch in range(EPOCHS):
        rows = [
            encode(*(vary(one, language, chance, given) if at else (one, MadeUpNames())), words)
            for language, given in examples.items()
            for one in given
            for at in range(VARIANTS)
        ]
        words.look_up()
        losses = []
        for batch in batches(rows, words, chance):
            key, step_key = jax.random.split(key)
            weights, state, value = step(weights, state, batch, step_key)
            losses.append(float(value))
        sys.stdout.write(f"epoch {epoch + 1}: {len(rows):,} sentences, loss {numpy.mean(losses):.3f}\n")
        sys.stdout.flush()
    return weights


def save(weights: Weights) -> None:
    """The ngrams as signed bytes, everything else as halves."""
    kept = {name: numpy.asarray(value, numpy.float16) for name, value in weights.items() if name != "ngrams"}
    table = numpy.asarray(weights["ngrams"][:-1])
    scale = numpy.float32(numpy.abs(table).max() / 127)
    numpy.savez_compressed(
        WEIGHTS_PATH,
        allow_pickle=False,
        ngrams=numpy.round(table / scale).astype(numpy.int8),
        ngram_scale=scale,
        dilations=numpy.array(DILATIONS, numpy.int8),
        act_names=numpy.array(ACT_NAMES),
        slot_names=numpy.array(SLOT_NAMES),
        **kept,
    )


def is_read_right(example: Example, groups: Sequence[Group]) -> bool:
    return meaning(example) == [
        (one.act, [(slot.kind, slot.text.lower()) for slot in one.slots]) for one in groups
    ]


def train(*, keep_back: bool) -> None:
    examples, kept_back = {}, []
    for language in LANGUAGES:
        given = read_examples(language)
        random.Random(SEED).shuffle(given)
        least = len(given) // HELD_OUT if keep_back else 0
        kept_back += given[:least]
        examples[language] = given[least:]
    save(learn(examples))
    if kept_back:
        tagger = Tagger()
        right = [is_read_right(one, tagger.tag(text_of(one), TERMS)[1]) for one in kept_back]
        sys.stdout.write(
            f"{sum(right)} of {len(right)} sentences that it has not seen are read exactly right\n"
        )
