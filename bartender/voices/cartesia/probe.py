"""Whether Cartesia answers to a key, asked by its HTTP API: a voice is looked up, nothing is spoken."""

from __future__ import annotations

PATIENCE = 3.0


def trouble(key: str, voice: str, address: str) -> str:
    """For people; nothing where all is well. May block: call it in a thread."""
    from cartesia import APIError, APIStatusError, Cartesia

    client = Cartesia(api_key=key, base_url=address or None, timeout=PATIENCE, max_retries=0)
    with client:
        try:
            client.voices.get(voice)
        except APIStatusError as error:
            return f"answers with {error.status_code}"
        except APIError:
            return "does not answer"
    return ""
