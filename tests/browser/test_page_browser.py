"""An evening in a real browser: live, without a script, on a small phone, after a lost line."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.live_server import run_live_server

pytestmark = [pytest.mark.browser, pytest.mark.any_database]

LIVE = "[data-link][data-state=live]"


def sit_down(page: Page) -> None:
    page.goto("/")
    expect(page.locator(LIVE)).to_be_visible()


def say(page: Page, text: str) -> None:
    page.fill("#message", text)
    page.press("#message", "Enter")


def tap(page: Page, slug: str) -> None:
    page.click(f"[data-drink={slug}] .add")


def line(page: Page, drink: str):
    return page.locator(".line", has_text=drink)


def test_ada_orders_by_words_and_taps_tips_pays_and_gets_her_receipt(page: Page):
    sit_down(page)
    say(page, "Two old fashioneds and an IPA, please")
    expect(line(page, "Old Fashioned").locator("[data-of=quantity]")).to_have_text("2")
    expect(line(page, "IPA").locator("[data-of=quantity]")).to_have_text("1")
    expect(page.locator(".turn:last-child .reply .words")).to_contain_text("Old Fashioned")

    page.click("[data-drink=martini] summary")
    page.check("[data-drink=martini] [value=gin]", force=True)
    page.check("[data-drink=martini] [value=rum]", force=True)
    expect(page.locator("[data-drink=martini] [value=gin]")).not_to_be_checked()
    tap(page, "martini")
    expect(line(page, "Martini")).to_contain_text("rum")
    expect(page.locator("[data-maya]")).to_have_attribute("data-emotion", "mixing")

    fifteen = page.locator("[data-percent='15']")
    fifteen.click()
    expect(fifteen).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-row=tip] dd")).to_have_text("$6.45")
    page.click("[data-when=open] button")
    expect(page.locator("[data-when=asked] [data-of=amount]")).to_have_text("$49.45")
    page.click("[data-when=asked] button")
    page.wait_for_url("**/payments/till/**")
    expect(page.locator(".loud")).to_have_text("Simulated till. It takes no money.")
    page.click("[value=approve]")
    page.wait_for_url("**/receipt/")
    expect(page.locator(".receipt")).to_contain_text("$49.45")
    page.click("text=Back to the bar")
    expect(page.locator("[data-when=paid]")).to_be_visible()


def test_pressing_the_active_tip_takes_it_back_and_undo_and_remove_work_live(page: Page):
    sit_down(page)
    for number, slug in enumerate(("negroni", "ipa", "water"), 1):
        tap(page, slug)
        expect(page.locator(".line")).to_have_count(number)
    ten = page.locator("[data-percent='10']")
    ten.click()
    expect(ten).to_have_attribute("aria-pressed", "true")
    ten.click()
    expect(ten).to_have_attribute("aria-pressed", "false")
    expect(page.locator("[data-row=tip]")).to_be_hidden()
    page.click("text=Undo last item")
    expect(page.locator(".line")).to_have_count(2)
    line(page, "Negroni").locator("button").click()
    expect(page.locator(".line")).to_have_count(1)
    page.click("text=Send to the bar")
    expect(line(page, "IPA")).to_contain_text("at the bar")
    expect(page.locator("[data-live=place-order]")).to_be_hidden()


def test_a_reload_shows_the_same_conversation_and_tab(page: Page):
    sit_down(page)
    say(page, "A negroni, please")
    expect(line(page, "Negroni")).to_be_visible()
    before = page.locator(".turns").inner_text()
    page.reload()
    expect(page.locator(LIVE)).to_be_visible()
    assert page.locator(".turns").inner_text() == before
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".line")).to_have_count(1)


def test_words_said_while_the_line_is_down_arrive_once_when_it_is_back(page: Page):
    # While `down`, every line leads to a door that is not there: the browser's "offline" came late at times.
    page.add_init_script(
        "globalThis.lines = []; globalThis.down = false; const Real = WebSocket;"
        "globalThis.WebSocket = class extends Real { constructor(address, ...others) {"
        " super(down ? new URL('/ws/nowhere/', address) : address, ...others); lines.push(this); } };"
    )
    sit_down(page)
    page.evaluate("down = true; lines.at(-1).close()")
    expect(page.locator("[data-link][data-state=reconnecting]")).to_be_visible()
    say(page, "A negroni, please")
    expect(page.locator(".turn[data-state=pending]")).to_have_count(1)
    page.evaluate("down = false")
    expect(page.locator(LIVE)).to_be_visible(timeout=15_000)
    expect(line(page, "Negroni").locator("[data-of=quantity]")).to_have_text("1")
    expect(page.locator(".turn[data-state=pending]")).to_have_count(0)
    expect(page.locator(".said", has_text="A negroni, please")).to_have_count(1)


def test_two_windows_of_one_guest_show_the_same_tab(page: Page):
    sit_down(page)
    other = page.context.new_page()
    sit_down(other)
    tap(page, "negroni")
    expect(line(other, "Negroni")).to_be_visible()


def test_a_refusal_is_said_beside_the_conversation(page: Page):
    sit_down(page)
    page.click("[data-drink=water] summary")
    page.locator("[data-drink=water] [name=quantity]").evaluate(
        "field => { field.max = 99; field.value = 13; }"
    )
    tap(page, "water")
    expect(page.locator(".notice.warning")).to_contain_text("12 of one drink")
    expect(page.locator(".line")).to_have_count(0)


def test_what_is_refused_at_the_door_is_in_the_field_again_also_after_a_reload(page: Page):
    sit_down(page)
    for number in range(12):
        say(page, f"hello {number}")
        expect(page.locator(f"[data-turn]:nth-child({number + 2}) .reply .words")).not_to_be_empty()
    say(page, "a negroni, please")
    expect(page.locator(".notice.warning")).to_be_visible()
    expect(page.locator("#message")).to_have_value("a negroni, please")
    expect(page.locator(".said", has_text="a negroni")).to_have_count(0)
    page.reload()
    expect(page.locator(LIVE)).to_be_visible()
    expect(page.locator("#message")).to_have_value("a negroni, please")


@pytest.mark.parametrize("width", [390, 1280])
def test_neither_a_notice_nor_stop_covers_what_maya_says(page: Page, width: int):
    page.set_viewport_size({"width": width, "height": 800})
    sit_down(page)
    say(page, "What is the story of the Negroni?")
    expect(page.locator(".turn:last-child .reply .words")).to_contain_text("Negroni")
    page.locator("[data-drink=negroni] .add").evaluate("button => button.click()")
    expect(page.locator(".notice").first).to_be_visible()
    page.locator("[data-stop]").evaluate("button => { button.hidden = false; }")
    boxes = [page.locator(one).bounding_box() for one in (".talk-scroll", ".notice >> nth=0", "[data-stop]")]
    told, notice, stop = [box for box in boxes if box]
    field = page.locator("#message").evaluate("one => one.scrollWidth <= one.clientWidth")

    assert notice["y"] >= told["y"] + told["height"] - 1
    assert stop["y"] >= notice["y"] + notice["height"] - 1
    assert field
    expect(page.locator(".notice")).to_have_count(0, timeout=15_000)


def test_without_a_script_the_whole_evening_works_by_forms(browser: Browser, bar: str):
    context = browser.new_context(base_url=bar, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    say(page, "A negroni, please")
    expect(line(page, "Negroni")).to_be_visible()
    page.click("[data-percent='20']")
    expect(page.locator("[data-percent='20']")).to_have_attribute("aria-pressed", "true")
    page.click("[data-when=open] button")
    page.click("[data-when=asked] button")
    page.click("[value=approve]")
    expect(page.locator(".receipt")).to_contain_text("$13.20")
    context.close()


@pytest.mark.parametrize(
    "width, height", [(320, 568), (360, 740), (320, 256), (768, 1024), (1440, 900), (2560, 1440)]
)
def test_nothing_scrolls_sideways_and_the_composer_is_in_reach(page: Page, width: int, height: int):
    page.set_viewport_size({"width": width, "height": height})
    sit_down(page)
    say(page, "Two long islands with no ice, please")
    expect(line(page, "Long Island")).to_be_attached()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.locator("#message")).to_be_in_viewport()


def test_on_a_phone_menu_and_tab_are_sheets_behind_links(page: Page):
    page.set_viewport_size({"width": 360, "height": 640})
    sit_down(page)
    expect(page.locator("#menu")).to_be_hidden()
    page.click(".shelf [href='#menu']")
    tap(page, "negroni")
    expect(page.locator(".notice")).to_contain_text("Negroni is on your tab")
    page.click(".menu .close")
    expect(page.locator("#menu")).to_be_hidden()
    expect(page.locator(".shelf [data-fragment=due]")).to_have_text("$11.00")
    page.click(".shelf [href='#tab']")
    expect(page.locator("[data-when=open] button")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#tab")).to_be_hidden()


def test_the_keyboard_alone_orders_a_drink(page: Page):
    sit_down(page)
    page.keyboard.press("Tab")
    expect(page.get_by_text("Speak to Maya")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#message")).to_be_focused()
    page.keyboard.type("A water, please")
    page.keyboard.press("Enter")
    expect(line(page, "Water")).to_be_visible()
    expect(page.locator("#message")).to_be_focused()
    expect(page.locator("[data-announcer]")).to_contain_text("Water")


def test_reduced_motion_is_still(browser: Browser, bar: str):
    context = browser.new_context(base_url=bar, reduced_motion="reduce")
    page = context.new_page()
    sit_down(page)
    assert page.evaluate("document.getAnimations().length") == 0
    context.close()


def test_a_mark_under_an_answer_opens_the_passage_it_stands_on(browser: Browser, tmp_path: Path):
    memory = {"MEMORY_STORE": "faiss", "EMBEDDER": "wordllama", "MEMORY_DIR": str(tmp_path / "memory")}
    with run_live_server(tmp_path, **memory) as bar:
        context = browser.new_context(base_url=bar)
        page = context.new_page()
        sit_down(page)
        mark = page.locator(".turn:last-child a", has_text="The story of the Negroni: where it comes from")
        for _ in range(8):  # the memory is loaded behind the open bar
            say(page, "What is the story of the Negroni?")
            page.wait_for_timeout(700)
            if mark.count():
                break
        mark.click()
        expect(page.locator("h1")).to_have_text("The story of the Negroni: where it comes from")
        expect(page.locator("article")).to_contain_text("Florence")
        page.click("text=Back to Maya")
        expect(mark).to_be_visible()
        context.close()


def test_a_guest_has_their_usual_remembered_changed_and_forgotten(page: Page):
    sit_down(page)
    say(page, "two negronis")
    expect(line(page, "Negroni")).to_be_visible()
    page.goto("/me/")
    page.check("[name=yes]")
    page.click("text=Remember my usual")
    expect(page.locator("article")).to_contain_text("2 × Negroni")
    page.fill("#notes", "nothing sweet, please")
    page.click("text=Save")
    page.goto("/")
    say(page, "my usual")
    expect(line(page, "Negroni")).to_have_count(2)
    page.goto("/me/")
    expect(page.locator("#notes")).to_have_value("nothing sweet, please")
    page.click("text=Forget me")
    expect(page.locator("article")).to_contain_text("Nothing.")
