"""An ESC/POS printer on a TCP port: it answers real-time questions at once, everything else goes through its
buffer, and while it is offline it leaves it there. It has the faults of real ones."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType

ESC, GS, DLE = 0x1B, 0x1D, 0x10
ONLINE, OFFLINE = 0x12, 0x1A


class PosPrinter:
    """`papers` are cut papers as text, `scrap` is what hangs out of it uncut; `transcript` is the talk."""

    def __init__(self) -> None:
        self.papers: list[str] = []
        self.scrap: list[str] = []
        self.transcript: list[str] = []
        self.connections = 0
        self.lines_left = 10_000
        self.is_covered = True
        # Faults.
        self.is_silent = False  # takes everything, answers nothing, and prints it
        self.loses_everything = False  # answers in real time, takes the paper, and prints nothing
        self.drops_after: int | None = None  # so many printed lines
        self.tells_unasked = False  # sends its status by itself, as after GS a
        self.is_done_waiting = threading.Event()
        self.is_done_waiting.set()  # cleared: it keeps its answer for itself until it is set
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(0.05)
        self._is_open = True
        self._misunderstood: AssertionError | None = None
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        port: int = self._server.getsockname()[1]
        return port

    def load_paper(self, lines: int = 10_000) -> None:
        self.lines_left = lines

    def __enter__(self) -> PosPrinter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.is_done_waiting.set()
        self._is_open = False
        self._thread.join(5)
        self._server.close()
        if self._misunderstood and error is None:
            raise self._misunderstood

    def _accept(self) -> None:
        while self._is_open:
            with suppress(TimeoutError, OSError):
                line, _address = self._server.accept()
                self.connections += 1
                with line:
                    line.settimeout(5)
                    try:
                        _Session(self, line).run()
                    except AssertionError as error:
                        self._misunderstood = error
                    except (OSError, _Dropped):
                        pass

    @property
    def can_print(self) -> bool:
        return self.is_covered and self.lines_left > 0

    def status(self, question: int) -> int:
        match question:
            case 1:
                return ONLINE if self.can_print else OFFLINE
            case 2:
                return 0x12 | (0 if self.is_covered else 0x04) | (0 if self.lines_left > 0 else 0x20)
            case 3:
                return 0x12
            case _:
                return 0x12 | (0 if self.lines_left > 0 else 0x6C)


class _Dropped(Exception):
    pass


class _Session:
    def __init__(self, printer: PosPrinter, line: socket.socket) -> None:
        self.printer, self.line = printer, line
        self.buffer = bytearray()
        self.text = bytearray()
        self.is_big = self.was_big = False
        self.page = "cp437"

    def run(self) -> None:
        if self.printer.tells_unasked:
            self.line.sendall(b"\x14\x00\x00\x0f")
        while data := self.line.recv(4096):
            self._take(data)
            self._work()

    def _take(self, data: bytes) -> None:
        """Real-time questions are taken out on the way in."""
        at = 0
        while at < len(data):
            if data[at : at + 2] == b"\x10\x04":
                question = data[at + 2]
                if not self.printer.is_silent:
                    answer = self.printer.status(question)
                    self.printer.transcript.append(f"DLE EOT {question} -> {answer:#04x}")
                    self.line.sendall(bytes([answer]))
                at += 3
            else:
                self.buffer.append(data[at])
                at += 1

    def _work(self) -> None:
        while self.buffer and self.printer.can_print and not self.printer.loses_everything:
            used = self._command()
            if not used:
                return  # the rest of the command is on its way
            del self.buffer[:used]

    def _command(self) -> int:
        """How many bytes were used; 0 where more must come first."""
        name = bytes(self.buffer[:2])
        if self.buffer[0] == 0x0A:
            self._feed()
            return 1
        if self.buffer[0] not in (ESC, GS):
            assert self.buffer[0] >= 0x20, f"no command of ESC/POS: {bytes(self.buffer[:4])!r}"
            self.text.append(self.buffer[0])
            self.was_big = self.was_big or self.is_big
            return 1
        if len(name) < 2:
            return 0
        assert name in COMMANDS, f"no command of ESC/POS: {bytes(self.buffer[:4])!r}"
        length, act = COMMANDS[name]
        if len(self.buffer) < length:
            return 0
        act(self, bytes(self.buffer[2:length]))
        return length

    def begin(self, values: bytes) -> None:
        self.page, self.text = "cp437", bytearray()

    def select_page(self, values: bytes) -> None:
        assert values == b"\x10", "another code page than 1252"
        self.page = "cp1252"

    def ignore(self, values: bytes) -> None:
        """Emphasis, and status by itself, which it has off."""

    def select_size(self, values: bytes) -> None:
        self.is_big = values[0] > 0

    def cut(self, values: bytes) -> None:
        assert values[0] == 66
        self.printer.papers.append("\n".join(self.printer.scrap))
        self.printer.transcript.append("        | ---8<---")
        self.printer.scrap = []

    def say_done(self, values: bytes) -> None:
        self.printer.is_done_waiting.wait(30)
        if not self.printer.is_silent:
            self.printer.transcript.append("GS r 1 -> 0x00")
            self.line.sendall(b"\x00")

    def _feed(self) -> None:
        printer = self.printer
        if printer.drops_after is not None and len(printer.scrap) >= printer.drops_after:
            printer.drops_after = None
            raise _Dropped
        text = self.text.decode(self.page)
        printer.scrap.append(text)
        printer.transcript.append(f"        | {text.upper() if self.was_big else text}")
        printer.lines_left -= 1
        self.text, self.was_big = bytearray(), False


# How long each command is, and what it does.
COMMANDS = {
    b"\x1b@": (2, _Session.begin),
    b"\x1bt": (3, _Session.select_page),
    b"\x1bE": (3, _Session.ignore),
    b"\x1da": (3, _Session.ignore),
    b"\x1d!": (3, _Session.select_size),
    b"\x1dV": (4, _Session.cut),
    b"\x1dr": (3, _Session.say_done),
}
