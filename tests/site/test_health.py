"""Monitors hear whether guests can be sent here, and nothing that is none of their business."""

import json
import sys
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder

from maya_site.core.shutdown_signal import SHUTDOWN
from maya_site.ops import components
from maya_site.ops.components import Component
from maya_site.ops.health import overall_status

pytestmark = pytest.mark.django_db

REAL = Component("database", "real", True, "", is_essential=True)


@pytest.fixture(autouse=True)
def _a_brain(monkeypatch):
    house = Component("brain", "simulated", True, "house brain", is_essential=True)
    others = [look for look in components.EXTERNAL_CHECKS if look is not components.check_brain]
    monkeypatch.setattr(components, "EXTERNAL_CHECKS", [lambda: house, *others])


def test_a_bar_without_keys_serves_and_says_what_is_missing(client):
    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert answer.json()["checks"] | {"broker": "", "voice": "", "ears": ""} == {
        "database": "ok",
        "migrations": "ok",
        "jobs": "ok",
        "brain": "ok",
        "voice": "",
        "ears": "",
        "memory": "degraded",
        "payments": "simulated",
        "broker": "",
    }
    assert answer["Cache-Control"] == "no-store"


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
