"""After an evening no series names a guest, a tab, a page that does not exist or what somebody said."""

from pathlib import Path

import pytest

from maya_site.ops import cgroup
from tests.monitoring.evening import open_bar, play_evening
from tests.monitoring.exposed import metric_families, unbounded_labels

pytestmark = [pytest.mark.slow, pytest.mark.any_database]

TABLE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "metrics.md").read_text()


@pytest.fixture(scope="module")
def exposed(tmp_path_factory):
    with open_bar(tmp_path_factory.mktemp("bar")) as bar:
        play_evening(bar)
        yield metric_families(bar.metrics())


# Told by a kernel that has control groups.
CONTAINED = {
    *("maya_container_memory_usage_bytes", "maya_container_memory_limit_bytes"),
    "maya_container_cpu_usage_seconds",
}
PROMISED = {
    *("maya_config_memory_mb", "maya_config_max_containers", "maya_process_uptime_seconds"),
    "maya_rag_available",
    *("maya_rag_document_count", "maya_rag_type", "maya_turns", "maya_turn_seconds", "maya_tool_calls"),
    *("maya_orders", "maya_payments", "maya_stripe_events", "maya_provider_failures", "maya_voice_sessions"),
    *("maya_open_tabs", "maya_llm_tokens", "maya_tts_characters"),
}


def test_every_figure_that_is_promised_has_something_to_tell(exposed):
    promised = PROMISED | (CONTAINED if cgroup.read_usage().memory_bytes else set())

    assert {name for name in promised if not (name in exposed and exposed[name].samples)} == set()


def test_no_label_grows_with_the_guests(exposed):
    assert unbounded_labels(exposed) == []


def test_every_figure_of_ours_is_explained(exposed):
    mine = {name for name in exposed if name.startswith("maya_") and not name.endswith("_created")}

    assert {name for name in mine if f"`{name}`" not in TABLE and f"`{name}_total`" not in TABLE} == set()


def test_a_guest_in_a_label_is_noticed():
    page = '# TYPE maya_x gauge\nmaya_x{view="/tab/3f2a9c/receipt/"} 1\nmaya_x{guest="ada"} 1\n'

    assert len(unbounded_labels(metric_families(page))) == 2
