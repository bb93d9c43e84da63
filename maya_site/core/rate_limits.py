"""How often somebody may do something: counted in Redis for all processes together, else in this one.

The library `limits` counts, by its sliding window: the last minute is this window plus what is left of the
one before, so nobody gets twice the limit around the change of windows. What is refused does not count.
Where Redis is away, each process counts for itself and allows half: less, never more. Asking may wait for
the network: not on the event loop.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from django.utils.translation import gettext_noop

from maya_site.core.rate_limit_types import RateLimit, RateLimitExceeded, redis_errors

if TYPE_CHECKING:
    from maya_site.core.rate_limit_counters import RateLimiter

__all__ = [
    "AGENT_CALL_LIMIT",
    "AGENT_PAIRING_LIMIT",
    "INVITATION_VIEW_LIMIT",
    "KEY_CHECK_LIMIT",
    "LOGIN_LIMIT",
    "LOGIN_NAME_LIMIT",
    "PAGE_VIEW_LIMIT",
    "PAYMENT_ATTEMPT_LIMIT",
    "PIN_LIMIT",
    "PIN_PLACE_LIMIT",
    "PRINTER_LIMIT",
    "RECEIPT_EMAIL_LIMIT",
    "REQUEST_LIMIT",
    "STAFF_CALL_LIMIT",
    "TURN_LIMIT",
    "RateLimit",
    "RateLimitExceeded",
    "check_rate_limit",
    "rate_limiter",
    "redis_errors",
]


TURN_LIMIT = RateLimit(
    "turns",
    12,
    60,
    gettext_noop("That is more than 12 messages in a minute. Give me a moment, then send it again."),
)
REQUEST_LIMIT = RateLimit("requests", 60, 60, gettext_noop("At most 60 requests a minute from one address."))
PAGE_VIEW_LIMIT = RateLimit("looks", 1200, 60, gettext_noop("At most 1200 looks a minute from one address."))
LOGIN_LIMIT = RateLimit("logins", 20, 300, gettext_noop("At most 20 tries to log in within 5 minutes."))
LOGIN_NAME_LIMIT = RateLimit(
    "login_names", 10, 600, gettext_noop("At most 10 tries with one name in 10 minutes.")
)
PIN_LIMIT = RateLimit("pins", 10, 60, gettext_noop("At most 10 tries with one person's PIN in a minute."))
PIN_PLACE_LIMIT = RateLimit(
    "pin_places", 60, 300, gettext_noop("At most 60 PINs on one screen within 5 minutes.")
)
PRINTER_LIMIT = RateLimit(
    "printers", 240, 60, gettext_noop("At most 240 requests a minute from one printer.")
)
INVITATION_VIEW_LIMIT = RateLimit(
    "joins", 30, 60, gettext_noop("At most 30 looks at invitations a minute from one address.")
)
RECEIPT_EMAIL_LIMIT = RateLimit(
    "mails", 3, 600, gettext_noop("At most 3 receipts in ten minutes. They are on their way.")
)
KEY_CHECK_LIMIT = RateLimit(
    "keys", 6, 600, gettext_noop("At most 6 tries with keys in ten minutes. Please wait a little.")
)
STAFF_CALL_LIMIT = RateLimit(
    "calls", 6, 300, gettext_noop("The bar has been called. Please give them a moment to come.")
)
PAYMENT_ATTEMPT_LIMIT = RateLimit(
    "pay", 5, 60, gettext_noop("At most 5 tries to pay a minute. Please wait a little.")
)
AGENT_PAIRING_LIMIT = RateLimit(
    "agent_pairings",
    10,
    600,
    gettext_noop("At most 10 tries with codes in ten minutes. Please wait a little."),
)
AGENT_CALL_LIMIT = RateLimit(
    "agent_calls", 60, 60, gettext_noop("At most 60 calls a minute from one assistant.")
)


@cache
def rate_limiter() -> RateLimiter:
    """This process's own; it talks to Redis at the first check."""
    # The library takes as long to import as a small app: it is loaded at the first check, not at the start.
    from maya_site.core.rate_limit_counters import build_rate_limiter

    return build_rate_limiter()


def check_rate_limit(limit: RateLimit, subject: str) -> None:
    """Count one more of `subject` (an address, a visit, a name). Raises RateLimitExceeded."""
    rate_limiter().check(limit, subject)
