"""A bug is reported where the operator wants it: where it broke, and nothing that anybody said."""

import os
import subprocess
import sys

import pytest

from tests.drills.bar import ROOT
from tests.vendors.sentry.intake import SentryIntake

pytestmark = pytest.mark.slow
WORDS = "my sister must not know of the Martini"
COOKIE = "0123456789abcdef0123456789abcdef:1tNb:signature"
KEY = "AIza" + "SyA1234567890abcdef"
SECRET = [WORDS, COOKIE, KEY, "sister", "SyA123", "4242", "ada@bar.example"]
# A process of its own: the kit stays with a process once it is there.
A_BAD_EVENING = f"""
import logging, sys, threading
import django
django.setup()
from maya_site.core.log_context import bind_log_context

def pour(said, cookie="{COOKIE}"):
    try:
        raise ValueError(f"cannot pour {{said}} with {KEY}")
    except ValueError as first:
        raise RuntimeError(f"4242 4242 4242 4242 of ada@bar.example: {{said}}") from first

def work():
    with bind_log_context(request="edge-1", visit="01234567", turn="turn-1"):
        try:
            pour("{WORDS}")
        except RuntimeError:
            heard = {{"guest_text": "{WORDS}"}}
            logging.getLogger("bartender.turn").exception("a turn failed: %s", "{WORDS}", extra=heard)
        logging.getLogger("asyncio").error("Task exception was never retrieved\\nfuture: <Task {WORDS}>")
        logging.getLogger("bartender").warning("no bug: {WORDS}")

worker = threading.Thread(target=work); worker.start(); worker.join()
"""


def run(code, **environment):
    told = os.environ | {"DJANGO_SETTINGS_MODULE": "maya_site.settings"} | environment
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=told,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_report_says_where_it_broke_and_under_which_ids_and_nothing_that_was_said():
    with SentryIntake() as sentry:
        run(A_BAD_EVENING, SENTRY_DSN=sentry.dsn)
        broke, lost = sentry.wait_for_events(2)

    assert len(sentry.events) == 2, "a warning is no bug"
    assert broke["tags"] == {"request": "edge-1", "visit": "01234567", "turn": "turn-1"}
    assert broke["logentry"] == {"message": "a turn failed: %s"}
    thrown = broke["exception"]["values"]
    assert [one["type"] for one in thrown] == ["ValueError", "RuntimeError"]
    assert [one["stacktrace"]["frames"][-1]["function"] for one in thrown] == ["pour", "pour"]
    assert broke["environment"] == "development"
    assert lost["logentry"] == {"message": "Task exception was never retrieved"}
    sent = "\n".join(sentry.bodies)
    assert [secret for secret in SECRET if secret in sent] == []
    assert os.uname().nodename not in sent


def test_without_an_address_the_kit_is_not_even_loaded():
    loaded = "import django, sys; django.setup(); print('sentry_sdk' in sys.modules)"

    assert run(loaded, SENTRY_DSN="").strip() == "False"
