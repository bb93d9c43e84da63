"""Whose work a line of the log belongs to: the request, the visit and the turn that it was written in.

    with bound(visit=visit_id(code)):
        ...

Tasks and lent threads that are begun inside inherit it. None of them tells who a guest is.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")

_IDS: ContextVar[dict[str, str]] = ContextVar("maya_log_ids")


@contextmanager
def bound(**ids: str) -> Iterator[None]:
    token = _IDS.set({**here(), **{name: value for name, value in ids.items() if value}})
    try:
        yield
    finally:
        with suppress(ValueError):  # a generator that another task closes: its context is gone already
            _IDS.reset(token)


def here() -> dict[str, str]:
    return _IDS.get({})


def new_id() -> str:
    return uuid.uuid4().hex


def visit_id(code: str) -> str:
    """As staff see it. The rest of the code is what lets a guest in, and stays out of the log."""
    return code[:8]


def turn_id(client_id: str) -> str:
    """The page's own id of the turn. One that is no id might be words."""
    if WELL_FORMED.fullmatch(client_id):
        return client_id
    return hashlib.sha256(client_id.encode()).hexdigest()[:16]
