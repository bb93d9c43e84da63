"""What a question finds, and what happens when a store fails while guests are asking."""

import pytest

from maya_site.core.errors import ProviderDown
from rag.memory import MEMORY
from rag.models import Passage
from rag.search import search_passages
from rag.status import get_memory_status
from tests.rag.conftest import add_passage, titles

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
def test_a_question_finds_the_passage_that_answers_it(known_passages, question, wanted):
    assert titles(search_passages(question))[0] == wanted


@pytest.mark.parametrize("question", ["", "   ", "what is the capital of Mongolia", "12345", "🦄", "\x00"])
def test_what_has_nothing_to_do_with_the_house_finds_nothing(known_passages, question):
    assert search_passages(question) == []


def test_no_more_than_asked_for(known_passages):
    assert len(search_passages("the bar, the piano, the coats and the dogs", limit=2)) <= 2


def test_a_question_of_any_length_is_bearable(known_passages):
    assert titles(search_passages("is my dog welcome? " * 5_000))[0] == "Dogs at the bar"


def test_what_staff_took_back_is_gone_before_any_index_is_built(known_passages):
    search_passages("dogs")
    Passage.objects.filter(pk=known_passages["dog"].pk).update(published=False)

    assert "Dogs at the bar" not in titles(search_passages("Can I bring my dog?"))


def test_a_change_is_found_at_the_next_question(known_passages):
    add_passage("The parrot", "The parrot retired to the countryside in spring.")

    assert titles(search_passages("what happened to the parrot"))[0] == "The parrot"


class Broken:
    kind = "memvid"

    def __len__(self) -> int:
        return 4

    def nearest(self, vector, most):
        raise ProviderDown(self.kind, "the file went away")


def test_a_store_that_fails_at_work_is_left_and_the_guest_is_answered_by_the_next(known_passages):
    from dataclasses import replace

    search_passages("dogs")
    loaded = MEMORY.loaded
    assert loaded is not None
    MEMORY.loaded = replace(loaded, retrievers=(Broken(), *loaded.retrievers))

    assert titles(search_passages("Can I bring my dog?"))[0] == "Dogs at the bar"
    assert get_memory_status().kind == "faiss"
    assert get_memory_status().reason == "memvid failed at work"


def test_with_every_store_gone_a_question_finds_nothing_and_nothing_breaks(known_passages):
    from dataclasses import replace

    search_passages("dogs")
    assert MEMORY.loaded is not None
    MEMORY.loaded = replace(MEMORY.loaded, retrievers=(Broken(),))

    assert search_passages("Can I bring my dog?") == []
    assert get_memory_status().kind == "none"


def test_a_memory_that_is_switched_off_says_so(known_passages, settings):
    settings.MEMORY_STORE = "none"
    MEMORY.unload()

    assert search_passages("Can I bring my dog?") == []
    assert not get_memory_status().available
