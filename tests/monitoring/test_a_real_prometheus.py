"""A real Prometheus watches a real bar: every rule and every panel asks for something that is there."""

import re

import pytest

from tests.live_server import run_live_server
from tests.monitoring.evening import TOKEN, open_bar, play_evening
from tests.monitoring.exposed import metric_families
from tests.monitoring.files import load_alerts, load_rules, panel_expressions
from tests.monitoring.prometheus import Agent, Prometheus
from tests.waiting import wait_until

pytestmark = [pytest.mark.prometheus, pytest.mark.slow, pytest.mark.any_database]

NAME = re.compile(r"\b(?:maya|django|process)[_:][a-z0-9_:]+|\bup\b")


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    """The evening is over, and has been seen."""
    with (
        open_bar(tmp_path_factory.mktemp("bar")) as bar,
        Prometheus(tmp_path_factory.mktemp("prometheus"), TOKEN, bar.address) as prometheus,
    ):
        wait_until(lambda: prometheus.query("maya_build_info"), 30)
        play_evening(bar)
        wait_until(lambda: prometheus.query("maya_backup_last_success_timestamp_seconds"), 30)
        wait_until(lambda: prometheus.query("maya:turn_seconds:p95_10m"), 30)
        yield prometheus, metric_families(bar.metrics())


def unknown(expression, prometheus, exposed):
    """Names in an expression that neither the bar exposes nor a rule records."""
    known = {name for family in exposed for name in (family, *(f"{family}{end}" for end in ENDINGS))}
    return {name for name in NAME.findall(expression) if name not in known | set(load_rules()) | {"up"}}


# What does not happen on a good evening: its name is held by the test of names.
EMPTY_ON_A_GOOD_EVENING = {"conversation: Sentences held back"}
ENDINGS = ("_total", "_bucket", "_count", "_sum")


def test_every_rule_and_panel_asks_for_what_the_bar_tells(watched):
    prometheus, exposed = watched
    asked = [*load_rules().items(), *panel_expressions()]

    assert [(what, name) for what, asks in asked for name in unknown(asks, prometheus, exposed)] == []
    assert [what for what, asks in asked if not NAME.findall(asks)] == []


def test_every_panel_shows_something_of_the_evening(watched):
    prometheus, _exposed = watched
    empty = {what for what, asks in panel_expressions() if not prometheus.query(asks)}

    assert empty == EMPTY_ON_A_GOOD_EVENING


def test_every_figure_that_rules_share_is_recorded(watched):
    prometheus, _exposed = watched

    assert {name for name in load_rules() if ":" in name and not prometheus.query(name)} == set()


def test_every_alert_is_understood(watched):
    prometheus, _exposed = watched

    for asks in load_rules().values():
        prometheus.query(asks)


def test_a_good_evening_pages_nobody(watched):
    prometheus, _exposed = watched
    paged = {name for name, rule in load_alerts().items() if rule["labels"]["severity"] == "page"}

    assert prometheus.active_alerts() & paged == set()


def test_a_name_that_nobody_exposes_is_noticed(watched):
    prometheus, exposed = watched

    assert unknown("rate(maya_turn_total[5m])", prometheus, exposed) == {"maya_turn_total"}


def test_who_comes_without_the_token_sees_a_bar_that_is_down(watched, tmp_path):
    prometheus, _exposed = watched
    with Prometheus(tmp_path, "a guess", *prometheus.bars) as stranger:
        wait_until(lambda: stranger.query('up{job="maya"} == 0'), 30)


def test_containers_that_push_are_told_apart(tmp_path_factory):
    """Two containers behind one address: each sends its own figures, and none is counted twice."""
    folders = [tmp_path_factory.mktemp(name) for name in ("first", "second", "central", "one", "two")]
    with (
        run_live_server(folders[0], METRICS_TOKEN=TOKEN) as first,
        run_live_server(folders[1], METRICS_TOKEN=TOKEN) as second,
        Prometheus(folders[2], TOKEN, takes_pushes=True) as central,
        Agent(folders[3], TOKEN, first, central, "ta-first"),
        Agent(folders[4], TOKEN, second, central, "ta-second"),
    ):
        wait_until(lambda: len(central.query("maya_build_info")) == 2, 60)
        wait_until(lambda: len(central.query('up{job="maya"} == 1')) == 2, 30)

        told = {one["metric"]["instance"] for one in central.query("maya_process_uptime_seconds")}
        assert told == {"ta-first", "ta-second"}
        assert all("container" not in one["metric"] for one in central.query("maya_build_info"))
