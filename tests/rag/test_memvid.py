"""Memvid comes first where it proves that it lost nothing, and is never missed where it does not."""

import numpy
import pytest
from django.core.management import CommandError, call_command

from maya_site.core.errors import ProviderRejected
from rag.index_build import build_index
from rag.index_version import current_version
from rag.memory import MEMORY, base_stores
from rag.models import IndexBuild
from rag.providers import get_embedder
from rag.providers.memvid.store import MAX_PASSAGES, MemvidRetriever, MemvidStore
from rag.search import search_passages
from rag.status import get_memory_status
from tests.rag.conftest import add_passage, immediate_refresher, titles
from tests.rag.test_broken_index import cut_short, home

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def with_memvid(known_passages, settings):
    settings.MEMORY_STORE = "auto"
    MEMORY.refresh(build_if_missing=True)
    call_command("build_memory", "--memvid", verbosity=0)
    return known_passages


def test_once_it_found_all_again_it_leads_and_answers_as_faiss_does(with_memvid):
    before = titles(search_passages("Can I bring my dog?"))
    assert get_memory_status().kind == "memvid"

    assert titles(search_passages("Can I bring my dog?")) == before
    assert MEMORY.loaded is not None
    assert [one.kind for one in MEMORY.loaded.retrievers] == ["memvid", "faiss"]


def test_a_change_is_live_by_faiss_at_once_and_memvid_follows_when_it_is_quiet(with_memvid, monkeypatch):
    from rag import refresher as module

    add_passage("The parrot", "The parrot retired to the countryside in spring.")
    keeper = immediate_refresher()
    keeper.quiet_seconds = 0.0
    asked: list[str] = []
    monkeypatch.setattr(module, "start_adding_store", asked.append)
    keeper.refresh_if_stale()
    assert titles(search_passages("what happened to the parrot"))[0] == "The parrot"
    assert get_memory_status().kind == "faiss"

    keeper.refresh_if_stale()
    keeper.refresh_if_stale()
    assert asked == ["memvid"]


def test_a_vector_that_does_not_find_itself_again_costs_it_its_place(known_passages, settings, monkeypatch):
    settings.MEMORY_STORE = "auto"
    MEMORY.refresh(build_if_missing=True)
    forgetful = MemvidRetriever.nearest
    monkeypatch.setattr(MemvidRetriever, "nearest", lambda self, row, most: forgetful(self, row, most)[1:])

    with pytest.raises(CommandError, match="did not find themselves again"):
        call_command("build_memory", "--memvid", verbosity=0)

    assert get_memory_status().kind == "faiss"
    assert titles(search_passages("Can I bring my dog?"))[0] == "Dogs at the bar"


def test_a_broken_file_of_its_own_is_refused_and_all_is_built_anew(with_memvid, memory_folder):
    MEMORY.unload()
    cut_short(current_version(home(memory_folder)) / MemvidStore.file)

    assert not MEMORY.refresh(build_if_missing=False)
    immediate_refresher().refresh_if_stale()

    assert get_memory_status().kind == "faiss"


def test_more_than_it_keeps_safely_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ProviderRejected, match="more than the"):
        MemvidStore().write(numpy.zeros((MAX_PASSAGES + 1, 256), numpy.float32), tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_change_while_it_was_written_keeps_it_out(known_passages, settings, monkeypatch):
    settings.MEMORY_STORE = "auto"
    MEMORY.refresh(build_if_missing=True)

    def slowly(self, vectors, folder):
        add_passage("The parrot", "The parrot retired to the countryside in spring.")
        build_index(base_stores())
        (folder / self.file).write_bytes(b"late")

    monkeypatch.setattr(MemvidStore, "write", slowly)

    with pytest.raises(CommandError, match="a newer index took its place"):
        call_command("build_memory", "--memvid", verbosity=0)

    assert titles(search_passages("what happened to the parrot"))[0] == "The parrot"


def test_what_was_built_is_written_down(with_memvid):
    assert IndexBuild.objects.latest("id").stores == "memvid faiss"
    assert IndexBuild.objects.latest("id").embedder == get_embedder().name
