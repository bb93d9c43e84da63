"""A person answers in Maya's place: she is silent, the guest is heard, and she goes on from two lines."""

from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bartender.brains.base import TextChunk
from bartender.brains.scripted import ScriptedBrain
from bartender.conversation.persistence import build_history
from bartender.conversation.turn import collect_events, reply_text, take_turn
from bartender.errors import NotTakenOver, TakenOverBy, VisitClosed
from bartender.models.display import Takeover
from bartender.models.visits import Turn, Visit
from bartender.permissions import STAFF_GROUP
from bartender.realtime import broadcast, turns
from bartender.services import takeovers
from bartender.services.visits import expire_visits, open_visit
from maya_site.core.errors import ProviderDown
from tests.bartender.display.display_client import DisplayPage, session_key_of
from tests.bartender.page_fixtures import guest_for_visit, visible_text
from tests.bartender.realtime.conftest import RehearsalBrain
from tests.bartender.realtime.page_client import PageClient
from tests.bartender.staff_fixtures import client_for, create_staff_user, mo_client, sam_client
from tests.form_browser import ActionNotPossible, FormBrowser
from tests.guest_fixtures import *  # noqa: F403 - the cast

LINES = ["They sit at table four.", "The window is to stay shut."]


class Dead:
    """Every brain of the bar."""

    name = "dead"

    async def reply(self, scene, rounds):
        for _ in range(1):
            raise ProviderDown("dead", "gone for good")
        yield TextChunk("")


def say(visit, text, brain):
    return async_to_sync(collect_events)(take_turn(visit, text, f"turn-{Turn.objects.count()}", brain))


def conversation(visit):
    return [
        (turn.guest_text, turn.who if turn.reply_text else "", turn.reply_text) for turn in visit.turns.all()
    ]


def test_while_a_person_answers_maya_is_not_even_asked(ada):
    takeovers.take_over(ada, create_staff_user("sam"))
    events = say(ada, "Can I have the window open?", Dead())

    assert reply_text(events) == ""
    assert events[-1].outcome == "done"
    assert events[-1].brain_name == "bar"
    assert [turn.guest_text for turn in ada.turns.exclude(guest_text="")] == ["Can I have the window open?"]


def test_a_guest_a_person_and_maya_again(ada):
    say(ada, "Good evening", ScriptedBrain(["Welcome."]))
    sam = create_staff_user("sam")
    takeovers.take_over(ada, sam)
    say(ada, "Can I have the window open?", Dead())
    takeovers.send_staff_reply(ada, "I'd rather not, the piano stands there.", sam, "bar-1")
    takeovers.hand_back(ada, sam, LINES)
    say(ada, "Fair enough", ScriptedBrain(["Quite so."]))

    assert conversation(ada) == [
        ("Good evening", "Maya", "Welcome."),
        ("", "The bar", takeovers.TAKEOVER_MESSAGE),
        ("Can I have the window open?", "", ""),
        ("", "The bar", "I'd rather not, the piano stands there."),
        ("", "The bar", "\n".join([takeovers.HANDBACK_MESSAGE, *LINES])),
        ("Fair enough", "Maya", "Quite so."),
    ]


def test_maya_is_told_what_was_said_without_her(ada):
    say(ada, "Good evening", ScriptedBrain(["Welcome."]))
    takeovers.take_over(ada, create_staff_user("sam"))
    say(ada, "Can I have the window open?", Dead())
    takeovers.send_staff_reply(ada, "I'd rather not.", create_staff_user("sam"), "bar-1")
    takeovers.hand_back(ada, create_staff_user("sam"), LINES)
    told = list(build_history(list(ada.turns.all())))

    assert [message.role for message in told] == ["guest", "maya"] * 2
    assert told[2].text == "Can I have the window open?"
    for line in ("I'd rather not.", *LINES):
        assert line in told[3].text


def test_the_trail_says_who_and_when_and_what_was_handed_over(ada):
    takeovers.take_over(ada, create_staff_user("sam"))
    takeovers.take_over(ada, create_staff_user("sam"))
    takeovers.hand_back(ada, create_staff_user("mo"), LINES)
    trail = Takeover.objects.get()

    assert (str(trail.started_by), str(trail.ended_by), trail.summary) == ("sam", "mo", "\n".join(LINES))
    assert trail.ended_at
    assert trail.started_at < trail.ended_at
    assert [str(turn.answered_by) for turn in ada.turns.all()] == ["sam", "mo"]


def test_one_person_answers_a_guest_at_a_time(ada):
    takeovers.take_over(ada, create_staff_user("sam"))
    with pytest.raises(TakenOverBy, match="sam answers"):
        takeovers.take_over(ada, create_staff_user("mo"))
    with pytest.raises(TakenOverBy):
        takeovers.send_staff_reply(ada, "Hello?", create_staff_user("mo"), "bar-1")


def test_nobody_answers_while_maya_does(ada):
    with pytest.raises(NotTakenOver):
        takeovers.send_staff_reply(ada, "Hello?", create_staff_user("sam"), "bar-1")
    assert takeovers.hand_back(ada, create_staff_user("sam"), LINES) is False
    assert not ada.turns.exists()


def test_the_same_answer_sent_twice_is_said_once(ada):
    takeovers.take_over(ada, create_staff_user("sam"))
    takeovers.send_staff_reply(ada, "On its way.", create_staff_user("sam"), "bar-1")
    takeovers.send_staff_reply(ada, "On its way.", create_staff_user("sam"), "bar-1")

    assert [turn.reply_text for turn in ada.turns.all()].count("On its way.") == 1


def test_a_visit_that_ends_is_nobodys_any_more(ada):
    takeovers.take_over(ada, create_staff_user("sam"))
    Visit.objects.update(last_seen_at=timezone.now() - timedelta(days=1))
    expire_visits()
    ada.refresh_from_db()

    assert ada.taken_over_by is None
    assert Takeover.objects.get().ended_at is not None
    with pytest.raises(VisitClosed):
        takeovers.take_over(ada, create_staff_user("sam"))


def test_it_all_works_by_forms_on_both_sides_with_every_brain_dead(ada, monkeypatch):
    monkeypatch.setattr("bartender.web.actions.get_brain", lambda visit: Dead())
    guest, staff, door = guest_for_visit(ada), FormBrowser(sam_client()), f"/bar/talk/{ada.code}/"
    guest.open_page()
    guest.say("Is anybody there?")
    assert "having trouble thinking" in visible_text(guest.page)
    assert "no answer" in staff.open("/bar/")
    staff.press_button(f"Take over guest {ada.display_name} from Maya")
    guest.say("A person, at last?")
    assert "A person from the bar is answering you" in visible_text(guest.page)
    assert "waits" in staff.open("/bar/")
    assert "A person, at last?" in staff.open(door)
    staff.press_button("Say it", text="Here I am. <3")

    assert "The bar Here I am. &lt;3" in visible_text(guest.open_page())
    page = staff.open(door)
    assert "The guest said: “A person, at last?”" in page  # a beginning for the two lines
    assert "There is nothing on your tab yet." in page
    staff.press_button("Hand back", first=LINES[0], second=LINES[1])
    assert LINES[1] in visible_text(guest.open_page())
    assert "A person from the bar is answering you" not in visible_text(guest.page)


def test_two_lines_are_asked_for(ada):
    staff = FormBrowser(sam_client())
    staff.open(f"/bar/talk/{ada.code}/")
    staff.press_button("Take over from Maya")
    with pytest.raises(ActionNotPossible, match="asks for “second” first"):
        staff.press_button("Hand back", first=LINES[0], second="")
    staff.press_button("Hand back", first=LINES[0], second=" ")

    assert "could not read that form" in staff.page
    assert Visit.objects.get(pk=ada.pk).taken_over_by == User.objects.get(username="sam")


def test_who_did_not_take_over_sees_who_did_and_may_hand_back(ada):
    takeovers.take_over(ada, create_staff_user("sam"))
    staff = FormBrowser(mo_client())
    page = staff.open(f"/bar/talk/{ada.code}/")
    assert "sam answers" in page
    assert not staff.has_button("Say it")
    staff.press_button("Hand back", first="a", second="b")

    assert Visit.objects.get(pk=ada.pk).taken_over_by is None


def test_the_admin_leads_to_the_display_and_says_who_answered(ada):
    takeovers.take_over(ada, create_staff_user("sam"))
    takeovers.send_staff_reply(ada, "Good evening.", create_staff_user("sam"), "bar-1")
    client = sam_client()
    page = client.get(f"/admin/bartender/visit/{ada.pk}/change/").text

    assert f'href="/bar/talk/{ada.code}/"' in page
    assert "<b>The bar (sam)</b> Good evening." in page
    assert 'href="/bar/"' in client.get("/admin/").text
    assert "sam" in client.get("/admin/bartender/takeover/").text


# --- live ------------------------------------------------------------------------------------------------


@pytest.fixture
def never_by_looking(monkeypatch):
    monkeypatch.setattr(broadcast, "POLL_INTERVAL_SECONDS", 3600)


def remarks(page):
    """The lines nobody asked for, with whose they are."""
    began = [frame for frame in page.received if frame["type"] == "bot-llm-started"]
    whose = {frame["id"]: frame["data"].get("who") for frame in began}
    told = [frame for frame in page.received if frame["type"] == "bot-llm-text"]
    return [(whose[frame["id"]], frame["data"]["text"]) for frame in told if whose.get(frame["id"])]


@pytest.mark.django_db(transaction=True)
async def test_the_page_hears_the_person_and_the_display_the_guest(ada, monkeypatch, never_by_looking):
    monkeypatch.setattr(turns, "get_brain", lambda visit: Dead())
    person = await sync_to_async(create_staff_user)("sam", STAFF_GROUP)
    async with PageClient(ada) as page, DisplayPage(await session_key_of(person), visit=ada.code) as screen:
        await page.send_client_ready()
        await sync_to_async(takeovers.take_over)(ada, person)
        await page.wait_for(lambda frame: frame["data"].get("person") is True, timeout=15)
        await page.send_text("Hello?")
        await screen.wait_for_text("turns", "Hello?")
        await sync_to_async(takeovers.send_staff_reply)(ada, "Good evening.", person, "bar-1")
        await page.wait_for(lambda frame: "Good evening." in str(frame["data"]), timeout=15)
        await sync_to_async(takeovers.hand_back)(ada, person, LINES)
        await page.wait_for(lambda frame: frame["data"].get("person") is False, timeout=15)

    assert [text for _who, text in remarks(page)][:2] == [takeovers.TAKEOVER_MESSAGE, "Good evening."]
    assert {who for who, _text in remarks(page)} == {"The bar"}


@pytest.mark.django_db(transaction=True)
async def test_maya_falls_silent_in_the_middle_of_her_sentence(ada, monkeypatch, never_by_looking):
    person = await sync_to_async(create_staff_user)("sam")
    regular = RehearsalBrain()
    regular.pieces, regular.pause = 1000, 0.02
    monkeypatch.setattr(turns, "get_brain", lambda visit: regular)
    async with PageClient(ada) as page:
        await page.send_client_ready()
        id = await page.send("send-text", {"content": "Tell me everything"})
        await page.wait_for("bot-llm-text")
        await sync_to_async(takeovers.take_over)(ada, person)
        ended = await page.wait_for(
            lambda one: one["type"] == "bot-llm-stopped" and one["id"] == id, timeout=15
        )

    assert ended["data"]["outcome"] == "stopped"


@pytest.mark.django_db(transaction=True)
async def test_a_page_that_comes_back_has_the_persons_words_once(ada, never_by_looking):
    person = await sync_to_async(create_staff_user)("sam")
    await sync_to_async(takeovers.take_over)(ada, person)
    await sync_to_async(takeovers.send_staff_reply)(ada, "Good evening.", person, "bar-1")
    async with PageClient(ada) as page:
        first = await page.send_client_ready()
        await page.wait_for("components")
        await page.send_client_message("ping")

    assert [turn["reply_text"] for turn in first["history"]["turns"]] == [
        takeovers.TAKEOVER_MESSAGE,
        "Good evening.",
    ]
    assert {turn["who"] for turn in first["history"]["turns"]} == {"The bar"}
    assert remarks(page) == []


def test_the_display_asks_the_same_for_one_conversation_and_for_sixteen(menu):
    client = client_for(create_staff_user("sam", STAFF_GROUP))

    def count_queries():
        with CaptureQueriesContext(connection) as queries:
            client.get("/bar/")
        return len(queries)

    say(open_visit(), "Good evening", ScriptedBrain(["Welcome."]))
    count_queries()
    few = count_queries()
    for _ in range(15):
        say(open_visit(), "Good evening", ScriptedBrain(["Welcome."]))

    assert count_queries() == few
