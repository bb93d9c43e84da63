"""The rules and the dashboards as they lie in deploy/."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import yaml

from tests.promtool import RULES

GRAFANA = RULES.parent / "grafana"


def load_alerts() -> dict[str, dict[str, Any]]:
    return {rule["alert"]: rule for rule in _rules("alerts.yml")}


def load_rules() -> dict[str, str]:
    recorded = {rule["record"]: rule["expr"] for rule in _rules("recording.yml")}
    return recorded | {name: rule["expr"] for name, rule in load_alerts().items()}


def _rules(file: str) -> Iterator[dict[str, Any]]:
    for group in yaml.safe_load((RULES / file).read_text())["groups"]:
        yield from group["rules"]


def load_dashboards() -> dict[str, dict[str, Any]]:
    found = sorted((GRAFANA / "dashboards").glob("*.json"))
    return {board.stem: json.loads(board.read_text()) for board in found}


def panel_expressions() -> Iterator[tuple[str, str]]:
    """Which panel asks what; a panel may ask twice."""
    for name, board in load_dashboards().items():
        for panel in board["panels"]:
            for target in panel["targets"]:
                yield f"{name}: {panel['title']}", target["expr"]
