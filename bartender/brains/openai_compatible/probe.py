"""A cheap request: one word of the model. Only this tells of every make of server whether it knows the model,
and it makes one load its weights that has not yet done so."""

from __future__ import annotations

import asyncio

from openai import AsyncOpenAI

from bartender.brains.openai_compatible.errors import map_sdk_errors, provider_down
from bartender.brains.openai_compatible.response import PATH
from maya_site.core.errors import ProviderError

PROBE_TEXT = "Hello"


def probe_model(client: AsyncOpenAI, model: str, timeout_seconds: float) -> str:
    """The kind of failure, "" if the model answers. Blocks, on an event loop of its own."""
    try:
        asyncio.run(_ask(client, model, timeout_seconds))
    except ProviderError as error:
        return error.kind
    return ""


async def _ask(client: AsyncOpenAI, model: str, timeout_seconds: float) -> None:
    body = {"model": model, "messages": [{"role": "user", "content": PROBE_TEXT}], "max_tokens": 1}
    with map_sdk_errors():
        async with asyncio.timeout(timeout_seconds):
            answer = await client.post(PATH, cast_to=object, body=body)
    if not (isinstance(answer, dict) and answer.get("choices")):
        raise provider_down("protocol", "no answer")
