"""A bar without ears, and the phone's own recognition: in a real browser, from the press to the tab. What the
recognition says is scripted as Chrome on Android says it; everything behind it is the page and the bar."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.any_database]

MIC = "[data-mic]"
# Each draft is called final and stands in a place of its own; then all of it once more from the beginning.
ANDROID = """
const words = "two negronis and an IPA".split(" ");
const result = (transcript, confidence) => Object.assign([{ transcript, confidence }], { isFinal: true });
window.listenings = 0;
window.webkitSpeechRecognition = class {
  start() {
    window.listenings += 1;
    const list = [], speaks = window.listenings === 1;
    setTimeout(() => this.onstart(), 10);
    if (!speaks) return;
    words.forEach((_, at) => setTimeout(() => {
      list.push(result(words.slice(0, at + 1).join(" "), 0));
      this.onresult({ resultIndex: at, results: list });
    }, 50 * (at + 1)));
    setTimeout(() => {
      list.push(result(words.join(" "), 0.9), result(words.join(" "), 0.9));
      this.onresult({ resultIndex: 0, results: list });
      this.onend();
      this.onresult({ resultIndex: 0, results: list });
    }, 400);
  }
  stop() {}
  abort() {}
};
delete window.SpeechRecognition;
"""


def test_what_ada_said_once_is_ordered_once(page: Page, tmp_path: Path) -> None:
    page.add_init_script(ANDROID)
    page.goto("/")
    expect(page.locator("[data-link][data-state=live]")).to_be_visible()
    page.click(MIC)
    expect(page.locator("[data-consent]")).to_contain_text("its maker hears you")
    page.click("[data-agree=yes]")

    expect(page.locator(".line", has_text="Negroni").locator("[data-of=quantity]")).to_have_text("2")
    expect(page.locator(".line", has_text="IPA").locator("[data-of=quantity]")).to_have_text("1")
    page.wait_for_function("window.listenings === 2")  # it listens for the next sentence
    expect(page.locator(".said", has_text="two negronis and an IPA")).to_have_count(1)
    expect(page.get_by_role("button", name="Pay $28.00")).to_be_visible()
    page.screenshot(path=tmp_path / "once.png")
