"""What one stream shows, and the messages that follow from comparing two snapshots of it; and the guest's tab
as HTML, for streams whose client asked for it.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from bartender.models.visits import Visit
from bartender.realtime import protocol, turns
from bartender.realtime.broadcast import current_hub
from bartender.realtime.changes import ChangeLog, split_html
from bartender.realtime.snapshot import Announcement, GuestNeeds, Snapshot, read_snapshot
from bartender.services.bills import Bill
from bartender.services.split_bill import SharedBill
from bartender.services.tab_view import TabView, render_tab_fragments
from maya_site.core.db import run_in_db_thread
from maya_site.core.errors import Busy

RETRY_DELAY_SECONDS = 1.0
DEBOUNCE_SECONDS = 0.05  # an action changes the tab several times: one refresh for all


class SessionView:
    """Sends a change once, and never anything older than what was sent before."""

    def __init__(
        self,
        visit: Visit,
        send_frame: Callable[[protocol.Frame], None],
        on_visit_closed: Callable[[], None],
        speak_announcement: Callable[[Announcement], bool],
    ) -> None:
        self.visit = visit
        self.send_frame = send_frame
        self.on_visit_closed = on_visit_closed
        self.speak_announcement = speak_announcement  # returns whether the announcement is spoken as well
        self.is_client_ready = False
        self.last_snapshot: Snapshot | None = None
        self.sent_bill: Bill | None = None
        self.last_brain = ""
        self.sent_shared_bills: tuple[SharedBill, ...] = ()
        self.newest_turn_pk = 0  # the newest turn that the page knows
        self._bill_read_at = 0.0
        self._refresh_requested = asyncio.Event()
        self._reading = asyncio.Lock()  # one read at a time, so that no older one is applied after a newer
        self.changes: ChangeLog | None = None  # where the client can be sent what changed
        self.fragments = TabFragments(send_frame)
        self._hub = current_hub()
        self._hub.subscribe(visit.code, self.request_refresh)

    def stop(self) -> None:
        self._hub.unsubscribe(self.visit.code, self.request_refresh)

    def request_refresh(self) -> None:
        self._refresh_requested.set()

    def reset(self, newest_turn_pk: int) -> None:
        """For a page that knows the turns up to this one and nothing else: everything is sent again."""
        self.is_client_ready, self.last_snapshot, self.sent_bill, self.newest_turn_pk = (
            True,
            None,
            None,
            newest_turn_pk,
        )
        if self.changes:
            self.changes.reset()
        self.fragments.reset()
        self.request_refresh()

    def show_to(self, client: protocol.ClientReady) -> None:
        """What the client said that it shows. Call it before `reset`."""
        self.changes = ChangeLog() if client.changes else None
        self.fragments.is_enabled, self.fragments.changes = client.fragments, self.changes

    def update_brain(self, brain: str) -> None:
        """Refreshes if another brain answered, because what the page says about Maya may change."""
        if brain != self.last_brain:
            self.last_brain = brain
            self.request_refresh()

    async def run(self) -> None:
        while True:
            await self._refresh_requested.wait()
            await asyncio.sleep(DEBOUNCE_SECONDS if self.last_snapshot else 0)
            self._refresh_requested.clear()
            if not await self.refresh():
                await asyncio.sleep(RETRY_DELAY_SECONDS)

    async def refresh(self) -> bool:
        """Reads what is shown now and sends what is new. Returns False if the database is busy, and asks for
        another read then."""
        async with self._reading:
            try:
                self.apply_snapshot(await run_in_db_thread(read_snapshot, self.visit))
            except Busy:
                self.request_refresh()
                return False
        return True

    def apply_snapshot(self, now: Snapshot) -> None:
        before, self.last_snapshot = self.last_snapshot, now
        if now.shared_bills != self.sent_shared_bills:  # they are part of the tab message, so send it again
            self.sent_shared_bills, self.sent_bill = now.shared_bills, None
        if now.read_started_at >= self._bill_read_at:
            self.send_bill(now.bill, now.read_started_at)
        else:  # a newer bill was sent while this was read; its version may be the same, so read again
            self.request_refresh()
        if not self.is_client_ready:
            return
        if now.payment and (before is None or now.payment != before.payment):
            self.send_frame(protocol.server_message("payment", **now.payment))
        self._send_tickets(now, before)
        self._send_announcements(now, before)
        self._send_menu(now, before)
        if before is None or now.assistance != before.assistance:
            self.send_frame(
                protocol.server_message("assistance", state=now.assistance.state, says=now.assistance.says)
            )
        self._send_guest_needs(now.guest_needs, before.guest_needs if before else None)
        self._send_fragments(now, before)
        if before is None or now.provider_statuses != before.provider_statuses:
            components = [status._asdict() for status in now.provider_statuses]
            self.send_frame(protocol.server_message("components", components=components))
        if not now.is_open:
            self.on_visit_closed()

    def send_bill(self, bill: Bill, read_at: float | None = None) -> None:
        before = self.sent_bill
        is_older = before is not None and bill.tab == before.tab and bill.version < before.version
        if not self.is_client_ready or bill == before or is_older:
            return
        if (
            read_at is None
        ):  # a turn's own bill, read a moment ago: what changed since then is still to be sent
            self.request_refresh()
        self.sent_bill, self._bill_read_at = bill, read_at or time.monotonic()
        tab = protocol.tab_message(bill, self.sent_shared_bills)
        sent = self.changes.message(tab.pop("kind"), tab) if self.changes else tab
        self.send_frame(protocol.build_frame("server-message", sent))
        if self.fragments.is_enabled:
            self._show_fragments()

    def _show_fragments(self) -> None:
        if self.sent_bill and self.last_snapshot:
            needs = self.last_snapshot.guest_needs
            self.fragments.show(
                TabView(
                    self.sent_bill,
                    self.sent_shared_bills,
                    needs.allergies,
                    needs.age_state,
                    needs.agents,
                    needs.guest,
                    self.last_snapshot.bar_state,
                )
            )

    def _send_tickets(self, now: Snapshot, before: Snapshot | None) -> None:
        for number, ticket in now.tickets.items():
            known = before.tickets.get(number) if before else None
            if before and known is None:
                self.send_frame(protocol.server_message("order", ticket=number, lines=ticket["lines"]))
            if known is None or known["status"] != ticket["status"]:
                self.send_frame(protocol.server_message("ticket", **ticket))

    def _send_announcements(self, now: Snapshot, before: Snapshot | None) -> None:
        if before is None or now.is_taken_over != before.is_taken_over:
            self.send_frame(protocol.server_message("host", person=now.is_taken_over))
        if now.is_taken_over and not (before and before.is_taken_over):
            turns.interrupt_turn(self.visit)  # Maya stops in mid-sentence
        for one in now.announcements:
            if one.turn_pk > self.newest_turn_pk:
                self.newest_turn_pk = one.turn_pk
                for frame in protocol.announcement_frames(
                    one.id, one.speaker, one.text, is_spoken=self.speak_announcement(one)
                ):
                    self.send_frame(frame)

    def _send_guest_needs(self, now: GuestNeeds, before: GuestNeeds | None) -> None:
        # Also sent first, since a reconnected page may show an old state.
        if before is None or (now.allergies, now.age_state) != (before.allergies, before.age_state):
            self.send_frame(protocol.server_message("care", allergies=list(now.allergies), age=now.age_state))
        if before is None:
            return
        for number, sentence in now.decisions:
            if (number, sentence) not in before.decisions:
                self.send_frame(protocol.server_message("notice", text=sentence))

    def _send_fragments(self, now: Snapshot, before: Snapshot | None) -> None:
        """For what they show beside the bill."""
        shown = (now.guest_needs, now.bar_state)
        if self.fragments.is_enabled and (before is None or shown != (before.guest_needs, before.bar_state)):
            self._show_fragments()

    def _send_menu(self, now: Snapshot, before: Snapshot | None) -> None:
        # Sent first only where these change by themselves: a page that was away may show older ones.
        if before is None and not now.has_changing_tags:
            return
        out: dict[str, list[Any]] = {"sold_out": list(now.sold_out), "modifiers_out": list(now.modifiers_out)}
        if before is None or now.price_tags != before.price_tags:
            out["prices"] = [protocol.price_message(tag) for tag in now.price_tags]
        elif (now.sold_out, now.modifiers_out) == (before.sold_out, before.modifiers_out):
            return
        self.send_frame(protocol.server_message("menu", **out))
        if before is None:
            return
        gone, back = set(now.sold_out) - set(before.sold_out), set(before.sold_out) - set(now.sold_out)
        for names, sentence in (
            (gone, _("%(drink)s is sold out for tonight.")),
            (back, _("%(drink)s is back on the menu.")),
        ):
            for name in sorted(names):  # `about`: the page shows one notice of it, the newest
                text = sentence % {"drink": name}
                self.send_frame(protocol.server_message("notice", text=text, about=f"sold out: {name}"))


class TabFragments:
    """Renders in a database thread, so that text and audio do not wait; skips all but the newest change."""

    def __init__(self, send_frame: Callable[[protocol.Frame], None]) -> None:
        self.send_frame = send_frame
        self.is_enabled = False  # the client said that it shows them
        self.changes: ChangeLog | None = None
        self._page_id = secrets.token_hex(8)  # one for all: a row that nothing changed in stays as it was
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
                self._send(tab, await run_in_db_thread(render_tab_fragments, tab, self._page_id))
            except Busy:
                await asyncio.sleep(RETRY_DELAY_SECONDS)
                self._changed.set()

    def _send(self, tab: TabView, rendered: dict[str, str]) -> None:
        changed = {name: html for name, html in rendered.items() if self._sent_fragments.get(name) != html}
        self._sent, self._sent_fragments = tab, rendered
        if self.changes:
            chunks = {name: split_html(html) for name, html in rendered.items()}
            message = self.changes.message("fragments", chunks) | {"now": time.time()}
            self.send_frame(protocol.build_frame("server-message", message))
            return
        self.send_frame(protocol.server_message("fragments", fragments=changed, now=time.time()))
