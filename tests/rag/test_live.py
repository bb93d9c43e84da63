"""What staff write is in Maya's mouth while the server looks by itself; what is forgotten leaves nothing."""

import time

import numpy
import pytest

from maya_site.jobs.drain import drain
from rag import gaps
from rag.building import Line
from rag.keeper import Keeper
from rag.memory import MEMORY
from rag.models import Asked, Gap, Vector
from rag.search import recall
from tests.bartender.staff_cast import sam
from tests.rag.conftest import titles
from tests.rag.test_admin import ADD, DARTS

PATIENCE = 60  # a busy machine; on a quiet one it takes a second or two, as -s shows


@pytest.mark.django_db(transaction=True)
def test_a_change_in_the_admin_is_live_by_itself(house):
    MEMORY.refresh(make=False)
    keeper = Keeper(MEMORY)
    keeper.start()
    try:
        sam().post(ADD, DARTS)
        began = time.monotonic()
        drain()
        while titles(recall("do you have darts"))[:1] != ["Darts"]:
            assert time.monotonic() - began < PATIENCE
            time.sleep(0.05)
        print(f"live after {time.monotonic() - began:.1f} s")
    finally:
        keeper.stop()


@pytest.mark.django_db
@pytest.mark.parametrize("forget", ["by the guest", "by time"])
def test_a_question_that_is_forgotten_leaves_no_vector(house, forget):
    question = "do you have a trampoline"
    gaps.note(question)
    drain()
    row = numpy.zeros(4, numpy.float32).tobytes()
    Vector.objects.create(embedder="minilm", key=Line.of(0, "", "", question).key, data=row)
    Vector.objects.create(embedder="minilm", key="another", data=row)

    if forget == "by the guest":
        gaps.forget([question])
    else:
        Asked.objects.update(asked_at="2020-01-01T00:00:00Z")
        gaps.forget_old()

    assert not Asked.objects.exists()
    assert not Gap.objects.exists()
    assert list(Vector.objects.filter(embedder="minilm").values_list("key", flat=True)) == ["another"]
