"""Redis carries hints between processes, and nothing else. It may go, and it may come back."""

import asyncio
import shutil
import subprocess
import time
from contextlib import contextmanager, suppress

import pytest
import redis
from channels_redis.core import RedisChannelLayer

from tests.drills.bar import BarProcess
from tests.live_server import free_port, temporary_database
from tests.websocket_client import GuestConnection, make_visit_cookies, visit_code_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("redis-server"), reason="no redis-server to stop and start here"),
]


@contextmanager
def broker(port):
    run = ["redis-server", "--port", str(port), "--save", "", "--appendonly", "no"]
    server = subprocess.Popen(run, stdout=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield
    finally:
        server.kill()
        server.wait()


def _wait_for(port):
    client = redis.Redis(port=port)
    for _ in range(100):
        with suppress(redis.ConnectionError):
            if client.ping():
                break
        time.sleep(0.05)
    client.close()


ORDER_FROM_ELSEWHERE = """
from bartender.services import orders, visits
from payments.ledger import OperationContext
orders.add_line(visits.get_or_create_visit("{code}"), "{item}", 1, [], OperationContext("elsewhere:{item}"))
"""


async def test_the_stream_outlives_redis_and_hears_of_other_processes_again_when_it_is_back(tmp_path):
    port = free_port()
    (cookie,) = make_visit_cookies(1)
    with temporary_database(tmp_path) as database:
        bar = BarProcess(tmp_path, database, REDIS_URL=f"redis://127.0.0.1:{port}/0")
        with broker(port):
            bar.prepare()
            bar.open()
        try:  # from here on it is gone
            async with GuestConnection(bar.address, cookie) as ada:
                await ada.send_client_ready()
                without = await ada.send_text("a martini please")
                tapped = await ada.send_client_message("tap-item", item="Negroni")
                late = await _seconds_until_known(bar, cookie, ada, "IPA")
                with broker(port):
                    await asyncio.sleep(3)
                    soon = await _seconds_until_known(bar, cookie, ada, "Daiquiri")
                    gone = await ada.send_text("another martini please")
        finally:
            bar.close()

    assert without.strip()
    assert tapped["type"] == "server-response"
    assert late < 6.5
    assert soon < 6.5
    assert gone.strip()
    assert "Traceback" not in bar.log.read_text()


async def test_silence_does_not_say_that_redis_is_away(tmp_path):
    """A quiet evening: nothing is to be passed on for longer than the layer asks Redis at a time."""
    port = free_port()
    (cookie,) = make_visit_cookies(1)
    with temporary_database(tmp_path) as database, broker(port):
        bar = BarProcess(tmp_path, database, REDIS_URL=f"redis://127.0.0.1:{port}/0")
        bar.prepare()
        bar.open()
        try:
            async with GuestConnection(bar.address, cookie) as ada:
                await ada.send_client_ready()
                await asyncio.sleep(RedisChannelLayer.brpop_timeout + 1)
        finally:
            bar.close()

    log = bar.log.read_text()
    assert "hearing the news of other processes" in log
    assert "the channel layer is away" not in log


async def _seconds_until_known(bar, cookie, guest, item):
    """How long after another process sold it the page knows."""
    code = ORDER_FROM_ELSEWHERE.format(code=visit_code_of(cookie), item=item)
    await asyncio.to_thread(bar.manage, "shell", "--no-imports", "-c", code)
    began = time.monotonic()
    while not any(row["item"] == item for row in guest.last_tab()["order"]):
        await guest.wait_for("tab")
    return time.monotonic() - began
