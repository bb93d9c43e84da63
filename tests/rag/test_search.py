"""What a question finds, and what happens when a store fails while guests are asking."""

import pytest

from maya_site.lib.errors import ProviderDown
from rag.memory import MEMORY
from rag.models import Passage
from rag.search import recall
from rag.status import memory
from tests.rag.conftest import know, titles

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "question, wanted",
    [
        ("Can I bring my dog?", "Dogs at the bar"),
        ("where do i put my coat", "Coats and bags"),
        ("when is it quiet enough to read", "The quiet hour"),
        ("who tunes the pianno", "The piano"),
    ],
)
def test_a_question_finds_the_passage_that_answers_it(house, question, wanted):
    assert titles(recall(question))[0] == wanted


@pytest.mark.parametrize("question", ["", "   ", "what is the capital of Mongolia", "12345", "🦄", "\x00"])
def test_what_has_nothing_to_do_with_the_house_finds_nothing(house, question):
    assert recall(question) == []


def test_no_more_than_asked_for(house):
    assert len(recall("the bar, the piano, the coats and the dogs", most=2)) <= 2


def test_a_question_of_any_length_is_bearable(house):
    assert titles(recall("is my dog welcome? " * 5_000))[0] == "Dogs at the bar"


def test_what_staff_took_back_is_gone_before_any_index_is_built(house):
    recall("dogs")
    Passage.objects.filter(pk=house["dog"].pk).update(published=False)

    assert "Dogs at the bar" not in titles(recall("Can I bring my dog?"))


def test_a_change_is_found_at_the_next_question(house):
    know("The parrot", "The parrot retired to the countryside in spring.")

    assert titles(recall("what happened to the parrot"))[0] == "The parrot"


class Broken:
    kind = "memvid"

    def __len__(self) -> int:
        return 4

    def nearest(self, vector, most):
        raise ProviderDown(self.kind, "the file went away")


def test_a_store_that_fails_at_work_is_left_and_the_guest_is_answered_by_the_next(house):
    from dataclasses import replace

    recall("dogs")
    loaded = MEMORY.loaded
    assert loaded is not None
    MEMORY.loaded = replace(loaded, retrievers=(Broken(), *loaded.retrievers))

    assert titles(recall("Can I bring my dog?"))[0] == "Dogs at the bar"
    assert memory().kind == "faiss"
    assert memory().reason == "memvid failed at work"


def test_with_every_store_gone_a_question_finds_nothing_and_nothing_breaks(house):
    from dataclasses import replace

    recall("dogs")
    assert MEMORY.loaded is not None
    MEMORY.loaded = replace(MEMORY.loaded, retrievers=(Broken(),))

    assert recall("Can I bring my dog?") == []
    assert memory().kind == "none"


def test_a_memory_that_is_switched_off_says_so(house, settings):
    settings.MEMORY_STORE = "none"
    MEMORY.forget()

    assert recall("Can I bring my dog?") == []
    assert not memory().available
