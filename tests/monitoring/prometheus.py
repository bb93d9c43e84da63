"""A real Prometheus of this machine, with our own rules, that watches bars on loopback."""

from __future__ import annotations

import shutil
import subprocess
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
import yaml

from tests.live_server import free_port
from tests.promtool import RULES, find_prometheus
from tests.waiting import wait_until

TIMEOUT_SECONDS = 30.0
RUNBOOKS_URL = "https://git.example/maya/deploy/runbooks"
SHORT_INTERVALS = {"scrape_interval": "1s", "scrape_timeout": "1s"}


class Prometheus:
    """The bar's configuration, but for the addresses and the pace. Use `with`."""

    def __init__(self, folder: Path, token: str, *bars: str, takes_pushes: bool = False) -> None:
        self.folder, self.token, self.bars = folder, token, bars
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.options = ["--web.enable-remote-write-receiver"] if takes_pushes else []
        self.alertmanagers: list[str] = []
        self.process: subprocess.Popen[bytes] | None = None

    def configuration(self) -> dict[str, Any]:
        written: dict[str, Any] = yaml.safe_load((RULES / "prometheus.yml").read_text())
        job, _alertmanager = written["scrape_configs"]
        written["scrape_configs"] = [job]
        written["alerting"]["alertmanagers"] = [{"static_configs": [{"targets": self.alertmanagers}]}]
        del job["dns_sd_configs"]
        job["static_configs"] = [{"targets": [bar.removeprefix("http://") for bar in self.bars]}]
        written["global"] |= SHORT_INTERVALS | {"evaluation_interval": "1s"}
        return written

    def __enter__(self) -> Prometheus:
        shutil.copytree(RULES, self.folder, dirs_exist_ok=True)
        (self.folder / "metrics_token").write_text(self.token)
        config = self.folder / "as_run.yml"
        config.write_text(yaml.safe_dump(self.configuration()))
        self.process = self._run(config)
        wait_until(self._ready, TIMEOUT_SECONDS)
        return self

    def _run(self, config: Path) -> subprocess.Popen[bytes]:
        listening = f"--web.listen-address=127.0.0.1:{self.port}"
        storage = f"--storage.tsdb.path={self.folder / 'data'}"
        # Version 3 fills in the environment by itself.
        fill = ["--enable-feature=expand-external-labels"] if is_version_2() else []
        run = ["env", f"RUNBOOKS_URL={RUNBOOKS_URL}", find_prometheus(), f"--config.file={config}"]
        run += [listening, storage, *fill, *self.options]
        with (self.folder / "prometheus.log").open("wb") as log:
            return subprocess.Popen(run, stdout=log, stderr=log)

    def _ready(self) -> bool:
        with suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(f"{self.address}/-/ready", timeout=2).close()
            return True
        return False

    def query(self, expression: str) -> list[dict[str, Any]]:
        asked = httpx.get(f"{self.address}/api/v1/query", params={"query": expression}, timeout=10).json()
        if asked["status"] != "success":
            raise ValueError(f"{expression}: {asked['error']}")
        found: Any = asked["data"]["result"]
        return found if asked["data"]["resultType"] == "vector" else [{"metric": {}, "value": found}]

    def metric_names(self) -> set[str]:
        listed = httpx.get(f"{self.address}/api/v1/label/__name__/values", timeout=10).json()
        return set(listed["data"])

    def active_alerts(self) -> set[str]:
        """Those that only wait for their time as well."""
        told = httpx.get(f"{self.address}/api/v1/alerts", timeout=10).json()
        return {alert["labels"]["alertname"] for alert in told["data"]["alerts"]}

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(TIMEOUT_SECONDS)


def is_version_2() -> bool:
    said = subprocess.run([find_prometheus(), "--version"], capture_output=True, text=True, check=True)
    return "version 2." in said.stdout + said.stderr


class Agent(Prometheus):
    """What runs beside one server and pushes what it reads there."""

    def __init__(self, folder: Path, token: str, bar: str, central: Prometheus, container: str) -> None:
        super().__init__(folder, token, bar)
        self.central, self.container = central, container

    def configuration(self) -> dict[str, Any]:
        written: dict[str, Any] = yaml.safe_load((RULES / "agent.yml").read_text())
        (job,), (push,) = written["scrape_configs"], written["remote_write"]
        job["static_configs"] = [{"targets": [self.bars[0].removeprefix("http://")]}]
        push["url"] = f"{self.central.address}/api/v1/write"
        written["global"] |= SHORT_INTERVALS
        return written

    def _run(self, config: Path) -> subprocess.Popen[bytes]:
        features = "--enable-feature=agent,expand-external-labels"
        listening = f"--web.listen-address=127.0.0.1:{self.port}"
        storage = f"--storage.agent.path={self.folder / 'data'}"
        run = ["env", f"CONTAINER={self.container}", find_prometheus(), features]
        with (self.folder / "agent.log").open("wb") as log:
            run += [f"--config.file={config}", listening, storage]
            return subprocess.Popen(run, stdout=log, stderr=log)
