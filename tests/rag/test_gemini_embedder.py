"""The real SDK against an embedding endpoint of our own: batches, retries, and paid for once."""

from collections.abc import Iterator

import numpy
import pytest

from maya_site.core.errors import ProviderDown, ProviderRejected
from rag.index_build import build_index
from rag.memory import MEMORY, base_stores
from rag.models import CachedEmbedding
from rag.providers.gemini.embedder import GeminiEmbedder
from rag.search import search_passages
from rag.status import get_memory_status
from tests.rag.conftest import add_passage, titles
from tests.vendors.embeddings import KEY, ScriptedEmbeddings

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def endpoint() -> Iterator[ScriptedEmbeddings]:
    with ScriptedEmbeddings() as found:
        yield found


@pytest.fixture
def gemini(endpoint: ScriptedEmbeddings, settings) -> ScriptedEmbeddings:
    settings.GEMINI_API_KEY, settings.GEMINI_BASE_URL = KEY, endpoint.address
    endpoint.faults.clear()
    endpoint.asked.clear()
    return endpoint


@pytest.fixture
def embedder(gemini) -> GeminiEmbedder:
    return GeminiEmbedder(max_attempts=3, first_backoff_seconds=0.001)


@pytest.mark.parametrize("model", ["gemini-embedding-001", "gemini-embedding-2"])
def test_every_text_has_a_vector_of_its_own_and_of_length_one(gemini, settings, model):
    settings.GEMINI_EMBEDDING_MODEL = model

    rows = GeminiEmbedder().embed_documents(["a dog", "a piano", "a coat"])

    assert rows.shape == (3, 768)
    assert numpy.allclose(numpy.linalg.norm(rows, axis=1), 1.0, atol=1e-5)
    assert not numpy.allclose(rows[0], rows[1])


def test_no_batch_is_larger_than_the_service_takes(gemini, embedder):
    rows = embedder.embed_documents([f"number {number}" for number in range(250)])

    assert len(rows) == 250
    assert [len(one["texts"]) for one in gemini.asked] == [100, 100, 50]


def test_questions_and_documents_are_told_apart(gemini, embedder):
    embedder.embed_documents(["a dog"])
    embedder.embed_queries(["may my dog come in"])

    assert [one["task"] for one in gemini.asked] == ["RETRIEVAL_DOCUMENT", "RETRIEVAL_QUERY"]


@pytest.mark.parametrize("faults", [[429], [503, 500]])
def test_a_build_asks_again_after_a_while(gemini, embedder, faults):
    gemini.faults.extend(faults)

    assert len(embedder.embed_documents(["a dog"])) == 1


def test_a_guest_waits_for_one_try_only(gemini, embedder):
    gemini.faults.append(503)

    with pytest.raises(ProviderDown):
        embedder.embed_queries(["may my dog come in"])
    assert gemini.asked == []


@pytest.mark.parametrize("fault", [400, 403, "short"])
def test_what_cannot_get_better_is_not_tried_again(gemini, embedder, fault):
    gemini.faults.append(fault)

    with pytest.raises(ProviderRejected):
        embedder.embed_documents(["a dog", "a piano"])


def test_an_endpoint_that_is_not_there_is_down(gemini, settings):
    settings.GEMINI_BASE_URL = "http://127.0.0.1:9"

    with pytest.raises(ProviderDown):
        GeminiEmbedder(max_attempts=1).embed_queries(["a dog"])


@pytest.fixture
def by_gemini(gemini, settings):
    from rag import providers

    settings.EMBEDDER = "gemini"
    providers._load_embedder.cache_clear()
    yield gemini
    providers._load_embedder.cache_clear()


def test_a_passage_that_did_not_change_is_paid_for_once(by_gemini, known_passages):
    paid = len(by_gemini.texts)
    add_passage("The parrot", "The parrot retired to the countryside.")
    build_index(base_stores())

    assert paid == 4
    assert len(by_gemini.texts) == paid + 1
    assert CachedEmbedding.objects.count() == 5


def test_another_embedder_has_an_index_of_its_own_and_never_reads_this_one(
    by_gemini, known_passages, settings
):
    assert titles(search_passages("dogs are welcome on a lead"))[0] == "Dogs at the bar"
    assert get_memory_status().embedder == "gemini-embedding-001-768"

    settings.EMBEDDER = "wordllama"
    MEMORY.unload()

    assert not MEMORY.refresh(build_if_missing=False)
    assert titles(search_passages("Can I bring my dog?"))[0] == "Dogs at the bar"
    assert get_memory_status().embedder == "wordllama-l2-supercat-256"


def test_while_google_is_away_a_question_finds_nothing_and_the_turn_goes_on(by_gemini, known_passages):
    search_passages("dogs")
    by_gemini.faults.append(503)

    assert search_passages("dogs are welcome on a lead") == []
    assert titles(search_passages("dogs are welcome on a lead"))[0] == "Dogs at the bar"
