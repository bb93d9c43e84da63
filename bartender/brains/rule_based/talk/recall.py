"""What a guest told in this visit, and may ask back: their name, their dog, what they want to spend."""

from __future__ import annotations

from collections.abc import Sequence

from bartender.brains.rule_based.talk.classifier import probability_of, sentence_vector, topic_model, words_of

NEAR_ENOUGH = 0.42
MAX_REMARKS = 40
PERHAPS_A_NAME = 0.15  # a name that training never saw leaves little of its share
NAME_TOPIC = "my-name"
_NAME_QUESTION = frozenset({"name", "nombre", "llamo", "call", "llamas"})
_ASKING = frozenset(
    "what whats did do you tell say said remember told recall about que te dije conte recuerdas acuerdas de cual era "
    "earlier know sabes ? is my mi was i me s cuando cuanto when how where who quien donde como".split()
)


def is_statement(text: str) -> bool:
    """Whether it is kept: more than a word, and no question."""
    words = words_of(text)
    return len(words) > 1 and words[-1] != "?"


def recall_remark(question: str, remarks: Sequence[str]) -> str:
    """What the guest said that answers it, in their words; the newest of equals; "" if nothing does."""
    terms = [word for word in words_of(question) if word not in _ASKING]
    if set(terms) <= _NAME_QUESTION:
        likely = [(probability_of(NAME_TOPIC, text), text) for text in reversed(remarks)]
        share, text = max(likely, key=lambda one: one[0], default=(0.0, ""))
        alike = (text for text in reversed(remarks) if set(terms) & set(words_of(text)))
        return text if share >= PERHAPS_A_NAME else next(alike, "")
    weights = topic_model().weights
    vector = sentence_vector(terms, weights)
    best, text = NEAR_ENOUGH, ""
    for one in remarks:
        words = [word for word in words_of(one) if word not in _ASKING]
        shared = set(terms) & set(words)
        score = float(vector @ sentence_vector(words, weights)) + 0.5 * bool(shared)
        if score >= best:
            best, text = score, one
    return text
