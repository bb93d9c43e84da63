"""A guest and Maya on the live stream."""

import asyncio
import itertools
import time

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError

from bartender.models.visits import OrderLine, Turn
from bartender.realtime import turns
from tests.bartender.realtime.page_client import PageClient, message_kind, reply_text

LATEST = 1.0  # a quarter second is promised; a machine full of tests is given more
pytestmark = [pytest.mark.django_db(transaction=True)]


async def test_ada_orders_by_text_and_sees_the_answer_and_the_tab(ada, brain):
    async with PageClient(ada) as page:
        first = await page.send_client_ready()
        frames = await page.send_text("a Martini please", "turn-1")

    assert first["bot-ready"]["version"].startswith("2.1")
    assert first["history"]["turns"] == []
    assert first["tab"]["order"] == []
    types = [frame["type"] for frame in frames if not frame["type"].startswith("llm-f")]
    assert [type for type, _pieces in itertools.groupby(types)] == [
        "user-llm-text",
        "bot-llm-started",
        "bot-llm-text",
        "bot-output",
        "bot-llm-text",  # first what was poured, then the words
        "bot-output",
        "metrics",
        "bot-llm-stopped",
    ]
    assert frames[0]["data"] == {"text": "a Martini please"}
    assert reply_text(frames).strip() == "One Martini, $13.00. Word 0 of it."
    tab = page.all_matching("tab")[-1]
    assert tab["order"][0]["item"] == "Martini"
    assert tab["tab"]["subtotal_cents"] == tab["lines"][0]["cents"] == 1300
    assert tab["due_cents"] == tab["tab"]["total_cents"]


async def test_a_tool_is_shown_from_its_start_to_its_result(ada, brain):
    async with PageClient(ada) as page:
        frames = await page.send_text("a Martini please")

    calls = [frame for frame in frames if frame["type"].startswith("llm-function-call")]
    assert [call["type"].removeprefix("llm-function-call-") for call in calls] == [
        "started",
        "in-progress",
        "stopped",
    ]
    assert calls[1]["data"]["arguments"] == {"item": "Martini"}
    assert calls[2]["data"]["tool_call_id"] == calls[1]["data"]["tool_call_id"]
    assert calls[2]["data"]["result"]["ok"] is True


async def test_the_tab_is_told_once_for_each_change(ada, brain):
    async with PageClient(ada) as page:
        await page.send_client_ready()
        await page.send_text("a Martini please")
        await page.send_client_message("tap-item", item="Martini")
        await asyncio.sleep(0.3)
        await page.send_client_message("ping")

    versions = [tab["version"] for tab in page.all_matching("tab")]
    assert versions == [0, 1, 2]


async def test_after_a_lost_line_the_page_has_the_same_conversation_and_tab(ada, brain):
    async with PageClient(ada) as page:
        await page.send_client_ready()
        await page.send_text("a Martini please", "turn-1")
        before = page.all_matching("tab")[-1]

    async with PageClient(ada) as again:
        now = await again.send_client_ready()

    assert now["history"]["turns"] == [
        {"id": "turn-1", "guest_text": "a Martini please", "reply_text": "One Martini, $13.00. Word 0 of it."}
    ]
    assert now["tab"] == before


async def test_the_same_id_again_is_the_first_answer_and_nothing_is_poured_twice(ada, brain):
    async with PageClient(ada) as page:
        first = await page.send_text("a Martini please", "turn-1")
    async with PageClient(ada) as page:
        second = await page.send_text("a Martini please", "turn-1")
        await page.send_text("a Martini please", "turn-2")

    assert reply_text(second).strip() == reply_text(first).strip()
    assert await OrderLine.objects.filter(visit=ada).acount() == 2


async def test_stop_stops_her_at_once_and_the_record_keeps_what_was_said(ada, brain):
    brain.pause, brain.pieces = 0.05, 200
    async with PageClient(ada) as page:
        await page.send("send-text", {"content": "tell me a story"}, "story")
        await page.wait_for("bot-llm-text")
        began = time.perf_counter()
        await page.send("client-message", {"t": "interrupt"}, "hush")
        await page.wait_for("bot-llm-stopped")
        took = time.perf_counter() - began
        answered = page.received[-1]
        turn = await _written("story")

    assert took < LATEST
    assert answered["data"]["outcome"] == "stopped"
    heard = reply_text([frame for frame in page.received if frame["id"] == "story"])
    assert turn.reply_text == heard.strip()
    assert turn.outcome == "stopped"


async def test_new_words_stop_the_old_answer_and_get_their_own(ada, brain):
    brain.pause, brain.pieces = 0.05, 200
    async with PageClient(ada) as page:
        await page.send("send-text", {"content": "tell me a story"}, "story")
        await page.wait_for("bot-llm-text")
        began = time.perf_counter()
        await page.send("send-text", {"content": "no, a Martini"}, "drink")
        await page.wait_for(lambda frame: frame["id"] == "story" and frame["type"] == "bot-llm-stopped")
        took = time.perf_counter() - began
        brain.pieces = 1
        await page.wait_for(lambda frame: frame["id"] == "drink" and frame["type"] == "bot-llm-text")

    assert took < LATEST
    assert await OrderLine.objects.filter(visit=ada).acount() == 1


async def test_two_orders_in_quick_succession_are_both_poured(ada, brain, monkeypatch):
    monkeypatch.setattr(turns, "PREVIOUS_TURN_GRACE_SECONDS", 5)  # this machine may be busy with other tests
    async with PageClient(ada) as page:
        await page.send("send-text", {"content": "a Martini"}, "one")
        await page.send("send-text", {"content": "and a Negroni"}, "two")
        await page.wait_for(lambda frame: frame["id"] == "two" and frame["type"] == "bot-llm-stopped")

    assert await OrderLine.objects.filter(visit=ada).acount() == 2
    assert await Turn.objects.filter(visit=ada, outcome="done").acount() == 2


async def test_a_turn_under_way_does_not_hold_up_a_button(ada, brain):
    brain.pause, brain.pieces = 0.1, 50
    async with PageClient(ada) as page:
        await page.send_client_ready()
        await page.send("send-text", {"content": "tell me a story"}, "story")
        await page.wait_for("bot-llm-text")
        answer = await page.send_client_message("tap-item", item="Martini", quantity=2)
        assert page.all_matching("bot-llm-stopped") == []  # the story goes on
        await page.send_client_message("interrupt")

    assert answer["type"] == "server-response"
    assert page.all_matching("tab")[-1]["order"][0]["quantity"] == 2


async def test_a_turn_whose_line_is_lost_is_finished_and_found_by_the_resend(ada, brain):
    brain.pause, brain.pieces = 0.1, 4
    async with PageClient(ada) as page:
        await page.send("send-text", {"content": "a Martini and a story"}, "story")
        await page.wait_for("bot-llm-text")
    async with PageClient(ada) as again:
        frames = await again.send_text("a Martini and a story", "story")

    words = "One Martini, $13.00. Word 0 of it. Word 1 of it. Word 2 of it. Word 3 of it."
    assert reply_text(frames).strip() == words
    assert await Turn.objects.filter(visit=ada).acount() == 1
    assert await OrderLine.objects.filter(visit=ada).acount() == 1
    assert ada.code not in turns.RUNNING_TURNS


async def test_a_bug_in_a_turn_ends_the_turn_and_not_the_line(ada, brain, caplog):
    brain.breaks = True
    async with PageClient(ada) as page:
        frames = await page.send_text("hello", "one")
        brain.breaks = False
        more = await page.send_text("hello again", "two")

    assert frames[-1]["data"]["outcome"] == "failed"
    assert page.all_matching("error")[0]["fatal"] is False
    assert "a bug of the brain" not in str(page.received)
    assert reply_text(more)
    assert any("a turn failed" in record.message for record in caplog.records)


async def test_moods_and_phases_are_told(ada, brain):
    async with PageClient(ada) as page:
        await page.send_client_ready()
        await page.send_text("a Martini please")

    assert {"emotion": "happy", "kind": "emotion"} in page.all_matching("emotion")
    assert page.all_matching("phase")[-1]["phase"] == "order_taking"


async def test_a_long_answer_is_told_in_sentences(ada, brain):
    brain.pieces = 3
    async with PageClient(ada) as page:
        frames = await page.send_text("hello")

    outputs = [frame["data"] for frame in frames if frame["type"] == "bot-output"]
    assert [output["text"] for output in outputs] == ["Word 0 of it.", "Word 1 of it.", "Word 2 of it."]
    assert all(output["will_be_spoken"] is False for output in outputs)


@sync_to_async
def _written(client_id: str) -> Turn:
    for _ in range(50):
        turn = Turn.objects.get(client_id=client_id)
        if turn.outcome != "running":
            return turn
        time.sleep(0.02)
    return turn


def test_the_house_kinds_are_told_apart():
    assert message_kind({"type": "server-message", "data": {"kind": "tab"}}) == "tab"
    assert message_kind({"type": "metrics", "data": {}}) == ""


async def test_words_that_are_stopped_before_she_began_are_answered_too(ada, brain):
    async with PageClient(ada) as page:
        await page.send("send-text", {"content": "a Martini"}, "one")
        await page.send("client-message", {"t": "interrupt"}, "hush")
        ended = await page.wait_for("bot-llm-stopped")

    assert ended["id"] == "one"
    assert ended["data"]["outcome"] in ("stopped", "done")


async def test_a_database_that_is_away_is_said_in_words_and_the_line_lives(ada, brain, monkeypatch, caplog):
    def away(*_args):
        raise OperationalError("server closed the connection")

    async with PageClient(ada) as page:
        with monkeypatch.context() as patch:
            patch.setattr("bartender.conversation.turn.start_turn", away)
            frames = await page.send_text("a Martini", "one")
        again = await page.send_text("a Martini", "one")

    assert frames[-1]["data"]["outcome"] == "failed"
    assert "very busy" in page.all_matching("error")[0]["error"]
    assert again[-1]["data"]["outcome"] == "done"
    assert "Traceback" not in caplog.text
