"""A guest talks in a real browser: leave, the microphone, what was understood, the answer. By Chromium's own
fake microphone, which plays a sentence that espeak-ng said, again and again."""

import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bartender.speech.stt.moonshine import has_weights
from tests.bartender.stt.sounds import silence, synthesize_speech_sync
from tests.browser.sound import LISTEN, until_loud
from tests.chromium import ARGUMENTS, find_chromium
from tests.live_server import run_live_server
from tests.vendors.cartesia.stt import KEY, ScriptedCartesiaSTT

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.any_database]

MIC, SAYS, LEAVE = "[data-mic]", "[data-mic-says]", "[data-consent]"


@pytest.fixture(scope="module")
def vendor() -> Iterator[ScriptedCartesiaSTT]:
    with ScriptedCartesiaSTT() as server:
        yield server


@pytest.fixture(scope="module")
def bar(tmp_path_factory: pytest.TempPathFactory, vendor: ScriptedCartesiaSTT) -> Iterator[str]:
    keys = {"CARTESIA_API_KEY": KEY, "CARTESIA_BASE_URL": vendor.address}
    with run_live_server(tmp_path_factory.mktemp("bar"), **keys) as address:
        yield address


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    said = tmp_path_factory.mktemp("microphone") / "said.wav"
    record(said, silence(1_000) + synthesize_speech_sync("two old fashioneds please") + silence(2_500))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(),
            args=[
                *ARGUMENTS,
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-audio-capture={said}",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, bar: str) -> Iterator[Page]:
    with_leave = browser.new_context(base_url=bar, permissions=["microphone"])
    with_leave.set_default_timeout(10_000)
    page = with_leave.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda told: errors.append(told.text) if "Content Security" in told.text else None)
    page.add_init_script(LISTEN)
    yield page
    with_leave.close()
    assert errors == []


def record(path: Path, pcm: bytes) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(pcm)


def sit_down(page: Page) -> None:
    page.goto("/")
    expect(page.locator("[data-link][data-state=live]")).to_be_visible()


def test_ada_gives_leave_says_it_sees_it_and_hears_the_answer(page: Page, vendor: ScriptedCartesiaSTT):
    vendor.will_hear("two old fashioneds please")
    sit_down(page)
    page.click(MIC)
    expect(page.locator(LEAVE)).to_contain_text("Your words go to Cartesia")
    assert vendor.lines == []

    page.click("[data-agree=yes]")
    expect(page.locator(SAYS)).to_have_text("Listening")
    expect(page.locator(".said", has_text="two old fashioneds please")).to_be_visible(timeout=15_000)
    expect(page.locator(".line", has_text="Old Fashioned").locator("[data-of=quantity]")).to_have_text("2")
    expect(page.locator(".turn:last-child .reply")).to_contain_text("Old Fashioned")
    until_loud(page)
    page.click(MIC)
    expect(page.locator(SAYS)).to_have_text("Microphone off")


def test_by_voice_alone_an_order_a_tip_and_the_yes_to_the_bill(page: Page, vendor: ScriptedCartesiaSTT):
    """After her leave, Ada touches nothing more until the till asks for its own yes."""
    vendor.will_hear("two old fashioneds please", "twenty percent on top", "close me out", "yes please")
    sit_down(page)
    page.click(MIC)
    page.click("[data-agree=yes]")
    expect(page.locator(".line", has_text="Old Fashioned")).to_be_visible(timeout=30_000)
    expect(page.locator("[data-row=tip] dd")).to_have_text("$4.80", timeout=30_000)
    expect(page.locator("[data-of=till]")).to_be_visible(timeout=60_000)
    expect(page.locator("[data-when=link] [data-of=amount]")).to_have_text("$28.80")


def test_held_by_a_key_it_is_push_to_talk(page: Page, vendor: ScriptedCartesiaSTT):
    vendor.will_hear("an IPA")
    sit_down(page)
    page.click(MIC)
    page.click("[data-agree=yes]")
    expect(page.locator(SAYS)).to_have_text("Listening")
    page.click(MIC)
    vendor.will_hear("an IPA")
    page.focus(MIC)
    page.keyboard.down(" ")
    expect(page.locator(SAYS)).to_have_text("I hear you", timeout=15_000)
    page.wait_for_timeout(600)
    page.keyboard.up(" ")
    expect(page.locator(SAYS)).to_have_text("Microphone off")
    expect(page.locator(".line", has_text="IPA")).to_be_visible()


def test_leave_is_kept_for_the_visit_and_can_be_taken_back(page: Page, vendor: ScriptedCartesiaSTT):
    vendor.will_hear()
    sit_down(page)
    page.click(MIC)
    page.click("[data-agree=yes]")
    expect(page.locator(SAYS)).to_have_text("Listening")
    page.reload()
    page.click(MIC)
    expect(page.locator(SAYS)).to_have_text("Listening")
    page.click("[data-revoke]")
    expect(page.locator(SAYS)).to_have_text("Microphone off")
    page.click(MIC)
    expect(page.locator(LEAVE)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(LEAVE)).to_be_hidden()


def test_a_browser_that_says_no_is_said_in_words(browser: Browser, bar: str):
    context = browser.new_context(base_url=bar)
    page = context.new_page()
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'))"
    )
    sit_down(page)
    page.click(MIC)
    page.click("[data-agree=yes]")
    expect(page.locator(".notice")).to_contain_text("won't let me use the microphone")
    context.close()


@pytest.mark.parametrize("width", [320, 1440])
def test_the_question_for_leave_fits_and_its_buttons_are_large_enough(page: Page, width: int):
    page.set_viewport_size({"width": width, "height": 640})
    sit_down(page)
    page.click(MIC)
    for button in page.locator(f"{LEAVE} button, .composer button:visible").all():
        box = button.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 44
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.locator("#message")).to_be_in_viewport()


@pytest.mark.skipif(not has_weights(), reason="Moonshine is an extra: requirements/get_moonshine")
def test_ears_of_this_machine_really_understand_it(browser: Browser, tmp_path: Path):
    with run_live_server(tmp_path) as address:
        context = browser.new_context(base_url=address, permissions=["microphone"])
        page = context.new_page()
        sit_down(page)
        page.click(MIC)
        expect(page.locator(LEAVE)).to_contain_text("this house’s own machine")
        page.click("[data-agree=yes]")
        expect(page.locator(".line", has_text="Old Fashioned")).to_be_visible(timeout=30_000)
        context.close()
