"""Selects how much of the conversation a model is sent word by word, within a token limit, and what it reads
of the rest: what was done, and what the guest said, by rule and without asking a model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bartender.brains.llm.data_blocks import to_single_line
from bartender.dialogue.types import Message
from bartender.facts import fact_from_dict
from bartender.menu.mentions import find_mentions, item_names
from bartender.menu.snapshot import Menu
from bartender.text.normalize import plain_text
from bartender.text.sentences import SentenceSplitter

MAX_HISTORY_TOKENS = 3_000
TOKENS_PER_MESSAGE = 4
DROPPED_TURNS = 3  # leave together, so that what is sent begins with the same words for some turns
MAX_FACT_TOKENS = 300
MAX_QUOTE_TOKENS = 400
MAX_QUOTE_CHARS = 200
# Pronouns are a closed class. Spanish leaves them out at times; then the sentence ranks lower.
_FIRST_PERSON = re.compile(
    r"\b(?:i|i'm|i'll|i've|i'd|me|my|mine|we|we're|us|our|ours|yo|mi|mis|mío|mía|nosotr[oa]s|nuestr[oa]s?|soy|somos)\b",
    re.IGNORECASE,
)


def estimate_tokens(text: str) -> int:
    """Errs on the high side: one token for every four bytes, and a few for each message."""
    return len(text.encode(errors="replace")) // 4 + 1 + TOKENS_PER_MESSAGE


def recent_messages(history: Sequence[Message], max_tokens: int = MAX_HISTORY_TOKENS) -> list[Message]:
    """The newest messages within `max_tokens`, in order. A guest's words stay with the answer to them, and
    the oldest turns leave DROPPED_TURNS at a time as long as more than that are left."""
    start = 0
    while start < len(history) and _tokens(history[start:]) > max_tokens:
        turns_left = (len(history) - start) // 2
        start += 2 * (DROPPED_TURNS if turns_left > DROPPED_TURNS else 1)
    return list(history[start:])


def _tokens(messages: Sequence[Message]) -> int:
    return sum(estimate_tokens(message.text) for message in messages)


def summary_lines(messages: Sequence[Message], menu: Menu) -> list[str]:
    """What a model reads of messages that it is not sent: what was done, by the facts of their turns, and
    what the guest said, in their own words. Bounded, however long the evening."""
    facts = _newest([("", one) for one in _fact_sentences(messages)], MAX_FACT_TOKENS)
    quotes = _newest(list(_ranked_quotes(messages, menu)), MAX_QUOTE_TOKENS)
    return [*(f"done then: {one}" for one in facts), *(f"the guest said: “{one}”" for one in quotes)]


def _fact_sentences(messages: Sequence[Message]) -> Iterator[str]:
    for stored in (one for message in messages for one in message.facts):
        fact = fact_from_dict(dict(stored))
        if fact.effect != "reads" and (sentence := fact.sentence()):
            yield to_single_line(sentence)


def _ranked_quotes(messages: Sequence[Message], menu: Menu) -> Iterator[tuple[str, str]]:
    """The guest's sentences in order. Ranked: first what they say of themselves, then other talk, then what
    names a drink, since what came of that is among the facts."""
    for text in (message.text for message in messages if message.role == "guest"):
        splitter = SentenceSplitter()
        for sentence in [*splitter.feed(text), *splitter.close()]:
            quote = to_single_line(sentence)[:MAX_QUOTE_CHARS]
            if len(quote.split()) < 2 or quote.endswith("?"):
                continue
            names_drink = bool(find_mentions(plain_text(quote), item_names(menu)))
            is_personal = bool(_FIRST_PERSON.search(quote))
            yield ("a" if is_personal and not names_drink else "c" if names_drink else "b"), quote


def _newest(ranked: Sequence[tuple[str, str]], max_tokens: int) -> list[str]:
    """The texts of the first ranks, the newest of a rank first, within `max_tokens`; in their own order."""
    chosen: list[int] = []
    newest_first = sorted(range(len(ranked)), key=lambda place: (ranked[place][0], -place))
    for place in newest_first:
        max_tokens -= estimate_tokens(ranked[place][1])
        if max_tokens < 0:
            break
        chosen.append(place)
    return list(dict.fromkeys(ranked[place][1] for place in sorted(chosen)))
