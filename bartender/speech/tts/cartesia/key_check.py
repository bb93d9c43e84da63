"""Checks a guest's Cartesia key with a cheap request. Blocks on the network: call it in a thread."""

from __future__ import annotations

from django.conf import settings


def check_key(key: str, timeout_seconds: float) -> str:
    """Returns "" for a good key, "auth" for a refused one, and "away" if Cartesia does not answer."""
    from cartesia import AuthenticationError, Cartesia, CartesiaError, PermissionDeniedError

    base_url = settings.CARTESIA_BASE_URL or None
    with Cartesia(api_key=key, base_url=base_url, timeout=timeout_seconds, max_retries=0) as client:
        try:
            # Raw, because the SDK fails on an answer that is not a list of voices.
            answer = client.voices.with_raw_response.list(limit=1).http_response.json()
        except (AuthenticationError, PermissionDeniedError):
            return "auth"
        except (CartesiaError, ValueError):
            return "away"
    voices = answer.get("data") if isinstance(answer, dict) else None
    return "" if isinstance(voices, list) else "away"
