"""Ada calls a person. She is told who comes; what she said is before staff until somebody has seen to it."""

import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import override

from bartender.errors import AlcoholRefused, RequestAlreadyAnswered, RequestAlreadyResolved, VisitClosed
from bartender.models.assistance import AssistanceCall, AssistanceRequest
from bartender.models.visits import ANNOUNCEMENT_BRAIN, Visit
from bartender.services import orders, returning_guests
from bartender.services.assistance import (
    answer_request,
    assistance_call_state,
    record_assistance_call,
    resolve_request,
)
from bartender.services.responsible_service import record_age_check
from tests.bartender.staff_fixtures import create_staff_user, nat_client, sam_client
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context
from tests.html_text import compact_html


def remarks(visit):
    return list(visit.turns.filter(brain=ANNOUNCEMENT_BRAIN).values_list("reply_text", flat=True))


def test_a_call_waits_for_a_person_with_a_name(ada):
    request = record_assistance_call(ada, "help", "I want to talk to a human", "turn-1")

    assert (request.visit, request.kind, request.status) == (ada, "help", "open")
    assert request.guest_text == "I want to talk to a human"
    assert assistance_call_state(ada).state == "called"


def test_the_same_cause_calls_once(ada):
    first = record_assistance_call(ada, "help", "help", "turn-1")
    again = record_assistance_call(ada, "help", "help", "turn-1")
    resolve_request(first, create_staff_user("sam"))
    late = record_assistance_call(ada, "help", "help", "turn-1")

    assert first.pk == again.pk == late.pk
    assert AssistanceRequest.objects.get().guest_text == "help"
    assert AssistanceRequest.objects.get().status == "resolved"


def test_one_sentence_may_call_for_two_things(ada):
    record_assistance_call(ada, "help", "you charged me twice, get me a human", "turn-1")
    record_assistance_call(ada, "complaint", "you charged me twice, get me a human", "turn-1")

    assert set(AssistanceRequest.objects.values_list("kind", flat=True)) == {"help", "complaint"}


def test_a_further_call_adds_its_words_and_no_second_row(ada, ben):
    record_assistance_call(ada, "complaint", "my drink is warm", "turn-1")
    record_assistance_call(ada, "complaint", "and I got only one", "turn-2")
    record_assistance_call(ben, "complaint", "you charged me twice", "turn-1")

    about = dict(AssistanceRequest.objects.values_list("visit", "guest_text"))
    assert about == {ada.pk: "my drink is warm\nand I got only one", ben.pk: "you charged me twice"}


def test_words_are_kept_short_however_often_a_guest_calls(ada):
    for number in range(40):
        record_assistance_call(ada, "help", f"call {number} " + "x" * 4_000, f"turn-{number}")

    about = AssistanceRequest.objects.get().guest_text
    assert len(about) <= 2_000
    assert max(map(len, about.splitlines())) == 200
    assert about.splitlines()[-1].startswith("call 39 ")


def test_the_guest_is_told_who_comes_and_only_the_first_person_counts(ada):
    request = record_assistance_call(ada, "help", "", "form-1")
    first, second = create_staff_user("sam"), create_staff_user("mo")
    answer_request(request, first)
    answer_request(request, first)
    with pytest.raises(RequestAlreadyAnswered, match="sam is going to this guest already"):
        answer_request(request, second)

    assert remarks(ada) == ["Sam is coming to you."]
    assert (assistance_call_state(ada).state, assistance_call_state(ada).says) == (
        "answered",
        "Sam is coming to you.",
    )
    assert AssistanceRequest.objects.get().answered_by == first


def test_a_guest_who_reads_spanish_is_told_so_in_spanish(ada):
    Visit.objects.update(language="es")
    answer_request(record_assistance_call(ada, "help", "", "form-1"), create_staff_user("sam"))

    assert remarks(ada) == ["Sam viene a atenderte."]


@pytest.mark.parametrize(
    "language, coming, decided",
    [
        ("en", "Somebody from the bar is coming to you.", "Somebody from the bar decided that at"),
        ("es", "Alguien de la barra viene a atenderte.", "Alguien de la barra lo decidió a las"),
    ],
)
def test_no_guest_reads_a_login_name(ada, language, coming, decided):
    Visit.objects.update(language=language)
    owner = User.objects.create_user("owner", is_staff=True)
    answer_request(record_assistance_call(ada, "help", "", "form-1"), owner)
    record_age_check(ada, owner, is_of_age=False)
    ada.refresh_from_db()
    with override(language), pytest.raises(AlcoholRefused, match=decided) as refused:
        orders.add_line(ada, "Martini", 1, [], make_context())

    assert remarks(ada) == [coming]
    assert "owner" not in str(refused.value)


def test_whoever_was_said_to_come_and_did_not_is_called_again(ada):
    request = record_assistance_call(ada, "help", "", "form-1")
    answer_request(request, create_staff_user("sam"))
    again = record_assistance_call(ada, "help", "nobody came", "turn-2")
    assert (again.pk, again.status) == (request.pk, "open")
    assert again.open_since > request.open_since
    answer_request(again, create_staff_user("mo"))

    assert remarks(ada) == ["Sam is coming to you.", "Mo is coming to you."]


def test_of_harassment_nothing_is_on_the_guests_screen(ada):
    request = record_assistance_call(ada, "harassment", "he put something in her drink", "turn-1")
    assert assistance_call_state(ada).state == ""
    answer_request(request, create_staff_user("sam"))

    assert (assistance_call_state(ada).state, remarks(ada)) == ("", [])


def test_what_is_seen_to_is_closed_by_somebody_and_can_be_called_for_anew(ada):
    request = record_assistance_call(ada, "help", "", "form-1")
    resolve_request(request, create_staff_user("sam"))
    with pytest.raises(RequestAlreadyResolved):
        answer_request(request, create_staff_user("mo"))
    with pytest.raises(RequestAlreadyResolved):
        resolve_request(request, create_staff_user("liz"))
    anew = record_assistance_call(ada, "help", "", "form-2")

    first = AssistanceRequest.objects.filter(pk=request.pk)
    assert first.values_list("answered_by__username", "resolved_by__username").get() == ("sam", "sam")
    assert anew.pk != request.pk


def test_nobody_is_called_to_a_guest_who_has_left(ada):
    request = record_assistance_call(ada, "complaint", "it was warm", "turn-1")
    Visit.objects.update(closed_at=ada.opened_at)
    with pytest.raises(VisitClosed):
        record_assistance_call(ada, "help", "", "form-1")
    answer_request(request, create_staff_user("sam"))  # what was written down is still seen to

    assert remarks(ada) == []


def test_an_answer_without_a_name_cannot_be_written(ada):
    request = record_assistance_call(ada, "help", "", "form-1")

    for status in ("answered", "resolved"):
        with pytest.raises(IntegrityError), transaction.atomic():
            AssistanceRequest.objects.filter(pk=request.pk).update(status=status)


# --- whose words they are ----------------------------------------------------------------------------


def test_a_guest_takes_their_calls_home_and_can_have_them_forgotten(ada, ben):
    record_assistance_call(ada, "complaint", "my drink is warm", "turn-1")
    record_assistance_call(ben, "help", "over here", "turn-1")
    taken = returning_guests.export_guest_data(ada.code)["visits"][0]["assistance requests"]
    returning_guests.erase_guest_data(ada.code)

    assert [(row["kind"], row["guest_text"]) for row in taken] == [("complaint", "my drink is warm")]
    assert list(AssistanceRequest.objects.values_list("visit", flat=True)) == [ben.pk]
    assert list(AssistanceCall.objects.values_list("visit", flat=True)) == [ben.pk]


def test_calls_of_more_than_a_month_ago_are_forgotten(ada, ben):
    record_assistance_call(ada, "complaint", "my drink is warm", "turn-1")
    record_assistance_call(ben, "help", "over here", "turn-1")
    AssistanceRequest.objects.filter(visit=ada).update(open_since=timezone.now() - timedelta(days=31))
    returning_guests.delete_expired_guest_data()

    assert list(AssistanceRequest.objects.values_list("visit", flat=True)) == [ben.pk]


def test_a_visit_takes_its_calls_with_it(ada):
    record_assistance_call(ada, "complaint", "my drink is warm", "turn-1")
    ada.delete()

    assert not AssistanceRequest.objects.exists()


# --- the book in the admin ---------------------------------------------------------------------------


def test_staff_answer_and_resolve_in_the_admin_without_the_words_in_its_log(ada):
    record_assistance_call(ada, "complaint", "you charged me twice", "turn-1")
    client = sam_client()
    listed = "/admin/bartender/assistancerequest/?status__exact=open&kind__exact=complaint"
    for says in ("I am coming", "Resolved"):
        page = client.get("/admin/bartender/assistancerequest/")
        client.post(button_of(page, says), follow=True)

    row = AssistanceRequest.objects.values_list(
        "status", "answered_by__username", "resolved_by__username"
    ).get()
    assert row == ("resolved", "sam", "sam")
    assert "you charged me twice" not in client.get(listed).text
    assert "you charged me twice" in client.get("/admin/bartender/assistancerequest/").text
    kept = str(list(LogEntry.objects.values_list("object_repr", "change_message")))
    assert "Resolved" in kept
    assert "charged" not in kept


def test_the_first_page_of_the_admin_has_who_calls_with_buttons(ada):
    record_assistance_call(ada, "complaint", "you charged me twice", "turn-1")
    client = sam_client()
    for says in ("I am coming", "Resolved"):
        page = client.get("/admin/")
        assert "you charged me twice" in page.text
        found = re.search(rf'action="([^"]+)"><input[^>]+><button[^>]+>{says}<', compact_html(page.text))
        assert found, f"no form “{says}”"
        client.post(found[1])

    assert AssistanceRequest.objects.get().status == "resolved"
    assert "Guests who call a person" not in client.get("/admin/").text


def test_who_may_not_answer_cannot(ada):
    request = record_assistance_call(ada, "help", "", "form-1")

    assert nat_client().post(f"/admin/bartender/assistancerequest/{request.pk}/answer/").status_code == 403
    assert AssistanceRequest.objects.get().status == "open"


def button_of(page, says):
    found = re.search(rf'formaction="([^"]+)">{says}<', compact_html(page.text))
    assert found, f"no button “{says}”"
    return found[1]
