"""Where the machine's Prometheus and its promtool are. Nothing is downloaded."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

INSTALL_ALERTMANAGER = "On Debian: apt-get install prometheus-alertmanager"
INSTALL = "On Debian: apt-get install prometheus"
RULES = Path(__file__).resolve().parent.parent / "deploy" / "prometheus"


@cache
def find_prometheus(name: str = "prometheus") -> str:
    return shutil.which(os.environ.get(name.upper(), "") or name) or ""


@cache
def find_alertmanager() -> str:
    """Under Debian's name, or its makers'."""
    return find_prometheus("prometheus-alertmanager") or find_prometheus("alertmanager")


def promtool(*words: str, said: str = "") -> subprocess.CompletedProcess[str]:
    run = [find_prometheus("promtool"), *words]
    return subprocess.run(run, input=said, capture_output=True, text=True, check=False)
