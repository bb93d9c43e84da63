"""Maps what can go wrong with a server to our errors, by the SDK's types and codes, never by message
texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import openai

from bartender.brains.llm.errors import error_for_status, parse_retry_after_header
from maya_site.core.errors import ProviderDown, ProviderError, ProviderRejected

PROVIDER = "local"
MODEL_NOT_FOUND = "model_not_found"  # some servers say it with a 400
GOOD_FINISH_REASONS = ("stop", "tool_calls")  # some servers stop after calls, too
TIMEOUT_ERRORS = (TimeoutError, openai.APITimeoutError, httpx2.TimeoutException)
NETWORK_ERRORS = (openai.APIConnectionError, httpx2.TransportError, OSError)
PROTOCOL_ERRORS = (openai.OpenAIError, httpx2.HTTPError, ValueError, RecursionError)


def provider_down(kind: str, reason: str) -> ProviderDown:
    return ProviderDown(PROVIDER, reason, kind)


@contextmanager
def map_sdk_errors() -> Iterator[None]:
    """Turns the SDK's errors into ProviderDown and ProviderRejected. Their text is left out: it may repeat
    what the guest said."""
    try:
        yield
    except ProviderError:
        raise
    except openai.APIStatusError as error:
        raise _map_status_error(error) from error
    except TIMEOUT_ERRORS as error:
        raise provider_down("timeout", type(error).__name__) from error
    except NETWORK_ERRORS as error:
        # The bounds of what is read end the answer as one that cannot be decoded.
        is_undecodable = isinstance(error.__cause__, httpx2.DecodingError)
        raise provider_down("protocol" if is_undecodable else "network", type(error).__name__) from error
    except openai.APIError as error:
        raise _map_stream_error(error) from error
    except PROTOCOL_ERRORS as error:
        raise provider_down("protocol", type(error).__name__) from error


def _map_status_error(error: openai.APIStatusError) -> ProviderError:
    reason = str(error.status_code)
    if error.code == MODEL_NOT_FOUND:
        return ProviderRejected(PROVIDER, reason, "model")
    retry_after = parse_retry_after_header(error.response.headers.get("retry-after", ""))
    return error_for_status(PROVIDER, error.status_code, reason, retry_after)


def _map_stream_error(error: openai.APIError) -> ProviderError:
    """An error in the middle of a stream, which may have a status of HTTP for a code."""
    code = str(error.code or "")
    status = int(code) if re.fullmatch("[45][0-9]{2}", code) else 500
    return error_for_status(PROVIDER, status, "in the stream")


def is_known_finish_reason(reason: str) -> bool:
    return reason in (*GOOD_FINISH_REASONS, "length", "content_filter", "")


def error_for_finish_reason(reason: str) -> ProviderError | None:
    """The error for the reason why a stream ended; None if it ended well. No reason means that it was cut."""
    if reason in GOOD_FINISH_REASONS:
        return None
    if not reason:
        return provider_down("truncated", "ended without a finish reason")
    if reason == "length":
        return provider_down("too_long", reason)
    if reason == "content_filter":
        return ProviderRejected(PROVIDER, reason, "blocked")
    return provider_down("unfamiliar", "ended for a reason that nobody here knows")
