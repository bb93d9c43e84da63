"""Every page that a guest meets, by the rules of axe-core (WCAG 2.2 AA), narrow and wide, dark and light.

At 320 pixels the page is as it is at 1280 with a zoom of 400 %: nothing may stick out.
"""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_page_browser import say, sit_down, tap

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.any_database]

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
LOOKS = [(320, "dark"), (768, "light"), (1440, "light"), (2560, "dark")]


@pytest.fixture(params=LOOKS, ids=lambda look: f"{look[0]}-{look[1]}")
def guest(request: pytest.FixtureRequest, browser: Browser, bar: str) -> Iterator[Page]:
    width, scheme = request.param
    context = browser.new_context(
        base_url=bar, viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


def faults(page: Page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    told = [
        f"{page.url}: {one['impact']} {one['id']}: {node['html'][:160]}"
        for one in found
        for node in one["nodes"][:3]
    ]
    sticks_out = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return told + ([f"{page.url}: {sticks_out} px stick out at the side"] if sticks_out > 0 else [])


def test_an_evening_breaks_no_rule_of_accessibility(guest: Page):
    sit_down(guest)
    found = faults(guest)
    guest.goto("/#menu")
    guest.locator(".care summary").click()
    guest.locator("[data-drink=martini] summary").click()
    found += faults(guest)
    guest.goto("/#talk")
    say(guest, "I'm allergic to sulphites")
    expect(guest.locator("[data-allergies]")).to_have_text(
        "Allergies: sulphites change", use_inner_text=False
    )
    say(guest, "a negroni, an IPA and a daiquiri")
    expect(guest.locator(".turn:last-child .reply .words")).to_contain_text("Negroni contains")
    guest.goto("/#menu")
    tap(guest, "water")
    expect(guest.locator(".line")).to_have_count(1)
    guest.goto("/#tab")
    found += faults(guest)
    guest.locator("[data-percent='20']").click()
    for page in ("/tab/", "/me/", "/tab/split/", "/memory/1/", "/nowhere/"):
        guest.goto(page)
        found += faults(guest)
    guest.goto("/#tab")
    guest.locator("[data-when=open] button").click()
    expect(guest.locator("[data-when=asked] [data-of=amount]")).to_be_visible()
    found += faults(guest)
    guest.locator("[data-when=asked] button").first.click()
    guest.wait_for_url("**/payments/till/**")
    found += faults(guest)
    guest.locator("[value=approve]").click()
    guest.wait_for_url("**/receipt/")
    found += faults(guest)

    assert not found, "\n".join(found)
