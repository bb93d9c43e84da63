"""A CloudPRNT printer by the protocol guide: it polls, fetches, prints and confirms, and has the faults of
real ones. What it cannot understand fails the test: its paper is what its own parser makes of the bytes."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field

from django.test import Client

ESC = 0x1B
LINE, PRNT, TEXT = "application/vnd.star.line", "application/vnd.star.starprnt", "text/plain"


@dataclass
class Answer:
    status: int
    body: bytes
    media_type: str = ""


Transport = Callable[[str, str, bytes], Answer]


def over_http(method: str, url: str, body: bytes) -> Answer:
    request = urllib.request.Request(url, body or None, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return Answer(answer.status, answer.read(), answer.headers.get("Content-Type", ""))
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.read())


def in_process(method: str, url: str, body: bytes) -> Answer:
    answer = Client(enforce_csrf_checks=True).generic(method, url, body, content_type="application/json")
    return Answer(answer.status_code, answer.content, answer.headers.get("Content-Type", ""))


# Commands that both of Star's emulations have, and how long they are.
COMMANDS = {b"\x1b@": 2, b"\x1b\x1d": 4, b"\x1bi": 4, b"\x1bE": 2, b"\x1bF": 2, b"\x1bd": 3}
CODE_PAGE_1252 = b"\x1b\x1dt\x20"


def parse_star(data: bytes) -> list[tuple[str, bool]]:
    """Lines of the paper, and which are big. An unknown command is an error, and so is a paper without a cut
    at its end."""
    text, is_big, at, page = bytearray(), False, 0, "cp437"
    lines: list[tuple[str, bool]] = []
    line_is_big, command = False, b""
    while at < len(data):
        if data[at] == ESC:
            assert data[at : at + 2] in COMMANDS, f"no command of Star's: {data[at : at + 4]!r}"
            command = data[at : at + COMMANDS[data[at : at + 2]]]
            page = "cp1252" if command == CODE_PAGE_1252 else page
            is_big = command[2] > 0 if command[:2] == b"\x1bi" else is_big
            at += len(command)
            continue
        if data[at] == 0x0A:
            lines.append((text.decode(page), line_is_big))
            text, line_is_big = bytearray(), False
        else:
            assert data[at] >= 0x20, f"a control character on paper: {data[at]:#x}"
            text.append(data[at])
            line_is_big = line_is_big or is_big
        at += 1
    assert data.endswith(command), "something after the last command"
    assert command[:2] == b"\x1bd", "it is not cut"
    return lines


@dataclass
class StarPrinter:
    """`papers` are what lies in front of it, as text; `transcript` is the talk, a line each."""

    url: str
    transport: Transport = in_process
    mac: str = "00:11:62:1a:2b:3c"
    reads: tuple[str, ...] = (PRNT, TEXT)
    has_tokens: bool = True
    papers: list[str] = field(default_factory=list)
    transcript: list[str] = field(default_factory=list)
    code: str = "200 OK"
    is_printing: bool = False
    # Faults, each of the next paper only.
    fetches: int = 1  # asks so often for the same paper, and prints it once
    download_breaks: bool = False
    paper_ends: bool = False
    loses_power: bool = False  # after it has fetched
    never_confirms: bool = False

    def poll(self) -> bool:
        """Once round. Returns whether a paper came out."""
        report = {
            "status": "23 86 00 00 00 00 00 00 00 00 00",
            "printerMAC": self.mac,
            "statusCode": urllib.parse.quote(self.code),
            "printingInProgress": self.is_printing,
            "clientAction": None,
        }
        answer = self._send("POST", {}, json.dumps(report).encode())
        assert answer.status == 200, answer.body
        offer = json.loads(answer.body)
        if not offer["jobReady"] or not self.code.startswith("2"):  # offline it does not fetch
            return False
        media_type = next(one for one in self.reads if one in offer["mediaTypes"])
        token = {"token": offer["jobToken"]} if self.has_tokens else {}
        return self._print({"mac": self.mac, **token}, media_type)

    def _print(self, query: dict[str, str], media_type: str) -> bool:
        fetches, self.fetches = self.fetches, 1
        for _number in range(fetches):
            found = self._send("GET", {**query, "type": media_type})
        if found.status != 200 or self.download_breaks:
            self.download_breaks = False
            self._send("DELETE", {**query, "code": "520 Download failed"})
            return False
        assert found.media_type == media_type
        if self.loses_power:
            self.loses_power = False
            return False
        lines = parse_star(found.body) if media_type != TEXT else _parse_text(found.body)
        if self.paper_ends:
            self.paper_ends, self.code = False, "410 Out of paper"
            self._lay_out(lines[: len(lines) // 2])
            return False
        self._lay_out(lines)
        if self.never_confirms:
            self.never_confirms = False
        else:
            self._send("DELETE", {**query, "code": "200 OK"})
        return True

    def _lay_out(self, lines: list[tuple[str, bool]]) -> None:
        self.papers.append("\n".join(text for text, _is_big in lines))
        self.transcript += [f"        | {text.upper() if is_big else text}" for text, is_big in lines]

    def _send(self, method: str, query: dict[str, str], body: bytes = b"") -> Answer:
        asked = f"?{urllib.parse.urlencode(query)}" if query else ""
        answer = self.transport(method, self.url + asked, body)
        hidden = asked.replace(query.get("token", "-"), "TOKEN") if "token" in query else asked
        told = json.loads(body)["statusCode"] if body else hidden
        said = (
            answer.body.decode() if answer.media_type == "application/json" else f"{len(answer.body)} bytes"
        )
        self.transcript.append(f"{method:6} {told} -> {answer.status} {said}")
        return answer


def _parse_text(data: bytes) -> list[tuple[str, bool]]:
    return [(line, False) for line in data.decode().rstrip("\n").split("\n")]
