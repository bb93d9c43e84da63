"""Registers the model on an OpenAI-compatible server as a provider of language models."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.utils.translation import gettext_noop

from bartender.brains.language_model import LanguageModelProvider, LanguageModelSpec
from bartender.brains.llm.config import GenerationSettings
from bartender.brains.openai_compatible.brain import PROVIDER_NAME, OpenAICompatibleProvider
from bartender.brains.openai_compatible.config import ServerAddress


def local_model() -> OpenAICompatibleProvider:
    """Made once in a process for its settings, to keep its circuit breaker."""
    address = ServerAddress(settings.LLM_BASE_URL, settings.LLM_API_KEY)
    generation = GenerationSettings(settings.TEMPERATURE, settings.MAX_OUTPUT_TOKENS)
    return _provider_for(address, settings.LLM_MODEL, generation)


@cache
def _provider_for(
    address: ServerAddress, model: str, generation: GenerationSettings
) -> OpenAICompatibleProvider:
    return OpenAICompatibleProvider(address=address, models=(model,), generation_settings=generation)


def _build() -> LanguageModelProvider:
    return local_model()


def _check_settings() -> Iterator[CheckMessage]:
    if settings.LLM_BASE_URL.startswith("http") and not settings.LLM_MODEL:
        yield Error("LLM_MODEL is empty: LLM_BASE_URL needs the name of a model.", id="maya_site.E029")


SPEC = LanguageModelSpec(
    name=PROVIDER_NAME,
    display_name=gettext_noop("Local model"),
    build=_build,
    settings=("LLM_BASE_URL", "LLM_MODEL", "LLM_API_KEY", "TEMPERATURE", "MAX_OUTPUT_TOKENS"),
    enabled_by=("LLM_BASE_URL",),
    url_settings=("LLM_BASE_URL",),
    # Whatever the model's name, it has a price: that of the row `local/`, unless it has a row of its own.
    prices=Path(__file__).with_name("prices.yaml"),
    check_settings=_check_settings,
)
