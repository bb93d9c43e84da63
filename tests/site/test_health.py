"""Monitors hear whether guests can be sent here, and nothing that is none of their business."""

import json
import sys
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from bartender.brains.status import LLMStatus
from maya_site.core.shutdown_signal import SHUTDOWN
from maya_site.ops import components
from maya_site.ops.components import Component
from maya_site.ops.guest_page_probe import GUEST_PAGE_PROBE
from maya_site.ops.health import overall_status
from maya_site.ops.model_probe import MODEL_PROBE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("jobs_in_the_server")]

REAL = Component("database", "real", True, "", is_essential=True)


@pytest.fixture(autouse=True)
def _a_brain(monkeypatch):
    brain = Component("brain", "simulated", True, "house brain", is_essential=True)
    others = [look for look in components.EXTERNAL_CHECKS if look is not components.check_brain]
    monkeypatch.setattr(components, "EXTERNAL_CHECKS", [lambda: brain, *others])


def test_a_bar_without_keys_serves_and_says_what_is_missing(client):
    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert answer.json()["checks"] | {"broker": "", "voice": "", "ears": ""} == {
        "database": "ok",
        "migrations": "ok",
        "jobs": "ok",
        "page": "ok",
        "brain": "ok",
        "voice": "",
        "ears": "",
        "memory": "degraded",
        "payments": "simulated",
        "broker": "",
    }
    assert answer["Cache-Control"] == "no-store"


def test_no_job_is_late_in_tests_that_run_for_an_hour(client):
    """No worker serves the tests' database, which says that it is set up after all of them."""
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        assert client.get("/healthz").json()["checks"]["jobs"] == "ok"


def test_a_forgotten_migration_closes_the_bar(client):
    MigrationRecorder(connection).record_unapplied("tasks", "0001_initial")

    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json()["status"] == "unhealthy"
    assert answer.json()["checks"]["migrations"] == "down"


def test_a_database_that_is_away_closes_the_bar_and_is_asked_only_once(client, monkeypatch):
    asked = []

    def away(*args):
        asked.append(1)
        raise OperationalError("password=hush host=10.0.0.1")

    monkeypatch.setattr(connection, "cursor", away)
    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == "down"
    assert "hush" not in answer.content.decode()
    assert len(asked) == 1


def test_a_server_that_was_told_to_stop_wants_no_more_guests(client, monkeypatch):
    monkeypatch.setattr(SHUTDOWN, "is_set", True)

    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json()["checks"]["server"] == "down"


def test_no_brain_at_all_closes_the_bar(client, monkeypatch):
    monkeypatch.setattr(components, "EXTERNAL_CHECKS", [components.check_brain])
    monkeypatch.setitem(sys.modules, "bartender.brains.rule_based.brain", None)

    assert client.get("/healthz").status_code == 503


@pytest.mark.parametrize(
    "part, status",
    [
        (Component("voice", "real", True, ""), "ok"),
        (Component("payments", "simulated", True, ""), "ok"),
        (Component("voice", "off", True, ""), "degraded"),
        (Component("voice", "real", False, ""), "degraded"),
        (Component("brain", "real", False, "", is_essential=True), "unhealthy"),
    ],
)
def test_only_an_essential_part_closes_the_bar(part, status):
    assert overall_status([REAL, part]) == status


@pytest.mark.usefixtures("_no_page_was_asked_for")
class TestTheGuestsDoor:
    def test_a_bar_whose_own_address_is_refused_is_closed(self, client, settings):
        settings.PUBLIC_URL = "https://bar.example"

        answer = client.get("/healthz", HTTP_HOST="127.0.0.1")

        assert (answer.status_code, answer.json()["checks"]["page"]) == (503, "down")
        with pytest.raises(CommandError, match="does not answer: page"):
            call_command("check_services", stdout=StringIO())

    def test_what_guests_are_answered_is_said_by_the_setting_without_an_address(self, settings):
        settings.PUBLIC_URL = "https://bar.example"
        settings.ALLOWED_HOSTS = ["localhost"]

        assert components.check_guest_page().detail == (
            "a guest of PUBLIC_URL is answered 400: its host is not in ALLOWED_HOSTS"
        )

    def test_a_page_that_breaks_closes_the_bar(self, client, monkeypatch):
        def broken(*args, **kwargs):
            raise RuntimeError("a template is broken")

        monkeypatch.setattr("bartender.web.guest.render", broken)
        client.raise_request_exception = False

        assert client.get("/healthz").json()["checks"]["page"] == "down"

    @pytest.mark.parametrize(
        "host, state", [("bar.example", "degraded"), ("10.0.0.7:8000", None), ("maya:8000", None)]
    )
    def test_a_monitor_that_comes_as_a_guest_would_hears_that_guests_are_refused(
        self, client, settings, host, state
    ):
        settings.ALLOWED_HOSTS = ["127.0.0.1"]

        answer = client.get("/healthz", HTTP_HOST=host)

        assert (answer.status_code, answer.json()["checks"].get("host")) == (200, state)


@pytest.fixture
def _no_page_was_asked_for():
    GUEST_PAGE_PROBE.clear()
    yield
    GUEST_PAGE_PROBE.clear()


def test_nobody_writes_to_a_monitor(client):
    assert client.post("/healthz").status_code == 405


def test_the_summary_is_one_line_that_names_every_part():
    out = StringIO()
    call_command("check_services", summary=True, stdout=out, no_color=True)

    assert len(out.getvalue().splitlines()) == 1
    for name in ("database", "brain", "voice", "ears", "memory", "payments", "broker"):
        assert f"{name}: " in out.getvalue()


def test_a_table_and_json_say_the_same():
    table, found = StringIO(), StringIO()
    call_command("check_services", stdout=table, no_color=True)
    call_command("check_services", json=True, stdout=found)

    listed = json.loads(found.getvalue())
    assert [line.split()[0] for line in table.getvalue().splitlines()] == list(listed)
    assert listed["payments"]["kind"] == "simulated"


def test_a_configured_service_that_is_silent_fails_the_command(monkeypatch):
    monkeypatch.setattr(components, "EXTERNAL_CHECKS", [lambda: Component("broker", "real", False, "Redis")])

    with pytest.raises(CommandError, match="does not answer: broker"):
        call_command("check_services", stdout=StringIO())


def test_a_refused_key_is_red_from_the_first_look_until_it_works(client, monkeypatch):
    """No guest has spoken, and the circuit breaker is closed: nothing but the question says it."""
    verdicts = {"model": "the key is refused"}
    monkeypatch.setattr(components, "EXTERNAL_CHECKS", [components.check_brain])
    monkeypatch.setattr(components, "current_llm_status", lambda: LLMStatus("model", "model", "Gemini"))
    monkeypatch.setattr("maya_site.ops.model_probe.probe_llm_failure", verdicts.get)
    MODEL_PROBE.clear()

    looks = [client.get("/healthz").json()["checks"]["brain"] for _ in range(5)]
    assert looks == ["degraded"] * 5
    assert (
        components.check_brain().detail == "Gemini, model fails (the key is refused); the house brain answers"
    )

    verdicts["model"] = ""
    MODEL_PROBE.clear()
    assert client.get("/healthz").json()["checks"]["brain"] == "ok"
    MODEL_PROBE.clear()
