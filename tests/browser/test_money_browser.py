"""A bar that sells in yen, with a Stripe in front of it, in a browser from the first tap: the guest pays, her
bank takes the money back, and staff see it live."""

import json
import os
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_display_browser import LIVE, PATIENCE, staff_context
from tests.browser.test_page_browser import sit_down, tap
from tests.drills.bar import BarProcess
from tests.payments.conftest import SECRET
from tests.staff_client import bar_with_owner
from tests.vendors.stripe.account import StripeObject
from tests.vendors.stripe.api import ScriptedStripe
from tests.vendors.stripe.webhook_sender import WEBHOOK_PATH, signature

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("SHOTS", "")


@pytest.fixture(scope="module")
def stripe() -> Iterator[ScriptedStripe]:
    with ScriptedStripe() as one:
        one.books.page = one.address  # what guests are sent to is on this machine as well
        yield one


@pytest.fixture(scope="module")
def bar_process(tmp_path_factory, stripe) -> Iterator[BarProcess]:
    folder = tmp_path_factory.mktemp("yen")
    at_stripe = {
        "STRIPE_SECRET_KEY": stripe.key,
        "STRIPE_API_BASE": stripe.address,
        "STRIPE_WEBHOOK_SECRET": SECRET,
        "JOB_RUNNER": "server",  # no worker of Celery's runs beside it, also where there is a broker
    }
    with bar_with_owner(folder, **at_stripe) as bar:
        yield bar


@pytest.fixture(scope="module")
def bar(bar_process: BarProcess) -> str:
    return bar_process.address


def photographed(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def brings(bar: BarProcess, stripe: ScriptedStripe, *begins: str) -> None:
    """Stripe's messenger, from where the last one stopped."""
    for event in stripe.books.events:
        if event["type"].startswith(begins) and not event.get("brought"):
            event["brought"] = True
            body = json.dumps(event).encode()
            headers = {"Stripe-Signature": signature(body, SECRET), "Content-Type": "application/json"}
            asked = urllib.request.Request(bar.address + WEBHOOK_PATH, body, headers)
            assert urllib.request.urlopen(asked, timeout=20).status == 200


def a_bar_in_tokyo(admin: Page) -> None:
    admin.goto("/admin/bartender/venue/1/change/")
    admin.fill("#id_currency", "abc")
    admin.fill("#id_timezone", "Europe/Lodnon")
    admin.click("[name=_save]")
    expect(admin.locator(".errorlist").first).to_be_visible()
    photographed(admin, "venue-refused")
    expect(admin.locator("#venue_form")).to_contain_text("No such currency: 'abc'")
    expect(admin.locator("#venue_form")).to_contain_text("No such timezone: 'Europe/Lodnon'")
    wanted = {"currency": "JPY", "timezone": "Asia/Tokyo", "tax_rate_milli": "8.875", "name": "Bar Ginza"}
    for name, value in wanted.items():
        admin.fill(f"#id_{name}", value)
    admin.click("[name=_save]")
    expect(admin.locator(".messagelist .success")).to_be_visible()
    admin.goto("/admin/bartender/menuitem/")
    expect(admin.locator("#result_list")).to_contain_text("¥1,100")


def pays_for_a_negroni(page: Page, stripe: ScriptedStripe) -> StripeObject:
    sit_down(page)
    tap(page, "negroni")
    expect(page.locator(".line")).to_contain_text("¥1,100")
    expect(page.locator("[data-row=tax] dd")).to_have_text("¥98")
    expect(page.locator("[data-when=open] button")).to_contain_text("and send what is unsent to the bar")
    photographed(page, "pay-sends-unsent")
    page.click("[data-when=open] button")
    expect(page.locator("[data-when=asked] [data-of=amount]")).to_have_text("¥1,198")
    page.click("[data-when=asked] button")
    page.wait_for_url(f"{stripe.address}/**")
    (session,) = stripe.books.of("checkout.session")
    stripe.books.pay(session["id"])
    page.goto(urlsplit(session["success_url"]).path)  # at the address that she came by
    page.wait_for_url("**/receipt/")
    for said in ("¥1,198", "Tax 8.875%", "JST"):
        expect(page.locator(".receipt")).to_contain_text(said)
    photographed(page, "receipt-in-yen")
    return session


def test_from_the_first_tap_to_the_banks_last_word(
    page: Page, browser: Browser, bar_process: BarProcess, stripe
):
    behind = staff_context(browser, bar_process.address)
    admin = behind.new_page()
    a_bar_in_tokyo(admin)
    session = pays_for_a_negroni(page, stripe)
    assert (session["amount_total"], session["currency"]) == (1198, "jpy")
    assert session["lines"][0]["price"]["product_data"]["name"] == "Your tab at Bar Ginza"

    display = behind.new_page()
    display.goto("/bar/")
    expect(display.locator(LIVE)).to_be_attached(timeout=PATIENCE)
    dispute = stripe.books.dispute(session["payment_intent"])
    stripe.books.withdraw(dispute["id"])
    brings(bar_process, stripe, "charge.dispute.")
    notice = display.locator(".wish", has_text="A guest's bank disputes ¥1,198")
    expect(notice).to_contain_text("It has taken ¥1,198 back.", timeout=PATIENCE)
    photographed(display, "dispute-on-the-display")
    admin.goto("/admin/")
    expect(admin.locator("#moved-by-others ~ ul")).to_contain_text("¥1,198")
    photographed(admin, "dispute-on-the-first-page")
    admin.click("#moved-by-others ~ ul a")
    expect(admin.locator(".amounts")).to_contain_text("Taken back by banks")
    photographed(admin, "dispute-on-the-tab")

    notice.locator("button").click()
    expect(notice).to_have_count(0, timeout=PATIENCE)
    stripe.books.reinstate(dispute["id"])
    stripe.books.close_dispute(dispute["id"], "won")
    brings(bar_process, stripe, "charge.dispute.")
    again = display.locator(".wish", has_text="won. The money is back.")
    expect(again).to_be_visible(timeout=PATIENCE)
    behind.close()
