"""Static files from memory, before Django and without a thread.

WhiteNoise's index says which files there are, how they are compressed and how long they may be cached. If
nothing was collected, the finders' files are served as they are now.
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

from maya_site.edge.asgi_types import (
    App,
    Header,
    Receive,
    Scope,
    Send,
    get_header,
    send_response,
    send_text_response,
)

MAX_CACHED_BYTES = 32 << 20
HASHED_FILE_NAME = re.compile(r"\.[0-9a-f]{12}\.[^/]+$")
# What browsers ask for on their own where a page names no icon; and the static file that answers.
FAVICON_URL, FAVICON_FILE = "/favicon.ico", "img/favicon.ico"
ALLOW_READ_ONLY = [(b"allow", b"GET, HEAD")]


@dataclass(frozen=True)
class EncodedFile:
    """One file in one encoding; "" is the plain one."""

    encoding: str
    path: Path
    size: int
    headers: list[Header]


class StaticIndex:
    """The files that may be asked for, and a cache of the bodies that were asked for before."""

    def __init__(
        self, root: Path, prefix: str, *, is_collected: bool, max_cached_bytes: int = MAX_CACHED_BYTES
    ) -> None:
        self.prefix = prefix
        self.is_collected = is_collected
        self.index = WhiteNoise(
            None,
            root=str(root) if is_collected else None,
            prefix=prefix,
            max_age=60 if is_collected else 0,
            allow_all_origins=False,
            immutable_file_test=lambda _path, url: bool(HASHED_FILE_NAME.search(url)),
        )
        self.cached_bodies: dict[Path, bytes] = {}
        self.free_cache_bytes = max_cached_bytes

    def find(self, path: str) -> StaticFile | None:
        if path == FAVICON_URL:
            path = f"{self.prefix}{FAVICON_FILE}"
        if self.is_collected or not path.startswith(self.prefix):
            found: StaticFile | None = self.index.files.get(path)
            return found
        try:
            place = finders.find(path.removeprefix(self.prefix))
        except (SuspiciousFileOperation, ValueError):  # outside the folders, or with a zero byte
            return None
        if not isinstance(place, str) or not Path(place).is_file():
            return None
        return self.index.get_static_file(place, path)

    def read_body(self, file: EncodedFile) -> bytes:
        if not self.is_collected:
            return file.path.read_bytes()
        if file.path not in self.cached_bodies:
            body = file.path.read_bytes()
            if len(body) > self.free_cache_bytes:
                return body
            self.cached_bodies[file.path] = body
            self.free_cache_bytes -= len(body)
        return self.cached_bodies[file.path]


class StaticFiles:
    def __init__(self, app: App, index: StaticIndex) -> None:
        self.app = app
        self.index = index

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self.index.find(scope["path"]) if scope["type"] == "http" else None
        if found is None:
            await self.app(scope, receive, send)
        elif scope["method"] not in {"GET", "HEAD"}:
            await send_text_response(
                send, HTTPStatus.METHOD_NOT_ALLOWED, "Static files are only read.", ALLOW_READ_ONLY
            )
        elif _is_not_modified(found, scope):
            await _send_head(
                send, HTTPStatus.NOT_MODIFIED, _encode_headers(found.not_modified_response.headers)
            )
        else:
            await self._serve(found, scope, send)

    async def _serve(self, found: StaticFile, scope: Scope, send: Send) -> None:
        wanted_range = (
            get_header(scope, b"range") if get_header(scope, b"if-range") in {"", found.etag} else ""
        )
        # One tag stands for all encodings, so only the plain form is handed out in parts.
        form = choose_encoding(found, "" if wanted_range else get_header(scope, b"accept-encoding"))
        wanted = parse_range(wanted_range, form.size)
        if wanted is None:
            await self._send(send, HTTPStatus.OK, form, range(form.size), scope)
        elif wanted:
            await self._send(send, HTTPStatus.PARTIAL_CONTENT, form, wanted, scope)
        else:
            unmet = (b"content-range", f"bytes */{form.size}".encode())
            await send_response(send, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, b"", [unmet])

    async def _send(
        self, send: Send, status: HTTPStatus, file: EncodedFile, part: range, scope: Scope
    ) -> None:
        headers = [*file.headers, (b"content-length", str(len(part)).encode())]
        if status is HTTPStatus.PARTIAL_CONTENT:
            headers.append((b"content-range", f"bytes {part.start}-{part.stop - 1}/{file.size}".encode()))
        if scope["method"] == "HEAD":
            return await _send_head(send, status, headers)
        body = self.index.read_body(file)
        await send({"type": "http.response.start", "status": int(status), "headers": headers})
        await send({"type": "http.response.body", "body": body[part.start : part.stop]})


async def _send_head(send: Send, status: HTTPStatus, headers: list[Header]) -> None:
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body"})


def _encode_headers(headers: Iterable[tuple[str, str]]) -> list[Header]:
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]


def _is_not_modified(found: StaticFile, scope: Scope) -> bool:
    """Whether the asker has it already. A list, a weak tag and `*` count, as HTTP says."""
    tags = get_header(scope, b"if-none-match")
    if tags:
        known = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        return found.etag in known or "*" in known
    since = get_header(scope, b"if-modified-since")
    return bool(since) and bool(found.is_not_modified({"HTTP_IF_MODIFIED_SINCE": since}))


def choose_encoding(found: StaticFile, accept_encoding: str) -> EncodedFile:
    """The smallest form that the client accepts. WhiteNoise lists them by size, the plain one among them."""
    readable = _accepted_encodings(accept_encoding)
    for _pattern, path, headers in found.alternatives:
        named = dict(headers)
        encoding = named.get("Content-Encoding", "")
        if not encoding or encoding in readable:
            size = int(named.pop("Content-Length"))
            return EncodedFile(encoding, Path(path), size, _encode_headers(named.items()))
    raise LookupError("WhiteNoise always lists the plain form")


def _accepted_encodings(accept_encoding: str) -> set[str]:
    parts = (part.replace(" ", "").lower().partition(";q=") for part in accept_encoding.split(","))
    return {name for name, _, quality in parts if quality.strip("0.") or not quality}


def parse_range(range_header: str, size: int) -> range | None:
    """The bytes that a Range header asks for. None: the whole file, also if the header is malformed. An
    empty range: outside the file."""
    fits = re.fullmatch(r"bytes=(\d{0,15})-(\d{0,15})", range_header.strip())
    if not fits or not any(fits.groups()):
        return None
    first, last = fits.groups()
    if not first:
        return range(max(0, size - int(last)), size)
    if last and int(last) < int(first):
        return None
    stop = min(size, int(last) + 1) if last else size
    return range(int(first), stop) if int(first) < size else range(0)
