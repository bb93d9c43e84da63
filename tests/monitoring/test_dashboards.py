"""The dashboards as Grafana reads them: each panel in its place, all asking the one Prometheus."""

import itertools

import pytest
import yaml

from tests.monitoring.files import GRAFANA, load_dashboards

WIDTH = 24
(SOURCE,) = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yml").read_text())["datasources"]


def test_there_is_one_for_each_who_looks():
    assert set(load_dashboards()) == {"conversation", "evening", "infrastructure", "money"}
    assert len({board["uid"] for board in load_dashboards().values()}) == 4


def test_they_are_read_from_the_folder_that_is_mounted():
    (told,) = yaml.safe_load((GRAFANA / "provisioning/dashboards/maya.yml").read_text())["providers"]

    assert told["type"] == "file"
    assert told["options"]["path"].endswith("/dashboards")


@pytest.mark.parametrize("name", load_dashboards())
def test_every_panel_asks_the_provisioned_prometheus(name):
    for panel in load_dashboards()[name]["panels"]:
        sources = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]
        assert {source["uid"] for source in sources} == {SOURCE["uid"]}, panel["title"]
        assert panel["type"] in {"stat", "timeseries"}
        assert panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"]


@pytest.mark.parametrize("name", load_dashboards())
def test_no_panel_hides_another(name):
    taken: set[tuple[int, int]] = set()
    for panel in load_dashboards()[name]["panels"]:
        at = panel["gridPos"]
        fields = set(itertools.product(range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"])))
        assert not fields & taken, panel["title"]
        assert at["x"] + at["w"] <= WIDTH
        taken |= fields
    assert len({panel["id"] for panel in load_dashboards()[name]["panels"]}) == len(
        load_dashboards()[name]["panels"]
    )
