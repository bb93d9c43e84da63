"""Ada calls a person: every display shows it before all else, and one person answers."""

import re
from collections import Counter

import pytest
from asgiref.sync import sync_to_async
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bartender.models.assistance import AssistanceRequest
from bartender.models.responsible_service import Approval
from bartender.models.visits import Visit
from bartender.permissions import STAFF_GROUP
from bartender.realtime import broadcast
from bartender.services import orders, tickets
from bartender.services.assistance import answer_request, record_assistance_call
from bartender.services.responsible_service import declare_age
from bartender.services.visits import open_visit
from tests.bartender.display.display_client import DisplayPage, session_key_of
from tests.bartender.page_fixtures import PageGuest
from tests.bartender.realtime.page_client import PageClient
from tests.bartender.staff_fixtures import client_for, create_staff_user, mo_client, nat_client, sam_client
from tests.form_browser import FormBrowser
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context
from tests.html_text import compact_html

JSON = {"Accept": "application/json"}


def door(page, says):
    """Where that button of the display leads."""
    found = re.search(rf'formaction="(/bar/request/[^"]+)">{says} <', compact_html(page.text))
    assert found, f"no button “{says}”"
    return found[1]


# --- the guest's button --------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/tab/"])
def test_a_guest_calls_by_a_plain_form_and_reads_who_comes(menu, path):
    guest, client = PageGuest(), sam_client()
    assert "Call a person</button>" in guest.open_page(path)
    guest.submit_form("/call/")
    assert "The bar has been called. Somebody will come to you." in guest.page
    assert "Look again" in guest.page
    board = client.get("/bar/")
    assert "Pressed “Call a person”" in board.text
    client.post(door(board, "I am coming"))

    assert "Sam is coming to you." in guest.open_page(path)
    assert "Call again</button>" in guest.page
    client.post(door(client.get("/bar/"), "Seen to"))
    assert "Call a person</button>" in guest.open_page(path)
    assert "Guests who call" not in client.get("/bar/").text.replace('aria-label="Guests who call"', "")


def test_the_same_page_sent_twice_calls_once(menu):
    guest = PageGuest()
    guest.open_page()
    (form,) = guest.find_forms("/call/")
    for _ in range(2):
        guest.client.post("/call/", form["fields"])

    assert AssistanceRequest.objects.get().calls.count() == 1


def test_whoever_presses_again_and_again_has_called_and_is_asked_for_a_moment(menu):
    guest = PageGuest()
    guest.open_page()
    for _ in range(6):
        guest.submit_form("/call/")
    answer = guest.submit_form("/call/")

    assert "Please give them a moment to come." in answer.text
    assert AssistanceRequest.objects.get().calls.count() == 6


def test_a_spanish_guest_finds_the_button(menu):
    guest = PageGuest()
    guest.open_page()
    guest.client.post("/language/", {**guest.find_forms("/language/")[0]["fields"], "language": "es"})
    assert "Llamar a una persona</button>" in guest.open_page()
    guest.submit_form("/call/")

    assert "Hemos avisado a la barra." in guest.page


# --- the display -----------------------------------------------------------------------------------------


def shown_guests(page):
    return re.findall(r'class="guest" href="/bar/talk/(\w+)/"', page.partition('id="content"')[0])


def test_who_answers_a_call_moves_no_other_call_under_the_finger(ada, ben, cy):
    for guest in (ada, ben, cy):
        record_assistance_call(guest, "help", "over here", "turn-1")
    staff = FormBrowser(sam_client())
    called = shown_guests(staff.open("/bar/"))
    assert called == [ada.code, ben.code, cy.code]
    staff.press_button(f"I am coming to guest {ada.display_name}")
    assert shown_guests(staff.page) == called
    record_assistance_call(ada, "help", "still here", "turn-2")  # who calls again keeps the place, too
    assert shown_guests(staff.open("/bar/")) == called

    staff.press_button(f"I am coming to guest {cy.display_name}")
    assert shown_guests(staff.page) == called


def test_no_two_buttons_of_the_display_have_one_name(ada, ben):
    for guest in (ada, ben):
        record_assistance_call(guest, "help", "over here", "turn-1")
        declare_age(guest, "declared")
        orders.add_line(guest, "Negroni", 1, [], make_context())
        tickets.fire_ticket(guest, make_context(), skip_hold=True)
        for kind, asked in (("alcohol", "1 × Negroni: 2 standard drinks"), ("age", "show an ID")):
            Approval.objects.create(visit=guest, kind=kind, key=kind, description=asked)
    staff = FormBrowser(sam_client())
    staff.open("/bar/")
    names = Counter(button.name for button in staff.submit_buttons())

    assert f"Pour it for guest {ada.display_name}: 1 × Negroni" in names
    # An ID can be seen at the ticket and at the question: it is the same guest and does the same.
    assert {name for name, many in names.items() if many > 1} == {
        f"ID seen for guest {guest.display_name}" for guest in (ada, ben)
    }


def test_where_not_all_fit_those_whom_nobody_has_answered_do(menu):
    sam = create_staff_user("sam", STAFF_GROUP)
    calls = [record_assistance_call(open_visit(), "help", "", "form-1") for _ in range(14)]
    for call in calls[:5]:
        answer_request(call, sam)
    shown = shown_guests(client_for(sam).get("/bar/").text)

    assert shown == [call.visit.code for call in (*calls[:3], *calls[5:])]


def test_a_call_stands_on_every_page_of_the_display_with_the_guests_words(ada, ben):
    record_assistance_call(ada, "complaint", "you charged me twice", "turn-1")
    record_assistance_call(ben, "help", "", "form-1")
    client = sam_client()

    for page in (client.get("/bar/"), client.get(f"/bar/talk/{ben.code}/")):
        assert "Has a complaint" in page.text
        assert "<q>you charged me twice</q>" in page.text
        assert "Wants a person" in page.text
        assert page.text.index("Has a complaint") < page.text.index('id="content"')


def test_of_harassment_the_display_says_no_more_than_to_look_in_and_says_it_first(ada, ben):
    record_assistance_call(ben, "help", "", "form-1")
    record_assistance_call(ada, "harassment", "he put something in her drink", "turn-1")
    page = sam_client().get("/bar/").text

    assert page.index("Look in on this guest") < page.index("Wants a person")
    assert "arass" not in page


def test_a_complaint_stays_when_the_guest_has_left(ada):
    record_assistance_call(ada, "complaint", "my drink is warm", "turn-1")
    Visit.objects.update(closed_at=ada.opened_at)

    assert "my drink is warm" in sam_client().get("/bar/").text


def test_two_displays_one_answer(ada):
    record_assistance_call(ada, "help", "I want to talk to a human", "turn-1")
    here, there = sam_client(), mo_client()
    path = door(there.get("/bar/"), "I am coming")
    first, second = here.post(path, headers=JSON), there.post(path, headers=JSON)

    assert (first.status_code, second.status_code) == (200, 409)
    assert second.json()["message"] == "sam is going to this guest already."
    assert "You are going" in here.get("/bar/").text
    assert "sam is going" in compact_html(there.get("/bar/").text)
    assert "data-unanswered" not in there.get("/bar/").text
    logged = LogEntry.objects.values_list("user__username", "change_message", "object_repr")
    assert list(logged) == [("sam", "I am coming", f"request {AssistanceRequest.objects.get().pk}")]


def test_who_may_not_answer_neither_sees_nor_answers(ada):
    request = record_assistance_call(ada, "help", "", "form-1")

    client = nat_client()

    assert client.get("/bar/").status_code == 403
    assert client.post(f"/bar/request/{request.pk}/answer/").status_code == 403


def test_what_does_not_fit_is_counted(menu):
    for number in range(15):
        guest = open_visit()
        record_assistance_call(guest, "help", f"over here, {number}", "turn-1")
        Approval.objects.create(visit=guest, kind="alcohol", key="one-more", description="a Negroni")
        guest.turns.create(client_id="one", guest_text="A negroni", reply_text="Gladly.", outcome="done")
        orders.add_line(guest, "Negroni", 1, [], make_context())
        tickets.fire_ticket(guest, make_context(), skip_hold=True)
    page = sam_client().get("/bar/").text

    assert page.count('class="request open"') == 12
    assert 'Guests who call</h2> <span class="how-many">15</span>' in compact_html(page)
    assert 'Waiting for your decision</h2> <span class="how-many">15</span>' in compact_html(page)
    assert compact_html(page).count("3 more: <a") == 3  # requests, wishes, conversations
    assert page.count('class="ticket"') == 15


def test_tickets_that_do_not_fit_are_counted(menu, monkeypatch):
    monkeypatch.setattr("bartender.web.display.board.MAX_WAITING_TICKETS", 2)
    for _ in range(5):
        guest = open_visit()
        orders.add_line(guest, "Negroni", 1, [], make_context())
        tickets.fire_ticket(guest, make_context(), skip_hold=True)

    assert "3 more tickets wait than fit here" in sam_client().get("/bar/").text


def test_the_display_asks_the_same_for_one_call_and_for_fifteen(menu):
    client = client_for(create_staff_user("sam", STAFF_GROUP))

    def count_queries():
        with CaptureQueriesContext(connection) as queries:
            client.get("/bar/")
        return len(queries)

    record_assistance_call(open_visit(), "help", "", "form-1")
    count_queries()
    few = count_queries()
    for _ in range(14):
        record_assistance_call(open_visit(), "complaint", "warm", "turn-1")

    assert count_queries() == few


@pytest.mark.django_db(transaction=True)
async def test_a_call_is_on_the_display_at_once_and_the_answer_on_the_guests_page(ada, monkeypatch):
    monkeypatch.setattr(broadcast, "POLL_INTERVAL_SECONDS", 3600)
    person = await sync_to_async(create_staff_user)("sam", STAFF_GROUP)
    async with DisplayPage(await session_key_of(person)) as screen, PageClient(ada) as page:
        await page.send_client_ready()
        await page.wait_for("assistance")
        await screen.wait_for_text("lane-new", "Nothing new")
        request = await sync_to_async(record_assistance_call)(ada, "help", "a human, please", "turn-1")
        await screen.wait_for_text("requests", "a human, please")
        await page.wait_for(lambda frame: frame["data"].get("state") == "called")
        client = await sync_to_async(client_for)(person)
        await sync_to_async(client.post)(f"/bar/request/{request.pk}/answer/")
        await page.wait_for(lambda frame: frame["data"].get("text") == "Sam is coming to you.")
        await page.wait_for(lambda frame: frame["data"].get("state") == "answered")
        await screen.wait_for_text("requests", "You are going")

    assert page.all_matching("assistance")[-1]["says"] == "Sam is coming to you."


@pytest.mark.django_db(transaction=True)
async def test_of_harassment_the_guests_page_hears_nothing(ada, monkeypatch):
    monkeypatch.setattr(broadcast, "POLL_INTERVAL_SECONDS", 3600)
    person = await sync_to_async(create_staff_user)("sam", STAFF_GROUP)
    async with DisplayPage(await session_key_of(person)) as screen, PageClient(ada) as page:
        await page.send_client_ready()
        await page.wait_for("assistance")
        request = await sync_to_async(record_assistance_call)(ada, "harassment", "he follows me", "turn-1")
        await screen.wait_for_text("requests", "he follows me")
        client = await sync_to_async(client_for)(person)
        await sync_to_async(client.post)(f"/bar/request/{request.pk}/answer/")
        await screen.wait_for_text("requests", "You are going")
        await page.send_client_message("ping")

    assert {news["state"] for news in page.all_matching("assistance")} == {""}
    assert page.all_matching("notice") == []
    assert not await ada.turns.aexists()


@pytest.mark.django_db(transaction=True)
async def test_a_call_reaches_whoever_reads_one_conversation(ada, ben):
    person = await sync_to_async(create_staff_user)("sam", STAFF_GROUP)
    async with DisplayPage(await session_key_of(person), ben.code) as screen:
        await screen.wait_for_text("turns", "Nothing was said")
        await sync_to_async(record_assistance_call)(ada, "help", "over here", "turn-1")
        await screen.wait_for_text("requests", "over here")
