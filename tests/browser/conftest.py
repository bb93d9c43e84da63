"""A bar and a browser: `page` is a new guest's page; `bar` is the address of a server in another process."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.chromium import ARGUMENTS, find_chromium
from tests.live_server import run_live_server


@pytest.fixture(scope="session")
def bar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with run_live_server(tmp_path_factory.mktemp("bar")) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For one module only: while it is open its event loop runs in this thread, so the module's tests are
    plain functions that neither await nor ask the ORM; they look at the bar from outside."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, bar: str) -> Iterator[Page]:
    """Another guest: no cookie yet. An uncaught error or anything the content policy stops fails the test."""
    context = browser.new_context(base_url=bar)
    context.set_default_timeout(5000)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda told: errors.append(told.text) if "Content Security" in told.text else None)
    yield page
    context.close()
    assert errors == []
