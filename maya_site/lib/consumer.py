"""What every live stream stands on: messages that wait for nobody, news that may fail, a goodbye."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from channels.utils import await_many_dispatch

from maya_site.lib.counters import STREAM_CLOSES
from maya_site.lib.last_call import LAST_CALL

logger = logging.getLogger(__name__)

Message = dict[str, Any]
CLOSED_FOR_RESTART = 4001
LOST = 1006
# Our own codes, in a word for the monitors. What a guest's browser closes with is its own affair: "left".
REASONS = {
    1000: "goodbye",
    CLOSED_FOR_RESTART: "restart",
    4400: "garbled",
    4401: "no_visit",
    4406: "no_subprotocol",
    4408: "not_reading",
    4410: "visit_over",
    4429: "too_many",
    4503: "busy",
}


def layer_trouble() -> tuple[type[Exception], ...]:
    """Asked for when something went wrong, and only then: Redis' client takes long to import."""
    from redis.exceptions import RedisError

    return (RedisError, OSError)


class HouseConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """A stream whose handlers never pass through a shared thread, and which outlives its channel layer."""

    retry_news_after = 2.0
    ended = "broken"  # neither side has said that it goes: a bug, or a server that was cut off

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        self.scope, self.base_send = scope, send
        sources = [receive]
        self.channel_layer = get_channel_layer(self.channel_layer_alias)
        if self.channel_layer is not None:
            self.channel_name = await self.channel_layer.new_channel()
            sources.append(self._news)
        listening = asyncio.create_task(self._hear_last_call())
        try:
            await await_many_dispatch(sources, self.dispatch)
        except StopConsumer:
            return
        finally:
            listening.cancel()
            STREAM_CLOSES.labels(self.ended).inc()

    async def dispatch(self, message: Message) -> None:
        """As upstream, without its hop through the one global thread before every message."""
        if message["type"] == "websocket.disconnect" and self.ended == "broken":
            self.ended = "lost" if message.get("code") == LOST else "left"
        handler = getattr(self, get_handler_name(message), None)
        if handler is None:
            raise ValueError(f"No handler for message type {message['type']}")
        await handler(message)

    async def close(self, code: int | None = None, reason: str | None = None) -> None:
        self.ended = REASONS.get(code or 1000, "other")
        await super().close(code=code, reason=reason)

    async def last_call(self) -> None:
        """The server stops. Say goodbye here; the default only closes."""
        await self.close(code=CLOSED_FOR_RESTART)

    async def join(self, group: str) -> bool:
        """Hear what is told to a group. False while the channel layer is away: the stream goes on without."""
        if self.channel_layer is None:
            return False
        try:
            await self.channel_layer.group_add(group, self.channel_name)
        except layer_trouble() as trouble:
            logger.warning("no news from the channel layer: %s", type(trouble).__name__)
            return False
        return True

    async def leave(self, group: str) -> None:
        if self.channel_layer is None:
            return
        try:
            await self.channel_layer.group_discard(group, self.channel_name)
        except layer_trouble() as trouble:
            logger.info("could not leave a group: %s", type(trouble).__name__)

    async def _hear_last_call(self) -> None:
        await LAST_CALL.wait()
        await self.last_call()

    async def _news(self) -> Message:
        """The next message of the channel layer. While it is away the stream waits, it does not die."""
        while True:
            try:
                message: Message = await self.channel_layer.receive(self.channel_name)
            except layer_trouble() as trouble:
                logger.warning("the channel layer is away: %s", type(trouble).__name__)
                await asyncio.sleep(self.retry_news_after)
            else:
                return message
