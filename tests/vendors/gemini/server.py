"""A Gemini on loopback that follows a script. The real SDK talks to it over HTTP and server-sent events.

    with ScriptedGemini() as gemini:
        gemini.play(["One moment. ", Ask("add_to_order", {"item": "Martini"})], ["There you are."])
        gemini.always(lambda asked: ["Good evening."])

A request takes the next round of the script, else what the first rule that fits says, else a polite word.
"""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tests.vendors.gemini.checks import refusal
from tests.vendors.gemini.script import (
    Disconnect,
    EndOfStream,
    HttpError,
    Pause,
    RecordedRequest,
    ResponseRule,
    ScriptedRound,
)
from tests.vendors.gemini.wire import Writer

POLITE: ScriptedRound = ["Good evening, ", "and welcome."]
MODELS = {"gemini-3.8-flash", "gemini-3.5-flash-lite"}
KEY = "scripted-key"
TIMEOUT_SECONDS = 10.0


class ScriptedGemini:
    """It records what it was asked, and refuses what the API would refuse. Empty `keys`: any key will do."""

    def __init__(
        self, port: int = 0, *, keys: set[str] | None = None, models: set[str] | None = None
    ) -> None:
        self.keys = {KEY} if keys is None else keys
        self.models = MODELS if models is None else models
        self.script: deque[ScriptedRound] = deque()
        self.rules: list[ResponseRule] = []
        self.asked: list[RecordedRequest] = []
        self.given: dict[str, dict[str, Any]] = {}
        self._door = socket.create_server(("127.0.0.1", port), backlog=512)
        self.address = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        config = uvicorn.Config(
            self._application(), log_config=None, lifespan="off", ws="none", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, name="scripted-gemini", daemon=True)

    # --- the script ----------------------------------------------------------------------------------

    def play(self, *rounds: ScriptedRound) -> None:
        """One after the other, each once."""
        self.script += rounds

    def always(self, rule: ResponseRule | ScriptedRound) -> None:
        """By content, or the same for everybody. The rule that was given last is asked first."""
        self.rules.insert(0, rule if callable(rule) else lambda _asked: rule)

    def forget(self) -> None:
        self.script.clear()
        self.rules.clear()
        self.asked.clear()

    @property
    def turns(self) -> list[RecordedRequest]:
        """What it was asked to answer: no probes."""
        return [one for one in self.asked if one.method == "POST"]

    def _next(self, asked: RecordedRequest) -> ScriptedRound:
        if self.script:
            return self.script.popleft()
        answers = (rule(asked) for rule in self.rules)
        return next((answer for answer in answers if answer is not None), POLITE)

    # --- the server ----------------------------------------------------------------------------------

    def __enter__(self) -> ScriptedGemini:
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # it is told to break off on purpose
        logging.getLogger("uvicorn.access").disabled = True
        self._thread.start()
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not self._server.started and time.monotonic() < deadline:
            time.sleep(0.005)
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(TIMEOUT_SECONDS)
        self._door.close()

    def _serve(self) -> None:
        self._server.run(sockets=[self._door])

    def _application(self) -> Starlette:
        model = "{version}/models/{model}"
        cloud = "{version}/projects/{project}/locations/{location}/publishers/google/models/{model}"
        published = "{version}/publishers/google/models/{model}"
        return Starlette(
            routes=[
                *(
                    Route(f"/{path}:streamGenerateContent", self._stream, methods=["POST"])
                    for path in (model, cloud)
                ),
                *(Route(f"/{path}", self._model, methods=["GET"]) for path in (model, published)),
                Route("/token", _token, methods=["POST"]),
            ]
        )

    async def _record(self, request: Request) -> RecordedRequest:
        body = await request.body()
        asked = RecordedRequest(
            method=request.method,
            path=request.url.path,
            model=request.path_params["model"],
            headers=dict(request.headers),
            body=json.loads(body) if body else {},
            size=len(body),
            at=time.perf_counter(),
        )
        self.asked.append(asked)
        return asked

    async def _model(self, request: Request) -> Response:
        """What a probe asks: whether the model is there."""
        asked = await self._record(request)
        refused = refusal(asked, keys=self.keys, models=self.models, given=self.given)
        down = refused or next((rule(asked) for rule in self.rules), None)
        if isinstance(down, HttpError):
            return await _error_response(down)
        name = f"models/{asked.model}"
        return JSONResponse(
            {"name": name, "displayName": asked.model, "supportedGenerationMethods": ["generateContent"]}
        )

    async def _stream(self, request: Request) -> Response:
        asked = await self._record(request)
        refused = refusal(asked, keys=self.keys, models=self.models, given=self.given)
        answer = refused or self._next(asked)
        if isinstance(answer, HttpError):
            asked.ended = "refused"
            return await _error_response(answer)
        return ScriptedStreamResponse(asked, Writer(asked), answer, self._sent)

    def _sent(self, writer: Writer) -> None:
        self.given |= {part["thoughtSignature"]: part for part in writer.given if "thoughtSignature" in part}


async def _error_response(answer: HttpError) -> Response:
    await asyncio.sleep(answer.after)
    return Response(answer.data, answer.status, {"content-type": "application/json", **answer.headers})


async def _token(request: Request) -> Response:
    """Google's token endpoint, for service accounts whose file names this server."""
    return JSONResponse({"access_token": "scripted-token", "expires_in": 3600, "token_type": "Bearer"})


class ScriptedStreamResponse(Response):
    """One stream. It ends as the script says, or when the client hangs up."""

    def __init__(
        self, asked: RecordedRequest, writer: Writer, round: Any, sent: Callable[[Writer], None]
    ) -> None:
        super().__init__(media_type="text/event-stream")
        self.asked, self.writer, self.round, self.sent = asked, writer, round, sent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        telling = asyncio.ensure_future(self._send_steps(send))
        leaving = asyncio.ensure_future(_wait_for_disconnect(receive))
        await asyncio.wait({telling, leaving}, return_when=asyncio.FIRST_COMPLETED)
        self.asked.ended = telling.result() if telling.done() and not telling.cancelled() else "gone"
        self.asked.ended_at = time.perf_counter()
        for task in (telling, leaving):
            task.cancel()

    async def _send_steps(self, send: Send) -> str:
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for step in self.writer.steps(self.round):
            self.sent(self.writer)
            match step:
                case Pause(seconds):
                    await asyncio.sleep(seconds)
                case Disconnect():
                    return "cut"  # the answer is left open: the server breaks the line
                case EndOfStream():
                    break
                case bytes():
                    await send({"type": "http.response.body", "body": step, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        return "whole"


async def _wait_for_disconnect(receive: Callable[[], Awaitable[Any]]) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
