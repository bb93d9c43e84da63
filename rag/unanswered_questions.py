"""Questions that nothing answered, stored without who asked, and grouped by likeness."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from maya_site.core.admin_log import redact_log_entries
from maya_site.tasks.enqueue import enqueue
from rag import providers
from rag.index_build import IndexedPassage, embed_passages
from rag.models import CachedEmbedding, Gap, UnansweredQuestion
from rag.reading.normalize import strip_invisible

GROUP_TASK = "group_gaps"
MAX_QUESTION_LENGTH = 300
MAX_GROUPED_QUESTIONS = 300
QUESTION_RETENTION = timedelta(days=30)


def normalize_question(question: str) -> str:
    return " ".join(strip_invisible(question).split())[:MAX_QUESTION_LENGTH]


def record_question(question: str) -> None:
    """Stores a question that nothing answered. The task that follows does not carry its words, because tasks
    are kept for a while."""
    text, now = normalize_question(question), timezone.now()
    if not text:
        return
    known = UnansweredQuestion.objects.filter(text__iexact=text).first()
    if known is None:
        new = UnansweredQuestion.objects.create(text=text, last_seen_at=now)
        enqueue(GROUP_TASK, f"{GROUP_TASK}:{new.pk}")
        return
    UnansweredQuestion.objects.filter(pk=known.pk).update(count=F("count") + 1, last_seen_at=now)
    if known.gap_id:
        Gap.objects.filter(pk=known.gap_id).update(count=F("count") + 1, last_seen_at=now)


@transaction.atomic
def group_questions() -> int:
    """Puts stored questions to the open gap that is most like them, or makes a gap."""
    waiting = list(
        UnansweredQuestion.objects.select_for_update().filter(gap=None).order_by("id")[:MAX_GROUPED_QUESTIONS]
    )
    if not waiting:
        return 0
    gaps = list(Gap.objects.filter(status=Gap.Status.OPEN).order_by("-last_seen_at")[:MAX_GROUPED_QUESTIONS])
    embedder = providers.get_embedder()
    texts = [*(gap.question for gap in gaps), *(one.text for one in waiting)]
    rows = embed_passages([IndexedPassage.create(0, "", "", text) for text in texts], embedder)
    vectors = list(rows[: len(gaps)])
    for one, vector in zip(waiting, rows[len(gaps) :], strict=True):
        near = max(range(len(gaps)), key=lambda at: float(vectors[at] @ vector), default=None)
        if near is None or float(vectors[near] @ vector) < embedder.same_question_score:
            gaps.append(Gap.objects.create(question=one.text, count=one.count, last_seen_at=one.last_seen_at))
            vectors.append(vector)
            near = len(gaps) - 1
        else:
            Gap.objects.filter(pk=gaps[near].pk).update(
                count=F("count") + one.count, last_seen_at=max(one.last_seen_at, gaps[near].last_seen_at)
            )
        one.gap = gaps[near]
    UnansweredQuestion.objects.bulk_update(waiting, ["gap"])
    return len(waiting)


def delete_questions(questions: Iterable[str], before: datetime | None = None) -> int:
    """Deletes a guest's wordings; the number of guests who asked stays. With `asked_before`, only those that
    nobody asked since."""
    normalized = {normalize_question(question) for question in questions}
    small = [text.lower() for text in normalized]
    gone = UnansweredQuestion.objects.annotate(small=Lower("text")).filter(
        Q(text__in=normalized) | Q(small__in=small)
    )
    if before:
        gone = gone.filter(last_seen_at__lt=before)
    texts = set(gone.values_list("text", flat=True))
    count = _delete_wordings(gone)
    gaps = Gap.objects.annotate(small=Lower("question")).filter(
        Q(question__in=normalized) | Q(small__in=small)
    )
    _delete_cached_embeddings({*texts, *gaps.values_list("question", flat=True)})
    # Under a gap's name the words may stand alone: its wordings went earlier.
    for gap in gaps:
        if not gap.wordings.filter(text__iexact=gap.question).exists():
            _rename_gap(gap)
    return count


def delete_old_questions() -> int:
    """Deletes wordings that are older than the venue keeps conversations."""
    gone = UnansweredQuestion.objects.filter(last_seen_at__lt=timezone.now() - QUESTION_RETENTION)
    texts = set(gone.values_list("text", flat=True))
    count = _delete_wordings(gone)
    _delete_cached_embeddings(texts)
    for gap in Gap.objects.filter(wordings=None).exclude(question=""):
        _rename_gap(gap)
    return count


def _delete_wordings(gone: QuerySet[UnansweredQuestion]) -> int:
    keys = list(gone.values_list("pk", flat=True))
    redact_log_entries(UnansweredQuestion, keys)
    UnansweredQuestion.objects.filter(pk__in=keys).delete()
    return len(keys)


def _delete_cached_embeddings(texts: Iterable[str]) -> None:
    """An embedder that is paid for leaves what it answered: of a question that is gone, that goes as well."""
    keys = [IndexedPassage.create(0, "", "", text).embedding_key for text in texts]
    CachedEmbedding.objects.filter(key__in=keys).delete()


def _rename_gap(gap: Gap) -> None:
    """By another of its wordings; a gap without any is nothing that staff could answer."""
    other = gap.wordings.order_by("-count").first()
    redact_log_entries(Gap, [gap.pk])
    if other is None:
        gap.delete()
        return
    gap.question = other.text
    gap.save(update_fields=["question"])
