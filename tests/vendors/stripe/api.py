"""Stripe's HTTP API over the books: forms in, objects out, saved answers to repeated keys, faults by dial.

    with ScriptedStripe() as stripe:
        stripe.fault("POST /v1/checkout/sessions", "timeout after")
        stripe.books.pay(session)

Faults: "500", "500 html", "409", "429", "401", "garbage", "reset", "timeout" (nothing was done), and with
" after" (it was done all the same): "500 after", "reset after", "timeout after".
"""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from tests.vendors.line import break_line, knowing_its_line
from tests.vendors.stripe.account import StripeAccount, StripeApiError, StripeObject, public_object
from tests.vendors.stripe.mcp_server import StripeMCP

KEY = "sk_" + "test_scripted"
TIMEOUT_SECONDS = 10.0
MAX_TYPES = 20


@dataclass
class SavedResponse:
    """What was answered under an idempotency key; None while it is being worked on."""

    request_body: str
    answer: Response | None = None


@dataclass
class ScriptedStripe:
    books: StripeAccount = field(default_factory=StripeAccount)
    key: str = KEY
    tools: str = "meta"  # which generation of MCP tools it has: meta or legacy
    delay: float = 0.0
    hang: float = 3600.0
    asked: list[tuple[str, str]] = field(default_factory=list)
    keys: dict[str, SavedResponse] = field(default_factory=dict)
    faults: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._door = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.address = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self.mcp = StripeMCP(self)
        self.mcp_address = f"{self.address}/mcp"
        config = uvicorn.Config(
            knowing_its_line(self._application()), log_config=None, ws="none", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, name="scripted-stripe", daemon=True)

    # --- dials ---

    def fault(self, what: str, kind: str, times: int = 1) -> None:
        """`what` is how a request begins, as "POST /v1/refunds"; "" is every one."""
        self.faults += [(what, kind)] * times

    def heal(self) -> None:
        self.faults.clear()

    def next_fault(self, what: str) -> str:
        with self.books.lock:
            for at, (begin, kind) in enumerate(self.faults):
                if what.startswith(begin):
                    del self.faults[at]
                    return kind
        return ""

    def times_asked(self, what: str) -> int:
        return sum(f"{method} {path}".startswith(what) for method, path in self.asked)

    # --- the server ---

    def __enter__(self) -> ScriptedStripe:
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
        return Starlette(
            routes=[
                Route("/v1/{path:path}", self._api, methods=["GET", "POST"]),
                Mount("/", self.mcp.application()),
            ],
            lifespan=self.mcp.lifespan,
        )

    async def _api(self, request: Request) -> Response:
        what = f"{request.method} {request.url.path}"
        self.asked.append((request.method, request.url.path))
        fault = self.next_fault(what)
        await asyncio.sleep(self.delay)
        if fault and not fault.endswith(" after"):
            return await self._faulty(request, fault)
        if request.headers.get("authorization") != f"Bearer {self.key}":
            return _error_response(StripeApiError("Invalid API Key provided", status=401))
        words = (await request.body()).decode() or request.url.query
        answer = self._once(request, words, spoilt=fault == "500 after")
        return await self._faulty(request, fault) if fault and fault != "500 after" else answer

    def _once(self, request: Request, words: str, *, spoilt: bool) -> Response:
        """The same key again is the same answer, a fault of theirs included."""
        key = request.headers.get("idempotency-key")
        if not key or request.method != "POST":
            return self._answer(request, words)
        with self.books.lock:
            saved = self.keys.get(key)
            if saved is None:
                answer = self._answer(request, words)
                if spoilt:
                    answer = _broken()
                if answer.status_code != 400:  # what was refused before it began is not kept
                    self.keys[key] = SavedResponse(words, answer)
                return answer
        if saved.request_body != words:
            kind = "idempotency_error"
            return _error_response(
                StripeApiError("Keys for idempotent requests can only be used once.", kind=kind)
            )
        assert saved.answer is not None
        saved.answer.headers["idempotent-replayed"] = "true"
        return saved.answer

    def _answer(self, request: Request, words: str) -> Response:
        try:
            with self.books.lock:
                made = route(self.books, request.method, request.url.path, parse_form(words))
        except StripeApiError as refusal:
            return _error_response(refusal)
        return JSONResponse(made, headers={"request-id": "req_scripted"})

    async def _faulty(self, request: Request, fault: str) -> Response:
        kind = fault.removesuffix(" after")
        if kind == "timeout":
            await asyncio.sleep(self.hang)
        if kind in ("timeout", "reset"):
            break_line()
            return Response()  # to nobody
        if kind == "500":
            if key := request.headers.get("idempotency-key"):
                self.keys[key] = SavedResponse((await request.body()).decode(), _broken())
            return _broken()
        if kind == "garbage":
            return Response('{"id": "cs_', media_type="application/json")
        if kind == "500 html":
            return Response("<html>Bad Gateway</html>", 502, media_type="text/html")
        if kind == "forbidden":
            return _error_response(
                StripeApiError("The provided key does not have the required permissions", status=403)
            )
        said = {"409": "lock_timeout", "429": "rate_limit", "401": "invalid_request_error"}
        return _error_response(StripeApiError("told to refuse", status=int(kind), kind=said[kind]))


def _error_response(refusal: StripeApiError) -> Response:
    return JSONResponse(refusal.body, refusal.status)


def _broken() -> Response:
    return JSONResponse({"error": {"type": "api_error", "message": "An error occurred."}}, 500)


def parse_form(words: str) -> StripeObject:
    """`line_items[0][price_data][currency]=usd` as nested dictionaries."""
    found: StripeObject = {}
    for name, value in parse_qsl(words, keep_blank_values=True):
        *outer, last = name.replace("]", "").split("[")
        inner = found
        for step in outer:
            inner = inner.setdefault(step, {})
        inner[last] = value
    return found


def route(books: StripeAccount, method: str, path: str, asked: StripeObject) -> StripeObject:
    match (method, *path.removeprefix("/v1/").split("/")):
        case ("POST", "checkout", "sessions"):
            return public_object(books.make_session(asked))
        case ("POST", "checkout", "sessions", name, "expire"):
            return public_object(books.expire_session(name))
        case ("GET", "checkout", "sessions", name):
            return expand_session(books, public_object(books.get("checkout.session", name)), asked)
        case ("GET", "checkout", "sessions"):
            return list_objects(books, "checkout.session", asked, "payment_link")
        case ("GET", "balance"):
            available = [{"amount": books.balance, "currency": "usd"}]
            return {"object": "balance", "available": available, "livemode": books.livemode}
        case _:
            return _route_other(books, method, path, asked)


def _route_other(books: StripeAccount, method: str, path: str, asked: StripeObject) -> StripeObject:
    match (method, *path.removeprefix("/v1/").split("/")):
        case ("GET", "payment_intents", name):
            return public_object(books.get("payment_intent", name))
        case ("GET", "payment_intents"):
            return list_objects(books, "payment_intent", asked)
        case ("POST", "refunds"):
            return public_object(books.make_refund(asked))
        case ("GET", "refunds", name):
            return public_object(books.get("refund", name))
        case ("GET", "refunds"):
            return list_objects(books, "refund", asked, "payment_intent")
        case _:
            return _route_events(books, method, path, asked)


def _route_events(books: StripeAccount, method: str, path: str, asked: StripeObject) -> StripeObject:
    match (method, *path.removeprefix("/v1/").split("/")):
        case ("GET", "disputes", name):
            return public_object(books.get("dispute", name))
        case ("GET", "disputes"):
            return list_objects(books, "dispute", asked, "payment_intent")
        case ("GET", "events"):
            return list_objects(books, "event", asked)
        case _:
            raise StripeApiError(f"Unrecognized request URL ({method}: {path}).", status=404)


def expand_session(books: StripeAccount, session: StripeObject, asked: StripeObject) -> StripeObject:
    wanted = asked.get("expand") or {}
    names = wanted.values() if isinstance(wanted, dict) else wanted
    if "payment_intent" in names and session["payment_intent"]:
        session["payment_intent"] = public_object(books.objects[session["payment_intent"]])
    return session


def list_objects(books: StripeAccount, kind: str, asked: StripeObject, *by: str) -> StripeObject:
    since = int((asked.get("created") or {}).get("gte", 0))
    rows: list[Any] = [books.get(kind, one["id"]) for one in books.of(kind) if one["created"] >= since]
    for name in by:
        if name in asked:
            rows = [one for one in rows if one[name] == asked[name]]
    if wanted := asked.get("types"):
        names = set(wanted.values() if isinstance(wanted, dict) else wanted)
        if len(names) > MAX_TYPES:
            raise StripeApiError("Array types exceeded maximum 20 allowed elements.")
        rows = [one for one in rows if one["type"] in names]
    if after := asked.get("starting_after"):
        rows = rows[[one["id"] for one in rows].index(after) + 1 :]
    most = int(asked.get("limit", 10))
    page = [public_object(one) for one in rows[:most]]
    return {"object": "list", "data": page, "has_more": len(rows) > most, "url": "/v1"}


def to_json(thing: StripeObject) -> str:
    return json.dumps(thing, separators=(",", ":"))
