"""A folder is read into the memory, again and again, and only what changed is done."""

import io
import json
import os
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from maya_site.tasks.models import Task
from rag.index_build import is_index_current
from rag.models import Document, IndexBuild, Passage
from tests.rag.conftest import rebuild_index
from tests.rag.document_fixtures import make_pdf

pytestmark = pytest.mark.django_db


def search(question: str, *arguments: str) -> list[dict[str, Any]]:
    out = io.StringIO()
    call_command("search_memory", question, "--json", *arguments, stdout=out)
    found: list[dict[str, Any]] = json.loads(out.getvalue())
    return found


@pytest.fixture
def filled(notes):
    (notes / "animals.md").write_text("# Dogs\nDogs are welcome on a lead.\n# Cats\nThe cat sleeps upstairs.")
    (notes / "piano.txt").write_text("The piano came from a closed cinema.")
    (notes / "facts.jsonl").write_text('{"title": "Roof", "text": "The roof terrace opens in May."}\n')
    (notes / "cellar.pdf").write_bytes(make_pdf(["The cellar was dug by monks in winter."]))
    rebuild_index("--source", str(notes))
    return notes


@pytest.mark.parametrize(
    "question, name",
    [
        ("is my dog welcome", "animals.md"),
        ("where is the piano from", "piano.txt"),
        ("when does the roof terrace open", "facts.jsonl"),
        ("who dug the cellar", "cellar.pdf"),
    ],
)
def test_every_kind_of_file_is_found_by_its_path(filled, question, name):
    best = search(question)[0]

    assert best["source"] == str(filled / name)
    assert set(best) == {"title", "text", "source", "score"}


def test_the_best_come_first_and_no_more_than_asked_for(filled):
    found = search("is my dog welcome, or a cat?", "--limit", "2")

    assert len(found) <= 2
    assert [one["score"] for one in found] == sorted((one["score"] for one in found), reverse=True)


def test_reading_the_same_folder_again_changes_nothing(filled):
    before = list(Passage.objects.values_list("id", "updated_at"))
    builds = IndexBuild.objects.count()

    rebuild_index("--source", str(filled))

    assert list(Passage.objects.values_list("id", "updated_at")) == before
    assert IndexBuild.objects.count() == builds


def test_a_file_that_changed_is_read_again_and_one_that_vanished_is_forgotten(filled):
    (filled / "piano.txt").write_text("The piano was sold to a school.")
    (filled / "cellar.pdf").unlink()

    rebuild_index("--source", str(filled))

    assert search("where is the piano")[0]["text"] == "The piano was sold to a school."
    assert not any("monks" in str(one["text"]) for one in search("who dug the cellar"))
    assert not Document.objects.filter(path=str(filled / "cellar.pdf"))


def test_a_heading_that_changed_is_taken_over_and_leads_to_its_passage(filled, capsys):
    words = "They are welcome on a lead, at every table but the one by the piano."
    (filled / "guests.md").write_text(f"# Dogs in here\n{words}")
    rebuild_index("--source", str(filled))
    passage = Passage.objects.get(title="Dogs in here")
    (filled / "guests.md").write_text(f"# Hounds in here\n{words}")
    rebuild_index("--source", str(filled))

    assert "0 passages new, 0 gone, 1 under another heading" in capsys.readouterr().out
    passage.refresh_from_db()
    assert passage.title == "Hounds in here"
    assert search("hounds")[0]["title"] == "Hounds in here"


def test_another_folder_is_read_beside_the_first(filled, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "bees.md").write_text("# Bees\nThere are two hives on the roof.")

    rebuild_index("--source", str(other))

    assert search("are there bees")[0]["source"] == str(other / "bees.md")
    assert search("where is the piano from")[0]["source"] == str(filled / "piano.txt")


def test_the_same_words_in_two_files_are_found_once_and_survive_the_first_file(filled):
    (filled / "copy.txt").write_text("the PIANO came from a closed cinema.")
    (filled / "piano.txt").rename(filled / "copy of it.txt")
    (filled / "copy.txt").rename(filled / "piano.txt")
    rebuild_index("--source", str(filled))

    texts = [str(one["text"]).lower() for one in search("where is the piano from", "--limit", "9")]

    assert len(texts) == len(set(texts))


def test_a_bad_file_is_named_and_the_others_are_read(notes):
    (notes / "bad.pdf").write_bytes(b"no pdf")
    (notes / "good.md").write_text("# Bees\nThere are two hives on the roof.")
    errors = io.StringIO()

    with pytest.raises(CommandError, match="1 left out"):
        call_command("build_memory", "--source", str(notes), stderr=errors)

    assert str(notes / "bad.pdf") in errors.getvalue()
    assert search("are there bees")


def test_a_file_that_turned_bad_keeps_what_was_read_of_it(filled):
    (filled / "piano.txt").write_bytes(b"\xff\xff")

    with pytest.raises(CommandError):
        rebuild_index("--source", str(filled))

    assert search("where is the piano from")[0]["source"] == str(filled / "piano.txt")


def test_a_folder_that_is_not_there_is_refused_in_one_sentence():
    with pytest.raises(CommandError, match="is no folder"):
        rebuild_index("--source", "/nowhere/at/all")


def test_what_staff_changed_is_not_undone_by_the_file_it_came_from(filled):
    piano = Passage.objects.get(text__contains="piano")
    piano.text, piano.edited = "The piano came from a closed cinema in 1962.", True
    piano.save()
    os.utime(filled / "piano.txt")
    (filled / "piano.txt").write_text("The piano came from a closed cinema.\n")

    rebuild_index("--source", str(filled))

    assert [row.text for row in Passage.objects.filter(text__contains="piano")] == [piano.text]


def test_a_run_that_was_killed_is_finished_by_the_next(filled, monkeypatch):
    (filled / "a.md").write_text("# Ants\nNone, so far.")
    (filled / "z.md").write_text("# Zebras\nNot on Mondays.")
    seen = []

    def killed(done, total):
        seen.append(done)
        if len(seen) == 2:
            raise KeyboardInterrupt

    from rag.ingest import ingest

    with pytest.raises(KeyboardInterrupt):
        ingest(filled, Document.Origin.FOLDER, killed)
    assert not is_index_current()
    rebuild_index("--source", str(filled))

    assert search("zebras on mondays")[0]["source"] == str(filled / "z.md")
    assert Passage.objects.filter(title="Ants").count() == 1


def test_a_run_asks_for_no_job_since_it_builds_by_itself(filled):
    assert not Task.objects.filter(name="build_memory").exists()
    assert is_index_current()
