"""Gemini's embedding endpoint on loopback: its wire, its limit of a hundred, its newer model's one trap."""

from __future__ import annotations

import hashlib
import logging
import math
import socket
import threading
import time
from collections import deque
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

KEY = "scripted-key"
TIMEOUT_SECONDS = 10.0


class ScriptedEmbeddings:
    """Texts that share words have vectors that are near. `faults` are answered first, one a request."""

    def __init__(self) -> None:
        self.faults: deque[int | str] = deque()
        self.asked: list[dict[str, Any]] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        route = Route("/{version}/models/{model}:batchEmbedContents", self._embed, methods=["POST"])
        config = uvicorn.Config(Starlette(routes=[route]), log_config=None, lifespan="off", ws="none")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> ScriptedEmbeddings:
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

    @property
    def texts(self) -> list[str]:
        return [text for one in self.asked for text in one["texts"]]

    async def _embed(self, request: Request) -> Response:
        body = await request.json()
        fault = self.faults.popleft() if self.faults else 0
        if request.headers.get("x-goog-api-key") != KEY:
            return error_response(400, "INVALID_ARGUMENT", "API key not valid.")
        if isinstance(fault, int) and fault:
            return error_response(fault, "RESOURCE_EXHAUSTED" if fault == 429 else "UNAVAILABLE", "Not now.")
        requests = body["requests"]
        if len(requests) > 100:
            return error_response(400, "INVALID_ARGUMENT", "At most 100 requests can be in one batch.")
        texts = ["".join(part["text"] for part in one["content"]["parts"]) for one in requests]
        first = requests[0]
        self.asked.append(
            {"texts": texts, "task": first["taskType"], "dimension": first["outputDimensionality"]}
        )
        rows = [vector(text, first["outputDimensionality"]) for text in texts]
        if fault == "short":
            rows = rows[:-1]
        return JSONResponse({"embeddings": [{"values": row} for row in rows]})


def vector(text: str, dimension: int) -> list[float]:
    """A bag of hashed words, three times as long as a vector of length one: below full length none is."""
    row = [0.0] * dimension
    for word in "".join(one if one.isalnum() else " " for one in text.lower()).split():
        row[int(hashlib.sha256(word.encode()).hexdigest(), 16) % dimension] += 1.0
    length = math.sqrt(sum(value * value for value in row)) or 1.0
    return [3 * value / length for value in row]


def error_response(code: int, status: str, message: str) -> Response:
    return JSONResponse({"error": {"code": code, "status": status, "message": message}}, status_code=code)
