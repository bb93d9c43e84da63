"""The WebSocket of one bar display. It only sends: staff act by forms."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from channels.exceptions import StopConsumer
from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.utils import timezone

from bartender.models.visits import Visit
from bartender.realtime.broadcast import current_hub
from bartender.realtime.changes import ChangeLog, split_html
from bartender.realtime.snapshot import VENUE_TOPIC
from bartender.services.printing.queue import record_display_seen
from bartender.services.staff_names import name_for_staff
from bartender.services.tickets import seconds_to_next_release
from bartender.services.undo import seconds_to_next_undo_end
from bartender.web.display.fragments import (
    VIEW_CONVERSATIONS,
    VIEW_TABS,
    VIEW_TICKETS,
    render_board_fragments,
    render_visit_fragments,
)
from bartender.web.display.session import get_staff_user
from bartender.web.display.tab_page import render_tab_page_fragments
from maya_site.core.db import run_in_db_thread
from maya_site.core.errors import Busy
from maya_site.core.websocket_consumer import BaseConsumer, Outbox, run_logged, spawn

logger = logging.getLogger(__name__)

CLOSE_NORMAL, CLOSE_RESTARTING, CLOSE_NOT_LOGGED_IN, CLOSE_MALFORMED, CLOSE_SLOW_CLIENT = (
    1000,
    4001,
    4401,
    4400,
    4408,
)
DEBOUNCE_SECONDS = 0.03  # an action writes several rows: one refresh for all
MIN_REFRESH_INTERVAL_SECONDS = 0.2  # however many notices arrive
RETRY_DELAY_SECONDS = 1.0
MAX_PINGS_PER_MINUTE = 30


class ShownPage(NamedTuple):
    """Which page of the display a stream is for: a conversation, a guest's tab, or else the board."""

    visit: str = ""
    tab: str = ""  # a visit's code
    page_id: str = ""  # of the page with the tab: its forms' ids begin with it
    station: str = ""  # whose part of the board it is

    @classmethod
    def from_query(cls, query_string: bytes) -> ShownPage:
        query = parse_qs(query_string.decode("ascii", "replace"))
        return cls(*(query.get(name, [""])[0][:32] for name in ("visit", "tab", "page", "station")))

    @property
    def permission(self) -> str:
        return VIEW_CONVERSATIONS if self.visit else VIEW_TABS if self.tab else VIEW_TICKETS


def render_fragments(session: str, page: ShownPage) -> tuple[dict[str, str], float | None] | None:
    """The page's fragments by name, and the seconds until a held ticket is due or a shared screen locks.

    None if the session may not see them. Call it in a database thread.
    """
    viewer = get_staff_user(session, page.permission)
    if viewer is None:
        return None
    # Read before the board: a ticket released in between is then rendered twice, not missed.
    due = None if page.visit or page.tab else seconds_to_next_release(timezone.now())
    if not page.visit and (undo_end := seconds_to_next_undo_end(timezone.now())) is not None:
        due = undo_end if due is None else min(due, undo_end)
    if (fragments := _render_page(viewer.user, page)) is None:
        return None
    if viewer.locks_at is not None:
        lock_in = max(0.0, (viewer.locks_at - timezone.now()).total_seconds())
        due = lock_in if due is None else min(due, lock_in)
    return fragments | {"person": name_for_staff(viewer.user)}, due


def _render_page(user: AbstractUser, page: ShownPage) -> dict[str, str] | None:
    if not (code := page.visit or page.tab):
        return render_board_fragments(user, page.station)
    found = Visit.objects.filter(code=code).first()
    if found is None:
        return None
    if page.visit:
        return render_visit_fragments(user, found)
    return render_tab_page_fragments(user, found, page.page_id)


class DisplayConsumer(BaseConsumer):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.outbox = Outbox(self.send)
        self.refresh_requested = asyncio.Event()
        self.sent_fragments: dict[str, str] = {}
        self.changes: ChangeLog | None = None  # where the page asked for what changed
        self.ping_times: list[float] = []
        self.is_closing = False
        self.refresh_timer: asyncio.TimerHandle | None = None
        self.tasks: list[asyncio.Task[Any]] = []

    async def connect(self) -> None:
        cookies = self.scope.get("cookies", {})
        self.session_key = str(cookies.get(settings.SESSION_COOKIE_NAME, ""))
        query = self.scope.get("query_string", b"")
        self.page = ShownPage.from_query(query)
        if b"changes" in parse_qs(query):
            self.changes = ChangeLog()
        await self.accept()
        self.hub = current_hub()
        self.hub.subscribe(VENUE_TOPIC, self.refresh_requested.set)
        self.refresh_requested.set()
        self.tasks = [spawn(self._run_outbox()), spawn(run_logged("a display's news", self._push_updates))]

    async def _push_updates(self) -> None:
        while not self.is_closing:
            await self.refresh_requested.wait()
            await asyncio.sleep(DEBOUNCE_SECONDS)
            self.refresh_requested.clear()
            began = time.monotonic()
            try:
                found = await run_in_db_thread(render_fragments, self.session_key, self.page)
            except Busy:
                await asyncio.sleep(RETRY_DELAY_SECONDS)
                self.refresh_requested.set()
                continue
            if found is None:
                return await self.close_with_reason("log in", CLOSE_NOT_LOGGED_IN)
            fragments, due = found
            if not self.sent_fragments:
                await self._record_seen()
            self._send_changed_fragments(fragments)
            if due is not None:
                self._refresh_in(due)
            await asyncio.sleep(max(0.0, MIN_REFRESH_INTERVAL_SECONDS - (time.monotonic() - began)))

    def _refresh_in(self, seconds: float) -> None:
        """The release of a held ticket sends no notice, so it is timed here."""
        if self.refresh_timer:
            self.refresh_timer.cancel()
        self.refresh_timer = asyncio.get_running_loop().call_later(
            seconds + DEBOUNCE_SECONDS, self.refresh_requested.set
        )

    def _send_changed_fragments(self, fragments: dict[str, str]) -> None:
        """The first time all of them are sent, since the page may be an old one."""
        changed = {name: html for name, html in fragments.items() if self.sent_fragments.get(name) != html}
        if self.changes and changed:
            chunks = {name: split_html(html) for name, html in fragments.items()}
            self.send_message(**self.changes.message("fragments", chunks), now=time.time())
        elif changed or not self.sent_fragments:
            self.send_message("fragments", fragments=changed, now=time.time())
        self.sent_fragments = fragments

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Accepts "ping" only."""
        now = time.monotonic()
        self.ping_times = [*(one for one in self.ping_times if now - one < 60), now]
        if text_data != "ping" or len(self.ping_times) > MAX_PINGS_PER_MINUTE:
            await self.close_with_reason("not understood", CLOSE_MALFORMED, retry_after=30)
        else:
            self.send_message("pong", now=time.time())
            await self._record_seen()

    async def _record_seen(self) -> None:
        """A browser asks every few seconds: for printers that print only while no display is there."""
        if self.page == ShownPage():
            with suppress(Busy):
                await run_in_db_thread(record_display_seen)

    def send_message(self, kind: str, **data: Any) -> None:
        self.outbox.put(json.dumps({"kind": kind, **data}, ensure_ascii=False, separators=(",", ":")))

    async def _run_outbox(self) -> None:
        await self.outbox.run()
        if not self.is_closing:
            self.is_closing = True
            await self.close(code=CLOSE_SLOW_CLIENT)

    async def close_with_reason(self, reason: str, code: int, retry_after: float | None = None) -> None:
        if self.is_closing:
            return
        self.is_closing = True
        self.send_message("bye", reason=reason, retry_after=retry_after)
        await self.outbox.wait_until_empty(timeout_seconds=RETRY_DELAY_SECONDS)
        self.outbox.close()
        await self.close(code=code)

    async def on_shutdown(self) -> None:
        await self.close_with_reason("the bar restarts", CLOSE_RESTARTING, retry_after=1)

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        self._clean_up()
        raise StopConsumer

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._clean_up()

    def _clean_up(self) -> None:
        self.is_closing = True
        self.outbox.close()
        if self.tasks:
            self.hub.unsubscribe(VENUE_TOPIC, self.refresh_requested.set)
        if self.refresh_timer:
            self.refresh_timer.cancel()
        for task in self.tasks:
            task.cancel()
