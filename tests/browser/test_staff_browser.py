"""Staff in a real browser, from the first click: taps while the bar is away, money, the end of the day."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.test_display_browser import LIVE, PATIENCE, order, shown, staff_context, ticket
from tests.browser.test_page_browser import line, tap
from tests.drills.bar import BarProcess
from tests.staff_client import PASSWORD, bar_with_owner

pytestmark = [pytest.mark.browser, pytest.mark.any_database]

# Where to keep pictures of each step, for people to look at; else they go the way of the test's folder.
SHOTS = os.environ.get("SHOTS", "")
HIRE = """
from django.contrib.auth.models import Group, User
from bartender.models.menu import Venue
for name, group in (("sam", "Bar staff"), ("mo", "Bar managers"), ("max", "Bar managers")):
    person = User.objects.create_user(name, password={password!r}, is_staff=True)
    person.groups.add(Group.objects.get(name=group))
Venue.objects.update(approval_limit_cents=500)
"""
UNREACHED = re.compile("did not reach the bar")


@pytest.fixture
def bar_process(tmp_path_factory) -> Iterator[BarProcess]:
    folder = tmp_path_factory.mktemp("staff")
    with bar_with_owner(folder) as bar:
        yield bar


@pytest.fixture
def bar(bar_process: BarProcess) -> str:
    return bar_process.address


@pytest.fixture
def display(browser: Browser, bar: str) -> Iterator[Page]:
    context = staff_context(browser, bar)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/bar/")
    expect(page.locator(LIVE)).to_be_attached(timeout=PATIENCE)
    yield page
    context.close()
    assert errors == []


def test_a_tap_while_the_bar_is_away_stays_on_the_display_and_is_pressed_again(
    bar_process: BarProcess, page: Page, display: Page
):
    order(page, "negroni")
    slip = shown(ticket(display, "new", "Negroni"))
    rows = display.locator(".ticket").evaluate_all("rows => rows.map(row => row.id)")
    bar_process.kill()
    slip.locator(".bump").click()  # before the line is known to be lost
    expect(slip.locator(".unreached")).to_have_text(UNREACHED, timeout=PATIENCE)
    expect(display.locator("[data-line][data-state=lost]")).to_be_visible(timeout=PATIENCE)
    for press in (slip.locator(".bump").click, lambda: display.keyboard.press("1")):
        press()  # and after it
        expect(slip.locator(".unreached")).to_have_text(UNREACHED, timeout=PATIENCE)
        expect(slip.locator(".bump")).to_be_enabled()
    display.locator(".ticket a.guest").first.click()  # nor does a link lead to nowhere
    expect(display.locator(".notice", has_text=UNREACHED).first).to_be_visible(timeout=PATIENCE)
    assert display.url == bar_process.address + "/bar/"
    assert display.locator(".ticket").evaluate_all("rows => rows.map(row => row.id)") == rows

    bar_process.open()
    expect(display.locator(LIVE)).to_be_attached(timeout=2 * PATIENCE)
    shown(ticket(display, "new", "Negroni"))  # nothing was kept and sent later
    ticket(display, "new", "Negroni").locator(".bump").click()
    shown(ticket(display, "making", "Negroni"))
    expect(display.locator(".unreached")).to_have_count(0)


def test_a_bar_that_hangs_and_a_login_that_ran_out_are_said_at_the_ticket(
    bar_process: BarProcess, page: Page, display: Page
):
    order(page, "martini")
    slip = shown(ticket(display, "new", "Martini"))
    assert bar_process.server
    os.kill(bar_process.server.pid, signal.SIGSTOP)
    try:
        slip.locator(".bump").click()
        expect(slip.locator(".unreached")).to_have_text(UNREACHED, timeout=PATIENCE)
    finally:
        os.kill(bar_process.server.pid, signal.SIGCONT)
    expect(display.locator(LIVE)).to_be_attached(timeout=2 * PATIENCE)
    display.context.clear_cookies(name="sessionid")
    slip = shown(display.locator(".ticket", has_text="Martini").first)
    slip.locator(".bump").click()
    expect(slip.locator(".unreached")).to_have_text(re.compile("logged out"), timeout=PATIENCE)


def test_what_a_person_has_written_to_a_guest_outlives_the_bar(
    bar_process: BarProcess, page: Page, display: Page
):
    order(page, "ipa")
    display.locator(".ticket a.guest").first.click()
    display.wait_for_url("**/bar/talk/*/")
    display.click("text=Take over from Maya")
    display.wait_for_selector("#text")
    display.fill("#text", "One moment, please.")
    bar_process.kill()
    display.click("text=Say it")
    expect(display.locator("form .unreached")).to_have_text(UNREACHED, timeout=PATIENCE)
    assert display.input_value("#text") == "One moment, please."
    bar_process.open()
    expect(display.locator(LIVE)).to_be_attached(timeout=2 * PATIENCE)
    display.click("text=Say it")
    expect(display.locator(".conversation")).to_contain_text("One moment, please.", timeout=PATIENCE)
    expect(page.locator(".turns")).to_contain_text("One moment, please.", timeout=2 * PATIENCE)


def test_a_guest_whose_bar_is_away_keeps_the_page(bar_process: BarProcess, page: Page):
    page.add_init_script(
        "globalThis.WebSocket = class { constructor() { setTimeout(() => this.onclose?.(), 0); } close() {} }"
    )
    page.goto("/")
    tap(page, "negroni")  # by its plain form: there is no stream
    expect(line(page, "Negroni")).to_be_visible(timeout=PATIENCE)
    page.fill("#message", "and an IPA")
    bar_process.kill()
    page.click(".say")
    expect(page.locator(".notice", has_text=UNREACHED)).to_be_visible(timeout=PATIENCE)
    assert page.input_value("#message") == "and an IPA"
    bar_process.open()
    page.click(".say")
    expect(line(page, "IPA")).to_be_visible(timeout=PATIENCE)


@pytest.fixture
def staff(bar_process: BarProcess, browser: Browser, tmp_path: Path) -> Iterator["Staff"]:
    bar_process.manage("shell", "-v", "0", "-c", HIRE.format(password=PASSWORD))
    staff = Staff(browser, bar_process.address, Path(SHOTS or tmp_path))
    yield staff
    staff.close()


class Staff:
    """Each with a browser of their own, from the login on."""

    def __init__(self, browser: Browser, bar: str, folder: Path) -> None:
        self.browser, self.bar, self.folder = browser, bar, folder
        self.contexts: list[BrowserContext] = []

    def login(self, name: str, door: str = "/admin/") -> Page:
        context = self.browser.new_context(base_url=self.bar, viewport={"width": 1280, "height": 900})
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        page = context.new_page()
        page.goto(door)
        page.fill("#id_username", name)
        page.fill("#id_password", PASSWORD)
        page.click("[type=submit]")
        page.wait_for_url(f"**{door}")
        return page

    def shoot(self, page: Page, name: str) -> None:
        page.screenshot(path=self.folder / f"{name}.png", full_page=True)

    def close(self) -> None:
        for context in self.contexts:
            context.close()


def pressable(page: Page, name: str | re.Pattern[str]) -> Locator:
    """A button of that name, large enough for a thumb."""
    button = page.get_by_role("button", name=name, exact=True)
    box = shown(button).bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= 44
    return button


@pytest.mark.slow
def test_cash_a_refund_by_two_people_and_the_end_of_the_day(page: Page, staff: Staff):
    order(page, "negroni")
    expect(line(page, "Negroni")).to_contain_text("at the bar", timeout=PATIENCE)
    settled_in_cash(staff)
    expect(page.locator("[data-when=paid]")).to_be_visible(timeout=PATIENCE)
    refunded_by_two(staff)
    tap(page, "ipa")  # a new tab, which nobody pays tonight
    expect(line(page, "IPA")).to_be_visible(timeout=PATIENCE)
    the_day_is_closed(staff)


def settled_in_cash(staff: Staff) -> None:
    sam = staff.login("sam")
    staff.shoot(sam, "cash-1-first-page")
    sam.locator("section", has=sam.locator("#open-tabs")).locator("tbody a").first.click()
    sam.click("a:has-text('Settle at the bar')")
    sam.select_option("[name=tender]", label="cash")
    sam.select_option("[name=reason]", label="the till could not take it")
    staff.shoot(sam, "cash-2-form")
    pressable(sam, "Go on").click()
    expect(sam.locator("h2", has_text="Receive $11.00 in cash?")).to_be_visible()
    staff.shoot(sam, "cash-3-what-it-will-do")
    pressable(sam, "Receive $11.00 in cash").click()
    expect(sam.locator(".messagelist")).to_contain_text("Done: $11.00 received in cash.")
    staff.shoot(sam, "cash-4-done")


def refunded_by_two(staff: Staff) -> None:
    mo, max_ = staff.login("mo"), staff.login("max", "/bar/")
    mo.click("#content-main a:has-text('Tabs')")
    mo.locator("#result_list tbody th a").first.click()
    mo.click(".act-buttons a:has-text('Refund')")
    mo.fill("[name=amount]", "11.00")
    mo.select_option("[name=reason]", label="guest unhappy")
    pressable(mo, "Go on").click()
    staff.shoot(mo, "refund-1-what-it-will-do")
    pressable(mo, "Ask a second person: give $11.00 back").click()
    expect(mo.locator(".messagelist")).to_contain_text("a second person's approval. Nothing has changed yet.")
    staff.shoot(mo, "refund-2-waits")
    mo.goto("/bar/")
    waiting = "[data-fragment=second_approvals]"
    expect(mo.locator(waiting)).to_contain_text("Somebody else, who may approve, decides.")
    shown(max_.locator(f"{waiting} .wish", has_text="Give $11.00 back"))  # live, without a reload
    staff.shoot(max_, "refund-3-second-person-on-the-display")
    max_.goto("/admin/")
    staff.shoot(max_, "refund-4-second-person-on-the-first-page")
    max_.goto("/bar/")
    expect(max_.locator(LIVE)).to_be_attached()  # by then all rows were drawn anew once
    pressable(max_, re.compile(r"^Approve for guest .+: give \$11\.00 back$")).click()
    expect(max_.locator(".notice")).to_contain_text("Done: $11.00 goes back.")
    expect(max_.locator("[data-fragment=second_approvals] .wish")).to_have_count(0)
    staff.shoot(max_, "refund-5-approved")
    mo.goto("/admin/")
    mo.click("#content-main a:has-text('Refunds')")
    expect(mo.locator("#result_list")).to_contain_text("$11.00")
    expect(mo.locator("#result_list")).to_contain_text("succeeded")


def the_day_is_closed(staff: Staff) -> None:
    mo = staff.login("mo")
    mo.click("#content-main a:has-text('Z reports')")
    mo.click("text=X report: the day as it stands")
    mo.click(".close-day a")
    expect(mo.locator("#still-open")).to_contain_text("1 open tab, $6.00; 1 waiting ticket")
    staff.shoot(mo, "z-1-what-is-open")
    pressable(mo, "Go on").click()
    assert mo.evaluate("document.querySelector('#reason').validity.valueMissing")  # the browser asks for it
    mo.fill("#reason", "They pay at breakfast.")
    mo.click("button:has-text('Go on')")
    expect(mo.locator("h2", has_text="for good?")).to_be_visible()
    staff.shoot(mo, "z-2-sure")
    last = mo.locator("button.step")
    pressable(mo, last.inner_text()).click()
    expect(mo.locator("h1", has_text="Z report 1")).to_be_visible()
    expect(mo.locator(".report")).to_contain_text("Reason: They pay at breakfast.")
    staff.shoot(mo, "z-3-report")
