"""Log lines: one for each event, readable in development, JSON in production, never with a secret in them.

What a guest said is logged only in the field `guest_text`, and only where LOG_GUEST_TEXT is on:
`logger.info("heard", extra={"guest_text": text})`.
"""

from __future__ import annotations

import json
import logging
import re
import time
from typing import Any

from maya_site.lib import log_ids, tracing

SECRETS: list[tuple[re.Pattern[str], str]] = [
    (re.compile(r"\b[sr]k_[A-Za-z0-9_]{4,}"), "[key]"),
    (re.compile(r"\bwhsec_[A-Za-z0-9+/=_-]{4,}"), "[key]"),
    (re.compile(r"\bsk-[A-Za-z0-9_-]{8,}"), "[key]"),
    (re.compile(r"\bsk_car_[A-Za-z0-9_-]{4,}"), "[key]"),
    (re.compile(r"AIza[A-Za-z0-9_-]{8,}"), "[key]"),
    (re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{4,}", re.IGNORECASE), r"\1 [key]"),
    (re.compile(r"(://[^\s:/@]{0,64}):[^\s/@]{1,256}@"), r"\1:[key]@"),
    (re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,6}"), "[e-mail]"),
    (re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])"), "[card]"),
]
# What a LogRecord has by itself: everything else was given as `extra`.
OWN = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
GUEST_TEXT = "guest_text"
LONGEST = 8000


def redacted(text: str) -> str:
    for pattern, instead in SECRETS:
        text = pattern.sub(instead, text)
    return text


def one_line(text: str) -> str:
    """Nobody starts a second line, or talks to the terminal that shows the log."""
    return "".join(letter if letter.isprintable() else json.dumps(letter)[1:-1] for letter in text)


class Redacting(logging.Formatter):
    """Text and traceback as the standard formatter makes them, without secrets."""

    def __init__(self, *args: Any, guest_text: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.guest_text = guest_text

    def said(self, record: logging.LogRecord) -> str:
        return one_line(redacted(record.getMessage()[:LONGEST]))

    def trace(self, record: logging.LogRecord) -> str:
        """None for what a stranger sent us: it is no bug, and would fill the log."""
        if not record.exc_info or record.name.startswith("django.security."):
            return ""
        return redacted(self.formatException(record.exc_info))

    def fields(self, record: logging.LogRecord) -> dict[str, str]:
        given = {name: value for name, value in record.__dict__.items() if name not in OWN}
        if not self.guest_text:
            given.pop(GUEST_TEXT, None)
        plain = {name: str(value) for name, value in given.items() if not _is_object(value)}
        plain = log_ids.here() | plain | tracing.here()
        return {name: one_line(redacted(value[:LONGEST])) for name, value in plain.items()}


def _is_object(value: Any) -> bool:
    """Django hands requests and sockets to its log lines: no field of a line, and full of headers."""
    return not isinstance(value, str | int | float | bool | None)


class Readable(Redacting):
    """12:31:07 WARNING bartender.turn: the brain took 3 s [visit=4f1c]"""

    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{name}={value}" for name, value in self.fields(record).items())
        line = f"{self.formatTime(record, '%H:%M:%S')} {record.levelname} {record.name}: {self.said(record)}"
        # Set in, so that no line of an error's text looks like a line of the log.
        trace = [f"    {one_line(part)}" for part in self.trace(record).splitlines()]
        return "\n".join([f"{line} [{fields}]" if fields else line, *trace])


class JsonLines(Redacting):
    """One JSON object a line, the traceback in it. The time is UTC, whatever the machine's zone."""

    converter = time.gmtime  # type: ignore[assignment]

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S") + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "text": self.said(record),
            **self.fields(record),
        }
        if trace := self.trace(record):
            line["trace"] = trace
        return json.dumps(line)


def logging_config(*, level: str, production: bool, guest_text: bool) -> dict[str, Any]:
    """For Django's LOGGING. Everything goes to standard error; the host keeps it."""
    kind = "JsonLines" if production else "Readable"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": f"{__name__}.{kind}", "guest_text": guest_text}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"level": level, "handlers": ["stderr"]},
        "loggers": {
            # Their own handlers would print every line a second time, and mail is not sent from here.
            "django": {"handlers": [], "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
            "daphne": {"level": "WARNING"},
            "psycopg.pool": {"level": "ERROR"},  # it tells of each try; whoever waited tells of the outcome
            "django.channels.server": {"level": "WARNING"},
            "google_genai": {"level": "ERROR"},  # it warns of parts that are read as they should be
            # They tell of every request, with its whole address.
            **{name: {"level": "WARNING"} for name in ("stripe", "mcp", "httpx", "httpx2")},
        },
    }
