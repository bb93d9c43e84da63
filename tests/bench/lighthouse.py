"""What Google's Lighthouse says of the guest's pages, in this machine's Chromium, against a budget.

`python -m tests.bench.lighthouse [--desktop]` runs it on a bar of its own and prints a score for each page
and category; below the budget in lighthouse_budget.json it ends with 1, and says which audits cost what.
Lighthouse is no requirement of Maya's: `npm install --no-save lighthouse`, or LIGHTHOUSE names its program.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.chromium import ARGUMENTS, find_chromium
from tests.live_server import ROOT, run_live_server

BUDGET = Path(__file__).with_name("lighthouse_budget.json")
INSTALL = "Lighthouse is not here: npm install --no-save lighthouse (it needs Node and a Chromium)."
PATIENCE = 180

Scores = dict[str, int]


def find_lighthouse() -> str:
    places = os.environ.get("LIGHTHOUSE", ""), "lighthouse", str(ROOT / "node_modules/.bin/lighthouse")
    return next((found for place in places if place and (found := shutil.which(place))), "")


def budget() -> dict[str, Scores]:
    """The least score of each page, by category."""
    read: dict[str, Scores] = json.loads(BUDGET.read_text(encoding="utf-8"))
    return read


def look(url: str, categories: Scores, *, desktop: bool = False) -> dict[str, Any]:
    """Lighthouse's own report of one page. It measures as on a slow phone, where not told otherwise."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        run = [find_lighthouse(), url, "--quiet", "--output=json", f"--output-path={report}"]
        run += ["--no-enable-error-reporting", f"--only-categories={','.join(categories)}"]
        run += [f"--chrome-flags={' '.join(['--headless=new', *ARGUMENTS])}"]
        run += ["--preset=desktop"] if desktop else []
        env = os.environ | {"CHROME_PATH": find_chromium()}
        subprocess.run(run, check=True, env=env, timeout=PATIENCE, capture_output=True)
        found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    if error := found.get("runtimeError"):
        raise SystemExit(f"Lighthouse did not see {url}: {error['message']}")
    return found


def scores(report: dict[str, Any]) -> Scores:
    return {name: round(100 * (one["score"] or 0)) for name, one in report["categories"].items()}


def below(found: Scores, least: Scores) -> list[str]:
    """Which categories are under their budget. One that was not measured is."""
    return [name for name, score in least.items() if found.get(name, 0) < score]


def losses(report: dict[str, Any], category: str) -> Iterator[str]:
    """The audits of a category that cost it something, the dearest first."""
    refs = sorted(report["categories"][category]["auditRefs"], key=lambda one: -one["weight"])
    for ref in refs:
        audit = report["audits"][ref["id"]]
        if ref["weight"] and audit["score"] is not None and audit["score"] < 1:
            yield f"{audit['title']} ({audit.get('displayValue') or ref['id']})"


def judged(bar: str, *, desktop: bool = False) -> list[str]:
    """Print the pages' scores; what is below the budget comes back in words."""
    faults = []
    for path, least in budget().items():
        report = look(bar + path, least, desktop=desktop)
        found = scores(report)
        print(f"{path:<8}" + "  ".join(f"{name} {score}" for name, score in found.items()), flush=True)
        for name in below(found, least):
            lost = "; ".join(losses(report, name))
            faults.append(f"{path} {name}: {found.get(name, 0)} of at least {least[name]}. {lost}")
    return faults


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.lighthouse", description=__doc__)
    parser.add_argument("--desktop", action="store_true", help="a quick line and a large screen")
    asked = parser.parse_args()
    if not (find_lighthouse() and find_chromium()):
        sys.exit(INSTALL)
    with tempfile.TemporaryDirectory() as folder, run_live_server(Path(folder)) as bar:
        faults = judged(bar.rstrip("/"), desktop=asked.desktop)
    sys.exit("\n".join(faults) or 0)


if __name__ == "__main__":
    main()
