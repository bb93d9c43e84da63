"""A cheap question: is the model there, and is the key good? From a thread; it waits for the network."""

from __future__ import annotations

from google.genai import Client
from google.genai.types import GetModelConfig, HttpOptions

from bartender.brains.gemini.failures import told_apart
from maya_site.lib.errors import ProviderError


def probe(client: Client, model: str, seconds: float) -> str:
    """What keeps it from answering, as a kind of failure; empty where it answers."""
    patience = HttpOptions(timeout=int(seconds * 1000))
    try:
        with told_apart():
            client.models.get(model=model, config=GetModelConfig(http_options=patience))
    except ProviderError as error:
        return error.kind
    return ""
