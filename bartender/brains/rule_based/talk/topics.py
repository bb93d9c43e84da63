"""The topics that guests bring up, and which answer is said: the one that fits, and none twice in a visit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from zlib import crc32

from bartender.dialogue.types import Emotion

TOPICS_PATH = Path(__file__).with_name("topics.txt")
LANGUAGES = ("en", "es")


@dataclass(frozen=True)
class TopicReplies:
    """What she says of one topic, by language, and how she looks at it."""

    group: str
    emotion: Emotion
    replies: dict[str, tuple[str, ...]] = field(default_factory=dict)


@cache
def read_topics() -> dict[str, TopicReplies]:
    """By the topic's key. A section's own replies have its name in square brackets."""
    found: dict[str, TopicReplies] = {}
    group, emotion = "", "neutral"
    for line in TOPICS_PATH.read_text(encoding="utf-8").splitlines():
        key, _, rest = line.partition(":")
        if not key or key.startswith("#"):
            continue
        if key.startswith("["):
            group, emotion = key.strip("[]").split()
            key = f"[{group}]"
        texts = [tuple(one.strip() for one in part.split("|")) for part in rest.split("||")] if rest else []
        found[key] = TopicReplies(group, emotion, dict(zip(LANGUAGES, texts, strict=False)))  # type: ignore[arg-type]
    return found


def read_groups() -> dict[str, str]:
    """The section of each topic."""
    return {key: one.group for key, one in read_topics().items()}


def replies_in(language: str) -> Iterator[str]:
    """All that she can say of topics in a language."""
    for one in read_topics().values():
        yield from one.replies.get(language, ())


def choose_reply(replies: Sequence[str], text: str, said: Sequence[int]) -> str:
    """Steady for the same words; one that was not said in this visit, or "" where all of them were."""
    start = crc32(text.encode()) % len(replies)
    turned = [*replies[start:], *replies[:start]]
    return next((one for one in turned if fingerprint(one) not in said), "")


def fingerprint(reply: str) -> int:
    """By which a visit remembers what was said."""
    return crc32(reply.encode())
