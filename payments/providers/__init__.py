"""Looks up payment providers; the settings decide which ones there are and which is used."""

from __future__ import annotations

from django.conf import settings

from maya_site.core.providers import configured_providers, find_provider, providers
from payments.ledger import SIMULATED
from payments.providers.base import EventTypes, PaymentProvider, PaymentProviderSpec

__all__ = [
    "SIMULATED",
    "available_provider_names",
    "event_types_of",
    "get_provider",
    "get_provider_spec",
    "handled_event_types",
]


def get_provider_spec(name: str) -> PaymentProviderSpec:
    """Raises LookupError if the provider is not in `settings.PROVIDERS`."""
    if spec := find_provider(PaymentProviderSpec, name):
        return spec
    raise LookupError(f"There is no payment provider {name}: settings.PROVIDERS lists those that there are.")


def get_provider(name: str) -> PaymentProvider:
    """The provider of this name. An attempt is always finished by the provider that began it."""
    return get_provider_spec(name).build()


def available_provider_names() -> list[str]:
    """The providers to try, in order; if there are none, guests pay at the bar.

    The simulated one alone if it is configured. Else the configured one, then others that have their
    settings, then the simulated one, unless in production or with a live key.
    """
    if settings.PAYMENT_PROVIDER == SIMULATED:
        return [SIMULATED]
    real = [spec.name for spec in configured_providers(PaymentProviderSpec) if not spec.is_stand_in]
    real.sort(key=lambda name: name != settings.PAYMENT_PROVIDER)  # stable: the others keep their order
    if settings.PRODUCTION or any(get_provider(name).is_live for name in real):
        return real
    return [*real, SIMULATED]


def event_types_of(provider_name: str) -> EventTypes:
    return get_provider_spec(provider_name).event_types


def handled_event_types() -> set[str]:
    """The event types of all providers that we act on."""
    return {one for spec in providers(PaymentProviderSpec) for one in spec.event_types.handled}
