"""Every fault that a guest may be protected from, as the API shows it."""

from __future__ import annotations

from typing import Any

from tests.vendors.gemini.script import Chunk, Cut, Eof, Finish, Raw, Refuse, Step, Wait

LONG = 3600.0


def error(
    status: int, message: str, name: str, details: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    told: dict[str, Any] = {"code": status, "message": message, "status": name}
    return {"error": told | ({"details": details} if details else {})}


def invalid(message: str) -> Refuse:
    return Refuse(400, error(400, message, "INVALID_ARGUMENT"))


def busy(retry_after: str = "", retry_info: str = "") -> Refuse:
    """429, with or without the two ways of saying when to come again."""
    quota = {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"quotaValue": "10"}]}
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": retry_info}
    message = "You exceeded your current quota, please check your plan and billing details."
    body = error(429, message, "RESOURCE_EXHAUSTED", [quota, info] if retry_info else [quota])
    return Refuse(429, body, {"retry-after": retry_after} if retry_after else {})


def broken() -> Refuse:
    return Refuse(500, error(500, "An internal error has occurred.", "INTERNAL"))


def overloaded() -> Refuse:
    return Refuse(503, error(503, "The model is overloaded. Please try again later.", "UNAVAILABLE"))


def gateway() -> Refuse:
    page = "<html><head><title>502 Server Error</title></head><body><h1>Bad Gateway</h1></body></html>"
    return Refuse(502, page, {"content-type": "text/html; charset=UTF-8"})


def bad_key() -> Refuse:
    reason = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "API_KEY_INVALID",
        "domain": "googleapis.com",
        "metadata": {"service": "generativelanguage.googleapis.com"},
    }
    message = "API key not valid. Please pass a valid API key."
    return Refuse(400, error(400, message, "INVALID_ARGUMENT", [reason]))


def unknown_model(model: str) -> Refuse:
    message = f"models/{model} is not found for API version v1, or is not supported for generateContent."
    return Refuse(404, error(404, message, "NOT_FOUND"))


def never() -> list[Step]:
    """Headers, and then nothing at all."""
    return [Wait(LONG)]


def mute() -> Refuse:
    """Not even headers."""
    return Refuse(503, "", after=LONG)


def stalls(*said: str) -> list[Step]:
    return [*said, Wait(LONG)]


def dribbles(text: str, pause: float) -> list[Step]:
    """A little at a time, for ever so long."""
    return [step for piece in text.split(" ") for step in (f"{piece} ", Wait(pause))]


def cut(*said: str) -> list[Step]:
    return [*said, Cut()]


def ends_early(*said: str) -> list[Step]:
    return [*said, Eof()]


def fails_midway(*said: str) -> list[Step]:
    """An error in the middle of the stream, after a 200."""
    return [*said, Raw(overloaded().data + b"\n\n"), Eof()]


def nothing() -> list[Step]:
    """No candidates, no reason."""
    return [Chunk({"usageMetadata": {"promptTokenCount": 9, "totalTokenCount": 9}, "candidates": []}), Eof()]


def no_words() -> list[Step]:
    """A good end with nothing in it."""
    return [Finish()]


def blocked(reason: str = "PROHIBITED_CONTENT") -> list[Step]:
    """The prompt is refused: a chunk without candidates."""
    return [Chunk({"promptFeedback": {"blockReason": reason}}), Eof()]


def stopped(reason: str, *said: str) -> list[Step]:
    """SAFETY, MAX_TOKENS, RECITATION, MALFORMED_FUNCTION_CALL, ..."""
    return [*said, Finish(reason)]


def garbage(*said: str) -> list[Step]:
    return [*said, Raw(b'data: {"candidates": [{"content": {"parts": [{"text": "hal\xff\n\n'), "and more."]


def nonsense(*said: str) -> list[Step]:
    """JSON, but nothing that the API would say."""
    return [
        *said,
        Raw(b'data: {"candidates": [{"content": {"parts": [{"functionCall": {"args": "x"}}]}}]}\n\n'),
    ]


def huge(size: int = 5_000_000) -> list[Step]:
    return ["la " * (size // 3)]


def many(count: int = 10_000) -> list[Step]:
    return ["la " for _ in range(count)]
