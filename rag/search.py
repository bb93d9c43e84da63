"""The public door of the house's memory. An empty list is a normal answer."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial

from maya_site.lib import tracing
from maya_site.lib.counters import PROVIDER_FAILURES
from maya_site.lib.errors import ProviderError
from rag.keeper import KEEPER
from rag.memory import MEMORY
from rag.models import Passage as Row

logger = logging.getLogger(__name__)

LONGEST_QUESTION = 400


@dataclass(frozen=True)
class Passage:
    title: str
    text: str
    source: str
    score: float
    id: int = 0
    sure: bool = False  # near enough to be told of one's own accord


def recall(question: str, most: int = 3) -> list[Passage]:
    """The passages nearest to a question, best first. The text is the database's: what staff took back is
    gone at once, whatever an index still holds. Where a server keeps the memory, nothing is waited for."""
    with tracing.retrieval("house memory") as span:
        found = _found(question, most)
        span.found(len(found))
    return found


def published(pk: int) -> Passage | None:
    """One passage, for whoever follows the mark of an answer."""
    row = Row.objects.published().filter(pk=pk).first()
    return _passage(row, 1.0, sure=True) if row else None


def _found(question: str, most: int) -> list[Passage]:
    if not KEEPER.running:
        MEMORY.refresh(make=True)
    loaded = MEMORY.loaded
    if loaded is None or not loaded.retrievers or not question.strip():
        return []
    from rag.ranking import ranked

    try:
        found = ranked(question[:LONGEST_QUESTION], loaded, partial(MEMORY.nearest, loaded), most)
    except ProviderError as trouble:
        PROVIDER_FAILURES.labels(loaded.embedder.name, "embed").inc()
        logger.warning("a question was not looked up: %s", trouble)
        return []
    scores = {int(loaded.ids[one.place]): one.score for one in found}
    rows = Row.objects.published().in_bulk(scores)
    sure = loaded.embedder.sure
    return [_passage(rows[pk], score, score >= sure) for pk, score in scores.items() if pk in rows]


def _passage(row: Row, score: float, sure: bool) -> Passage:
    return Passage(row.title, row.text, row.source, round(score, 4), row.pk, sure)
