"""Static files answered from memory, before Django and without a thread.

WhiteNoise's index says which files there are, how they are compressed and how long they may be kept.
Where nothing was collected, the finders' files are served as they are now.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from django.contrib.staticfiles import finders
from django.core.exceptions import SuspiciousFileOperation
from whitenoise import WhiteNoise
from whitenoise.responders import StaticFile

from maya_site.web.asgi import App, Header, Receive, Scope, Send, answer, header, say

MOST_KEPT = 32 << 20
HASHED = re.compile(r"\.[0-9a-f]{12}\.[^/]+$")
READ_ONLY = [(b"allow", b"GET, HEAD")]


@dataclass(frozen=True)
class Form:
    """One file in one encoding, "" for the plain one."""

    encoding: str
    path: Path
    size: int
    headers: list[Header]


class Shelf:
    """What may be asked for, and the bytes that were asked for before."""

    def __init__(self, root: Path, prefix: str, *, collected: bool, most_kept: int = MOST_KEPT) -> None:
        self.prefix = prefix
        self.collected = collected
        self.index = WhiteNoise(
            None,
            root=str(root) if collected else None,
            prefix=prefix,
            max_age=60 if collected else 0,
            allow_all_origins=False,
            immutable_file_test=lambda _path, url: bool(HASHED.search(url)),
        )
        self.kept: dict[Path, bytes] = {}
        self.room = most_kept

    def find(self, path: str) -> StaticFile | None:
        if self.collected or not path.startswith(self.prefix):
            found: StaticFile | None = self.index.files.get(path)
            return found
        try:
            place = finders.find(path.removeprefix(self.prefix))
        except (SuspiciousFileOperation, ValueError):  # outside the folders, or with a zero byte
            return None
        if not isinstance(place, str) or not Path(place).is_file():
            return None
        return self.index.get_static_file(place, path)

    def bytes_of(self, form: Form) -> bytes:
        if not self.collected:
            return form.path.read_bytes()
        if form.path not in self.kept:
            body = form.path.read_bytes()
            if len(body) > self.room:
                return body
            self.kept[form.path] = body
            self.room -= len(body)
        return self.kept[form.path]


class StaticFiles:
    def __init__(self, app: App, shelf: Shelf) -> None:
        self.app = app
        self.shelf = shelf

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self.shelf.find(scope["path"]) if scope["type"] == "http" else None
        if found is None:
            await self.app(scope, receive, send)
        elif scope["method"] not in {"GET", "HEAD"}:
            await say(send, HTTPStatus.METHOD_NOT_ALLOWED, "Static files are only read.", READ_ONLY)
        elif _is_known(found, scope):
            await _head(send, HTTPStatus.NOT_MODIFIED, _as_bytes(found.not_modified_response.headers))
        else:
            await self._serve(found, scope, send)

    async def _serve(self, found: StaticFile, scope: Scope, send: Send) -> None:
        asked = header(scope, b"range") if header(scope, b"if-range") in {"", found.etag} else ""
        # One tag stands for all encodings, so only the plain form is handed out in parts.
        form = choose(found, "" if asked else header(scope, b"accept-encoding"))
        wanted = requested_range(asked, form.size)
        if wanted is None:
            await self._send(send, HTTPStatus.OK, form, range(form.size), scope)
        elif wanted:
            await self._send(send, HTTPStatus.PARTIAL_CONTENT, form, wanted, scope)
        else:
            unmet = (b"content-range", f"bytes */{form.size}".encode())
            await answer(send, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, b"", [unmet])

    async def _send(self, send: Send, status: HTTPStatus, form: Form, part: range, scope: Scope) -> None:
        headers = [*form.headers, (b"content-length", str(len(part)).encode())]
        if status is HTTPStatus.PARTIAL_CONTENT:
            headers.append((b"content-range", f"bytes {part.start}-{part.stop - 1}/{form.size}".encode()))
        if scope["method"] == "HEAD":
            return await _head(send, status, headers)
        body = self.shelf.bytes_of(form)
        await send({"type": "http.response.start", "status": int(status), "headers": headers})
        await send({"type": "http.response.body", "body": body[part.start : part.stop]})


async def _head(send: Send, status: HTTPStatus, headers: list[Header]) -> None:
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body"})


def _as_bytes(headers: Iterable[tuple[str, str]]) -> list[Header]:
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]


def _is_known(found: StaticFile, scope: Scope) -> bool:
    """Whether the asker has it already. A list, a weak tag and `*` count, as HTTP says."""
    tags = header(scope, b"if-none-match")
    if tags:
        known = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        return found.etag in known or "*" in known
    since = header(scope, b"if-modified-since")
    return bool(since) and bool(found.is_not_modified({"HTTP_IF_MODIFIED_SINCE": since}))


def choose(found: StaticFile, accepted: str) -> Form:
    """The smallest form the asker can read; WhiteNoise lists them by size, the plain one among them."""
    readable = _readable(accepted)
    for _pattern, path, headers in found.alternatives:
        named = dict(headers)
        encoding = named.get("Content-Encoding", "")
        if not encoding or encoding in readable:
            size = int(named.pop("Content-Length"))
            return Form(encoding, Path(path), size, _as_bytes(named.items()))
    raise LookupError("WhiteNoise always lists the plain form")


def _readable(accepted: str) -> set[str]:
    parts = (part.replace(" ", "").lower().partition(";q=") for part in accepted.split(","))
    return {name for name, _, quality in parts if quality.strip("0.") or not quality}


def requested_range(asked: str, size: int) -> range | None:
    """None: all of it, also for what cannot be understood. An empty range: it lies outside."""
    fits = re.fullmatch(r"bytes=(\d{0,15})-(\d{0,15})", asked.strip())
    if not fits or not any(fits.groups()):
        return None
    first, last = fits.groups()
    if not first:
        return range(max(0, size - int(last)), size)
    if last and int(last) < int(first):
        return None
    stop = min(size, int(last) + 1) if last else size
    return range(int(first), stop) if int(first) < size else range(0)
