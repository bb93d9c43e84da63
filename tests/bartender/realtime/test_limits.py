"""Who may come in, how fast one may talk, and how a stream ends."""

import asyncio
import json

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from bartender.models.visits import OrderLine, Visit
from bartender.realtime import limits, protocol
from bartender.realtime.audio_input import MICROPHONE_OFF, STT_UNAVAILABLE
from bartender.realtime.limits import SlidingWindowCounter, TokenBucket
from bartender.services import orders, visits
from maya_site.core.cookies import sign_visit_code
from maya_site.core.shutdown_signal import SHUTDOWN
from tests.bartender.realtime.page_client import PageClient, message_kind
from tests.guest_fixtures import make_context

pytestmark = [pytest.mark.django_db(transaction=True)]


async def test_with_none_but_foreign_subprotocols_there_is_an_error_a_goodbye_and_the_end(ada):
    async with PageClient(ada, subprotocols=("mqtt",)) as page:
        error = await page.wait_for("error")
        said, code = await page.wait_for_close()

    assert error["data"]["fatal"] is True
    assert "rtvi.json" in error["data"]["error"]
    assert (said["reason"], code) == ("no common subprotocol", 4406)


@pytest.mark.parametrize("cookie", ["", "x", "a:b:c", "0" * 32, "é"])
async def test_without_a_signed_cookie_nobody_comes_in(db, cookie):
    async with PageClient(None, cookie=cookie) as page:
        said, code = await page.wait_for_close()

    assert (said["reason"], code) == ("no visit", 4401)
    assert not await Visit.objects.aexists()


async def test_a_cookie_that_was_touched_opens_no_visit(ada, ben):
    forged = sign_visit_code(ada.code).replace(ada.code, ben.code)
    async with PageClient(None, cookie=forged) as page:
        said, _code = await page.wait_for_close()

    assert said["reason"] == "no visit"


async def test_looking_makes_no_visit_and_the_first_act_makes_one(menu, brain):
    async with PageClient(None, cookie=sign_visit_code("f" * 32)) as page:
        await page.send_client_ready()
        await page.send_client_message("ping")
        await page.send_client_message("set-voice", on=True)
        assert not await Visit.objects.aexists()
        tapped = await page.send_client_message("tap-item", item="Martini")
        await page.send_text("hello")

    assert tapped["type"] == "server-response"
    visit = await Visit.objects.aget()
    assert (visit.code, await visit.turns.acount(), await visit.lines.acount()) == ("f" * 32, 1, 1)


async def test_two_first_acts_at_once_on_two_streams_make_one_visit(menu, brain):
    cookie = sign_visit_code("f" * 32)
    async with PageClient(None, cookie=cookie) as one, PageClient(None, cookie=cookie) as two:
        await one.send_client_ready()
        await two.send_client_ready()
        pressed = await asyncio.gather(
            *(page.send_client_message("tap-item", item="Martini") for page in (one, two))
        )

    assert [answer["type"] for answer in pressed] == ["server-response"] * 2
    visit = await Visit.objects.aget()
    assert sum([line.quantity async for line in visit.lines.all()]) == 2


async def test_a_stream_that_only_looks_finds_the_visit_that_a_form_made(menu, brain):
    cookie = sign_visit_code("f" * 32)
    async with PageClient(None, cookie=cookie) as page:
        await page.send_client_ready()
        visit = await sync_to_async(visits.get_or_create_visit)("f" * 32)
        assert visit
        await sync_to_async(orders.add_line)(visit, "Martini", 1, [], make_context())
        await page.wait_for(lambda frame: message_kind(frame) == "tab" and frame["data"]["order"])
        await page.send_text("hello")

    assert await Visit.objects.acount() == 1


async def test_a_visit_that_ended_before_the_first_act_is_over(menu):
    async with PageClient(None, cookie=sign_visit_code("f" * 32)) as page:
        await page.send_client_ready()
        await Visit.objects.acreate(code="f" * 32, closed_at=timezone.now())
        id = await page.send("client-message", {"t": "tap-item", "d": {"item": "IPA"}})
        refused = await page.wait_for("error-response")

    assert refused["id"] == id
    assert await OrderLine.objects.acount() == 0


async def test_a_visit_that_is_over_is_told_so(ada):
    await Visit.objects.filter(pk=ada.pk).aupdate(closed_at=ada.opened_at)
    async with PageClient(ada) as page:
        said, code = await page.wait_for_close()

    assert (said["reason"], code) == ("visit over", 4410)


async def test_a_fourth_window_is_one_too_many_until_another_closes(ada, ben):
    async with PageClient(ada), PageClient(ada):
        async with PageClient(ada) as third:
            await third.send_client_ready()
            async with PageClient(ada) as fourth:
                error = await fourth.wait_for("error")
                said, code = await fourth.wait_for_close()
            async with PageClient(ben) as other:
                await other.send_client_ready()
        async with PageClient(ada) as now:
            await now.send_client_ready()

    assert "3 streams" in error["data"]["error"]
    assert (said["reason"], code) == ("too many streams", 4429)
    assert said["retry_after"] > 0


async def test_so_many_streams_from_one_address_and_no_more(menu, monkeypatch):
    monkeypatch.setattr(limits, "MAX_STREAMS_PER_ADDRESS", 2)
    one, two, three = [await sync_to_async(Visit.objects.create)() for _ in range(3)]
    async with PageClient(one), PageClient(two):
        async with PageClient(three) as refused:
            error = await refused.wait_for("error")
        async with PageClient(three, address="203.0.113.2") as elsewhere:
            await elsewhere.send_client_ready()

    assert "one address" in error["data"]["error"]


async def test_a_stream_on_which_nothing_is_done_keeps_no_place(ada, monkeypatch):
    monkeypatch.setattr(limits, "FIRST_ACTION_TIMEOUT_SECONDS", 0.2)
    async with PageClient(ada) as silent, PageClient(ada) as used:
        await used.send_client_ready()
        await silent.send_client_message("ping")  # the line is alive, and that is all
        said, code = await silent.wait_for_close()
        await used.send_client_ready()

    assert (code, said["retry_after"]) == (4409, 30)
    assert "nothing was said" in said["reason"]


@pytest.mark.parametrize("full", ["MAX_STREAMS_PER_ADDRESS", "MAX_STREAMS"])
async def test_where_all_places_are_taken_the_idlest_gives_up_its_own(menu, monkeypatch, full):
    monkeypatch.setattr(limits, full, 3)
    monkeypatch.setattr(limits, "UNUSED_TIMEOUT_SECONDS", 0.0)
    one, two, three, four, five = [await sync_to_async(Visit.objects.create)() for _ in range(5)]
    async with PageClient(one) as talks, PageClient(two) as silent, PageClient(three) as waits:
        await waits.send_client_ready()
        await talks.send_client_ready()
        async with PageClient(four) as fourth:
            await fourth.send_client_ready()
            said, code = await silent.wait_for_close()
            assert (code, said["retry_after"]) == (4409, 15)
            async with PageClient(five) as fifth:
                refused = await fifth.wait_for("error")
            monkeypatch.setattr(limits, "IDLE_TIMEOUT_SECONDS", 0.0)
            await talks.send_client_ready()
            async with PageClient(five) as fifth:
                await fifth.send_client_ready()
                said, code = await waits.wait_for_close()
            await talks.send_client_ready()

    assert "At most 3 streams" in refused["data"]["error"]
    assert code == 4409
    assert limits.CONNECTION_LIMITER.streams == {}
    assert not limits.CONNECTION_LIMITER.streams_by_address


async def test_one_home_has_one_share_of_the_places_whichever_address_it_uses(menu, monkeypatch):
    monkeypatch.setattr(limits, "MAX_STREAMS_PER_ADDRESS", 2)
    one, two, three = [await sync_to_async(Visit.objects.create)() for _ in range(3)]
    async with PageClient(one, address="2001:db8::1"), PageClient(two, address="2001:db8::ffff:2"):
        async with PageClient(three, address="2001:db8:0:0:1::3") as refused:
            assert "one address" in (await refused.wait_for("error"))["data"]["error"]
        async with PageClient(three, address="2001:db8:0:1::3") as neighbour:
            await neighbour.send_client_ready()


async def test_the_twenty_first_message_at_once_is_refused_and_the_line_lives(ada):
    async with PageClient(ada) as page:
        answers = [await page.send_client_message("ping") for _ in range(21)]

    assert [answer["type"] for answer in answers[:20]] == ["server-response"] * 20
    assert answers[20]["type"] == "error-response"
    assert "60 messages a minute" in answers[20]["data"]["error"]


async def test_the_thirteenth_turn_in_a_minute_is_refused_and_buttons_still_work(ada, brain):
    async with PageClient(ada) as page:
        for number in range(12):
            await page.send_text("hello", f"turn-{number}")
        id = await page.send("send-text", {"content": "one more"}, "turn-12")
        refused = await page.wait_for("error-response")
        tapped = await page.send_client_message("tap-item", item="Martini")

    assert refused["id"] == id
    assert "12 messages in a minute" in refused["data"]["error"]
    assert tapped["type"] == "server-response"
    assert await OrderLine.objects.acount() == 1


async def test_ten_garbled_messages_a_minute_are_borne_and_the_eleventh_ends_it(ada):
    async with PageClient(ada) as page:
        for _ in range(10):
            await page.send_raw("not a message")
            await page.wait_for("error-response")
        assert (await page.send_client_message("ping"))["type"] == "server-response"
        await page.send_raw("not a message")
        said, code = await page.wait_for_close()

    assert code == 4400
    assert "cannot read" in said["reason"]
    assert said["retry_after"] == 30


async def test_sound_is_turned_away_politely_and_its_limit_is_named(ada):
    async with PageClient(ada) as page:
        await page.send_raw(data=b"\x00" * 640)
        small = await page.wait_for("error-response")
        await page.send_raw(data=b"\x00" * (protocol.MAX_AUDIO_BYTES + 1))
        big = await page.wait_for("error-response")
        assert (await page.send_client_message("ping"))["type"] == "server-response"

    assert small["data"]["error"] in (STT_UNAVAILABLE, MICROPHONE_OFF)
    assert "64 KB" in big["data"]["error"]


async def test_a_refused_message_is_one_line_in_the_log_without_its_words(ada, caplog):
    caplog.set_level("INFO")
    async with PageClient(ada) as page:
        caplog.clear()
        await page.send_raw(
            json.dumps({"label": "rtvi-ai", "type": "send-text", "id": "x", "data": "my secret"})
        )
        await page.wait_for("error-response")

    ours = [record for record in caplog.records if record.name.startswith("bartender")]
    assert len(ours) == 1
    assert "secret" not in caplog.text


async def test_a_guest_who_leaves_is_told_goodbye(ada):
    async with PageClient(ada) as page:
        await page.send("disconnect-bot")
        said, code = await page.wait_for_close()

    assert (said["reason"], code) == ("goodbye", 1000)


async def test_when_the_bar_restarts_the_turn_under_way_is_told_to_its_end_first(ada, brain):
    brain.pause, brain.pieces = 0.05, 6
    async with PageClient(ada) as page:
        await page.send("send-text", {"content": "a story"}, "story")
        await page.wait_for("bot-llm-text")
        SHUTDOWN.trigger()
        try:
            said, code = await page.wait_for_close()
        finally:
            SHUTDOWN.reset()

    told = "".join(piece["text"] for piece in page.all_matching("bot-llm-text"))
    assert told.strip().endswith("Word 5 of it.")
    assert page.all_matching("bot-llm-stopped")[0]["outcome"] == "done"
    assert (said["reason"], said["retry_after"], code) == ("the bar restarts", 1, 4001)


def test_a_bucket_fills_again_with_time():
    now = [0.0]
    bucket = TokenBucket(60, 2, clock=lambda: now[0])

    assert [bucket.try_consume() for _ in range(3)] == [True, True, False]
    now[0] += 1
    assert [bucket.try_consume() for _ in range(2)] == [True, False]


def test_a_tally_forgets_what_is_a_minute_old():
    now = [0.0]
    tally = SlidingWindowCounter(2, clock=lambda: now[0])

    assert [tally.record_and_check() for _ in range(3)] == [False, False, True]
    now[0] = 61
    assert not tally.record_and_check()


async def test_a_stream_of_sound_is_told_the_limit_and_in_the_end_goodbye(ada, monkeypatch):
    monkeypatch.setattr(limits, "MAX_RATE_LIMITED_PER_MINUTE", 5)
    async with PageClient(ada) as page:
        for _ in range(26):
            await page.send_raw(data=b"\x00" * 640)
        said, code = await page.wait_for_close()

    assert "60 messages a minute" in page.all_matching("error-response")[-1]["error"]
    assert (said["reason"], code) == ("too many messages", 4429)
