"""Every fault that a guest may be protected from, as such servers show it."""

from __future__ import annotations

from tests.vendors.gemini.faults import LONG, cut, dribbles, ends_early, mute, never, stalls, stopped
from tests.vendors.gemini.script import Chunk, EndOfStream, Finish, HttpError, RawBytes
from tests.vendors.openai_compatible.checks import error
from tests.vendors.openai_compatible.script import ChatStep

__all__ = ["LONG", "cut", "dribbles", "ends_early", "mute", "never", "stalls", "stopped"]


def broken() -> HttpError:
    return error(500, "llama runner process has terminated", "api_error")


def loading() -> HttpError:
    return error(503, "Loading model", "unavailable_error", 503)


def busy(retry_after: str = "") -> HttpError:
    headers = {"retry-after": retry_after} if retry_after else {}
    return HttpError(429, {"error": {"message": "too many requests"}}, headers)


def gateway() -> HttpError:
    return HttpError(502, "<html><h1>Bad Gateway</h1></html>", {"content-type": "text/html"})


def page() -> HttpError:
    """A login page, or somebody else's server."""
    return HttpError(200, "<html><h1>It works!</h1></html>", {"content-type": "text/html"})


def bad_key() -> HttpError:
    return error(401, "Invalid API Key", "authentication_error")


def unknown_model() -> HttpError:
    return error(404, 'model "none" not found, try pulling it first', "not_found_error")


def unknown_model_with_400() -> HttpError:
    return error(400, "The model `none` does not exist", "invalid_request_error", "model_not_found")


def too_long_prompt() -> HttpError:
    return error(400, "the request exceeds the available context size", "exceed_context_size_error", 400)


def fails_midway(*said: str) -> list[ChatStep]:
    """An error in the middle of the stream, after a 200."""
    told = b'data: {"error": {"code": 500, "message": "slot unavailable", "type": "server_error"}}\n\n'
    return [*said, RawBytes(told), EndOfStream()]


def garbage(*said: str) -> list[ChatStep]:
    return [*said, RawBytes(b'data: {"choices": [{"delta": {"content": "hal\xff\n\n'), "and more."]


def no_object(*said: str) -> list[ChatStep]:
    return [*said, RawBytes(b'data: ["choices"]\n\n')]


def odd_content(*said: str) -> list[ChatStep]:
    return [*said, Chunk({"choices": [{"delta": {"content": {"text": "x"}, "tool_calls": 7}}]})]


def done_at_once() -> list[ChatStep]:
    return [RawBytes(b"data: [DONE]\n\n"), EndOfStream()]


def no_words() -> list[ChatStep]:
    return [Finish("stop")]
