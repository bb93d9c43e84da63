"""Registers Stripe as two payment providers of one account, without importing an SDK."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.utils.translation import gettext_noop

from payments.providers.base import PaymentProvider, PaymentProviderSpec
from payments.providers.stripe.events import EVENT_TYPES
from payments.providers.stripe.keys import has_live_key


def _build_api() -> PaymentProvider:
    from payments.providers.stripe.api import StripeProvider

    return StripeProvider()


def _build_mcp() -> PaymentProvider:
    from payments.providers.stripe.mcp import StripeMCPProvider

    return StripeMCPProvider()


def _check_settings() -> Iterator[CheckMessage]:
    if settings.STRIPE_SECRET_KEY and not settings.STRIPE_WEBHOOK_SECRET.strip(", "):
        kind = Error if settings.PRODUCTION else Warning
        yield kind(
            "STRIPE_SECRET_KEY is set but STRIPE_WEBHOOK_SECRET is not: Stripe's events are refused, and "
            "payments are noticed late.",
            id="maya_site.E015" if settings.PRODUCTION else "maya_site.W003",
        )
    if settings.PAYMENT_PROVIDER == "simulated" and has_live_key():
        yield Error(
            "PAYMENT_PROVIDER is simulated, but STRIPE_SECRET_KEY is a live key: nobody would be charged.",
            id="maya_site.E009",
        )


API = PaymentProviderSpec(
    name="stripe",
    display_name="Stripe",
    build=_build_api,
    settings=("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_API_BASE"),
    enabled_by=("STRIPE_SECRET_KEY",),
    url_settings=("STRIPE_API_BASE",),
    probe=lambda: _build_api().probe(),
    check_settings=_check_settings,
    tender=gettext_noop("card"),
    event_types=EVENT_TYPES,
)
MCP = PaymentProviderSpec(
    name="stripe_mcp",
    display_name="Stripe",
    build=_build_mcp,
    settings=("STRIPE_MCP_URL", "STRIPE_SECRET_KEY"),
    enabled_by=("STRIPE_MCP_URL",),
    url_settings=("STRIPE_MCP_URL",),
    probe=lambda: _build_mcp().probe(),
    tender=gettext_noop("card by link"),
    event_types=EVENT_TYPES,
    links_outlive_payment=True,
)
