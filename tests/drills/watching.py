"""An evening at a real bar, watched by a real Prometheus: what every rule and every panel then shows.

    python -m tests.drills.watching

It needs `prometheus` on the PATH. Grafana asks the same: it reads the dashboards of deploy/grafana.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import tests.clean_environment  # noqa: F401  before Django reads the settings
from tests.promtool import INSTALL, find_prometheus


def format_series(found: list[dict[str, Any]]) -> str:
    """The first three series, each with the labels that tell it apart."""
    told = []
    for one in found[:3]:
        labels = ",".join(f"{name}={value}" for name, value in one["metric"].items() if name != "__name__")
        told.append(f"{labels + ' ' if labels else ''}{float(one['value'][1]):.6g}")
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return "; ".join(told) + more if told else "nothing"


def main() -> int:
    if not find_prometheus():
        print(f"No Prometheus found. {INSTALL}", file=sys.stderr)
        return 1
    from tests.monitoring.evening import TOKEN, open_bar, play_evening
    from tests.monitoring.files import load_rules, panel_expressions
    from tests.monitoring.prometheus import Prometheus
    from tests.waiting import wait_until

    with tempfile.TemporaryDirectory() as place:
        folders = [Path(place) / name for name in ("bar", "prometheus")]
        for folder in folders:
            folder.mkdir()
        with open_bar(folders[0]) as bar, Prometheus(folders[1], TOKEN, bar.address) as prometheus:
            wait_until(lambda: prometheus.query("maya_build_info"), 30)
            play_evening(bar)
            wait_until(lambda: prometheus.query("maya_backup_last_success_timestamp_seconds"), 30)
            wait_until(lambda: prometheus.query("maya:turn_seconds:p95_10m"), 30)
            asked = [*load_rules().items(), *panel_expressions()]
            for what, expression in asked:
                print(f"{what:<58} {format_series(prometheus.query(expression))}")
            alerting = ", ".join(sorted(prometheus.active_alerts())) or "none"
            print(f"{len(asked)} questions. Pending or firing: {alerting}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
