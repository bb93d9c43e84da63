"""Ada's evening in Spanish, in a browser that asks for it: from the door to the receipt, without a fault."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_accessible_browser import faults
from tests.browser.test_page_browser import line, say, sit_down

pytestmark = [pytest.mark.browser, pytest.mark.any_database]


@pytest.fixture
def ada(browser: Browser, bar: str) -> Iterator[Page]:
    context = browser.new_context(base_url=bar, locale="es-MX", reduced_motion="reduce")
    context.set_default_timeout(10_000)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


def test_an_evening_in_spanish_from_the_door_to_the_receipt(ada: Page):
    sit_down(ada)
    expect(ada.locator("html")).to_have_attribute("lang", "es")
    expect(ada.locator(".turn.greeting")).to_contain_text("Buenas noches")
    found = faults(ada)
    for said, heard in (
        ("Hola, ¿qué tal?", re.compile("circuitos|Funciono|cables")),
        ("dos Old Fashioned y una IPA, por favor", "os Old Fashioned a $24.00 y una IPA a $6.00"),
        ("quita la IPA", "He quitado una IPA de tu cuenta."),
        ("eso es todo", "ya está en la barra."),
        ("propina del 20", "propina del 20%, $4.80"),
        ("la cuenta, por favor", "¿Te preparo el enlace para pagar?"),
        ("sí", "Aquí tienes tu enlace para pagar $28.80."),
    ):
        say(ada, said)
        expect(ada.locator(".turn:last-child .reply .words")).to_contain_text(heard)
    expect(line(ada, "Old Fashioned").locator("[data-of=quantity]")).to_have_text("2")
    found += faults(ada)
    ada.locator("[data-of=till]").press("Enter")
    ada.wait_for_url("**/payments/till/**")
    found += faults(ada)
    ada.locator("[value=approve]").press("Enter")
    ada.wait_for_url("**/receipt/")
    expect(ada.locator("html")).to_have_attribute("lang", "es")
    expect(ada.locator(".receipt")).to_contain_text("$28.80")
    found += faults(ada)
    assert not found, "\n".join(found)
