"""Memvid comes first where it proves that it lost nothing, and is never missed where it does not."""

import numpy
import pytest
from django.core.management import CommandError, call_command

from maya_site.lib.errors import ProviderRejected
from rag.building import build
from rag.generation import current
from rag.memory import MEMORY, base_stores
from rag.models import IndexBuild
from rag.providers import embedder
from rag.providers.memvid_store import MOST_SAFE, MemvidRetriever, MemvidStore
from rag.search import recall
from rag.status import memory
from tests.rag.conftest import impatient_keeper, know, titles
from tests.rag.test_broken_index import cut_short, home

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def with_memvid(house, settings):
    settings.MEMORY_STORE = "auto"
    MEMORY.refresh(make=True)
    call_command("build_memory", "--memvid", verbosity=0)
    return house


def test_once_it_found_all_again_it_leads_and_answers_as_faiss_does(with_memvid):
    before = titles(recall("Can I bring my dog?"))
    assert memory().kind == "memvid"

    assert titles(recall("Can I bring my dog?")) == before
    assert MEMORY.loaded is not None
    assert [one.kind for one in MEMORY.loaded.retrievers] == ["memvid", "faiss"]


def test_a_change_is_live_by_faiss_at_once_and_memvid_follows_when_it_is_quiet(with_memvid, monkeypatch):
    from rag import keeper as module

    know("The parrot", "The parrot retired to the countryside in spring.")
    keeper = impatient_keeper()
    keeper.quiet = 0.0
    asked = []
    monkeypatch.setattr(module, "add_in_the_background", lambda: asked.append(1))
    keeper.look()
    assert titles(recall("what happened to the parrot"))[0] == "The parrot"
    assert memory().kind == "faiss"

    keeper.look()
    keeper.look()
    assert asked == [1]


def test_a_vector_that_does_not_find_itself_again_costs_it_its_place(house, settings, monkeypatch):
    settings.MEMORY_STORE = "auto"
    MEMORY.refresh(make=True)
    forgetful = MemvidRetriever.nearest
    monkeypatch.setattr(MemvidRetriever, "nearest", lambda self, row, most: forgetful(self, row, most)[1:])

    with pytest.raises(CommandError, match="did not find themselves again"):
        call_command("build_memory", "--memvid", verbosity=0)

    assert memory().kind == "faiss"
    assert titles(recall("Can I bring my dog?"))[0] == "Dogs at the bar"


def test_a_broken_file_of_its_own_is_refused_and_all_is_built_anew(with_memvid, memory_folder):
    MEMORY.forget()
    cut_short(current(home(memory_folder)) / MemvidStore.file)

    assert not MEMORY.refresh(make=False)
    impatient_keeper().look()

    assert memory().kind == "faiss"


def test_more_than_it_keeps_safely_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ProviderRejected, match="more than the"):
        MemvidStore().write(numpy.zeros((MOST_SAFE + 1, 256), numpy.float32), tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_change_while_it_was_written_keeps_it_out(house, settings, monkeypatch):
    settings.MEMORY_STORE = "auto"
    MEMORY.refresh(make=True)

    def slowly(self, vectors, folder):
        know("The parrot", "The parrot retired to the countryside in spring.")
        build(base_stores())
        (folder / self.file).write_bytes(b"late")

    monkeypatch.setattr(MemvidStore, "write", slowly)

    with pytest.raises(CommandError, match="a newer index took its place"):
        call_command("build_memory", "--memvid", verbosity=0)

    assert titles(recall("what happened to the parrot"))[0] == "The parrot"


def test_what_was_built_is_written_down(with_memvid):
    assert IndexBuild.objects.latest("id").stores == "memvid faiss"
    assert IndexBuild.objects.latest("id").embedder == embedder().name
