"""A shared screen in a real browser: on a wall, a tablet and a phone, with every tap counted."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_accessible_browser import faults
from tests.browser.test_bar_tab_browser import CROWDED, TARGETS, Finger, open_live
from tests.browser.test_display_browser import LIVE, PATIENCE, staff_context
from tests.drills.bar import BarProcess
from tests.staff_client import bar_with_owner

pytestmark = [pytest.mark.browser, pytest.mark.any_database]

PIN = "2580"
WIDTHS = [(1440, 900), (820, 1180), (390, 844)]


@pytest.fixture(scope="module")
def bar_process(tmp_path_factory) -> Iterator[BarProcess]:
    with bar_with_owner(tmp_path_factory.mktemp("screen")) as bar:
        yield bar


@pytest.fixture(scope="module")
def bar(bar_process: BarProcess) -> str:
    return bar_process.address


@pytest.fixture
def screen(browser: Browser, bar: str) -> Iterator[Page]:
    """A locked shared screen; its one PIN is the owner's."""
    context = staff_context(browser, bar)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda told: errors.append(told.text) if "Content Security" in told.text else None)
    open_live(page, "/bar/me/")
    for name in ("pin", "again"):
        page.locator(f".new-pin [name={name}]").fill(PIN)
    page.get_by_role("button", name="Set my PIN").click()
    expect(page.get_by_text("Your PIN is set")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Make this a shared screen").click()
    page.wait_for_url("**/bar/")
    expect(page.locator(".switch.locked .pin-pad")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(LIVE)).to_be_attached(timeout=PATIENCE)
    yield page
    context.close()
    assert errors == []


def type_pin(page: Page, finger: Finger, pin: str = PIN) -> None:
    for digit in pin:
        finger.tap(page.locator(".switch .pin-pad").get_by_role("button", name=digit, exact=True))
    finger.tap(page.locator(".switch").get_by_role("button", name="tess", exact=True))


@pytest.mark.parametrize("width, height", WIDTHS)
def test_a_pin_is_four_digits_and_a_name_and_all_of_it_can_be_hit(screen: Page, width, height, pictures):
    screen.set_viewport_size({"width": width, "height": height})
    targets = TARGETS.replace("main ", "header ")
    assert screen.evaluate(targets) == []
    assert screen.evaluate(CROWDED.replace("main ", "header ")) == []
    assert faults(screen) == []
    pictures(screen, f"locked-{width}")
    finger = Finger()
    type_pin(screen, finger)
    expect(screen.locator("header .who")).to_contain_text("tess", timeout=PATIENCE)
    assert finger.taps == 5
    pictures(screen, f"unlocked-{width}")
    finger.tap(screen.locator("header .who"))
    screen.wait_for_url("**/bar/me/")
    assert screen.evaluate(TARGETS) == []
    assert screen.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert faults(screen) == []
    pictures(screen, f"mine-{width}")
    screen.goto("/bar/drawer/")
    assert screen.evaluate(TARGETS) == []
    assert screen.evaluate(CROWDED) == []
    assert faults(screen) == []
    pictures(screen, f"drawer-{width}")
    finger.tap(screen.get_by_role("button", name="Lock"))
    expect(screen.locator(".switch.locked")).to_be_visible(timeout=PATIENCE)


def test_the_drawer_is_counted_in_two_taps(screen: Page):
    type_pin(screen, Finger())
    expect(screen.locator(LIVE)).to_be_attached(timeout=PATIENCE)
    finger = Finger()
    finger.tap(screen.get_by_role("link", name="Drawer"))
    screen.wait_for_url("**/bar/drawer/")
    expect(screen.locator(LIVE)).to_be_attached(timeout=PATIENCE)
    screen.locator("[aria-label=Count] [name=amount]").fill("12.50")
    finger.tap(screen.get_by_role("button", name="Enter the count"))
    expect(screen.get_by_text("Counted: $12.50. $12.50 over.")).to_be_visible(timeout=PATIENCE)
    expect(screen.locator(".sheet-sums")).to_contain_text("$12.50", timeout=PATIENCE)
    assert finger.taps == 2


@pytest.fixture
def pictures(tmp_path_factory):
    """Where a folder is named they are kept, to be looked at."""
    import os

    folder = os.environ.get("PICTURES", "")
    return lambda page, name: page.screenshot(path=f"{folder}/{name}.png") if folder else None


def test_a_wrong_pin_is_told_and_wiped_and_the_same_digit_twice_counts_twice(screen: Page):
    finger = Finger()
    field = screen.locator(".switch [name=pin]")
    for _ in range(2):
        finger.tap(screen.locator(".switch .pin-pad").get_by_role("button", name="7", exact=True))
    expect(field).to_have_value("77")
    type_pin(screen, finger, "1")
    expect(screen.get_by_text("That is not the PIN of tess")).to_be_visible(timeout=PATIENCE)
    expect(field).to_have_value("")


def test_an_untouched_screen_locks_in_front_of_ones_eyes(bar_process: BarProcess, screen: Page):
    bar_process.manage(
        "shell", "-c", "from bartender.models import Venue; Venue.objects.update(screen_lock_seconds=6)"
    )
    type_pin(screen, Finger())
    expect(screen.locator("header .who")).to_contain_text("tess", timeout=PATIENCE)
    expect(screen.locator(LIVE)).to_be_attached(timeout=PATIENCE)
    expect(screen.locator(".switch.locked")).to_be_visible(timeout=PATIENCE)
    expect(screen.locator("header .who")).to_have_count(0)
    expect(screen.get_by_role("button", name="New tab")).to_have_count(0)
