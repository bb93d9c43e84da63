"""What guests say beside their orders: what it is about, and what Maya answers."""

from __future__ import annotations

import asyncio
from functools import cache


async def ensure_talk_loaded() -> None:
    """The weights and the languages take a second or two: on a thread, for the first guest."""
    if not load_talk.cache_info().currsize:
        await asyncio.to_thread(load_talk)


@cache
def load_talk() -> None:
    from bartender.brains.rule_based.talk.classifier import classify
    from bartender.brains.rule_based.talk.languages import load_languages
    from bartender.brains.rule_based.talk.topics import read_topics

    classify("hello")
    load_languages()
    read_topics()
