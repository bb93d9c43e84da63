"""Registers Gemini as a provider of language models."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings
from django.views.decorators.debug import sensitive_variables

from bartender.brains.gemini.brain import PROVIDER_NAME, GeminiProvider
from bartender.brains.gemini.config import GeminiCredentials
from bartender.brains.gemini.own_key import OWN_KEY_PROVIDERS, probe_key_failure
from bartender.brains.language_model import LanguageModelProvider, LanguageModelSpec
from bartender.brains.llm.config import GenerationSettings
from maya_site.core.providers import OwnKeySupport


def gemini() -> GeminiProvider:
    """The venue's own provider, made once in a process for its settings, to keep its circuit breakers."""
    credentials = GeminiCredentials(
        settings.GEMINI_API_KEY,
        "" if settings.GEMINI_API_KEY else settings.GOOGLE_CLOUD_PROJECT,
        settings.GOOGLE_CLOUD_LOCATION,
        settings.GEMINI_BASE_URL,
    )
    models = dict.fromkeys([settings.GEMINI_MODEL_VERSION, settings.GEMINI_FALLBACK_MODEL])
    generation = GenerationSettings(settings.TEMPERATURE, settings.MAX_OUTPUT_TOKENS)
    return _provider_for(credentials, tuple(model for model in models if model), generation)


@cache
def _provider_for(
    credentials: GeminiCredentials, models: tuple[str, ...], generation: GenerationSettings
) -> GeminiProvider:
    return GeminiProvider(credentials=credentials, models=models, generation_settings=generation)


def _build() -> LanguageModelProvider:
    return gemini()


@sensitive_variables()
def _build_with_own_key(key: str) -> LanguageModelProvider:
    return OWN_KEY_PROVIDERS.get_provider(key, gemini())


@sensitive_variables()
def _check_own_key(key: str, timeout_seconds: float) -> str:
    return probe_key_failure(key, gemini(), timeout_seconds)


SPEC = LanguageModelSpec(
    name=PROVIDER_NAME,
    display_name="Gemini",
    build=_build,
    settings=(
        "GEMINI_API_KEY",
        "GOOGLE_CLOUD_PROJECT",
        "GOOGLE_CLOUD_LOCATION",
        "GEMINI_BASE_URL",
        "GEMINI_MODEL_VERSION",
        "GEMINI_FALLBACK_MODEL",
        "TEMPERATURE",
        "MAX_OUTPUT_TOKENS",
    ),
    enabled_by=("GEMINI_API_KEY", "GOOGLE_CLOUD_PROJECT"),
    url_settings=("GEMINI_BASE_URL",),
    model_settings=("GEMINI_MODEL_VERSION", "GEMINI_FALLBACK_MODEL"),
    prices=Path(__file__).with_name("prices.yaml"),
    own_key=OwnKeySupport(check=_check_own_key, build=_build_with_own_key),
)
