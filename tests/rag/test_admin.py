"""Staff write what the bar knows, and guests hear it within five seconds."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from maya_site.tasks.worker import run_due_tasks
from rag.memory import MEMORY
from rag.models import IndexBuild, Passage
from rag.search import search_passages
from tests.bartender.staff_fixtures import mo_client, nat_client, sam_client
from tests.rag.conftest import immediate_refresher, titles

pytestmark = pytest.mark.django_db
ADD = reverse("admin:rag_passage_add")
LIST = reverse("admin:rag_passage_changelist")
DARTS = {
    "title": "Darts",
    "text": "The dartboard hangs behind the piano.",
    "tags": "games, Darts",
    "published": "on",
}


def change(passage: Passage) -> str:
    return reverse("admin:rag_passage_change", args=[passage.pk])


def test_what_sam_writes_is_what_maya_knows_next(known_passages):
    assert sam_client().post(ADD, DARTS).status_code == 302
    run_due_tasks()
    immediate_refresher().refresh_if_stale()

    found = search_passages("do you have darts")[0]

    assert (found.title, found.text) == ("Darts", DARTS["text"])
    written = Passage.objects.get(title="Darts")
    assert (written.author, written.tags) == ("sam", ["games", "darts"])


def test_the_job_that_a_change_asks_for_builds_what_is_so(known_passages):
    builds = IndexBuild.objects.count()
    sam_client().post(ADD, DARTS)
    run_due_tasks()
    run_due_tasks()

    assert IndexBuild.objects.count() == builds + 1
    assert MEMORY.refresh(build_if_missing=False)


def test_a_corrected_passage_is_read_as_corrected(known_passages):
    staff = sam_client()
    staff.post(
        change(known_passages["piano"]), DARTS | {"title": "The piano", "text": "The piano is on loan."}
    )
    immediate_refresher().refresh_if_stale()

    assert search_passages("where does the piano come from")[0].text == "The piano is on loan."
    assert LogEntry.objects.filter(user__username="sam", object_id=str(known_passages["piano"].pk)).exists()


def test_one_click_takes_a_passage_back_and_another_publishes_it(known_passages):
    staff, click = sam_client(), reverse("admin:rag_passage_publish", args=[known_passages["dog"].pk])

    staff.post(click, {"published": "0"})
    assert "Dogs at the bar" not in titles(search_passages("Can I bring my dog?"))
    staff.post(click, {"published": "1"})
    staff.post(click, {"published": "1"})

    assert titles(search_passages("Can I bring my dog?"))[0] == "Dogs at the bar"
    assert LogEntry.objects.filter(object_id=str(known_passages["dog"].pk)).count() == 2


def test_the_page_of_a_passage_shows_how_it_reads_and_what_finds_it(known_passages):
    page = sam_client().get(change(known_passages["piano"])).content.decode()

    assert "as-said" in page
    assert "<li>The piano</li>" in page


def test_staff_try_a_question_before_a_guest_asks_it(known_passages):
    page = sam_client().get(reverse("admin:rag_passage_try"), {"q": "is my dog <b>welcome"}).content.decode()

    assert "Dogs at the bar" in page
    assert "<b>welcome" not in page


def test_a_passage_is_searched_by_word_and_tag(known_passages):
    staff = sam_client()
    staff.post(ADD, DARTS)

    assert "Darts" in staff.get(LIST, {"q": "games"}).content.decode()
    assert "The piano" not in staff.get(LIST, {"q": "games"}).content.decode()


def test_managers_delete_and_staff_do_not(known_passages):
    delete = reverse("admin:rag_passage_delete", args=[known_passages["coat"].pk])

    assert sam_client().post(delete, {"post": "yes"}).status_code == 403
    assert mo_client().post(delete, {"post": "yes"}).status_code == 302
    assert titles(search_passages("where do i put my coat"))[:1] != ["Coats and bags"]


def test_whoever_has_no_right_sees_and_changes_nothing(known_passages):
    nobody = nat_client()

    assert nobody.get(LIST).status_code == 403
    assert nobody.get(reverse("admin:rag_passage_try")).status_code == 403
    assert (
        nobody.post(reverse("admin:rag_passage_publish", args=[known_passages["dog"].pk]), {}).status_code
        == 403
    )
