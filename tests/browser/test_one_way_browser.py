"""The whole evening one way: by typing alone, and by taps alone. By voice alone: test_talking_browser.py."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_page_browser import line, say, sit_down, tap

pytestmark = [pytest.mark.browser, pytest.mark.any_database]


def test_by_typing_alone_from_the_door_to_the_receipt(page: Page):
    """The mouse is never touched: words, Tab and Enter."""
    sit_down(page)
    for said, heard in (
        ("two negronis and a water", "Negroni"),
        ("make it three negronis", "three Negronis"),
        ("20 % on top", "20% tip"),
        ("close me out", "Shall I make you the link"),
        ("yes", "link to pay"),
    ):
        say(page, said)
        expect(page.locator(".turn:last-child .reply .words")).to_contain_text(heard)
    page.locator("[data-of=till]").press("Enter")
    page.wait_for_url("**/payments/till/**")
    page.locator("[value=approve]").press("Enter")
    page.wait_for_url("**/receipt/")
    expect(page.locator(".receipt")).to_contain_text("$40.80")


def test_by_taps_alone_from_the_door_to_the_receipt(page: Page):
    """Nothing is typed, nothing is said, and Maya is never asked to think."""
    sit_down(page)
    tap(page, "negroni")
    expect(line(page, "Negroni")).to_be_visible()
    tap(page, "lemonade")
    expect(page.locator(".line")).to_have_count(2)
    page.click("text=Undo last item")
    expect(page.locator(".line")).to_have_count(1)
    page.click("text=Send to the bar")
    expect(line(page, "Negroni")).to_contain_text("at the bar")
    page.click("[data-percent='15']")
    expect(page.locator("[data-row=tip] dd")).to_have_text("$1.65")
    page.click("[data-when=open] button")
    page.click("[data-when=asked] button")
    page.wait_for_url("**/payments/till/**")
    page.click("[value=approve]")
    page.wait_for_url("**/receipt/")
    expect(page.locator(".receipt")).to_contain_text("$12.65")
    page.click("text=Back to the bar")
    expect(page.locator(".turn:not(.greeting)")).to_have_count(0)
