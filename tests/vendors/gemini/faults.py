"""Every fault that a guest may be protected from, as the API shows it."""

from __future__ import annotations

from typing import Any

from tests.vendors.gemini.script import (
    Chunk,
    Disconnect,
    EndOfStream,
    Finish,
    HttpError,
    Pause,
    RawBytes,
    Step,
)

LONG = 3600.0


def error(
    status: int, message: str, name: str, details: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    told: dict[str, Any] = {"code": status, "message": message, "status": name}
    return {"error": told | ({"details": details} if details else {})}


def invalid(message: str) -> HttpError:
    return HttpError(400, error(400, message, "INVALID_ARGUMENT"))


def busy(retry_after: str = "", retry_info: str = "") -> HttpError:
    """429, with or without the two ways of saying when to come again."""
    quota = {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"quotaValue": "10"}]}
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": retry_info}
    message = "You exceeded your current quota, please check your plan and billing details."
    body = error(429, message, "RESOURCE_EXHAUSTED", [quota, info] if retry_info else [quota])
    return HttpError(429, body, {"retry-after": retry_after} if retry_after else {})


def broken() -> HttpError:
    return HttpError(500, error(500, "An internal error has occurred.", "INTERNAL"))


def overloaded() -> HttpError:
    return HttpError(503, error(503, "The model is overloaded. Please try again later.", "UNAVAILABLE"))


def gateway() -> HttpError:
    page = "<html><head><title>502 Server Error</title></head><body><h1>Bad Gateway</h1></body></html>"
    return HttpError(502, page, {"content-type": "text/html; charset=UTF-8"})


def bad_key() -> HttpError:
    reason = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "API_KEY_INVALID",
        "domain": "googleapis.com",
        "metadata": {"service": "generativelanguage.googleapis.com"},
    }
    message = "API key not valid. Please pass a valid API key."
    return HttpError(400, error(400, message, "INVALID_ARGUMENT", [reason]))


def unknown_model(model: str) -> HttpError:
    message = f"models/{model} is not found for API version v1, or is not supported for generateContent."
    return HttpError(404, error(404, message, "NOT_FOUND"))


def never() -> list[Step]:
    """Headers, and then nothing at all."""
    return [Pause(LONG)]


def mute() -> HttpError:
    """Not even headers."""
    return HttpError(503, "", after=LONG)


def stalls(*said: str) -> list[Step]:
    return [*said, Pause(LONG)]


def dribbles(text: str, pause: float) -> list[Step]:
    """A little at a time, for ever so long."""
    return [step for piece in text.split(" ") for step in (f"{piece} ", Pause(pause))]


def cut(*said: str) -> list[Step]:
    return [*said, Disconnect()]


def ends_early(*said: str) -> list[Step]:
    return [*said, EndOfStream()]


def fails_midway(*said: str) -> list[Step]:
    """An error in the middle of the stream, after a 200."""
    return [*said, RawBytes(overloaded().data + b"\n\n"), EndOfStream()]


def nothing() -> list[Step]:
    """No candidates, no reason."""
    return [
        Chunk({"usageMetadata": {"promptTokenCount": 9, "totalTokenCount": 9}, "candidates": []}),
        EndOfStream(),
    ]


def no_words() -> list[Step]:
    """A good end with nothing in it."""
    return [Finish()]


def blocked(reason: str = "PROHIBITED_CONTENT") -> list[Step]:
    """The prompt is refused: a chunk without candidates."""
    return [Chunk({"promptFeedback": {"blockReason": reason}}), EndOfStream()]


def stopped(reason: str, *said: str) -> list[Step]:
    """SAFETY, MAX_TOKENS, RECITATION, MALFORMED_FUNCTION_CALL, ..."""
    return [*said, Finish(reason)]


def garbage(*said: str) -> list[Step]:
    return [
        *said,
        RawBytes(b'data: {"candidates": [{"content": {"parts": [{"text": "hal\xff\n\n'),
        "and more.",
    ]


def nonsense(*said: str) -> list[Step]:
    """JSON, but nothing that the API would say."""
    return [
        *said,
        RawBytes(b'data: {"candidates": [{"content": {"parts": [{"functionCall": {"args": "x"}}]}}]}\n\n'),
    ]


def huge(size: int = 5_000_000) -> list[Step]:
    return ["la " * (size // 3)]


def many(count: int = 10_000) -> list[Step]:
    return ["la " for _ in range(count)]
