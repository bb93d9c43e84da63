"""A person answers in Maya's place: she is silent, the guest is heard, and she goes on from two lines."""

from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bartender.brains.base import Text
from bartender.brains.scripted import Scripted
from bartender.conversation.records import told_before
from bartender.conversation.turn import collect, spoken, take_turn
from bartender.errors import NotTaken, TakenBy, VisitOver
from bartender.records.room import Takeover
from bartender.records.visits import Turn, Visit
from bartender.services import takeovers
from bartender.services.visits import expire_visits, open_visit
from bartender.staff import STAFF
from bartender.stream import relay, talk
from maya_site.lib.errors import ProviderDown
from tests.bartender.display.screen import Screen, session_of
from tests.bartender.page_cast import guest_of, plain
from tests.bartender.staff_cast import as_, hire, mo, sam
from tests.bartender.stream.conftest import Regular
from tests.bartender.stream.page import Page
from tests.cast import *  # noqa: F403 - the cast

LINES = ["They sit at table four.", "The window is to stay shut."]


class Dead:
    """Every brain of the house."""

    name = "dead"

    async def reply(self, scene, rounds):
        for _ in range(1):
            raise ProviderDown("dead", "gone for good")
        yield Text("")


def say(visit, text, brain):
    return async_to_sync(collect)(take_turn(visit, text, f"turn-{Turn.objects.count()}", brain))


def conversation(visit):
    return [(turn.said, turn.who if turn.reply else "", turn.reply) for turn in visit.turns.all()]


def test_while_a_person_answers_maya_is_not_even_asked(ada):
    takeovers.take_over(ada, "sam")
    events = say(ada, "Can I have the window open?", Dead())

    assert spoken(events) == ""
    assert events[-1].outcome == "done"
    assert events[-1].brain == "bar"
    assert [turn.said for turn in ada.turns.exclude(said="")] == ["Can I have the window open?"]


def test_a_guest_a_person_and_maya_again(ada):
    say(ada, "Good evening", Scripted(["Welcome."]))
    takeovers.take_over(ada, "sam")
    say(ada, "Can I have the window open?", Dead())
    takeovers.answer(ada, "I'd rather not, the piano stands there.", "sam", "bar-1")
    takeovers.hand_back(ada, "sam", LINES)
    say(ada, "Fair enough", Scripted(["Quite so."]))

    assert conversation(ada) == [
        ("Good evening", "Maya", "Welcome."),
        ("", "The bar", takeovers.BEGUN),
        ("Can I have the window open?", "", ""),
        ("", "The bar", "I'd rather not, the piano stands there."),
        ("", "The bar", "\n".join([takeovers.BACK, *LINES])),
        ("Fair enough", "Maya", "Quite so."),
    ]


def test_maya_is_told_what_was_said_without_her(ada):
    say(ada, "Good evening", Scripted(["Welcome."]))
    takeovers.take_over(ada, "sam")
    say(ada, "Can I have the window open?", Dead())
    takeovers.answer(ada, "I'd rather not.", "sam", "bar-1")
    takeovers.hand_back(ada, "sam", LINES)
    told = list(told_before(list(ada.turns.all())))

    assert [message.who for message in told] == ["guest", "maya"] * 2
    assert told[2].text == "Can I have the window open?"
    for line in ("I'd rather not.", *LINES):
        assert line in told[3].text


def test_the_trail_says_who_and_when_and_what_was_handed_over(ada):
    takeovers.take_over(ada, "sam")
    takeovers.take_over(ada, "sam")
    takeovers.hand_back(ada, "mo", LINES)
    trail = Takeover.objects.get()

    assert (trail.by, trail.ended_by, trail.summary) == ("sam", "mo", "\n".join(LINES))
    assert trail.ended_at
    assert trail.began_at < trail.ended_at
    assert [turn.by for turn in ada.turns.all()] == ["sam", "mo"]


def test_one_person_answers_a_guest_at_a_time(ada):
    takeovers.take_over(ada, "sam")
    with pytest.raises(TakenBy, match="sam answers"):
        takeovers.take_over(ada, "mo")
    with pytest.raises(TakenBy):
        takeovers.answer(ada, "Hello?", "mo", "bar-1")


def test_nobody_answers_while_maya_does(ada):
    with pytest.raises(NotTaken):
        takeovers.answer(ada, "Hello?", "sam", "bar-1")
    assert takeovers.hand_back(ada, "sam", LINES) is False
    assert not ada.turns.exists()


def test_the_same_answer_sent_twice_is_said_once(ada):
    takeovers.take_over(ada, "sam")
    takeovers.answer(ada, "On its way.", "sam", "bar-1")
    takeovers.answer(ada, "On its way.", "sam", "bar-1")

    assert [turn.reply for turn in ada.turns.all()].count("On its way.") == 1


def test_a_visit_that_ends_is_nobodys_any_more(ada):
    takeovers.take_over(ada, "sam")
    Visit.objects.update(seen_at=timezone.now() - timedelta(days=1))
    expire_visits()
    ada.refresh_from_db()

    assert ada.taken_by == ""
    assert Takeover.objects.get().ended_at is not None
    with pytest.raises(VisitOver):
        takeovers.take_over(ada, "sam")


def test_it_all_works_by_forms_on_both_sides_with_every_brain_dead(ada, monkeypatch):
    monkeypatch.setattr("bartender.deeds.get_brain", lambda visit: Dead())
    guest, staff, door = guest_of(ada), sam(), f"/bar/talk/{ada.code}/"
    guest.look()
    guest.say("Is anybody there?")
    assert "head is elsewhere" in plain(guest.page)
    assert "no answer" in staff.get("/bar/").text
    staff.post(f"{door}take/")
    guest.say("A person, at last?")
    assert "A person from the bar is answering you" in plain(guest.page)
    assert "waits" in staff.get("/bar/").text
    assert "A person, at last?" in staff.get(door).text
    staff.post(f"{door}say/", {"id": "form-0001", "text": "Here I am. <3"})

    assert "The bar Here I am. &lt;3" in plain(guest.look())
    page = staff.get(door).text
    assert "The guest said: “A person, at last?”" in page  # a beginning for the two lines
    assert "There is nothing on your tab yet." in page
    staff.post(f"{door}back/", {"first": LINES[0], "second": LINES[1]})
    assert LINES[1] in plain(guest.look())
    assert "A person from the bar is answering you" not in plain(guest.page)


def test_two_lines_are_asked_for(ada):
    client, door = sam(), f"/bar/talk/{ada.code}/"
    client.post(f"{door}take/")
    answer = client.post(f"{door}back/", {"first": LINES[0], "second": " "}, follow=True)

    assert "could not read that form" in answer.text
    assert Visit.objects.get(pk=ada.pk).taken_by == "sam"


def test_who_did_not_take_over_sees_who_did_and_may_hand_back(ada):
    takeovers.take_over(ada, "sam")
    client, door = mo(), f"/bar/talk/{ada.code}/"
    page = client.get(door).text
    assert "sam answers" in page
    assert f"{door}say/" not in page
    client.post(f"{door}back/", {"first": "a", "second": "b"})

    assert Visit.objects.get(pk=ada.pk).taken_by == ""


def test_the_admin_leads_to_the_display_and_says_who_answered(ada):
    takeovers.take_over(ada, "sam")
    takeovers.answer(ada, "Good evening.", "sam", "bar-1")
    client = sam()
    page = client.get(f"/admin/bartender/visit/{ada.pk}/change/").text

    assert f'href="/bar/talk/{ada.code}/"' in page
    assert "<b>The bar (sam)</b> Good evening." in page
    assert 'href="/bar/"' in client.get("/admin/").text
    assert "sam" in client.get("/admin/bartender/takeover/").text


# --- live ------------------------------------------------------------------------------------------------


@pytest.fixture
def never_by_looking(monkeypatch):
    monkeypatch.setattr(relay, "LOOK_EVERY", 3600)


def remarks(page):
    """The lines nobody asked for, with whose they are."""
    began = [frame for frame in page.seen if frame["type"] == "bot-llm-started"]
    whose = {frame["id"]: frame["data"].get("who") for frame in began}
    told = [frame for frame in page.seen if frame["type"] == "bot-llm-text"]
    return [(whose[frame["id"]], frame["data"]["text"]) for frame in told if whose.get(frame["id"])]


@pytest.mark.django_db(transaction=True)
async def test_the_page_hears_the_person_and_the_display_the_guest(ada, monkeypatch, never_by_looking):
    monkeypatch.setattr(talk, "get_brain", lambda visit: Dead())
    person = await sync_to_async(hire)("sam", STAFF)
    async with Page(ada) as page, Screen(await session_of(person), visit=ada.code) as screen:
        await page.ready()
        await sync_to_async(takeovers.take_over)(ada, "sam")
        await page.until(lambda frame: frame["data"].get("person") is True, timeout=15)
        await page.say("Hello?")
        await screen.until("turns", "Hello?")
        await sync_to_async(takeovers.answer)(ada, "Good evening.", "sam", "bar-1")
        await page.until(lambda frame: "Good evening." in str(frame["data"]), timeout=15)
        await sync_to_async(takeovers.hand_back)(ada, "sam", LINES)
        await page.until(lambda frame: frame["data"].get("person") is False, timeout=15)

    assert [text for _who, text in remarks(page)][:2] == [takeovers.BEGUN, "Good evening."]
    assert {who for who, _text in remarks(page)} == {"The bar"}


@pytest.mark.django_db(transaction=True)
async def test_maya_falls_silent_in_the_middle_of_her_sentence(ada, monkeypatch, never_by_looking):
    regular = Regular()
    regular.pieces, regular.pause = 1000, 0.02
    monkeypatch.setattr(talk, "get_brain", lambda visit: regular)
    async with Page(ada) as page:
        await page.ready()
        id = await page.send("send-text", {"content": "Tell me everything"})
        await page.until("bot-llm-text")
        await sync_to_async(takeovers.take_over)(ada, "sam")
        ended = await page.until(lambda one: one["type"] == "bot-llm-stopped" and one["id"] == id, timeout=15)

    assert ended["data"]["outcome"] == "stopped"


@pytest.mark.django_db(transaction=True)
async def test_a_page_that_comes_back_has_the_persons_words_once(ada, never_by_looking):
    await sync_to_async(takeovers.take_over)(ada, "sam")
    await sync_to_async(takeovers.answer)(ada, "Good evening.", "sam", "bar-1")
    async with Page(ada) as page:
        first = await page.ready()
        await page.until("parts")
        await page.press("ping")

    assert [turn["reply"] for turn in first["history"]["turns"]] == [takeovers.BEGUN, "Good evening."]
    assert {turn["who"] for turn in first["history"]["turns"]} == {"The bar"}
    assert remarks(page) == []


def test_the_display_asks_the_same_for_one_conversation_and_for_sixteen(menu):
    client = as_(hire("sam", STAFF))

    def asked():
        with CaptureQueriesContext(connection) as queries:
            client.get("/bar/")
        return len(queries)

    say(open_visit(), "Good evening", Scripted(["Welcome."]))
    asked()
    few = asked()
    for _ in range(15):
        say(open_visit(), "Good evening", Scripted(["Welcome."]))

    assert asked() == few
