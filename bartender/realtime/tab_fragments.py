"""The guest's tab as HTML, for streams whose client asked for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from bartender.realtime import protocol
from bartender.services.tab_view import TabView, render_tab_fragments
from maya_site.core.db import run_in_db_thread
from maya_site.core.errors import Busy

RETRY_DELAY_SECONDS = 1.0


class TabFragments:
    """Renders in a database thread, so that text and audio do not wait; skips all but the newest change."""

    def __init__(self, send_frame: Callable[[protocol.Frame], None]) -> None:
        self.send_frame = send_frame
        self.is_enabled = False  # the client said that it shows them
        self._newest: TabView | None = None
        self._sent: TabView | None = None
        self._sent_fragments: dict[str, str] = {}
        self._changed = asyncio.Event()

    def reset(self) -> None:
        """For a client that has lost what was sent before."""
        self._newest, self._sent, self._sent_fragments = None, None, {}

    def show(self, tab: TabView) -> None:
        if self.is_enabled:
            self._newest = tab
            self._changed.set()

    async def run(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            tab = self._newest
            if tab is None or tab == self._sent:
                continue
            try:
                self._send(tab, await run_in_db_thread(render_tab_fragments, tab))
            except Busy:
                await asyncio.sleep(RETRY_DELAY_SECONDS)
                self._changed.set()

    def _send(self, tab: TabView, rendered: dict[str, str]) -> None:
        changed = {name: html for name, html in rendered.items() if self._sent_fragments.get(name) != html}
        self._sent, self._sent_fragments = tab, rendered
        self.send_frame(protocol.server_message("fragments", fragments=changed, now=time.time()))
