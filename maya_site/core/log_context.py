"""Which request, visit and turn a log line belongs to.

    with bind_log_context(visit=log_visit_id(code)):
        ...

Tasks and threads that start inside inherit it. None of the ids tells who a guest is.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

ID_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")

_LOG_CONTEXT: ContextVar[dict[str, str]] = ContextVar("maya_log_ids")


@contextmanager
def bind_log_context(**ids: str) -> Iterator[None]:
    token = _LOG_CONTEXT.set(
        {**current_log_context(), **{name: value for name, value in ids.items() if value}}
    )
    try:
        yield
    finally:
        with suppress(ValueError):  # a generator that another task closes: its context is gone already
            _LOG_CONTEXT.reset(token)


def current_log_context() -> dict[str, str]:
    return _LOG_CONTEXT.get({})


def new_request_id() -> str:
    return uuid.uuid4().hex


def log_visit_id(code: str) -> str:
    """The first characters of a visit's code, as staff see it. The whole code would let its reader in, so it
    stays out of the log."""
    return code[:8]


def log_turn_id(client_id: str) -> str:
    """The page's own id of the turn. Anything that does not look like an id is left out, because it might be
    words."""
    if ID_PATTERN.fullmatch(client_id):
        return client_id
    return hashlib.sha256(client_id.encode()).hexdigest()[:16]
