"""Maya's voice in a real browser: after the first gesture, in step, stopped at once, honest about silence."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.sound import ScriptedBar, until, until_loud

pytestmark = [pytest.mark.browser, pytest.mark.any_database]

BUTTON = "[data-voice]"
SAYS = "[data-sound-says]"
MOUTH = "document.querySelector('[data-maya]').style.getPropertyValue('--mouth')"


def sit_down(page: Page, **how) -> ScriptedBar:
    bar = ScriptedBar(page, **how)
    page.goto("/")
    expect(page.locator("[data-link][data-state=live]")).to_be_visible()
    return bar


def test_sound_waits_for_the_first_gesture_and_then_reaches_the_loudspeaker(page: Page):
    bar = sit_down(page)
    expect(page.locator(SAYS)).to_have_text("Tap for sound")
    page.wait_for_timeout(200)
    assert bar.all("set-voice") == []

    page.click(".sign")
    expect(page.locator(SAYS)).to_have_text("Voice on")
    until(page, lambda: bar.all("set-voice") == [{"on": True}])
    bar.speak("turn-1", "That's two Old Fashioneds, twenty-four dollars.")

    until_loud(page)
    expect(page.locator("[data-caption]")).to_contain_text("Fashioneds")
    page.wait_for_function(
        "getComputedStyle(document.querySelector('[data-maya]')).getPropertyValue('--mouth') > 0"
    )
    until_loud(page, loud=False)
    expect(page.locator("[data-caption]")).to_be_hidden()
    until(page, lambda: bar.all("played")[-1] == {"turn": "turn-1", "ms": 1_500})
    assert len(bar.all("played")) >= 4
    assert [report["ms"] for report in bar.all("played")] == sorted(
        report["ms"] for report in bar.all("played")
    )


def test_a_stop_is_silence_and_what_was_on_its_way_is_never_heard(page: Page):
    bar = sit_down(page)
    page.click(BUTTON)
    expect(page.locator(SAYS)).to_have_text("Voice on")
    bar.speak("turn-1", "a long story", ms=20_000, end=False)
    until_loud(page)
    bar.tell("bot-tts-stopped", {"spoken_text": "a"}, "turn-1")
    until_loud(page, loud=False)

    bar.speak("turn-2", "a short one", ms=600)
    until_loud(page)
    until(page, lambda: bar.all("played")[-1] == {"turn": "turn-2", "ms": 600})


def test_ada_presses_stop_and_the_bar_learns_how_far_she_was_heard(page: Page):
    bar = sit_down(page)
    stop = page.get_by_role("button", name="Stop")
    page.click(BUTTON)
    expect(page.locator(SAYS)).to_have_text("Voice on")
    expect(stop).to_be_hidden()
    bar.speak("turn-1", "a long story", ms=20_000, end=False)
    until_loud(page)
    expect(stop).to_be_visible()
    box = stop.bounding_box()
    assert box
    assert box["height"] >= 44
    stop.press("Enter")

    until_loud(page, loud=False)
    expect(stop).to_be_hidden()
    expect(page.locator("#message")).to_be_focused()
    until(page, lambda: bar.all("interrupt") == [{}])
    deeds = [heard["data"]["t"] for heard in bar.said if heard["type"] == "client-message"]
    assert deeds[-2:] == ["played", "interrupt"]


def test_escape_stops_a_reply_that_is_still_being_thought_of(page: Page):
    bar = sit_down(page)
    bar.tell("bot-llm-started", id="turn-1")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    page.keyboard.press("Escape")

    until(page, lambda: bar.all("interrupt") == [{}])
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()


def test_held_she_is_silent_and_goes_on_where_she_was(page: Page):
    bar = sit_down(page)
    page.click(BUTTON)
    expect(page.locator(SAYS)).to_have_text("Voice on")
    bar.speak("turn-1", "one two three four", ms=2_000)
    until_loud(page)
    bar.news("hold", on=True)
    until_loud(page, loud=False)
    bar.news("hold", on=False)
    until_loud(page)
    until(page, lambda: bar.all("played")[-1]["ms"] == 2_000)


def test_muted_is_told_to_the_bar_and_kept_across_a_reload_with_the_volume(page: Page):
    bar = sit_down(page)
    page.click(BUTTON)
    expect(page.locator(SAYS)).to_have_text("Voice on")
    bar.speak("turn-1", "a long story", ms=20_000, end=False)
    until_loud(page)
    page.focus("[data-volume]")
    page.keyboard.press("Home")
    until_loud(page, loud=False)
    page.keyboard.press("End")
    until_loud(page)

    page.focus(BUTTON)
    page.keyboard.press("Enter")
    expect(page.locator(SAYS)).to_have_text("Muted")
    until_loud(page, loud=False)
    until(page, lambda: bar.all("set-voice")[-1] == {"on": False})
    page.reload()
    expect(page.locator(SAYS)).to_have_text("Muted")
    expect(page.locator("[data-volume]")).to_have_value("100")


def test_a_bar_without_a_voice_says_so_on_the_button_and_bothers_nobody(page: Page):
    sit_down(page, voice=False)
    page.click(BUTTON)
    expect(page.locator(SAYS)).to_have_text("No voice")
    expect(page.locator(".notice")).to_have_count(0)


@pytest.mark.parametrize("width", [320, 360, 1440])
def test_the_buttons_are_large_enough_and_fit(page: Page, width: int):
    page.set_viewport_size({"width": width, "height": 700})
    sit_down(page)
    for button in page.locator(".composer button").all():
        if box := button.bounding_box():
            assert min(box["width"], box["height"]) >= 44
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.locator(BUTTON)).to_be_in_viewport()


def test_whoever_asked_for_less_motion_sees_no_mouth_move(page: Page):
    page.emulate_media(reduced_motion="reduce")
    bar = sit_down(page)
    page.click(BUTTON)
    expect(page.locator(SAYS)).to_have_text("Voice on")
    bar.speak("turn-1", "one two three", ms=600)
    until_loud(page)
    assert page.evaluate(MOUTH) == ""
