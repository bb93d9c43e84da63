"""What Prometheus reads, and who else may."""

import re

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from maya_site.core.metrics import TURNS
from maya_site.core.release import VERSION
from maya_site.ops.cgroup import ContainerUsage, read_usage, total_memory_bytes
from payments.ledger import get_or_open_tab
from payments.posting_rules import TabTerms

pytestmark = pytest.mark.django_db

NAMES = {
    "maya_config_memory_mb",
    "maya_config_max_containers",
    "maya_process_uptime_seconds",
    "maya_rag_available",
    "maya_rag_document_count",
    "maya_rag_type",
    "maya_turns",
    "maya_turn_seconds",
    "maya_tool_calls",
    "maya_orders",
    "maya_payments",
    "maya_stripe_events",
    "maya_provider_failures",
    "maya_voice_sessions",
    "maya_open_tabs",
    "maya_llm_tokens",
    "maya_tts_characters",
    "maya_claims_held",
    "maya_assistance_requests",
}


def families(client):
    page = client.get("/metrics").content.decode()
    return {family.name: family for family in text_string_to_metric_families(page)}


def test_every_promised_name_is_there(client):
    assert NAMES - set(families(client)) == set()


def test_one_kind_of_memory_is_in_use(client):
    kinds = {sample.labels["type"]: sample.value for sample in families(client)["maya_rag_type"].samples}

    assert kinds == {"memvid": 0, "faiss": 0, "none": 1}


def test_what_is_counted_shows(client):
    TURNS.labels("house", "done").inc()

    samples = families(client)["maya_turns"].samples
    assert any(
        s.name == "maya_turns_total" and s.labels == {"brain": "house", "outcome": "done"} for s in samples
    )


def test_open_tabs_are_those_of_the_books(client):
    for guest in ("ada", "ben"):
        get_or_open_tab(guest, TabTerms())

    assert families(client)["maya_open_tabs"].samples[0].value == 2


def test_the_other_figures_come_also_without_the_database(client, monkeypatch):
    from django.db import OperationalError

    from maya_site.tasks import health

    def away():
        raise OperationalError("gone")

    monkeypatch.setattr(health, "oldest_wait_seconds", away)
    assert "maya_open_tabs" not in families(client)
    assert "maya_process_uptime_seconds" in families(client)


def test_the_environment_and_the_till_are_told(client, settings):
    settings.PRODUCTION = True

    (told,) = families(client)["maya_build_info"].samples

    assert told.labels == {
        "environment": "production",
        "till": "none",
        "version": VERSION,
        "commit": settings.MAYA_COMMIT,
    }


def test_a_container_may_be_asked_by_its_bare_address(client, settings):
    settings.ALLOWED_HOSTS = ["bar.example"]

    assert client.get("/metrics", headers={"host": "10.1.2.3:8000"}).status_code == 200
    assert client.get("/healthz", headers={"host": "10.1.2.3:8000"}).status_code == 200
    assert client.get("/", headers={"host": "10.1.2.3:8000"}).status_code == 400


class TestWhoMayRead:
    @pytest.fixture
    def production(self, settings):
        settings.PRODUCTION = True
        return Client(REMOTE_ADDR="203.0.113.7", headers={"x-forwarded-for": "127.0.0.1"})

    def test_in_development_anybody(self, client):
        assert client.get("/metrics").status_code == 200

    def test_in_production_without_a_token_this_machine_only(self, production):
        assert production.get("/metrics").status_code == 401
        assert production.get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 200
        assert production.get("/metrics", REMOTE_ADDR="").status_code == 401

    @pytest.mark.parametrize(
        "shown", ["", "Bearer ", "Bearer wrong", "Bearer \xe9", "Basic long-enough-token"]
    )
    def test_with_a_token_nobody_without_it(self, client, settings, shown):
        settings.METRICS_TOKEN = "long-enough-token"

        answer = client.get("/metrics", headers={"authorization": shown})

        assert answer.status_code == 401
        assert b"maya_" not in answer.content
        assert answer["WWW-Authenticate"] == "Bearer"

    def test_with_the_token_from_anywhere(self, production, settings):
        settings.METRICS_TOKEN = "long-enough-token"

        assert (
            production.get("/metrics", headers={"authorization": "Bearer long-enough-token"}).status_code
            == 200
        )


def series(client):
    lines = client.get("/metrics").content.decode().splitlines()
    return {re.sub(r"\s\S+$", "", line) for line in lines if not line.startswith("#")}


def test_a_thousand_strangers_leave_no_series_behind(client):
    for number in range(20):
        client.get(f"/tab/{number}/receipt/")
        client.get(f"/nothing-{number}")
    before = series(client)

    for number in range(1000):
        client.get(f"/nothing-{number}", headers={"user-agent": f"guest {number}"})
        if number % 20 == 0:
            client.get(f"/tab/{number:032x}/receipt/")

    assert series(client) - before == set()


class TestTheContainer:
    def test_version_2_reads_the_processes_own_group(self, tmp_path):
        group = tmp_path / "bar"
        group.mkdir()
        (group / "memory.current").write_text("1000\n")
        (group / "memory.max").write_text("4000\n")
        (group / "cpu.stat").write_text("usage_usec 2500000\nuser_usec 1\n")
        (tmp_path / "own").write_text("12:cpu:/other\n0::/bar\n")

        assert read_usage(tmp_path, tmp_path / "own") == ContainerUsage(1000, 4000, 2.5)

    def test_version_2_inside_a_namespace_and_without_a_limit(self, tmp_path):
        (tmp_path / "memory.current").write_text("1000\n")
        (tmp_path / "memory.max").write_text("max\n")
        (tmp_path / "own").write_text("0::/not/seen/from/inside\n")

        assert read_usage(tmp_path, tmp_path / "own") == ContainerUsage(1000, None, None)

    @pytest.mark.parametrize("limit, seen", [("9223372036854771712", None), ("4000", 4000)])
    def test_version_1_says_no_limit_with_a_huge_number(self, tmp_path, limit, seen):
        (tmp_path / "memory").mkdir()
        (tmp_path / "cpu,cpuacct").mkdir()
        (tmp_path / "memory" / "memory.usage_in_bytes").write_text("1000\n")
        (tmp_path / "memory" / "memory.limit_in_bytes").write_text(f"{limit}\n")
        (tmp_path / "cpu,cpuacct" / "cpuacct.usage").write_text("2500000000\n")

        assert read_usage(tmp_path, tmp_path / "own") == ContainerUsage(1000, seen, 2.5)

    def test_without_a_limit_the_machine_is_the_limit(self, tmp_path):
        (tmp_path / "meminfo").write_text("MemTotal:        8000 kB\nMemFree:         1000 kB\n")

        assert total_memory_bytes(tmp_path / "meminfo") == 8000 * 1024
        assert total_memory_bytes(tmp_path / "nothing") is None

    def test_no_container_no_figures(self, tmp_path):
        assert read_usage(tmp_path, tmp_path / "own") == ContainerUsage()
