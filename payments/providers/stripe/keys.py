"""Whether the configured Stripe key is a live one."""

from __future__ import annotations

from django.conf import settings

LIVE_KEY_PREFIXES = ("sk_live_", "rk_live_")


def has_live_key() -> bool:
    return str(settings.STRIPE_SECRET_KEY).startswith(LIVE_KEY_PREFIXES)
