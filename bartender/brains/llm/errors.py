"""What can go wrong with any language model, by the codes of HTTP."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime

from django.utils import timezone

from maya_site.core.errors import ProviderDown, ProviderError, ProviderRejected

REJECTION_KINDS = {401: "auth", 403: "auth", 404: "model"}
# A retry may help, as long as nothing was said.
RETRYABLE_FAILURES = {
    "quota",
    "upstream",
    "network",
    "protocol",
    "truncated",
    "empty",
    "bad_call",
    "unfamiliar",
}
# The model answered, so these do not count against its circuit breaker.
FAILURES_WITH_RESPONSE = {"blocked", "too_long", "empty", "bad_call", "unfamiliar"}


def error_for_status(
    provider: str, status: int, reason: str, retry_after: float | None = None
) -> ProviderError:
    if status == 429:
        return ProviderDown(provider, reason, "quota", retry_after)
    if status == 408 or status >= 500:
        return ProviderDown(provider, reason, "upstream", retry_after)
    return ProviderRejected(provider, reason, REJECTION_KINDS.get(status, "request"))


def parse_retry_after_header(value: str) -> float | None:
    """Seconds to wait, told as a number or as a date. None if not told."""
    if re.fullmatch(r"\d+(?:\.\d+)?", value):
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - timezone.now()).total_seconds())
    except (TypeError, ValueError):
        return None
