"""The memory's public functions. An empty list is a normal answer."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial

from maya_site.core import tracing
from maya_site.core.errors import ProviderError
from maya_site.core.metrics import PROVIDER_FAILURES
from rag.memory import MEMORY
from rag.models import Passage as Row
from rag.refresher import INDEX_REFRESHER

logger = logging.getLogger(__name__)

MAX_QUESTION_LENGTH = 400


@dataclass(frozen=True)
class PassageHit:
    title: str
    text: str
    source: str
    score: float
    id: int = 0
    is_confident: bool = False  # near enough to be told of one's own accord


def search_passages(question: str, limit: int = 3) -> list[PassageHit]:
    """The passages nearest to a question, best first. The text comes from the database, so what staff took
    back is gone at once. In a server it waits for nothing: without a loaded index the answer is empty."""
    with tracing.retrieval("house memory") as span:
        found = _search(question, limit)
        span.set_passage_count(len(found))
    return found


def find_published_passage(pk: int) -> PassageHit | None:
    """One published passage, for whoever follows the mark of an answer."""
    row = Row.objects.published().filter(pk=pk).first()
    return _to_hit(row, 1.0, is_confident=True) if row else None


def list_published_passages(limit: int) -> list[PassageHit]:
    """The first `limit` published passages. One query."""
    return [_to_hit(row, 1.0, is_confident=True) for row in Row.objects.published().order_by("pk")[:limit]]


def _search(question: str, limit: int) -> list[PassageHit]:
    if not INDEX_REFRESHER.is_running:
        MEMORY.refresh(build_if_missing=True)
    loaded = MEMORY.loaded
    if loaded is None or not loaded.retrievers or not question.strip():
        return []
    from rag.ranking import rank_passages

    try:
        found = rank_passages(question[:MAX_QUESTION_LENGTH], loaded, partial(MEMORY.nearest, loaded), limit)
    except ProviderError as error:
        PROVIDER_FAILURES.labels(loaded.embedder.name, "embed").inc()
        logger.warning("a question was not looked up: %s", error)
        return []
    scores = {int(loaded.ids[one.place]): one.score for one in found}
    rows = Row.objects.published().in_bulk(scores)
    sure = loaded.embedder.confident_score
    return [_to_hit(rows[pk], score, score >= sure) for pk, score in scores.items() if pk in rows]


def _to_hit(row: Row, score: float, is_confident: bool) -> PassageHit:
    return PassageHit(row.title, row.text, row.source, round(score, 4), row.pk, is_confident)
