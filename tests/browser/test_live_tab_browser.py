"""The tab changes under a guest's hands, eyes and screen reader, and takes nothing away from them."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_page_browser import line, sit_down, tap
from tests.live_server import run_live_server

pytestmark = pytest.mark.browser

FOCUSED = "document.activeElement"


def other_window(page: Page) -> Page:
    other = page.context.new_page()
    sit_down(other)
    return other


def test_an_order_from_elsewhere_leaves_focus_scroll_and_elements_as_they_are(page: Page):
    page.set_viewport_size({"width": 390, "height": 500})
    sit_down(page)
    page.goto("/#tab")
    other = other_window(page)
    for number, slug in enumerate(("negroni", "ipa", "water", "martini"), 1):
        tap(other, slug)
        expect(line(page, "")).to_have_count(number)
    page.evaluate("for (const row of document.querySelectorAll('.line')) row.mine = true")
    undo = page.get_by_text("Undo last item")
    undo.focus()
    undo.evaluate("button => { globalThis.mine = button; button.scrollIntoView({ block: 'center' }); }")
    scrolled = "document.querySelector('#tab').scrollTop"
    before = page.evaluate(scrolled)
    assert before > 0

    tap(other, "negroni")
    expect(page.locator("[data-fragment=due]")).to_have_text("$42.00")
    assert page.evaluate(f"{FOCUSED} === mine")
    assert page.evaluate(scrolled) == before
    assert page.evaluate("[...document.querySelectorAll('.line')].filter((row) => row.mine).length") == 4
    expect(page.locator(".line.fresh")).to_have_count(1)


def test_who_presses_a_tip_by_keyboard_stays_on_it(page: Page):
    sit_down(page)
    tap(page, "negroni")
    expect(line(page, "Negroni")).to_be_visible()
    ten = page.locator("[data-percent='10']")
    ten.focus()
    page.evaluate(f"globalThis.mine = {FOCUSED}")
    for pressed in ("true", "false"):
        page.keyboard.press("Enter")
        expect(ten).to_have_attribute("aria-pressed", pressed)
        assert page.evaluate(f"{FOCUSED} === mine")


def test_where_what_was_pressed_goes_away_the_focus_stays_beside_it(page: Page):
    sit_down(page)
    for number, slug in enumerate(("negroni", "ipa"), 1):
        tap(page, slug)
        expect(page.locator(".line")).to_have_count(number)
    line(page, "Negroni").locator("button").press("Enter")
    expect(page.locator(".line")).to_have_count(1)
    expect(page.locator(".lines")).to_be_focused()
    page.locator("[data-when=open] button").press("Enter")
    expect(page.locator("[data-when=asked] button").first).to_be_visible()
    expect(page.locator(".pay")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("[data-when=asked]").first.locator("button")).to_be_focused()


def test_a_sent_order_is_counted_down_through_other_changes_and_announced_once(
    browser: Browser, tmp_path: Path
):
    with run_live_server(tmp_path, HOLD_SECONDS="6") as bar:
        context = browser.new_context(base_url=bar)
        counts_down(context.new_page())
        context.close()


def counts_down(page: Page) -> None:
    page.add_init_script(
        "addEventListener('DOMContentLoaded', () => { globalThis.announced = [];"
        " new MutationObserver((changes) => announced.push(...changes.flatMap((one) =>"
        " [...one.addedNodes].map((node) => node.textContent))))"
        ".observe(document.querySelector('[data-notices]'), { childList: true }); });"
    )
    sit_down(page)
    tap(page, "negroni")
    expect(line(page, "Negroni")).to_be_visible()
    page.click("text=Send to the bar")
    counted = line(page, "Negroni").locator(".sent")
    expect(counted).to_contain_text("to the bar in")
    first = counted.inner_text()
    page.locator("[data-percent='20']").click()
    expect(page.locator("[data-percent='20']")).to_have_attribute("aria-pressed", "true")
    assert counted.inner_text() != "goes to the bar in a moment"
    expect(counted).not_to_have_text(first)
    expect(counted).to_have_text("at the bar", timeout=15_000)
    said = page.evaluate("announced")
    assert len([text for text in said if text.startswith("It goes to the bar in")]) == 1
    assert page.locator("#tab [aria-live], #tab [role=status]").count() == 0


def test_a_row_that_came_live_can_be_taken_off_without_the_stream(page: Page):
    """Its form is sent as a plain one, with the page's own token."""
    page.add_init_script(
        "globalThis.lines = []; globalThis.down = false; const Real = WebSocket;"
        "globalThis.WebSocket = class extends Real { constructor(address, ...others) {"
        " super(down ? new URL('/ws/nowhere/', address) : address, ...others); lines.push(this); } };"
    )
    sit_down(page)
    tap(page, "negroni")
    expect(line(page, "Negroni")).to_be_visible()
    row = line(page, "Negroni").locator("form")
    assert row.locator("[name=csrfmiddlewaretoken]").input_value()
    row.evaluate("form => form.submit()")
    expect(page.locator(".line")).to_have_count(0)
    expect(page.locator(".empty")).to_be_visible()
