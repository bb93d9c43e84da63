"""A chat server on loopback that follows a script, as Ollama, llama.cpp or vLLM would be.

with ScriptedChatServer() as server:
    server.play(["One moment. ", Call("add_to_order", {"item": "Martini"})], ["There you are."])
"""

from __future__ import annotations

import json
import time
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.vendors.gemini.script import HttpError
from tests.vendors.gemini.server import ScriptedGemini, ScriptedStreamResponse, _error_response
from tests.vendors.openai_compatible.checks import refusal
from tests.vendors.openai_compatible.script import RecordedChat
from tests.vendors.openai_compatible.wire import ChatWriter

MODEL = "qwen3:8b"
KEY = "scripted-local-key"


class ScriptedChatServer(ScriptedGemini):
    """Its script, its rules and its thread are those of the scripted Gemini. `slice_bytes`: how the network
    cuts what it sends. Empty `keys`: any key will do."""

    slice_bytes = 41

    def __init__(self, port: int = 0, *, keys: set[str] | None = None) -> None:
        super().__init__(port, keys=set() if keys is None else keys, models={MODEL})

    @property
    def turns(self) -> list[Any]:
        return [one for one in self.asked if one.body.get("stream")]

    def forget(self) -> None:
        super().forget()
        self.slice_bytes, self.keys = ScriptedChatServer.slice_bytes, set()

    def _application(self) -> Starlette:
        return Starlette(routes=[Route("/v1/chat/completions", self._complete, methods=["POST"])])

    async def _complete(self, request: Request) -> Response:
        body = await request.body()
        told = json.loads(body)
        asked = RecordedChat(
            method=request.method,
            path=request.url.path,
            model=told.get("model", ""),
            headers=dict(request.headers),
            body=told,
            size=len(body),
            at=time.perf_counter(),
        )
        self.asked.append(asked)
        if refused := refusal(asked, keys=self.keys, models=self.models):
            asked.ended = "refused"
            return await _error_response(refused)
        if not told.get("stream"):
            return await self._one_word(asked)
        answer: Any = self._next(asked)
        if isinstance(answer, HttpError):
            asked.ended = "refused"
            return await _error_response(answer)
        writer: Any = ChatWriter(asked, self.slice_bytes)
        return ScriptedStreamResponse(asked, writer, answer, lambda _writer: None)

    async def _one_word(self, asked: RecordedChat) -> Response:
        """What a probe asks. The rules are for it, too; the script is not."""
        down = next((rule(asked) for rule in self.rules), None)
        if isinstance(down, HttpError):
            return await _error_response(down)
        message = {"role": "assistant", "content": "Good"}
        return JSONResponse(
            {"choices": [{"index": 0, "message": message, "finish_reason": "length"}], "model": asked.model}
        )
