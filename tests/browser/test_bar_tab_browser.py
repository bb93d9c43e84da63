"""Tabs and money behind the bar in a real browser: every tap is counted, on a desk and on a phone."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.test_accessible_browser import faults
from tests.browser.test_display_browser import LIVE, PATIENCE, staff_context
from tests.browser.test_page_browser import sit_down, tap
from tests.drills.bar import BarProcess
from tests.staff_client import bar_with_owner

pytestmark = pytest.mark.browser

TARGETS = """() => [...document.querySelectorAll('main a, main button, main summary, main input')]
  .filter((one) => one.checkVisibility() && !['checkbox', 'hidden'].includes(one.type))
  .map((one) => [one.getBoundingClientRect(), one.outerHTML.slice(0, 80)])
  .filter(([box]) => box.width < 48 || box.height < 48).map(([, html]) => html)"""

# The bar at the foot of a phone and the sign to undo lie above what is scrolled below them.
CROWDED = """() => {
  const kinds = 'main a, main button, main summary, main input, main fieldset span';
  const found = [...document.querySelectorAll(kinds)]
    .filter((one) => one.checkVisibility() && !['checkbox', 'hidden'].includes(one.type))
    .filter((one) => !one.closest('.to-sheet, .sheet-send, .undo, .unseen'))
    .map((one) => [one, one.getBoundingClientRect()]);
  return found.flatMap(([one, a], at) => found.slice(at + 1).filter(([other, b]) => !one.contains(other)
    && Math.max(a.left - b.right, b.left - a.right, a.top - b.bottom, b.top - a.bottom) < 7.9)
    .map(([other]) => `${one.outerHTML.slice(0, 80)} and ${other.outerHTML.slice(0, 80)}`));
}"""


@pytest.fixture(scope="module")
def bar_process(tmp_path_factory) -> Iterator[BarProcess]:
    folder = tmp_path_factory.mktemp("tabs")
    with bar_with_owner(folder) as bar:
        yield bar


@pytest.fixture(scope="module")
def bar(bar_process: BarProcess) -> str:
    return bar_process.address


@pytest.fixture
def display(browser: Browser, bar: str) -> Iterator[Page]:
    context = staff_context(browser, bar)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda told: errors.append(told.text) if "Content Security" in told.text else None)
    open_live(page, "/bar/")
    yield page
    context.close()
    assert errors == []


def open_live(page: Page, path: str) -> None:
    page.goto(path)
    expect(page.locator(LIVE)).to_be_attached(timeout=PATIENCE)


class Finger:
    """Counts its taps."""

    def __init__(self) -> None:
        self.taps = 0

    def tap(self, what: Locator) -> None:
        self.taps += 1
        what.click()


def on_tab_page(page: Page) -> None:
    page.wait_for_url("**/bar/tab/**")
    expect(page.locator(LIVE)).to_be_attached(timeout=PATIENCE)


def drink(page: Page, name: str) -> Locator:
    return page.locator(".ring-one", has_text=re.compile(rf"^\s*{name}"))


def lines(page: Page) -> Locator:
    return page.locator(".sheet-lines > li:not(.quiet)")


def test_two_drinks_are_rung_in_and_paid_in_cash_and_every_tap_is_counted(display: Page):
    finger = Finger()
    finger.tap(display.get_by_role("button", name="New tab"))
    on_tab_page(display)
    finger.tap(drink(display, "Negroni"))
    finger.tap(drink(display, "IPA"))
    expect(lines(display)).to_have_count(2, timeout=PATIENCE)
    finger.tap(display.get_by_role("button", name="Send 2 to the bar"))
    expect(display.locator(".sheet-send")).to_have_count(0, timeout=PATIENCE)
    assert finger.taps <= 4

    open_live(display, "/bar/")
    finger = Finger()
    finger.tap(display.locator(".tabs a", has_text="$17.00").first)
    on_tab_page(display)
    finger.tap(display.locator(".settle summary"))
    finger.tap(display.locator("[name=cash][value='2000']"))
    expect(display.locator(".settled")).to_contain_text("Given $20.00, change $3.00", timeout=PATIENCE)
    assert finger.taps <= 4
    assert faults(display) == []


def test_two_taps_of_one_wet_finger_are_one_drink_and_a_later_one_is_another(display: Page):
    display.get_by_role("button", name="New tab").click()
    on_tab_page(display)
    drink(display, "Negroni").dblclick()
    expect(lines(display)).to_have_count(1, timeout=PATIENCE)
    expect(display.locator("[data-busy]")).to_have_count(0, timeout=PATIENCE)
    display.wait_for_timeout(400)
    drink(display, "Negroni").dblclick()
    expect(lines(display)).to_have_count(2, timeout=PATIENCE)
    display.wait_for_timeout(400)
    drink(display, "Negroni").click()
    expect(lines(display)).to_have_count(3, timeout=PATIENCE)


def test_what_is_being_written_stays_when_somebody_else_orders(display: Page, page: Page):
    display.get_by_role("button", name="New tab").click()
    on_tab_page(display)
    card = display.locator("[data-words]", has=drink(display, "Whiskey"))
    card.locator("summary").click()
    card.get_by_label("on the rocks").check()
    card.get_by_label("Note").fill("big cube")
    sit_down(page)
    tap(page, "negroni")
    expect(page.locator(".line")).to_be_visible(timeout=PATIENCE)
    drink(display, "IPA").click()
    expect(lines(display)).to_have_count(1, timeout=PATIENCE)

    expect(card.get_by_label("Note")).to_have_value("big cube")
    card.locator(".ring-made .main").click()
    expect(lines(display)).to_have_count(2, timeout=PATIENCE)
    expect(lines(display).last).to_contain_text("on the rocks")
    expect(lines(display).last.locator(".note")).to_contain_text("big cube")


def test_a_note_is_rung_in_on_a_phone_and_a_line_goes_on_the_house(display: Page, page: Page):
    sit_down(page)
    tap(page, "old-fashioned")
    expect(page.locator(".line")).to_be_visible(timeout=PATIENCE)
    display.set_viewport_size({"width": 390, "height": 844})
    open_live(display, "/bar/")
    finger = Finger()
    finger.tap(display.locator(".tabs a", has_text="$12.00").first)
    on_tab_page(display)
    finger.tap(lines(display).first.locator("summary"))
    assert display.evaluate(CROWDED) == []
    finger.tap(lines(display).first.get_by_role("button", name="Guest unhappy").first)
    expect(display.locator(".sheet-sums")).to_contain_text("On the house", timeout=PATIENCE)
    assert finger.taps <= 4
    display.get_by_role("searchbox", name="Find a drink").fill("gin")
    card = display.locator("[data-words]", has=drink(display, "Gin"))
    card.locator("summary").click()
    assert display.evaluate(TARGETS) == display.evaluate(CROWDED) == []
    card.get_by_label("Note").fill("no orange")
    card.locator(".ring-made .main").click()
    expect(display.locator(".sheet .note")).to_contain_text("no orange", timeout=PATIENCE)
    assert display.evaluate("() => document.documentElement.scrollWidth") <= 390
    assert display.evaluate(TARGETS) == []
    assert faults(display) == []


def test_the_amounts_on_the_buttons_follow_the_tip_and_enter_takes_what_was_typed(display: Page):
    display.get_by_role("button", name="New tab").click()
    on_tab_page(display)
    drink(display, "Negroni").click()
    display.locator(".settle summary").click()
    chips = display.locator(".settle .chips button:visible")
    expect(chips).to_have_text(
        [re.compile("exact"), *map(re.compile, ("4.00 back", "9.00 back", "39.00", "89.00"))]
    )
    display.get_by_label("Tip").first.fill("4.50")
    expect(chips).to_have_text(
        [re.compile(r"\$15\.50\s+exact"), *map(re.compile, ("4.50 back", "34.50", "84.50"))]
    )
    expect(display.get_by_role("button", name="Card on our terminal, $15.50")).to_be_visible()
    display.get_by_label("Another amount given").fill("16")
    display.get_by_label("Another amount given").press("Enter")

    expect(display.locator(".settled")).to_contain_text("Given $16.00, change $0.50", timeout=PATIENCE)
    expect(display.locator(".settled")).to_contain_text("$15.50 received in cash")


def test_enter_behind_a_reason_in_words_gives_that_reason(display: Page):
    display.get_by_role("button", name="New tab").click()
    on_tab_page(display)
    drink(display, "Negroni").click()
    lines(display).first.locator("summary").click()
    comp = lines(display).first.locator("form[action$='/comp/']")
    comp.get_by_label("Another reason").press("Enter")
    expect(display.locator("[data-notices]")).to_contain_text("Say the reason in a few words")
    comp.get_by_label("Another reason").fill("her birthday")
    comp.get_by_label("Another reason").press("Enter")
    expect(display.locator(".sheet-sums")).to_contain_text("On the house", timeout=PATIENCE)


def test_a_payment_is_undone_within_its_seconds_which_are_counted_on_the_button(display: Page):
    display.get_by_role("button", name="New tab").click()
    on_tab_page(display)
    drink(display, "Negroni").click()
    display.locator(".settle summary").click()
    display.locator("[name=cash][value='2000']").click()
    expect(display.locator(".settled")).to_contain_text("change $9.00", timeout=PATIENCE)
    sign = display.locator(".undo", has_text="$11.00 received in cash")
    expect(sign.locator("[data-countdown]")).to_have_text(re.compile("^[1-9]$"), timeout=PATIENCE)
    assert display.evaluate(TARGETS) == []
    assert faults(display) == []
    sign.get_by_role("button").click()

    expect(display.locator(".settle summary")).to_contain_text("Settle $11.00", timeout=PATIENCE)
    expect(sign).to_have_count(0, timeout=PATIENCE)


def test_the_sign_goes_when_the_time_is_over(display: Page):
    display.get_by_role("button", name="New tab").click()
    on_tab_page(display)
    drink(display, "IPA").click()
    sign = display.locator(".undo", has_text="1 × IPA rung in")
    expect(sign).to_be_visible(timeout=PATIENCE)
    expect(sign).to_have_count(0, timeout=PATIENCE + 12_000)
