"""A cheap question to Cartesia: is this key good? From a thread; it waits for the network."""

from __future__ import annotations

from django.conf import settings


def check_key(key: str, timeout_seconds: float) -> str:
    """What keeps a key from working, as a kind of failure; empty where it works."""
    from cartesia import AuthenticationError, Cartesia, CartesiaError, PermissionDeniedError

    base_url = settings.CARTESIA_BASE_URL or None
    with Cartesia(api_key=key, base_url=base_url, timeout=timeout_seconds, max_retries=0) as client:
        try:
            # Raw: the SDK trips over an answer that is no list of voices.
            answer = client.voices.with_raw_response.list(limit=1).http_response.json()
        except (AuthenticationError, PermissionDeniedError):
            return "auth"
        except (CartesiaError, ValueError):
            return "away"
    voices = answer.get("data") if isinstance(answer, dict) else None
    return "" if isinstance(voices, list) else "away"
