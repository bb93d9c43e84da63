"""What a model took from a passage carries a mark that opens the passage; what it did not take, none."""

import pytest
from django.test import Client
from django.urls import reverse

from maya_site.core.cookies import sign_visit_code, visit_cookie_name
from rag.ingest import CORPUS_DIR, ingest
from rag.memory import MEMORY
from rag.models import Document, Passage
from tests.vendors.gemini import FunctionCall

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def book(db, settings, tmp_path):
    settings.MEMORY_STORE, settings.EMBEDDER = "faiss", "wordllama"
    settings.MEMORY_DIR = tmp_path / "memory"
    MEMORY.unload()
    ingest(CORPUS_DIR, Document.Origin.BUILT_IN)
    yield
    MEMORY.unload()


def marks(told):
    return [one["title"] for one in told.citations]


@pytest.mark.parametrize(
    "asked, answer, title",
    [
        (
            "What are your opening hours?",
            "We open at six in the evening and pour until one.",
            "Opening hours: when we open and when we close",
        ),
        (
            "What are your opening hours?",
            "From six in the evening.",
            "Opening hours: when we open and when we close",
        ),
        (
            "Which count was the Negroni named after?",
            "A Count Camillo, they say: in Florence he wanted his Americano stronger, with gin for the soda.",
            "The story of the Negroni: where it comes from",
        ),
        ("Can I smoke in here?", "Only on the covered bench in the lane.", "Smoking and vaping"),
    ],
)
def test_an_answer_in_the_words_of_a_passage_carries_its_mark(bar, gemini, asked, answer, title):
    gemini.play(["[happy] ", answer])

    told = bar.say(asked)

    assert told.brain_name == "gemini"
    assert marks(told) == [title]


@pytest.mark.parametrize(
    "asked, answer",
    [
        ("What are your opening hours?", "You had better ask one of the staff about that."),
        (
            "Which count was the Negroni named after?",
            "A Negroni is gin, Campari and sweet vermouth.",
        ),
        ("Can I smoke in here?", "I'd rather you didn't smoke in here."),
        ("What is your philosophy?", "[thinking] Ask me something easier, friend!"),
    ],
)
def test_an_answer_that_took_nothing_from_the_book_carries_none(bar, gemini, asked, answer):
    gemini.play([answer])

    assert marks(bar.say(asked)) == []


def test_what_the_model_looked_up_is_marked_only_where_it_was_used(bar, gemini):
    look = FunctionCall("recall", {"question": "what are your opening hours?"})
    gemini.play([look], ["[happy] We open at six in the evening and pour until one."])
    gemini.play([look], ["[happy] Let us talk of you instead!"])

    assert marks(bar.say("When may my friends drop by")) == ["Opening hours: when we open and when we close"]
    assert marks(bar.say("When may my friends drop by")) == []


def test_the_mark_is_still_there_after_a_reload_and_for_a_repeated_question(bar, gemini, ada):
    gemini.play(["[happy] We open at six in the evening and pour until one."])
    bar.say("What are your opening hours?")
    hours = Passage.objects.get(title="Opening hours: when we open and when we close")
    guest = Client()
    guest.cookies[visit_cookie_name()] = sign_visit_code(ada.code)
    where = reverse("bartender:passage", args=[hours.pk])

    bar.turns = 0
    again = bar.say("What are your opening hours?")

    assert again.outcome == "replayed"
    assert marks(again) == ["Opening hours: when we open and when we close"]
    assert where in guest.get("/").content.decode()
    assert "six in the evening" in guest.get(where).content.decode()
