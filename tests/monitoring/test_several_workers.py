"""Several processes behind one port: whoever is asked answers for all of them."""

import os
from collections import Counter

import httpx
import pytest

from tests.live_server import run_live_server
from tests.monitoring.exposed import metric_families, unbounded_labels

pytestmark = pytest.mark.slow

TOKEN = "a-token-that-nobody-guesses"


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Forty requests for a page that the bar does not ask itself for, and then the figures, asked eight
    times."""
    if "postgres" not in os.environ.get("DATABASE_URL", "") or not os.environ.get("REDIS_URL"):
        pytest.skip("several workers share PostgreSQL and Redis: DATABASE_URL and REDIS_URL name none")
    with run_live_server(tmp_path_factory.mktemp("bar"), WORKERS="2", METRICS_TOKEN=TOKEN) as address:
        for _ in range(40):
            httpx.get(f"{address}/tab/", timeout=10)
        shown = {"Authorization": f"Bearer {TOKEN}"}
        yield [httpx.get(f"{address}/metrics", headers=shown, timeout=10).text for _ in range(8)]


def counted(page):
    family = metric_families(page)["django_http_requests_latency_seconds_by_view_method"]
    return sum(
        s.value for s in family.samples if s.name.endswith("_count") and s.labels["view"] == "bartender:bill"
    )


def test_every_worker_tells_of_all_requests(pages):
    assert {counted(page) for page in pages} == {40}


def test_what_is_looked_up_is_told_once(pages):
    for page in pages:
        lines = Counter(line.rpartition(" ")[0] for line in page.splitlines() if not line.startswith("#"))
        assert [line for line, times in lines.items() if times > 1] == []
        for name in ("maya_open_tabs", "maya_build_info", "maya_rag_available", "maya_voice_sessions"):
            assert len(metric_families(page)[name].samples) == 1


def test_no_process_has_a_series_of_its_own(pages):
    assert unbounded_labels(metric_families(pages[-1])) == []


def test_the_loops_of_all_are_watched(pages):
    assert "maya_event_loop_lag_seconds_bucket" in pages[-1]
