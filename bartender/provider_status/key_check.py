"""Asks a provider once, cheaply, whether a key is good. It blocks on the network: never on the event loop."""

from __future__ import annotations

from typing import Any, Literal

from django.views.decorators.debug import sensitive_variables

from maya_site.core.providers import ProviderSpec, providers

TIMEOUT_SECONDS = 4.0  # seconds

KeyVerdict = Literal["good", "wrong", "away"]


def own_key_providers() -> dict[str, ProviderSpec[Any]]:
    """The providers that a guest may bring a key for, by name."""
    return {spec.name: spec for spec in providers(ProviderSpec) if spec.own_key}


@sensitive_variables()
def check_key(provider: str, key: str) -> KeyVerdict:
    """`provider` is one of `own_key_providers()`. Blocks; "away": the provider gave no verdict."""
    own_key = own_key_providers()[provider].own_key
    assert own_key is not None
    failure = own_key.check(key, TIMEOUT_SECONDS)
    if not failure:
        return "good"
    return "wrong" if failure == "auth" else "away"
