"""Looks up payment providers; the settings decide which ones there are and which is used. And what
the first of them does not charge.
"""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _

from maya_site.core.money import format_money
from maya_site.core.providers import configured_providers, find_provider, providers
from payments.ledger import SIMULATED
from payments.providers.base import EventTypes, PaymentProvider, PaymentProviderSpec

__all__ = [
    "SIMULATED",
    "available_provider_names",
    "card_amount_error",
    "event_types_of",
    "first_provider_name",
    "get_provider",
    "get_provider_spec",
    "handled_event_types",
    "is_provider_simulated",
    "min_card_amount_cents",
]

BAR_PROVIDER = "bar"  # where there is no provider, guests pay at the bar


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


def is_provider_simulated() -> bool:
    return available_provider_names()[:1] == [SIMULATED]


def first_provider_name() -> str:
    return next(iter(available_provider_names()), BAR_PROVIDER)


def event_types_of(provider_name: str) -> EventTypes:
    return get_provider_spec(provider_name).event_types


def handled_event_types() -> set[str]:
    """The event types of all providers that we act on."""
    return {one for spec in providers(PaymentProviderSpec) for one in spec.event_types.handled}


# --- what a card cannot be charged, said before a guest says yes to it --------------------------------


def min_card_amount_cents(currency: str) -> int:
    """The smallest amount that the first till charges, in minor units; 0 where there is no such limit."""
    name = next(iter(available_provider_names()), SIMULATED)
    least = get_provider(name).min_charge_cents(currency)
    return least if least > 1 else 0


def card_amount_error(cents: int, currency: str) -> str:
    """One sentence on an amount that the first till does not charge, "" where it does."""
    name = next(iter(available_provider_names()), SIMULATED)
    used = get_provider(name)
    values = {
        "amount": format_money(cents, currency),
        "least": format_money(used.min_charge_cents(currency), currency),
    }
    if 0 < cents < used.min_charge_cents(currency):
        return _("A card takes %(least)s at least, and this is %(amount)s.") % values
    if cents % used.amount_step_cents(currency):
        coarse = {
            "amount": values["amount"],
            "step": format_money(used.amount_step_cents(currency), currency),
        }
        return _("A card takes steps of %(step)s only, and this is %(amount)s.") % coarse
    return ""
