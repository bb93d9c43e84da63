"""Log lines: one for each event, readable in development, JSON in production, with secrets cut out.

What a guest said is logged only in the field `guest_text`, and only if LOG_GUEST_TEXT is on:
`logger.info("heard", extra={"guest_text": text})`.
"""

from __future__ import annotations

import json
import logging
import re
import time
from typing import Any

from maya_site.core import log_context, tracing

SECRET_PATTERNS: list[tuple[re.Pattern[str], str]] = [
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
RECORD_ATTRIBUTES = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
GUEST_TEXT = "guest_text"
MAX_VALUE_LENGTH = 8000


def redact(text: str) -> str:
    for pattern, instead in SECRET_PATTERNS:
        text = pattern.sub(instead, text)
    return text


def to_one_line(text: str) -> str:
    """Escapes control characters, so that a message cannot start a second line or control a terminal."""
    return "".join(letter if letter.isprintable() else json.dumps(letter)[1:-1] for letter in text)


class RedactingFormatter(logging.Formatter):
    """The standard formatter's text and traceback, with secrets cut out."""

    def __init__(self, *args: Any, guest_text: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.includes_guest_text = guest_text

    def render_message(self, record: logging.LogRecord) -> str:
        return to_one_line(redact(record.getMessage()[:MAX_VALUE_LENGTH]))

    def render_traceback(self, record: logging.LogRecord) -> str:
        """The traceback, or nothing for what was refused and for a lost connection: neither is a bug."""
        if not record.exc_info or _is_refused_request(record) or _is_lost_connection(record):
            return ""
        return redact(self.formatException(record.exc_info))

    def extra_fields(self, record: logging.LogRecord) -> dict[str, str]:
        given = {name: value for name, value in record.__dict__.items() if name not in RECORD_ATTRIBUTES}
        if not self.includes_guest_text:
            given.pop(GUEST_TEXT, None)
        plain = {name: str(value) for name, value in given.items() if not _is_object(value)}
        plain = log_context.current_log_context() | plain | tracing.current_trace_ids()
        return {name: to_one_line(redact(value[:MAX_VALUE_LENGTH])) for name, value in plain.items()}


def _is_refused_request(record: logging.LogRecord) -> bool:
    """What a stranger sent us, and answers below 500 such as a page that somebody may not open."""
    refused = record.name == "django.request" and record.levelno < logging.ERROR
    return refused or record.name.startswith("django.security.")


def _is_lost_connection(record: logging.LogRecord) -> bool:
    """A task of a library (channels_redis, cleaning up) failed with its connection, and nobody awaited it."""
    error = record.exc_info[1] if record.exc_info else None
    lost = isinstance(error, OSError) or type(error).__module__ == "redis.exceptions"
    return record.name == "asyncio" and lost


def _is_object(value: Any) -> bool:
    """Django hands requests and sockets to its log lines: no field of a line, and full of headers."""
    return not isinstance(value, str | int | float | bool | None)


class Readable(RedactingFormatter):
    """A line for people: 12:31:07 WARNING bartender.turn: the brain took 3 s [visit=4f1c]"""

    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{name}={value}" for name, value in self.extra_fields(record).items())
        at, message = self.formatTime(record, "%H:%M:%S"), self.render_message(record)
        line = f"{at} {record.levelname} {record.name}: {message}"
        # Set in, so that no line of an error's text looks like a line of the log.
        trace = [f"    {to_one_line(part)}" for part in self.render_traceback(record).splitlines()]
        return "\n".join([f"{line} [{fields}]" if fields else line, *trace])


class JsonLines(RedactingFormatter):
    """One JSON object for each line, with the traceback in it. Times are UTC, whatever the machine's zone."""

    converter = time.gmtime  # type: ignore[assignment]

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S") + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "text": self.render_message(record),
            **self.extra_fields(record),
        }
        if trace := self.render_traceback(record):
            line["trace"] = trace
        return json.dumps(line)


def logging_config(*, level: str, production: bool, guest_text: bool) -> dict[str, Any]:
    """The value of Django's LOGGING. Everything goes to standard error; the host keeps it."""
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
            **{name: {"level": "WARNING"} for name in ("stripe", "mcp", "openai", "httpx", "httpx2")},
        },
    }
