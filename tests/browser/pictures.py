"""Pictures of every state of the room, at four widths, dark and light.

`python -m tests.browser.pictures FOLDER` takes them; `--against OTHER` says which of them look different from
those of an earlier folder. The browser that draws them compares them.
"""

from __future__ import annotations

import argparse
import base64
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.test_page_browser import say, sit_down, tap
from tests.chromium import ARGUMENTS, find_chromium
from tests.live_server import run_live_server

WIDTHS = (320, 768, 1440, 2560)
SCHEMES: tuple[Literal["dark", "light"], ...] = ("dark", "light")
HEIGHT = 900
DIFFERENT = 0.005  # of the pixels, by more than an eighth of full scale: less is how glyphs fall
Shoot = Callable[[str], None]

COMPARE = """async ([mine, other]) => {
  const load = async (data) => createImageBitmap(await (await fetch(`data:image/png;base64,${data}`)).blob());
  const [a, b] = await Promise.all([load(mine), load(other)]);
  if (a.width !== b.width || a.height !== b.height) return 1;
  const pixels = (bitmap) => {
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext("2d");
    context.drawImage(bitmap, 0, 0);
    return context.getImageData(0, 0, bitmap.width, bitmap.height).data;
  };
  const [p, q] = [pixels(a), pixels(b)];
  let differ = 0;
  for (let at = 0; at < p.length; at += 4) {
    if ([0, 1, 2].some((colour) => Math.abs(p[at + colour] - q[at + colour]) > 32)) differ += 1;
  }
  return differ / (p.length / 4);
}"""


def evening(page: Page, shoot: Shoot) -> None:
    """All that a guest sees, from the door to the receipt."""
    sit_down(page)
    shoot("01-door")
    say(page, "Two old fashioneds and an IPA, please")
    expect(page.locator(".line")).to_have_count(2)
    say(page, "What is the story of the Negroni?")
    expect(page.locator(".turn")).to_have_count(3)
    page.wait_for_timeout(600)
    shoot("02-conversation")
    page.goto("/#menu")
    page.locator("[data-drink=martini] summary").click()
    shoot("03-menu")
    tap(page, "water")
    page.goto("/#tab")
    page.locator("[data-percent='20']").click()
    expect(page.locator("[data-percent='20']")).to_have_attribute("aria-pressed", "true")
    shoot("04-tab")
    page.goto("/#tab")
    page.locator("[data-when=open] button").click()
    expect(page.locator("[data-when=asked]")).to_be_visible()
    shoot("05-bill")
    page.goto("/tab/split/")
    shoot("06-split")
    page.goto("/#tab")
    page.locator("[data-when=asked] button").first.click()
    page.wait_for_url("**/payments/till/**")
    shoot("07-till")
    page.locator("[value=approve]").click()
    page.wait_for_url("**/receipt/")
    shoot("08-receipt")
    page.goto("/")
    say(page, "I'm allergic to sulphites")
    expect(page.locator("[data-allergies]")).to_contain_text("sulphites")
    say(page, "and a negroni")
    expect(page.locator(".turn:last-child .reply .words")).to_contain_text("contains")
    page.wait_for_timeout(600)
    shoot("09-allergy")
    page.goto("/me/")
    shoot("10-memory")
    page.goto("/nowhere/")
    shoot("11-no-page")


@contextmanager
def looking(browser: Browser, bar: str, width: int, scheme: Literal["dark", "light"]) -> Iterator[Page]:
    context = browser.new_context(
        base_url=bar,
        viewport={"width": width, "height": HEIGHT},
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def take(browser: Browser, bar: str, folder: Path) -> list[Path]:
    taken = []
    for width in WIDTHS:
        for scheme in SCHEMES:
            with looking(browser, bar, width, scheme) as page:

                def shoot(state: str, page: Page = page, name: str = f"{width}-{scheme}") -> None:
                    file = folder / f"{state}-{name}.png"
                    page.screenshot(path=file)
                    taken.append(file)

                evening(page, shoot)
            print(f"{width} px, {scheme}: done", flush=True)
    return taken


def differing(browser: Browser, mine: Path, other: Path) -> list[str]:
    page = browser.new_page()
    page.goto("about:blank")
    told = []
    for file in sorted(mine.glob("*.png")):
        before = other / file.name
        if not before.exists():
            told.append(f"{file.name}: new")
            continue
        pictures = [base64.b64encode(one.read_bytes()).decode() for one in (file, before)]
        if (share := page.evaluate(COMPARE, pictures)) > DIFFERENT:
            told.append(f"{file.name}: {share:.1%} of it looks different")
    return told


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.browser.pictures", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--against", type=Path, metavar="OTHER")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as place,
        run_live_server(Path(place)) as bar,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        print(f"{len(take(browser, bar, asked.folder))} pictures in {asked.folder}")
        told = differing(browser, asked.folder, asked.against) if asked.against else []
        browser.close()
    print("\n".join(told) if told else "Nothing looks different." if asked.against else "")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
