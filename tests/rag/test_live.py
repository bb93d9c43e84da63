"""What staff write is in Maya's mouth while the server looks by itself; what is forgotten leaves nothing."""

import time

import numpy
import pytest

from maya_site.tasks.worker import run_due_tasks
from rag import unanswered_questions
from rag.index_build import IndexedPassage
from rag.memory import MEMORY
from rag.models import CachedEmbedding, Gap, UnansweredQuestion
from rag.refresher import IndexRefresher
from rag.search import search_passages
from tests.bartender.staff_fixtures import sam_client
from tests.rag.conftest import titles
from tests.rag.test_admin import ADD, DARTS

PATIENCE = 60  # a busy machine; on a quiet one it takes a second or two, as -s shows


@pytest.mark.django_db(transaction=True)
def test_a_change_in_the_admin_is_live_by_itself(known_passages):
    MEMORY.refresh(build_if_missing=False)
    keeper = IndexRefresher(MEMORY)
    keeper.start()
    try:
        sam_client().post(ADD, DARTS)
        began = time.monotonic()
        run_due_tasks()
        while titles(search_passages("do you have darts"))[:1] != ["Darts"]:
            assert time.monotonic() - began < PATIENCE
            time.sleep(0.05)
        print(f"live after {time.monotonic() - began:.1f} s")
    finally:
        keeper.stop()


@pytest.mark.django_db
@pytest.mark.parametrize("forget", ["by the guest", "by time"])
def test_a_question_that_is_forgotten_leaves_no_vector(known_passages, forget):
    question = "do you have a trampoline"
    unanswered_questions.record_question(question)
    run_due_tasks()
    row = numpy.zeros(4, numpy.float32).tobytes()
    CachedEmbedding.objects.create(
        embedder="minilm", key=IndexedPassage.create(0, "", "", question).embedding_key, data=row
    )
    CachedEmbedding.objects.create(embedder="minilm", key="another", data=row)

    if forget == "by the guest":
        unanswered_questions.delete_questions([question])
    else:
        UnansweredQuestion.objects.update(last_seen_at="2020-01-01T00:00:00Z")
        unanswered_questions.delete_old_questions()

    assert not UnansweredQuestion.objects.exists()
    assert not Gap.objects.exists()
    assert list(CachedEmbedding.objects.filter(embedder="minilm").values_list("key", flat=True)) == [
        "another"
    ]
