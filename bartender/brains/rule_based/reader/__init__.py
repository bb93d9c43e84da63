"""The second reading of a guest's words, by a tagger that was learned from sentences people wrote."""

from __future__ import annotations

import asyncio
from functools import cache


async def ensure_tagger_loaded() -> None:
    """Numpy, the weights and the word vectors take a quarter of a second: on a thread, for the first guest."""
    if not load_tagger.cache_info().currsize:
        await asyncio.to_thread(load_tagger)


@cache
def load_tagger() -> None:
    from bartender.brains.rule_based.reader.interpretation import TAGGER
    from bartender.brains.rule_based.reader.lexicon import Terms

    TAGGER.tag("hello", Terms({}))
