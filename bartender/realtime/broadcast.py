"""Change notices from outside a stream: other windows, the payment page, staff, other processes.

A notice says only "look again", and each stream reads what it shows. It follows from a signal after the
commit. Within a process notices go directly to the streams. Between processes they go over the channel
layer, which one task per event loop listens to. In case the layer is down or drops one, the database is
polled every few seconds, so no stream depends on the layer.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import InMemoryChannelLayer, get_channel_layer
from django.db.models.signals import post_save
from django.dispatch import receiver

from bartender.conversation.ticket_announcements import announce_ticket
from bartender.models.assistance import AssistanceRequest
from bartender.models.responsible_service import Approval
from bartender.models.staff_actions import StaffAction
from bartender.models.visits import ANNOUNCEMENT_BRAIN, STAFF_BRAIN, Ticket, Turn, Visit
from bartender.realtime.snapshot import VENUE_TOPIC, read_change_fingerprints, seconds_to_price_change
from bartender.signals import guest_needs_changed, menu_changed, printers_changed, turn_saved
from maya_site.core.db import CompiledQuery, after_commit, run_in_db_thread
from maya_site.core.errors import Refusal
from maya_site.core.metrics import BROADCASTS_DROPPED
from maya_site.core.rate_limits import redis_errors
from maya_site.core.websocket_consumer import run_logged
from payments.models import SplitParticipant
from payments.signals import money_noticed, payment_changed, tab_changed

logger = logging.getLogger(__name__)

CHANNEL_GROUP = "maya.news"
SENDER_ID = uuid.uuid4().hex
ALL_TOPICS = "everybody"
POLL_INTERVAL_SECONDS = 5.0
CLOCK_TOLERANCE_SECONDS = 0.02  # a timer may be a little early by the clock
GROUP_RENEWAL_SECONDS = 60.0
RETRY_DELAY_SECONDS = 2.0
PUBLISH_TIMEOUT_SECONDS = 2.0
MAX_QUEUED_PUBLISHES = 200

MAX_REMEMBERED_SENDERS = 256

OnChange = Callable[[], None]


# --- what is told: all receivers of a change that streams show -----------------------------------------


@receiver([tab_changed, payment_changed])
def broadcast_tab_change(visit_code: str, tab_code: str, **kwargs: Any) -> None:
    """Refreshes the tab's own guest and all who joined the tab."""
    broadcast_change(visit_code)
    for joined in _PARTICIPANTS_QUERY.rows(tab_code):
        broadcast_change(joined.visit_code)


_PARTICIPANTS_QUERY = CompiledQuery(lambda code: SplitParticipant.objects.filter(tab__code=code), str)


@receiver(guest_needs_changed)
def broadcast_guest_needs(visit_code: str, **kwargs: Any) -> None:
    broadcast_change(visit_code)


@receiver(post_save, sender=Approval)
def broadcast_approval(instance: Approval, **kwargs: Any) -> None:
    code = instance.visit.code
    after_commit(lambda: broadcast_change(code))


@receiver(post_save, sender=AssistanceRequest)
def broadcast_assistance_request(instance: AssistanceRequest, **kwargs: Any) -> None:
    code = instance.visit.code
    after_commit(lambda: broadcast_change(code))


@receiver(post_save, sender=StaffAction)
def broadcast_staff_action(**kwargs: Any) -> None:
    after_commit(lambda: broadcast_change(VENUE_TOPIC))


@receiver(post_save, sender=Ticket)
def broadcast_ticket(instance: Ticket, **kwargs: Any) -> None:
    code = instance.visit.code
    after_commit(lambda: broadcast_change(code))
    announce_ticket(instance)


@receiver(post_save, sender=Turn)
def broadcast_new_turn(instance: Turn, created: bool, **kwargs: Any) -> None:
    """Unprompted turns go to their guest's streams. A guest's own turn is sent by its stream already, so only
    the bar display is told."""
    unasked = created and instance.brain in (STAFF_BRAIN, ANNOUNCEMENT_BRAIN)
    code = instance.visit.code if unasked else VENUE_TOPIC
    after_commit(lambda: broadcast_change(code))


@receiver(post_save, sender=Visit)
def broadcast_visit(instance: Visit, update_fields: Any, **kwargs: Any) -> None:
    if update_fields and {"taken_over_by", "guest_name", "place"}.intersection(update_fields):
        after_commit(lambda: broadcast_change(instance.code))


@receiver([turn_saved, money_noticed, printers_changed])
def broadcast_to_staff(**kwargs: Any) -> None:
    broadcast_change(VENUE_TOPIC)


@receiver(menu_changed)
def broadcast_menu(**kwargs: Any) -> None:
    broadcast_change(ALL_TOPICS)


# --- to whom it is told -------------------------------------------------------------------------------


class BroadcastHub:
    """The streams of one event loop, and the two tasks that listen for them while there are any."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.subscribers: dict[str, set[OnChange]] = {}
        self.tasks: list[asyncio.Task[bool]] = []
        self.fingerprints: dict[str, str] = {}
        self.heard: dict[str, int] = {}  # the number of each sender's last notice

    def subscribe(self, visit: str, on_change: OnChange) -> None:
        self.subscribers.setdefault(visit, set()).add(on_change)
        if not self.tasks:
            ACTIVE_HUBS.add(self)
            named = (
                ("hearing the news", self._listen_to_channel_layer),
                ("looking for news", self._poll_database),
            )
            self.tasks = [asyncio.create_task(run_logged(name, work)) for name, work in named]

    def unsubscribe(self, visit: str, on_change: OnChange) -> None:
        self.subscribers.get(visit, set()).discard(on_change)
        if not self.subscribers.get(visit):
            self.subscribers.pop(visit, None)
            self.fingerprints.pop(visit, None)
        if not self.subscribers:
            ACTIVE_HUBS.discard(self)
            for task in self.tasks:
                task.cancel()
            self.tasks = []

    def notify(self, visit: str) -> None:
        """Calls the subscribers of a visit, and those of the venue, who watch every visit."""
        for name in list(self.subscribers) if visit == ALL_TOPICS else {visit, VENUE_TOPIC}:
            for look in list(self.subscribers.get(name, ())):
                look()

    async def _listen_to_channel_layer(self) -> None:
        layer = get_channel_layer()
        if layer is None or isinstance(layer, InMemoryChannelLayer):
            return  # a single process: broadcast_change() has reached all streams
        away = False
        while True:
            try:
                channel = await layer.new_channel()
                await layer.group_add(CHANNEL_GROUP, channel)
                logger.log(logging.WARNING if away else logging.INFO, "hearing the news of other processes")
                away = False
                await self._receive_until_renewal(layer, channel)
            except redis_errors() as error:
                if not away:
                    logger.warning("the channel layer is away: %s", type(error).__name__)
                away = True
                await asyncio.sleep(RETRY_DELAY_SECONDS)

    def _count_lost(self, sender: str, number: int) -> None:
        """Each process numbers its notices, so a gap is what was lost between it and us, wherever that was:
        the channel layer drops without a word what is too much for it."""
        last = self.heard.pop(sender, number - 1)
        self.heard[sender] = max(last, number)
        if len(self.heard) > MAX_REMEMBERED_SENDERS:
            del self.heard[next(iter(self.heard))]
        if lost := max(0, number - last - 1):
            BROADCASTS_DROPPED.inc(lost)
            logger.warning("%d notices of another process were lost", lost)

    async def _receive_until_renewal(self, layer: Any, channel: str) -> None:
        """Returns when the group membership must be renewed: a restarted broker has forgotten it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(GROUP_RENEWAL_SECONDS):
                while True:
                    message = await layer.receive(channel)
                    if (sender := str(message.get("from"))) != SENDER_ID:
                        self._count_lost(sender, int(message.get("number", 0)))
                        self.notify(str(message.get("visit", "")))

    async def _poll_database(self) -> None:
        while True:
            await asyncio.sleep(await _seconds_to_next_poll())
            with suppress(Refusal):  # the database is away, as the log says by now
                found = await run_in_db_thread(read_change_fingerprints, list(self.subscribers))
                for visit, state in found.items():
                    if self.fingerprints.get(visit) != state:  # also the first time
                        self.notify(visit)
                self.fingerprints = found


async def _seconds_to_next_poll() -> float:
    """No later than a price rule begins or ends: nobody tells of that but the clock."""
    with suppress(Refusal):
        seconds = await run_in_db_thread(seconds_to_price_change)
        if seconds is not None:
            return min(POLL_INTERVAL_SECONDS, seconds + CLOCK_TOLERANCE_SECONDS)
    return POLL_INTERVAL_SECONDS


@dataclass
class Numbering:
    """How many notices this process has passed on to others."""

    published: int = 0


NUMBERING = Numbering()
# Hubs with at least one stream.
ACTIVE_HUBS: set[BroadcastHub] = set()
_publisher = ThreadPoolExecutor(1, thread_name_prefix="maya-news")
_publish_slots = threading.BoundedSemaphore(MAX_QUEUED_PUBLISHES)


def current_hub() -> BroadcastHub:
    loop = asyncio.get_running_loop()
    return next((relay for relay in ACTIVE_HUBS if relay.loop is loop), None) or BroadcastHub(loop)


def broadcast_change(visit: str) -> None:
    """Tells all streams that show this visit to refresh. Callable from any thread; never blocks."""
    for relay in list(ACTIVE_HUBS):
        with suppress(RuntimeError):  # its event loop is closed
            relay.loop.call_soon_threadsafe(relay.notify, visit)
    layer = get_channel_layer()
    if layer is None or isinstance(layer, InMemoryChannelLayer):
        return
    if _publish_slots.acquire(blocking=False):
        published = _publisher.submit(copy_context().run, _publish, layer, visit)
        published.add_done_callback(lambda _done: _publish_slots.release())
    else:
        BROADCASTS_DROPPED.inc()


def _publish(layer: Any, visit: str) -> None:
    # Only this one thread publishes, so notices arrive in the order of their numbers.
    news = {"type": "news", "visit": visit, "from": SENDER_ID, "number": NUMBERING.published + 1}

    async def send() -> None:
        async with asyncio.timeout(PUBLISH_TIMEOUT_SECONDS):
            await layer.group_send(CHANNEL_GROUP, news)

    try:
        async_to_sync(send)()
    except redis_errors() as error:
        BROADCASTS_DROPPED.inc()
        logger.info("news were not passed on: %s", type(error).__name__)
    else:
        NUMBERING.published += 1
