"""Behind the bar, in a real browser: a guest orders, staff make it, the guest hears."""

import re
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.test_accessible_browser import faults
from tests.browser.test_page_browser import line, say, sit_down, tap
from tests.drills.bar import BarProcess
from tests.staff_client import PASSWORD, bar_with_owner

pytestmark = pytest.mark.browser

LIVE = "[data-line][data-state=live]"
PATIENCE = 15_000
COMING = "Somebody from the bar is coming to you."


@pytest.fixture(scope="module")
def bar_process(tmp_path_factory) -> Iterator[BarProcess]:
    """A bar of its own: what other tests' guests order is not on its display."""
    folder = tmp_path_factory.mktemp("display")
    with bar_with_owner(folder) as bar:
        yield bar


@pytest.fixture(scope="module")
def bar(bar_process: BarProcess) -> str:
    return bar_process.address


def staff_context(browser: Browser, bar: str, **how) -> BrowserContext:
    context = browser.new_context(base_url=bar, viewport={"width": 1440, "height": 900}, **how)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto("/bar/")
    page.fill("#id_username", "tess")
    page.fill("#id_password", PASSWORD)
    page.click("[type=submit]")
    page.wait_for_url("**/bar/")
    page.close()
    return context


@pytest.fixture(scope="module")
def behind_the_bar(browser: Browser, bar: str) -> Iterator[BrowserContext]:
    context = staff_context(browser, bar)
    yield context
    context.close()


@pytest.fixture
def display(behind_the_bar: BrowserContext) -> Iterator[Page]:
    page = behind_the_bar.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda told: errors.append(told.text) if "Content Security" in told.text else None)
    page.goto("/bar/")
    expect(page.locator(LIVE)).to_be_attached(timeout=PATIENCE)
    yield page
    page.close()
    assert errors == []


def order(page: Page, slug: str) -> None:
    sit_down(page)
    tap(page, slug)
    expect(page.locator(".line")).to_be_visible(timeout=PATIENCE)
    page.click("text=Send to the bar")


def ticket(display: Page, lane: str, drink: str) -> Locator:
    return display.locator(f".lane.{lane} .ticket", has_text=drink).first


def shown(place: Locator) -> Locator:
    expect(place).to_be_visible(timeout=PATIENCE)
    return place


def test_a_guest_orders_staff_make_it_and_the_guest_hears(page: Page, display: Page):
    order(page, "negroni")
    shown(ticket(display, "new", "Negroni")).locator(".bump").click()
    shown(ticket(display, "making", "Negroni"))
    expect(line(page, "Negroni")).to_contain_text("being made", timeout=PATIENCE)
    expect(page.locator(".turns")).to_contain_text("One Negroni is being made now.")
    ticket(display, "making", "Negroni").locator(".bump").click()
    shown(ticket(display, "ready", "Negroni"))
    expect(line(page, "Negroni")).to_contain_text("ready", timeout=PATIENCE)
    expect(page.locator(".turns")).to_contain_text("One Negroni is ready for you at the bar.")
    ticket(display, "ready", "Negroni").locator(".recall").click()
    expect(ticket(display, "making", "Negroni")).to_contain_text("Recalled", timeout=PATIENCE)
    expect(page.locator(".turn .said:visible")).to_have_count(0)  # Maya spoke; the guest has not


def test_the_keys_bump_choose_and_recall(page: Page, display: Page):
    order(page, "martini")
    slip = shown(ticket(display, "new", "Martini"))
    digit = slip.locator(".slot").inner_text()
    key = slip.get_attribute("data-key")
    assert re.fullmatch("[1-9]", digit)
    display.keyboard.press(digit)
    expect(display.locator(f".lane.making [data-key={key}]")).to_be_visible(timeout=PATIENCE)
    expect(display.locator(f"[data-key={key}] .slot")).to_have_text(digit)  # it stays with its ticket
    display.keyboard.press("r")
    expect(display.locator(f".lane.new [data-key={key}]")).to_be_visible(timeout=PATIENCE)
    while display.locator(f"[data-key={key}][data-chosen]").count() == 0:
        display.keyboard.press("ArrowDown")
    display.keyboard.press("Enter")
    expect(display.locator(f".lane.making [data-key={key}]")).to_be_visible(timeout=PATIENCE)
    display.click("[data-keys]")
    display.locator("h1").click()
    display.keyboard.press(digit)
    display.keyboard.press("x")
    expect(display.locator("[data-eighty-six]")).not_to_have_attribute("open", "")


def test_86_in_two_taps_is_on_the_open_page_of_a_guest(page: Page, display: Page):
    sit_down(page)
    display.click("[data-eighty-six] summary")
    display.click(".eighty-six button:has-text('Tequila')")
    expect(page.locator("[data-drink=tequila] .out")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("[data-drink=tequila] .add")).to_be_hidden()
    display.click(".eighty-six .out button:has-text('Tequila')")
    expect(page.locator("[data-drink=tequila] .add")).to_be_visible(timeout=PATIENCE)


def test_the_chime_is_switched_on_by_a_press_and_rings_for_a_new_ticket(page: Page, display: Page):
    display.evaluate(
        "globalThis.rung = 0; const start = OscillatorNode.prototype.start;"
        "OscillatorNode.prototype.start = function (...at) { rung += 1; return start.apply(this, at); }; null"
    )
    expect(display.locator("[data-sound]")).to_have_text(re.compile("Tap for sound|Calls only"))
    display.click("[data-sound]")
    expect(display.locator("[data-sound]")).to_have_text("Sound on", timeout=PATIENCE)
    tried = display.evaluate("rung")
    order(page, "whiskey")
    shown(ticket(display, "new", "Whiskey"))
    assert display.evaluate("rung") == tried + 2  # two notes
    display.click("[data-sound]")


SIZES = "all => all.map((one) => [one.offsetWidth, one.offsetHeight])"
GAPS = """all => all.map((row) => {
  const [many, name] = ["b", "span"].map((one) => {
    const range = document.createRange();
    range.selectNodeContents(row.querySelector(one));
    return range.getBoundingClientRect();
  });
  return [name.left - many.right, row.getBoundingClientRect().right - name.right];
})"""
STRAY_LINES = """all => all.map((row) =>
  row.offsetHeight - row.querySelector("b").offsetHeight - row.querySelector("span").offsetHeight)"""


def test_one_conversation_and_what_the_guest_had_are_laid_out_evenly(page: Page, display: Page):
    order(page, "cosmopolitan")
    tap(page, "soda")
    say(page, "Is it warm outside tonight?")
    expect(page.locator(".turn:last-child .reply .words")).not_to_be_empty()
    shown(display.locator(".talk-row a").first).click()
    display.wait_for_url("**/bar/talk/*/")
    expect(display.locator(".theirs")).to_contain_text("warm outside", timeout=PATIENCE)
    display.get_by_text("Allergies", exact=True).click()
    boxes = display.locator(".ticks input").evaluate_all(SIZES)
    gaps = display.locator(".counted li:has(b)").evaluate_all(GAPS)

    assert len(set(map(tuple, boxes))) == 1
    assert boxes[0][0] == boxes[0][1] < 30
    assert len(gaps) == 2
    assert all(before >= 4 and after >= 0 for before, after in gaps)
    assert all(rest < 22 for rest in display.locator(".theirs").evaluate_all(STRAY_LINES))


def test_a_person_takes_over_answers_and_hands_back(page: Page, display: Page):
    sit_down(page)
    say(page, "What is in a Manhattan?")
    row = shown(display.locator(".talk-row", has_text="Manhattan").first)
    row.locator("button").click()
    display.wait_for_url("**/bar/talk/*/")
    expect(page.locator("[data-hosted]")).to_be_visible(timeout=PATIENCE)
    say(page, "Could a person bring a chair?")
    expect(display.locator(".conversation")).to_contain_text("bring a chair", timeout=PATIENCE)
    display.fill("#text", "One chair, coming right up.")
    display.click("text=Say it")
    expect(page.locator(".turns")).to_contain_text("One chair, coming right up.", timeout=PATIENCE)
    expect(page.locator(".turn:last-child .who:visible")).to_have_text("The bar")
    expect(display.locator("#first")).to_have_value(re.compile("bring a chair"), timeout=PATIENCE)
    display.click("text=Hand back >> nth=-1")
    display.wait_for_url("**/bar/")
    expect(page.locator("[data-hosted]")).to_be_hidden(timeout=PATIENCE)
    say(page, "A water, please")
    expect(line(page, "Water")).to_be_visible(timeout=PATIENCE)


def test_without_a_script_tickets_are_moved_by_forms(browser: Browser, bar: str, page: Page):
    order(page, "ipa")
    context = staff_context(browser, bar, java_script_enabled=False)
    display = context.new_page()
    display.goto("/bar/")
    ticket(display, "new", "IPA").locator(".bump").click()
    shown(ticket(display, "making", "IPA")).locator(".recall").click()
    shown(ticket(display, "new", "IPA"))
    display.click("[data-eighty-six] summary")
    display.click(".eighty-six button:has-text('Brandy')")
    expect(display.locator(".notice")).to_have_text("86: Brandy.")
    display.click("[data-eighty-six] summary")
    display.click(".eighty-six .out button:has-text('Brandy')")
    context.close()


def test_tickets_outlive_a_bar_that_was_killed(bar_process: BarProcess, page: Page, display: Page):
    order(page, "daiquiri")
    shown(ticket(display, "new", "Daiquiri")).locator(".bump").click()
    shown(ticket(display, "making", "Daiquiri"))
    before = sorted(display.locator(".ticket").evaluate_all("rows => rows.map(row => row.id)"))
    bar_process.kill()
    expect(display.locator("[data-line][data-state=lost]")).to_be_visible(timeout=PATIENCE)
    bar_process.open()
    expect(display.locator(LIVE)).to_be_attached(timeout=2 * PATIENCE)
    expect(ticket(display, "making", "Daiquiri")).to_be_visible()
    assert sorted(display.locator(".ticket").evaluate_all("rows => rows.map(row => row.id)")) == before
    ticket(display, "making", "Daiquiri").locator(".bump").click()
    shown(ticket(display, "ready", "Daiquiri"))


@pytest.mark.parametrize("width, height", [(768, 1024), (1024, 768), (1440, 900), (2560, 1440), (390, 844)])
def test_nothing_scrolls_sideways_and_every_button_is_wide_enough_for_a_thumb(display: Page, width, height):
    display.set_viewport_size({"width": width, "height": height})
    display.locator("[data-eighty-six]").evaluate("panel => { panel.open = true; }")
    assert display.evaluate("document.documentElement.scrollWidth") <= width
    small = display.locator("button:visible, summary:visible, .tool:visible").evaluate_all(
        "all => all.map(one => [one.textContent.trim().slice(0, 30), one.getBoundingClientRect()])"
        ".filter(([, box]) => box.width && (box.height < 47.5 || box.width < 47.5)).map(([name]) => name)"
    )
    assert small == []


@pytest.mark.slow
def test_the_display_breaks_no_rule_of_accessibility(page: Page, display: Page):
    order(page, "cosmopolitan")
    say(page, "I'm allergic to sulphites")
    expect(page.locator("[data-allergies]")).to_contain_text("sulphites", timeout=PATIENCE)
    say(page, "a negroni, please")
    shown(display.locator(".wish", has_text="Negroni").first)
    mine = display.locator(".lane.new .ticket", has_text="Cosmopolitan").filter(has_text="Allergy: sulphites")
    expect(mine).to_be_visible(timeout=PATIENCE)
    display.click("[data-eighty-six] summary")
    found = []
    for width in (768, 1440, 2560):
        display.set_viewport_size({"width": width, "height": 1000})
        display.wait_for_timeout(600)  # what slides in is half seen, and axe judges what it sees
        found += faults(display)
    display.set_viewport_size({"width": 1440, "height": 900})
    display.locator(".talk-row button").first.click()
    display.wait_for_url("**/bar/talk/*/")
    found += faults(display)
    display.click("text=Hand back >> nth=-1")
    display.wait_for_url("**/bar/")

    assert not found, "\n".join(found)


def test_reduced_motion_is_still(browser: Browser, bar: str):
    context = staff_context(browser, bar, reduced_motion="reduce")
    display = context.new_page()
    display.goto("/bar/")
    expect(display.locator(LIVE)).to_be_attached(timeout=PATIENCE)
    assert display.evaluate("document.getAnimations().length") == 0
    context.close()


# --- a guest who calls a person ---------------------------------------------------------------------------

CALLED = "The bar has been called. Somebody will come to you."


def seen_to(display: Page) -> None:
    for button in display.locator(".request .no").all():
        button.click()
    expect(display.locator(".request")).to_have_count(0, timeout=PATIENCE)


def until(true: Callable[[], bool], display: Page) -> None:
    deadline = time.monotonic() + PATIENCE / 1000
    while not true():
        assert time.monotonic() < deadline
        display.wait_for_timeout(100)


def listening(display: Page) -> None:
    display.evaluate(
        "globalThis.rung = 0; const start = OscillatorNode.prototype.start;"
        "OscillatorNode.prototype.start = function (...at) { rung += 1; return start.apply(this, at); }; null"
    )
    display.locator("h1").click()  # a browser lets sound out once the page was touched
    expect(display.locator("[data-sound]")).to_have_text("Calls only", timeout=PATIENCE)


def test_a_guest_calls_staff_answer_and_the_guest_sees_who_comes(page: Page, display: Page):
    listening(display)
    sit_down(page)
    page.get_by_role("button", name="Call a person").click()
    expect(page.locator("[data-call-says]")).to_have_text(
        "The bar has been called. Somebody will come to you."
    )
    request = display.locator(".request.open")
    expect(request).to_contain_text("Wants a person", timeout=PATIENCE)
    until(lambda: display.evaluate("rung") >= 6, display)  # it comes again until somebody answers
    request.get_by_role("button", name="I am coming").click()
    expect(display.locator(".request")).to_contain_text("You are going", timeout=PATIENCE)
    expect(page.locator("[data-call-says]")).to_have_text(COMING, timeout=PATIENCE)
    expect(page.locator(".turns")).to_contain_text(COMING)
    rung = display.evaluate("rung")
    display.wait_for_timeout(6_000)
    assert display.evaluate("rung") == rung  # and is still then
    seen_to(display)
    expect(page.get_by_role("button", name="Call a person")).to_be_visible(timeout=PATIENCE)


def test_on_the_bill_who_comes_is_shown_without_a_reload(page: Page, display: Page):
    page.goto("/tab/")
    page.get_by_role("button", name="Call a person").click()
    expect(page.locator("[data-call-says]")).to_contain_text("The bar has been called.")
    display.locator(".request.open .yes").click()
    expect(page.locator("[data-call-says]")).to_have_text(COMING, timeout=PATIENCE)
    seen_to(display)


def test_without_a_script_both_sides_work_by_forms(browser: Browser, bar: str):
    guest = browser.new_context(base_url=bar, java_script_enabled=False)
    page = guest.new_page()
    page.goto("/")
    page.click("text=Call a person >> nth=-1")
    expect(page.locator("[data-call-says]")).to_contain_text("The bar has been called.")
    staff = staff_context(browser, bar, java_script_enabled=False)
    display = staff.new_page()
    display.goto("/bar/")
    expect(display.locator(".requests")).to_contain_text("cannot ring")
    display.click(".request .yes")
    expect(display.locator(".notice")).to_contain_text("You are going to guest")
    page.click(".call-look")
    expect(page.locator("[data-call-says]")).to_have_text(COMING)
    display.click(".request .no")
    guest.close()
    staff.close()


@pytest.mark.parametrize("width, height", [(320, 568), (390, 844), (768, 1024), (1440, 900)])
def test_the_button_is_in_reach_of_a_thumb_at_every_width(page: Page, width, height):
    page.set_viewport_size({"width": width, "height": height})
    for path in ("/", "/tab/"):
        page.goto(path)
        box = page.get_by_role("button", name="Call a person").bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 48
        assert path == "/tab/" or box["y"] + box["height"] <= height
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.slow
def test_calling_breaks_no_rule_of_accessibility(page: Page, display: Page):
    sit_down(page)
    page.get_by_role("button", name="Call a person").click()
    expect(display.locator(".request.open")).to_be_visible(timeout=PATIENCE)
    found = []
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        display.set_viewport_size({"width": max(width, 768), "height": 900})
        display.wait_for_timeout(600)
        found += faults(page) + faults(display)
    seen_to(display)

    assert not found, "\n".join(found)
