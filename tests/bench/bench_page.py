"""What the bar's page weighs and how fast it stands, in this machine's Chromium, beside other chat pages.

`python -m tests.bench.bench_page [--beside gradio=http://127.0.0.1:7860 ...]` loads each a few times with an
empty cache and prints medians: requests, kilobytes, first and largest paint, layout shift, and what
long tasks blocked.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from dataclasses import astuple, dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.chromium import ARGUMENTS, find_chromium
from tests.live_server import run_live_server

SETTLED_MS = 2_500
WATCH = """() => {
  globalThis.seen = { lcp: 0, cls: 0, blocked: 0 };
  const watch = (type, take) =>
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
  watch("largest-contentful-paint", (entry) => { seen.lcp = entry.startTime; });
  watch("layout-shift", (entry) => { if (!entry.hadRecentInput) seen.cls += entry.value; });
  watch("longtask", (entry) => { seen.blocked += Math.max(0, entry.duration - 50); });
}"""
READ = """() => ({
  ...seen,
  fcp: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0,
})"""
# The budget of the bar's own page; the first look, over the loopback.
BUDGET = {"requests": 40, "kilobytes": 200, "lcp_ms": 1_000, "cls": 0.05, "blocked_ms": 200}


@dataclass(frozen=True)
class Weight:
    requests: float
    kilobytes: float
    fcp_ms: float
    lcp_ms: float
    cls: float
    blocked_ms: float


def weigh(browser: Browser, url: str) -> Weight:
    """One visit by a guest whose browser has never been here."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.add_init_script(f"({WATCH})()")
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    asked: list[int] = []
    wire: list[float] = []
    session.on("Network.requestWillBeSent", lambda _event: asked.append(1))
    session.on("Network.loadingFinished", lambda event: wire.append(event["encodedDataLength"]))
    page.goto(url, wait_until="load")
    page.wait_for_timeout(SETTLED_MS)
    seen = page.evaluate(READ)
    context.close()
    return Weight(len(asked), sum(wire) / 1024, seen["fcp"], seen["lcp"], seen["cls"], seen["blocked"])


def medians(weights: list[Weight]) -> Weight:
    return Weight(*(statistics.median(column) for column in zip(*map(astuple, weights), strict=True)))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bench_page", description=__doc__)
    parser.add_argument("--beside", nargs="*", default=[], metavar="NAME=URL")
    parser.add_argument("--times", type=int, default=5)
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        run_live_server(Path(folder)) as bar,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        pages = {"maya": bar} | dict(one.split("=", 1) for one in asked.beside)
        print(f"{'page':<12}{'requests':>9}{'KiB':>9}{'FCP ms':>9}{'LCP ms':>9}{'CLS':>8}{'blocked ms':>12}")
        for name, url in pages.items():
            one = medians([weigh(browser, url) for _ in range(asked.times)])
            row = f"{name:<12}{one.requests:>9.0f}{one.kilobytes:>9.0f}{one.fcp_ms:>9.0f}{one.lcp_ms:>9.0f}"
            print(f"{row}{one.cls:>8.3f}{one.blocked_ms:>12.0f}", flush=True)
        browser.close()
    print("Budget of Maya's page: " + ", ".join(f"{name} {most}" for name, most in BUDGET.items()))


if __name__ == "__main__":
    main()
