"""A guest's keys that are easy to find again, and all that anybody could read after they were brought."""

from __future__ import annotations

import base64
import logging
from typing import Any
from urllib.parse import quote

from asgiref.sync import async_to_sync
from django.db import connection
from django.test import Client

from bartender.brains import get_brain
from bartender.conversation.turn import collect_events, take_turn
from bartender.models.visits import Visit
from bartender.services.own_keys import store
from bartender.services.own_keys.encryption import OwnKeys
from maya_site.core.cookies import sign_visit_code, visit_cookie_name
from maya_site.core.logs import JsonLines, Readable
from tests.guest_fixtures import make_context
from tests.rate_limit_counts import read_rate_limit_counts
from tests.vendors.cartesia.voices_api import ScriptedVoicesApi

GEMINI, CARTESIA = "canary-of-adas-gemini-4710", "canary-of-adas-cartesia-4711"
WRONG = "canary-that-nobody-knows-4712"
SHORT, LONG, ODD = "can4713", "canary-4714" * 30, "canary-4715-é\r\nX: y"
CANARIES = (GEMINI, CARTESIA, WRONG, SHORT, "canary-4714", "canary-4715")
BRING, BACK, DESK = "/keys/bring/", "/keys/back/", "/keys/"
MONITORS = ("/tab/", "/healthz", "/metrics")
STAFF = ("/admin/", "/admin/bartender/visit/", "/admin/bartender/turn/", "/admin/tasks/task/")


def found_in(text: str) -> list[str]:
    """A key as it is, as an address would carry it, and in base64."""
    seen = []
    for key in CANARIES:
        raw = base64.b64encode(key.encode()).decode().rstrip("=")
        if key in text or quote(key) in text or raw in text:
            seen.append(key)
    return seen


class LogRecorder(logging.Handler):
    """All that is logged, at the lowest level, as both of the bar's formats write it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.forms = [Readable(guest_text=True), JsonLines(guest_text=True)]

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += [form.format(record) for form in self.forms]


class LeakScenario:
    """A bar, a guest who brings keys, and all that anybody could read afterwards."""

    def __init__(self, bar: Any, ada: Visit, desk: ScriptedVoicesApi, settings: Any, patch: Any) -> None:
        self.bar, self.ada, self.desk, self.settings, self.patch = bar, ada, desk, settings, patch
        self.read: list[str] = []
        self.client = Client(raise_request_exception=False)
        self.client.cookies[visit_cookie_name()] = sign_visit_code(ada.code)

    def keep(self, response: Any) -> Any:
        whole = b"".join(response) if response.streaming else response.content
        self.read += [whole.decode(errors="replace"), str(response.headers), str(response.cookies)]
        return response

    def post(self, to: str = BRING, **fields: str) -> Any:
        self.keep(self.client.post(to, {"page": "keys", **fields}))
        return self.keep(self.client.get(DESK))

    def brought(self, **keys: str) -> None:
        store.save_keys(self.ada, OwnKeys(keys or {"gemini": GEMINI, "cartesia": CARTESIA}))

    def say(self, said: str = "Hello") -> None:
        brain = get_brain(self.ada)
        events = async_to_sync(collect_events)(take_turn(self.ada, said, make_context().key, brain))
        self.read += [repr(event) for event in events]

    def look_around(self) -> None:
        for path in ("/", DESK):
            self.keep(self.client.get(path))
        self.read += read_rate_limit_counts()
        self.read += database_rows()


def database_rows() -> list[str]:
    """The whole database, with the seals in it: a key must not be readable even there."""
    told = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            told += [f"{table}: {row!r}" for row in cursor.fetchall()]
    return told
