"""Who may come in, how fast one may talk, and how a stream ends."""

import json

import pytest
from asgiref.sync import sync_to_async

from bartender import wire
from bartender.records.visits import OrderLine, Visit
from bartender.stream import limits
from bartender.stream.limits import Bucket, Tally
from bartender.stream.listening import ASK_FIRST, NO_EARS
from maya_site.lib.cookies import signed
from maya_site.lib.last_call import LAST_CALL
from tests.bartender.stream.page import Page

pytestmark = [pytest.mark.django_db(transaction=True)]


async def test_with_none_but_foreign_subprotocols_there_is_an_error_a_goodbye_and_the_end(ada):
    async with Page(ada, subprotocols=("mqtt",)) as page:
        error = await page.until("error")
        said, code = await page.goodbye()

    assert error["data"]["fatal"] is True
    assert "rtvi.json" in error["data"]["error"]
    assert (said["reason"], code) == ("no common subprotocol", 4406)


@pytest.mark.parametrize("cookie", ["", "x", "a:b:c", "0" * 32, "é"])
async def test_without_a_signed_cookie_nobody_comes_in(db, cookie):
    async with Page(None, cookie=cookie) as page:
        said, code = await page.goodbye()

    assert (said["reason"], code) == ("no visit", 4401)
    assert not await Visit.objects.aexists()


async def test_a_cookie_that_was_touched_opens_no_visit(ada, ben):
    forged = signed(ada.code).replace(ada.code, ben.code)
    async with Page(None, cookie=forged) as page:
        said, _code = await page.goodbye()

    assert said["reason"] == "no visit"


async def test_a_code_that_no_visit_has_yet_becomes_one(menu):
    async with Page(None, cookie=signed("f" * 32)) as page:
        await page.ready()

    assert await Visit.objects.filter(code="f" * 32).aexists()


async def test_a_visit_that_is_over_is_told_so(ada):
    await Visit.objects.filter(pk=ada.pk).aupdate(closed_at=ada.opened_at)
    async with Page(ada) as page:
        said, code = await page.goodbye()

    assert (said["reason"], code) == ("visit over", 4410)


async def test_a_fourth_window_is_one_too_many_until_another_closes(ada, ben):
    async with Page(ada), Page(ada):
        async with Page(ada) as third:
            await third.ready()
            async with Page(ada) as fourth:
                error = await fourth.until("error")
                said, code = await fourth.goodbye()
            async with Page(ben) as other:
                await other.ready()
        async with Page(ada) as now:
            await now.ready()

    assert "3 streams" in error["data"]["error"]
    assert (said["reason"], code) == ("too many streams", 4429)
    assert said["retry_after"] > 0


async def test_so_many_streams_from_one_address_and_no_more(menu, monkeypatch):
    monkeypatch.setattr(limits, "EACH_ADDRESS", 2)
    one, two, three = [await sync_to_async(Visit.objects.create)() for _ in range(3)]
    async with Page(one), Page(two):
        async with Page(three) as refused:
            error = await refused.until("error")
        async with Page(three, address="203.0.113.2") as elsewhere:
            await elsewhere.ready()

    assert "one address" in error["data"]["error"]


async def test_the_twenty_first_message_at_once_is_refused_and_the_line_lives(ada):
    async with Page(ada) as page:
        answers = [await page.press("ping") for _ in range(21)]

    assert [answer["type"] for answer in answers[:20]] == ["server-response"] * 20
    assert answers[20]["type"] == "error-response"
    assert "60 messages a minute" in answers[20]["data"]["error"]


async def test_the_thirteenth_turn_in_a_minute_is_refused_and_buttons_still_work(ada, brain):
    async with Page(ada) as page:
        for number in range(12):
            await page.say("hello", f"turn-{number}")
        id = await page.send("send-text", {"content": "one more"}, "turn-12")
        refused = await page.until("error-response")
        tapped = await page.press("tap-item", item="Martini")

    assert refused["id"] == id
    assert "12 turns a minute" in refused["data"]["error"]
    assert tapped["type"] == "server-response"
    assert await OrderLine.objects.acount() == 1


async def test_ten_garbled_messages_a_minute_are_borne_and_the_eleventh_ends_it(ada):
    async with Page(ada) as page:
        for _ in range(10):
            await page.raw("not a message")
            await page.until("error-response")
        assert (await page.press("ping"))["type"] == "server-response"
        await page.raw("not a message")
        said, code = await page.goodbye()

    assert code == 4400
    assert "cannot read" in said["reason"]
    assert said["retry_after"] == 30


async def test_sound_is_turned_away_politely_and_its_limit_is_named(ada):
    async with Page(ada) as page:
        await page.raw(data=b"\x00" * 640)
        small = await page.until("error-response")
        await page.raw(data=b"\x00" * (wire.AUDIO_MOST + 1))
        big = await page.until("error-response")
        assert (await page.press("ping"))["type"] == "server-response"

    assert small["data"]["error"] in (NO_EARS, ASK_FIRST)
    assert "64 KB" in big["data"]["error"]


async def test_a_refused_message_is_one_line_in_the_log_without_its_words(ada, caplog):
    caplog.set_level("INFO")
    async with Page(ada) as page:
        caplog.clear()
        await page.raw(json.dumps({"label": "rtvi-ai", "type": "send-text", "id": "x", "data": "my secret"}))
        await page.until("error-response")

    ours = [record for record in caplog.records if record.name.startswith("bartender")]
    assert len(ours) == 1
    assert "secret" not in caplog.text


async def test_a_guest_who_leaves_is_told_goodbye(ada):
    async with Page(ada) as page:
        await page.send("disconnect-bot")
        said, code = await page.goodbye()

    assert (said["reason"], code) == ("goodbye", 1000)


async def test_when_the_bar_restarts_the_turn_under_way_is_told_to_its_end_first(ada, brain):
    brain.pause, brain.pieces = 0.05, 6
    async with Page(ada) as page:
        await page.send("send-text", {"content": "a story"}, "story")
        await page.until("bot-llm-text")
        LAST_CALL.call()
        try:
            said, code = await page.goodbye()
        finally:
            LAST_CALL.reopen()

    told = "".join(piece["text"] for piece in page.all("bot-llm-text"))
    assert told.strip().endswith("Word 5 of it.")
    assert page.all("bot-llm-stopped")[0]["outcome"] == "done"
    assert (said["reason"], said["retry_after"], code) == ("the bar restarts", 1, 4001)


def test_a_bucket_fills_again_with_time():
    now = [0.0]
    bucket = Bucket(60, 2, clock=lambda: now[0])

    assert [bucket.take() for _ in range(3)] == [True, True, False]
    now[0] += 1
    assert [bucket.take() for _ in range(2)] == [True, False]


def test_a_tally_forgets_what_is_a_minute_old():
    now = [0.0]
    tally = Tally(2, clock=lambda: now[0])

    assert [tally.full() for _ in range(3)] == [False, False, True]
    now[0] = 61
    assert not tally.full()


async def test_a_stream_of_sound_is_told_the_limit_and_in_the_end_goodbye(ada, monkeypatch):
    monkeypatch.setattr(limits, "HURRIED_A_MINUTE", 5)
    async with Page(ada) as page:
        for _ in range(26):
            await page.raw(data=b"\x00" * 640)
        said, code = await page.goodbye()

    assert "60 messages a minute" in page.all("error-response")[-1]["error"]
    assert (said["reason"], code) == ("too many messages", 4429)
