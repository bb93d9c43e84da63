"""A guest hears Maya: sound, captions, and what is left of a reply that was cut off."""

import asyncio
import itertools

import pytest
from asgiref.sync import sync_to_async

from bartender.conversation.persistence import start_turn
from bartender.models.visits import Turn
from bartender.realtime import audio_output, playback
from bartender.realtime.audio_input import AudioInput
from bartender.services import orders, tickets
from bartender.speech.tts.base import BYTES_PER_MS
from bartender.speech.tts.registry import get_tts_registry, tts_for_visit
from tests.bartender.realtime.page_client import PageClient, ProtobufPageClient
from tests.guest_fixtures import make_context

pytestmark = [pytest.mark.django_db(transaction=True)]


def types_of(page, id):
    mine = [frame["type"] for frame in page.received if frame["id"] == id]
    return [type for type, _run in itertools.groupby(mine)]


async def hears(page, text, id, **options):
    await page.send("send-text", {"content": text, "options": options or None}, id)
    await page.wait_for(lambda frame: frame["id"] == id and frame["type"] == "bot-stopped-speaking")


async def played(page, id, ms):
    await page.send("client-message", {"t": "played", "d": {"turn": id, "ms": ms}})


async def written(id):
    for _ in range(100):
        turn = await Turn.objects.aget(client_id=id)
        if turn.outcome != "running" and id not in [
            s.id for all in audio_output.ACTIVE_SPEECHES.values() for s in all
        ]:
            await asyncio.sleep(0.05)
            return await Turn.objects.aget(client_id=id)
        await asyncio.sleep(0.02)
    raise AssertionError("the turn was never written")


async def test_ada_switches_the_sound_on_and_hears_a_reply(ada, brain, voice):
    async with PageClient(ada) as page:
        answer = await page.send_client_message("set-voice", on=True)
        await hears(page, "hello", "one")

    assert answer["data"]["d"] == {"ok": True, "on": True, "voice": "steady", "says": "a steady voice"}
    assert [type for type in dict.fromkeys(types_of(page, "one")) if "tts" in type or "speaking" in type] == [
        "bot-tts-started",
        "bot-started-speaking",
        "bot-tts-text",
        "bot-tts-stopped",
        "bot-stopped-speaking",
    ]
    assert [caption["text"] for caption in page.all_matching("bot-tts-text")] == ["Word", "zero", "of", "it."]
    assert [caption["written"] for caption in page.all_matching("bot-tts-text")] == ["Word", "0", "of", "it."]
    assert page.all_matching("bot-output")[0]["will_be_spoken"] is True
    assert sum(map(len, page.sounds)) == 4 * 100 * BYTES_PER_MS
    assert {len(frame) <= 100 * BYTES_PER_MS and len(frame) % 2 == 0 for frame in page.sounds} == {True}


async def test_the_page_is_told_which_sentence_she_is_saying(ada, brain, voice):
    async with PageClient(ada) as page:
        await page.send_client_message("set-voice", on=True)
        await hears(page, "hello", "one")

    told = [(one["segment_id"], one["text"], one["spoken_status"]) for one in page.all_matching("bot-output")]
    assert told == [
        (1, "Word 0 of it.", "new"),
        (1, "Word 0 of it.", "in-progress"),
        (1, "Word 0 of it.", "completed"),
    ]


async def test_without_the_switch_nothing_is_spoken(ada, brain, voice):
    async with PageClient(ada) as page:
        await page.send_text("hello")
        await page.send_client_message("set-voice", on=True)
        await page.send_client_message("set-voice", on=False)
        await page.send_text("hello again")

    assert page.sounds == []
    assert voice.scripts == []


async def test_one_question_may_ask_for_a_silent_answer(ada, brain, voice):
    async with PageClient(ada) as page:
        await page.send_client_message("set-voice", on=True)
        await page.send("send-text", {"content": "hello", "options": {"audio_response": False}}, "quiet")
        await page.wait_for(lambda frame: frame["type"] == "bot-llm-stopped")
        await hears(page, "hello", "aloud")

    assert [script.phrases[0].words[0] for script in voice.scripts] == ["Word"]


async def test_a_stock_client_gets_the_sound_in_its_own_frames(ada, brain, voice):
    async with ProtobufPageClient(ada) as page:
        await page.send_client_message("set-voice", on=True)
        await hears(page, "hello", "one")

    assert sum(map(len, page.sounds)) == 4 * 100 * BYTES_PER_MS


async def test_sound_is_never_two_seconds_ahead_of_a_player_that_reports(ada, brain, voice, monkeypatch):
    monkeypatch.setattr(playback, "POLL_INTERVAL_SECONDS", 0.01)
    brain.pieces = 20  # eight seconds
    async with PageClient(ada) as page:
        await page.send_client_message("set-voice", on=True)
        await page.send("send-text", {"content": "a story"}, "story")
        await page.wait_for("bot-tts-started")
        await played(page, "story", 0)
        await page.send_client_message("ping")
        most = []
        for heard in range(0, 8_000, 500):
            await played(page, "story", heard)
            await asyncio.sleep(0.03)
            await page.send_client_message("ping")
            most.append(sum(map(len, page.sounds)) / BYTES_PER_MS - heard)
        await played(page, "story", 8_000)
        await page.wait_for("bot-stopped-speaking")

    assert max(most) <= playback.MAX_AHEAD_MS
    assert min(most[:10]) >= 1_000  # and yet never near an end
    assert sum(map(len, page.sounds)) == 8_000 * BYTES_PER_MS


async def test_stop_silences_her_and_the_record_keeps_what_was_heard(ada, brain, voice):
    brain.pieces = 20
    async with PageClient(ada) as page:
        await page.send_client_message("set-voice", on=True)
        await page.send("send-text", {"content": "a story"}, "story")
        await page.wait_for("bot-tts-started")
        await played(page, "story", 1_050)  # ten words, and half of the next
        await page.send_client_message("interrupt")
        seen = len(page.received)
        turn = await written("story")
        await page.send_client_message("ping")

    assert turn.reply_text == "Word 0 of it. Word 1 of it. Word 2"
    assert turn.outcome == "stopped"
    assert page.all_matching("bot-tts-stopped") == [{"spoken_text": turn.reply_text}]
    assert "bot-tts-text" not in [frame["type"] for frame in page.received[seen:]]
    assert voice.closed == 1
    scene = (await sync_to_async(start_turn)(ada, "go on", "next", "regular")).context
    assert [(message.text, message.was_interrupted) for message in scene.history] == [
        ("a story", False),
        (turn.reply_text, True),
    ]


async def test_new_words_silence_the_old_answer_and_are_answered_aloud(ada, brain, voice):
    brain.pieces = 20
    async with PageClient(ada) as page:
        await page.send_client_message("set-voice", on=True)
        await page.send("send-text", {"content": "a story"}, "story")
        await page.wait_for("bot-tts-started")
        await played(page, "story", 450)
        brain.pieces = 1
        await hears(page, "a Martini", "drink")
        turn = await written("story")

    order = [
        (f["id"], f["type"])
        for f in page.received
        if f["type"] in ("bot-stopped-speaking", "bot-tts-started")
    ]
    assert order == [
        ("story", "bot-tts-started"),
        ("story", "bot-stopped-speaking"),
        ("drink", "bot-tts-started"),
        ("drink", "bot-stopped-speaking"),
    ]
    assert turn.reply_text == "Word 0 of it."


async def test_words_that_may_wait_are_answered_after_the_sound(ada, brain, voice):
    async with PageClient(ada) as page:
        await page.send_client_message("set-voice", on=True)
        await page.send("send-text", {"content": "hello"}, "one")
        await page.wait_for("bot-tts-started")
        await hears(page, "and then", "two", run_immediately=False)

    assert (await written("one")).outcome == "done"
    sounding = [f["id"] for f in page.received if f["type"] in ("bot-tts-started", "bot-stopped-speaking")]
    assert sounding == ["one", "one", "two", "two"]


async def test_a_reply_that_was_heard_out_is_not_cut_by_a_late_stop(ada, brain, voice):
    async with PageClient(ada) as page:
        await page.send_client_message("set-voice", on=True)
        await hears(page, "hello", "one")
        await page.send_client_message("interrupt")
        turn = await written("one")

    assert (turn.reply_text, turn.outcome) == ("Word 0 of it.", "done")


async def test_a_voice_that_fails_leaves_the_text_whole(ada, brain, voice):
    voice.fails_after, brain.pieces = 6, 3
    async with PageClient(ada) as page:
        await page.send_client_message("set-voice", on=True)
        await hears(page, "hello", "one")
        turn = await written("one")

    assert turn.reply_text == "Word 0 of it. Word 1 of it. Word 2 of it."
    assert turn.outcome == "done"
    assert sum(map(len, page.sounds)) == 6 * 100 * BYTES_PER_MS


async def test_where_no_voice_is_heard_the_page_is_asked_to_speak(ada, brain, voice):
    voice.fails_after = 0
    async with PageClient(ada) as page:
        await page.send_client_message("set-voice", on=True)
        await page.send("send-text", {"content": "hello"}, "one")
        asked = await page.wait_for("speak")

    assert asked["data"] == {"kind": "speak", "turn": "one", "text": "Word zero of it."}
    assert page.sounds == []


async def test_a_lost_line_ends_the_sound_and_keeps_the_text(ada, brain, voice):
    brain.pieces = 20
    async with PageClient(ada) as page:
        await page.send_client_message("set-voice", on=True)
        await page.send("send-text", {"content": "a story"}, "story")
        await page.wait_for("bot-tts-started")
    turn = await written("story")

    assert turn.reply_text.endswith("Word 19 of it.")
    assert audio_output.ACTIVE_SPEECHES == {}
    assert voice.closed == 1


async def test_an_answer_told_again_is_not_spoken_again(ada, brain, voice):
    async with PageClient(ada) as page:
        await page.send_client_message("set-voice", on=True)
        await hears(page, "hello", "one")
        await page.send_text("hello", "one")

    assert len(page.all_matching("bot-tts-started")) == 1


async def test_reports_of_the_player_are_no_messages_and_yet_bounded(ada, brain, voice):
    async with PageClient(ada) as page:
        for _ in range(15):
            await played(page, "none", 10)
        for _ in range(19):
            assert (await page.send_client_message("ping"))["type"] == "server-response"
        assert not page.all_matching("error-response")
        for _ in range(60):
            await played(page, "none", 10)
        refused = await page.wait_for("error-response")

    assert "messages a minute" in refused["data"]["error"]


async def test_what_a_voice_costs_is_counted_with_its_turn(ada, brain, voice, monkeypatch):
    voice.name = "cartesia"
    async with PageClient(ada) as page:
        await page.send_client_message("set-voice", on=True)
        await hears(page, "hello", "one")
    await written("one")
    for _ in range(100):
        turn = await Turn.objects.aget(client_id="one")
        if turn.tts_characters:
            break
        await asyncio.sleep(0.02)

    assert turn.tts_characters == len("Word zero of it.")


async def test_a_guest_whose_budget_is_used_up_hears_the_voice_of_this_machine(ada, settings):
    settings.CARTESIA_API_KEY = "a-key"
    before = tts_for_visit(ada)
    ada.budget_level = "house"
    after = tts_for_visit(ada)
    assert getattr(before, "name", "") == "cartesia"
    assert getattr(after, "name", "") != "cartesia"
    await get_tts_registry().close()


async def test_maya_says_aloud_that_a_drink_is_being_made_behind_what_she_is_saying(ada, brain, voice):
    ticket = await sync_to_async(sent)(ada)
    async with PageClient(ada) as page:
        await page.send_client_ready()
        await page.send_client_message("set-voice", on=True)
        await page.send_text("hello", "one")
        await sync_to_async(tickets.bump_ticket)(ticket)
        await page.wait_for(lambda frame: "being made" in frame["data"].get("text", ""))
        news = page.received[-1]["id"]
        await page.wait_for(lambda frame: frame["id"] == news and frame["type"] == "bot-stopped-speaking")

    spoken = [frame["id"] for frame in page.received if frame["type"] == "bot-started-speaking"]
    assert spoken == ["one", news]
    assert [script.phrases[0].words[:2] for script in voice.scripts] == [("Word", "zero"), ("One", "Negroni")]


async def test_news_are_said_in_one_of_two_windows(ada, brain, voice):
    ticket = await sync_to_async(sent)(ada)
    async with PageClient(ada) as one, PageClient(ada) as other:
        for page in (one, other):
            await page.send_client_ready()
            await page.send_client_message("set-voice", on=True)
        await sync_to_async(tickets.bump_ticket)(ticket)
        for page in (one, other):
            await page.wait_for(lambda frame: frame["type"] == "bot-output")

    assert sorted(page.all_matching("bot-output")[-1]["will_be_spoken"] for page in (one, other)) == [
        False,
        True,
    ]


async def test_news_that_were_cut_off_stand_whole_in_the_record(ada, brain, voice):
    ticket = await sync_to_async(sent)(ada)
    async with PageClient(ada) as page:
        await page.send_client_ready()
        await page.send_client_message("set-voice", on=True)
        await sync_to_async(tickets.bump_ticket)(ticket)
        await page.wait_for(lambda frame: frame["type"] == "bot-started-speaking")
        await page.send_client_message("interrupt")
        await page.send_text("hello")

    assert page.all_matching("bot-stopped-speaking")
    assert (await ada.turns.afirst()).reply_text == "One Negroni is being made now."


async def test_who_speaks_is_not_talked_over_by_news(ada, brain, voice, monkeypatch):
    monkeypatch.setattr(AudioInput, "is_guest_speaking", True)
    ticket = await sync_to_async(sent)(ada)
    async with PageClient(ada) as page:
        await page.send_client_ready()
        await page.send_client_message("set-voice", on=True)
        await sync_to_async(tickets.bump_ticket)(ticket)
        await page.wait_for(lambda frame: frame["type"] == "bot-llm-stopped")

    assert page.all_matching("bot-output")[-1]["will_be_spoken"] is False
    assert voice.scripts == []


def sent(visit):
    orders.add_line(visit, "Negroni", 1, [], make_context())
    return tickets.fire_ticket(visit, make_context())
