"""Probes Cartesia's HTTP API by looking up a voice; nothing is spoken."""

from __future__ import annotations

TIMEOUT_SECONDS = 3.0


def probe_voice(key: str, voice: str, base_url: str) -> str:
    """Returns what is wrong, for people, or "". Blocks on the network: call it in a thread."""
    from cartesia import APIError, APIStatusError, Cartesia, DefaultHttpxClient

    from maya_site.core.response_limits import IDENTITY_ENCODING, ResponseLimits
    from maya_site.core.response_limits_httpx import limit_response_hook

    http = DefaultHttpxClient(
        headers=IDENTITY_ENCODING,
        event_hooks={"response": [limit_response_hook(ResponseLimits(max_body_bytes=1 << 20))]},
    )
    client = Cartesia(
        api_key=key, base_url=base_url or None, timeout=TIMEOUT_SECONDS, max_retries=0, http_client=http
    )
    with client:
        try:
            client.voices.get(voice)
        except APIStatusError as error:
            return f"answers with {error.status_code}"
        except APIError:
            return "does not answer"
    return ""
