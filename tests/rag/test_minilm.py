"""MiniLM, where its packages are installed: what it finds, and that a foreign file of weights is refused."""

from importlib.util import find_spec

import numpy
import pytest

from maya_site.core.errors import ProviderRejected
from rag import providers
from rag.providers.minilm import embedder as minilm
from rag.search import search_passages
from tests.rag.conftest import titles

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(find_spec(minilm.PACKAGE) is None, reason="requirements/minilm.txt is not installed"),
]


def test_auto_takes_it_where_it_is_installed(settings):
    settings.EMBEDDER = "auto"

    assert providers.current_embedder().index_name() == minilm.MiniLM.name


def test_what_means_the_same_is_near_and_order_and_company_change_nothing():
    model = minilm.MiniLM()
    rows = model.embed_documents(
        ["Dogs are welcome on a lead.", "The boiler was mended.", "May I bring my puppy?"]
    )
    alone = model.embed_queries(["May I bring my puppy?"])[0]

    assert numpy.allclose(numpy.linalg.norm(rows, axis=1), 1.0, atol=1e-5)
    assert rows[0] @ alone > rows[1] @ alone
    assert rows[2] @ alone > 0.98


def test_it_answers_from_an_index_of_its_own(settings, request):
    settings.EMBEDDER = "minilm"
    request.getfixturevalue("known_passages")

    assert titles(search_passages("could my puppy come along"))[0] == "Dogs at the bar"
    assert search_passages("what is the capital of Mongolia") == []


def test_another_file_of_weights_is_refused(monkeypatch):
    monkeypatch.setattr(minilm, "MODEL_SHA256", "0" * 64)

    with pytest.raises(ProviderRejected, match="not the one that was measured"):
        minilm.MiniLM().embed_queries(["a dog"])
