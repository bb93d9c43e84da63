"""Maps what can go wrong with Gemini to our errors, by the SDK's types and codes, never by message texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
from google.auth.exceptions import GoogleAuthError
from google.genai import errors
from google.genai.types import FinishReason
from pydantic import ValidationError

from bartender.brains.llm.errors import error_for_status, parse_retry_after_header
from maya_site.core.errors import ProviderDown, ProviderError, ProviderRejected

PROVIDER = "gemini"
BAD_CALL_REASONS = {
    FinishReason.MALFORMED_FUNCTION_CALL,
    FinishReason.UNEXPECTED_TOOL_CALL,
    FinishReason.TOO_MANY_TOOL_CALLS,
    FinishReason.MALFORMED_RESPONSE,
    FinishReason.MISSING_THOUGHT_SIGNATURE,
}
NETWORK_ERRORS = (httpx2.TransportError, OSError, GoogleAuthError)
PROTOCOL_ERRORS = (
    errors.UnknownApiResponseError,
    ValidationError,
    httpx2.HTTPError,
    ValueError,
    RecursionError,
)


def provider_down(kind: str, reason: str, retry_after: float | None = None) -> ProviderDown:
    return ProviderDown(PROVIDER, reason, kind, retry_after)


@contextmanager
def map_sdk_errors() -> Iterator[None]:
    """Turns the SDK's errors into ProviderDown and ProviderRejected. Their text is left out: it may repeat
    what the guest said."""
    try:
        yield
    except ProviderError:
        raise
    except errors.APIError as error:
        raise _map_api_error(error) from error
    except (TimeoutError, httpx2.TimeoutException) as error:
        raise provider_down("timeout", type(error).__name__) from error
    except NETWORK_ERRORS as error:
        raise provider_down("network", type(error).__name__) from error
    except PROTOCOL_ERRORS as error:
        raise provider_down("protocol", type(error).__name__) from error


def _map_api_error(error: errors.APIError) -> ProviderError:
    status, reason = error.code or 500, f"{error.code} {error.status or ''}".strip()
    if any(str(one.get("reason")) == "API_KEY_INVALID" for one in _error_details(error)):
        return ProviderRejected(PROVIDER, reason, "auth")  # said with a 400
    return error_for_status(PROVIDER, status, reason, parse_retry_after(error))


def _error_details(error: errors.APIError) -> list[dict[str, Any]]:
    body = error.details
    if isinstance(body, list):
        body = body[0] if body else {}
    details = body.get("error") if isinstance(body, dict) else None
    found = details.get("details") if isinstance(details, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def parse_retry_after(error: errors.APIError) -> float | None:
    """Seconds to wait, from RetryInfo in the body or from the header (seconds or a date). None if not
    told."""
    for one in _error_details(error):
        if found := re.fullmatch(r"(\d+(?:\.\d+)?)s", str(one.get("retryDelay", ""))):
            return float(found[1])
    headers = getattr(error.response, "headers", None)
    said = str(headers.get("retry-after", "")) if headers is not None else ""
    return parse_retry_after_header(said)


def is_unknown_finish_reason(reason: FinishReason | None) -> bool:
    """Whether the reason is newer than the SDK, which then makes a member for it."""
    return reason is not None and reason.name not in FinishReason.__members__


def error_for_finish_reason(reason: FinishReason | None) -> ProviderError | None:
    """The error for the reason why a stream ended; None if it ended well. No reason means that it was cut."""
    if reason is None or reason == FinishReason.FINISH_REASON_UNSPECIFIED:
        return provider_down("truncated", "ended without a finish reason")
    if reason == FinishReason.STOP:
        return None
    if is_unknown_finish_reason(reason):
        return provider_down("unfamiliar", "ended for a reason that nobody here knows")
    if reason in BAD_CALL_REASONS:
        return provider_down("bad_call", reason.value)
    if reason == FinishReason.MAX_TOKENS:
        return provider_down("too_long", reason.value)
    return ProviderRejected(PROVIDER, reason.value, "blocked")
