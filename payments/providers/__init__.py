"""Which till takes the money, decided by the settings alone."""

from __future__ import annotations

from django.conf import settings
from django.utils.module_loading import import_string

from payments.ledger import SIMULATED
from payments.providers.base import PaymentProvider

__all__ = ["SIMULATED", "STRIPE", "STRIPE_MCP", "has_live_key", "till", "tills"]

STRIPE, STRIPE_MCP = "stripe", "stripe_mcp"
# By name, so that nobody's kit is imported before its till is used.
TILLS = {
    SIMULATED: "payments.providers.simulated.SimulatedTill",
    STRIPE: "payments.providers.stripe_api.StripeTill",
    STRIPE_MCP: "payments.providers.stripe_mcp.StripeMCPTill",
}


def till(name: str) -> PaymentProvider:
    """The till of that name: an attempt is always finished by the till that began it."""
    made: PaymentProvider = import_string(TILLS[name])()
    return made


def tills() -> list[str]:
    """Whom to ask, in this order: the configured one, the other one where it has its settings, and the
    simulated one where no real money is meant. None at all: guests pay at the bar."""
    if settings.PAYMENT_PROVIDER == SIMULATED:
        return [SIMULATED]
    has_settings = {STRIPE: bool(settings.STRIPE_SECRET_KEY), STRIPE_MCP: bool(settings.STRIPE_MCP_URL)}
    wanted = [STRIPE_MCP, STRIPE] if settings.PAYMENT_PROVIDER == STRIPE_MCP else [STRIPE, STRIPE_MCP]
    found = [name for name in wanted if has_settings[name]]
    if not (settings.PRODUCTION or has_live_key()):
        found.append(SIMULATED)
    return found


def has_live_key() -> bool:
    return str(settings.STRIPE_SECRET_KEY).startswith(("sk_live_", "rk_live_"))
