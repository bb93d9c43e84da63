"""A cheap request: is the model there, and is the key good? It blocks on the network, so use a thread."""

from __future__ import annotations

from google.genai import Client
from google.genai.types import GetModelConfig, HttpOptions

from bartender.brains.gemini.errors import map_sdk_errors
from maya_site.core.errors import ProviderError


def probe_model(client: Client, model: str, timeout_seconds: float) -> str:
    """The kind of failure, "" if the model answers."""
    patience = HttpOptions(timeout=int(timeout_seconds * 1000))
    try:
        with map_sdk_errors():
            client.models.get(model=model, config=GetModelConfig(http_options=patience))
    except ProviderError as error:
        return error.kind
    return ""
