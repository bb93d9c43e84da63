"""The questions that nothing answers: kept without a word about who asked, put together by likeness."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from maya_site.jobs.outbox import enqueue
from rag import providers
from rag.building import Line, embedded
from rag.models import Asked, Gap, Vector
from rag.reading.plain import cleaned

GROUP = "group_gaps"
LONGEST = 300
LATEST = 300
KEPT = timedelta(days=30)


def as_kept(question: str) -> str:
    return " ".join(cleaned(question).split())[:LONGEST]


def note(question: str) -> None:
    """Nothing answered this. The job that follows gets no word of it: jobs are kept for a while."""
    text, now = as_kept(question), timezone.now()
    if not text:
        return
    known = Asked.objects.filter(text__iexact=text).first()
    if known is None:
        new = Asked.objects.create(text=text, asked_at=now)
        enqueue(GROUP, f"{GROUP}:{new.pk}")
        return
    Asked.objects.filter(pk=known.pk).update(count=F("count") + 1, asked_at=now)
    if known.gap_id:
        Gap.objects.filter(pk=known.gap_id).update(count=F("count") + 1, last_asked_at=now)


@transaction.atomic
def group() -> int:
    """Put what was asked to the open gap that is most like it, or make one."""
    waiting = list(Asked.objects.select_for_update().filter(gap=None).order_by("id")[:LATEST])
    if not waiting:
        return 0
    gaps = list(Gap.objects.filter(status=Gap.Status.OPEN).order_by("-last_asked_at")[:LATEST])
    embedder = providers.embedder()
    texts = [*(gap.question for gap in gaps), *(one.text for one in waiting)]
    rows = embedded([Line.of(0, "", "", text) for text in texts], embedder)
    vectors = list(rows[: len(gaps)])
    for one, vector in zip(waiting, rows[len(gaps) :], strict=True):
        near = max(range(len(gaps)), key=lambda at: float(vectors[at] @ vector), default=None)
        if near is None or float(vectors[near] @ vector) < embedder.alike:
            gaps.append(Gap.objects.create(question=one.text, count=one.count, last_asked_at=one.asked_at))
            vectors.append(vector)
            near = len(gaps) - 1
        else:
            Gap.objects.filter(pk=gaps[near].pk).update(
                count=F("count") + one.count, last_asked_at=max(one.asked_at, gaps[near].last_asked_at)
            )
        one.gap = gaps[near]
    Asked.objects.bulk_update(waiting, ["gap"])
    return len(waiting)


def forget(questions: Iterable[str]) -> int:
    """A guest takes back what was said: the words go, the number of guests who asked stays."""
    texts = {as_kept(question) for question in questions}
    gone = Asked.objects.filter(text__in=texts)
    count = gone.count()
    gone.delete()
    _forget_vectors(texts)
    for gap in Gap.objects.filter(question__in=texts):
        _call_otherwise(gap)
    return count


def forget_old() -> int:
    """Wordings are kept as long as conversations are."""
    gone = Asked.objects.filter(asked_at__lt=timezone.now() - KEPT)
    texts = set(gone.values_list("text", flat=True))
    count = gone.count()
    gone.delete()
    _forget_vectors(texts)
    for gap in Gap.objects.filter(wordings=None).exclude(question=""):
        _call_otherwise(gap)
    return count


def _forget_vectors(texts: Iterable[str]) -> None:
    """An embedder that is paid for leaves what it answered: of a question that is gone, that goes as well."""
    keys = [Line.of(0, "", "", text).key for text in texts]
    Vector.objects.filter(key__in=keys).delete()


def _call_otherwise(gap: Gap) -> None:
    """By another of its wordings; a gap without any is nothing that staff could answer."""
    other = gap.wordings.order_by("-count").first()
    if other is None:
        gap.delete()
        return
    gap.question = other.text
    gap.save(update_fields=["question"])
