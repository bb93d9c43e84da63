"""Sends a paper to an ESC/POS printer over the network, and asks the printer before and after.

A raw connection says nothing by itself: bytes that were taken may never be paper. So the printer is asked in
real time (DLE EOT) before anything is printed, and behind the paper stands a question (GS r) that it answers
only when all before it was worked through. Without that answer nobody knows.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from bartender.services.printing.commands import POS_DONE, POS_STATUS

CONNECT_SECONDS = 3.0
STATUS_SECONDS = 2.0
SEND_SECONDS = 10.0
DONE_SECONDS = 10.0
MAX_ANSWER_BYTES = 64
NO_ANSWER = "does not say how it is"
OTHER_DEVICE = "is no ESC/POS printer, by what it answers: look at the address"


class OtherDevice(OSError):
    """A web server or a proxy answers as well, and would be taken for a printer that is done."""


class Outcome(Enum):
    NOT_SENT = "nothing was sent"
    PRINTED = "the printer says it is done"
    TAKEN = "the printer took it and says no more"
    UNSURE = "some of it was sent"


@dataclass(frozen=True)
class Delivery:
    """`problem`: what is wrong with the printer, in words; "" for nothing."""

    outcome: Outcome
    problem: str = ""
    is_reached: bool = True


def send_paper(
    host: str, port: int, data: bytes, *, answers_status: bool, before_printing: Callable[[], bool]
) -> Delivery:
    """`before_printing` is called between the questions and the first byte of the paper; where it returns
    False nothing is sent."""
    try:
        line = socket.create_connection((host, port), timeout=CONNECT_SECONDS)
    except OSError:
        return Delivery(Outcome.NOT_SENT, "does not answer", is_reached=False)
    with line:
        if answers_status:
            try:
                problem = ask_status(line)
            except OtherDevice:
                problem = OTHER_DEVICE
            except OSError:
                problem = NO_ANSWER
            if problem:
                return Delivery(Outcome.NOT_SENT, problem)
        if not before_printing():
            return Delivery(Outcome.NOT_SENT)
        return _print(line, data, answers_status=answers_status)


def _print(line: socket.socket, data: bytes, *, answers_status: bool) -> Delivery:
    try:
        line.settimeout(SEND_SECONDS)
        line.sendall(data + POS_DONE if answers_status else data)
        if not answers_status:
            line.shutdown(socket.SHUT_WR)
            return Delivery(Outcome.TAKEN)
        line.settimeout(DONE_SECONDS)
        if next(_answers(line)) & 0x90 == 0:  # bits 4 and 7 are off in this answer, and in no other
            return Delivery(Outcome.PRINTED)
    except TimeoutError:
        return Delivery(Outcome.UNSURE, _problem_now(line) or "did not say that it is done")
    except OSError:
        return Delivery(Outcome.UNSURE, "dropped the line while it printed")
    return Delivery(Outcome.UNSURE, OTHER_DEVICE)


def _problem_now(line: socket.socket) -> str:
    try:
        return ask_status(line)
    except OSError:
        return ""


def ask_status(line: socket.socket) -> str:
    """What keeps the printer from printing, "" for nothing. Raises OSError, TimeoutError where it does not
    answer, and OtherDevice for an answer that no printer gives."""
    line.settimeout(STATUS_SECONDS)
    answers: dict[int, int] = {}
    for number, question in POS_STATUS.items():
        line.sendall(question)
        answers[number] = next(_answers(line))
        # Two bits are on and two are off in each answer, and it is one byte.
        if answers[number] & 0x93 != 0x12 or _says_more(line):
            raise OtherDevice
        if number == 1 and not answers[1] & 0x08:
            return ""  # online
    return describe_status(answers)


def describe_status(answers: dict[int, int]) -> str:
    """Of a printer that is offline, by the bits of its answers to DLE EOT 2, 3 and 4."""
    if answers[4] & 0x60 or answers[2] & 0x20:
        return "has no paper"
    if answers[2] & 0x04:
        return "its cover is open"
    if answers[3] & 0x08:
        return "its cutter is stuck"
    if answers[3] & 0x64:
        return "has an error: switch it off and on"
    return "is offline: look at it"


def _says_more(line: socket.socket) -> bool:
    """Whether something has come that is no status which a printer sends by itself."""
    timeout = line.gettimeout()
    line.setblocking(False)
    try:
        return any(one & 0x93 != 0x10 for one in line.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False
    finally:
        line.settimeout(timeout)


def _answers(line: socket.socket) -> Iterator[int]:
    """Bytes as they come, without statuses that nobody asked for: four bytes of which the first is marked.
    Raises OSError where the line ends."""
    skip = 0
    for _number in range(MAX_ANSWER_BYTES):
        received = line.recv(1)
        if not received:
            raise ConnectionResetError("the printer closed the line")
        if skip:
            skip -= 1
        elif received[0] & 0x93 == 0x10:
            skip = 3
        else:
            yield received[0]
    raise ConnectionResetError("the printer says something else")
