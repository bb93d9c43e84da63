"""Whoever is sent what changed has what the whole message would have given, whatever happened between."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bartender.models.visits import Visit
from bartender.realtime.changes import ChangeLog, list_edits, split_html
from bartender.services import orders, tickets
from tests.bartender.page_fixtures import guest_for_visit
from tests.bartender.realtime.page_client import PageClient
from tests.bartender.realtime.test_fragments import same
from tests.guest_fixtures import lift_alcohol_limits, make_context

PIPE = Path(__file__).resolve().parents[2] / "js" / "changes-pipe.mjs"
needs_node = pytest.mark.skipif(not shutil.which("node"), reason="no node to run the page's module")


class PageModule:
    """`static/js/changes.js` in a process of its own."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            ["node", PIPE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def _ask(self, line: str) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def connect_again(self) -> None:
        self._ask("again")

    def read(self, message: dict[str, Any]) -> dict[str, Any] | None:
        """What the page has then; None where it lacks what the message changes."""
        found: dict[str, Any] | None = self._ask(json.dumps(message))
        return found

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


@pytest.fixture(scope="module")
def module() -> Iterator[PageModule]:
    page = PageModule()
    yield page
    page.close()


items = st.one_of(
    st.sampled_from(["<li>", "a", "b", "é", ""]), st.fixed_dictionaries({"n": st.integers(0, 3)})
)
contents = st.fixed_dictionaries(
    {"lines": st.lists(items, max_size=8), "total": st.integers(0, 3)},
    optional={"now": st.floats(0, 9), "order": st.lists(items, max_size=3), "payment": st.none()},
)
# What befalls a message on its way: it arrives, it is lost, or the connection is lost with it.
fates = st.sampled_from(["arrives", "arrives", "arrives", "lost", "again"])


@needs_node
@given(history=st.lists(st.tuples(contents, fates), min_size=1, max_size=12))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_history_ends_with_the_whole(
    module: PageModule, history: list[tuple[dict[str, Any], str]]
) -> None:
    log = ChangeLog()
    module.connect_again()

    def connect_again() -> None:
        log.reset()
        module.connect_again()

    for content, fate in history:
        if fate == "again":
            connect_again()
        message = log.message("tab", content)
        if fate == "lost":
            continue
        found = module.read(message)
        if found is None:  # what the page does where it lacks the base
            connect_again()
            found = module.read(log.message("tab", content))
        assert found is not None
        assert found["content"] == content


@needs_node
def test_a_page_that_missed_a_message_takes_no_later_change_for_the_whole(module: PageModule) -> None:
    log = ChangeLog()
    module.connect_again()
    assert module.read(log.message("tab", {"lines": ["a"]})) is not None
    log.message("tab", {"lines": ["a", "b"]})
    assert module.read(log.message("tab", {"lines": ["a", "b", "c"]})) is None


@given(before=st.lists(items, max_size=30), after=st.lists(items, max_size=30))
def test_a_list_is_made_of_the_one_before_and_what_is_new(before: list[Any], after: list[Any]) -> None:
    made: list[Any] = []
    for edit in list_edits(before, after):
        made += edit["add"] if isinstance(edit, dict) else before[edit[0] : edit[0] + edit[1]]
    assert made == after


def test_one_more_line_of_five_hundred_is_sent_as_one() -> None:
    lines = [{"number": number, "item": "Negroni", "cents": 1300} for number in range(500)]
    log = ChangeLog()
    whole = json.dumps(log.message("tab", {"lines": lines}))
    later = json.dumps(log.message("tab", {"lines": [*lines, {"number": 500, "item": "IPA", "cents": 600}]}))
    assert len(later) < 200 < 10_000 < len(whole)
    gone = log.message("tab", {"lines": lines[:250] + lines[251:]})
    assert gone["lists"]["lines"] == [[0, 250], [251, 249]]


def test_a_fragment_is_cut_where_its_rows_and_forms_begin() -> None:
    html = '<ol class="lines"><li class="line" data-key="line-1">a</li> <li data-key="line-2">b</li></ol>'
    assert "".join(split_html(html)) == html
    assert [row[:3] for row in split_html(html)] == ["<ol", "<li", "<li"]
    assert split_html("$13.00") == ["$13.00"]


# --- over a real stream --------------------------------------------------------------------------------


def news(page: PageClient, kind: str) -> list[dict[str, Any]]:
    return [
        one["data"]
        for one in page.received
        if one["type"] == "server-message" and one["data"]["kind"] == kind
    ]


def has_news_of(page: PageClient, item: str) -> bool:
    return item in str(news(page, "fragments"))


async def receive_until(page: PageClient, condition: Callable[[], bool]) -> None:
    while not condition():
        await page.receive(10)


@needs_node
@pytest.mark.django_db(transaction=True)
async def test_a_page_that_asked_for_changes_ends_with_the_tab_of_a_new_page(
    ada: Visit, module: PageModule
) -> None:
    await sync_to_async(lift_alcohol_limits)()
    module.connect_again()
    async with PageClient(ada) as page:
        await page.send("client-ready", {"version": "2.1.0", "fragments": True, "changes": True})
        await page.wait_for("fragments")
        for item in ("Negroni", "IPA", "Lemonade", "Martini"):
            await page.send_client_message("tap-item", item=item)
            await receive_until(page, partial(has_news_of, page, item))
        count = len(news(page, "fragments"))
        await page.send_client_message("remove-line", number=2)
        await receive_until(page, lambda: len(news(page, "fragments")) > count)
        tabs, fragments = news(page, "tab"), news(page, "fragments")

    async with PageClient(ada) as other:
        await other.send("client-ready", {"version": "2.1.0", "fragments": True})
        await other.wait_for("fragments")
        whole, html = news(other, "tab")[-1], news(other, "fragments")[0]["fragments"]
    assert "revision" not in whole
    assert all(isinstance(one, str) for one in html.values())
    ends = [module.read(one) for one in tabs][-1]
    assert ends is not None
    assert ends["content"] == {name: value for name, value in whole.items() if name != "kind"}
    shown = [module.read(one) for one in fragments][-1]
    assert shown is not None
    assert {name: same(one) for name, one in shown["shown"].items()} == {
        name: same(one) for name, one in html.items()
    }
    assert [one.get("base") for one in tabs] == [None, *range(1, len(tabs))]
    guest = guest_for_visit(ada)
    await sync_to_async(guest.open_page)()
    assert same(shown["shown"]["tab"]) in same(guest.browser.response.text)


@pytest.mark.django_db(transaction=True)
async def test_after_a_reconnect_the_whole_comes_first(ada: Visit) -> None:
    await sync_to_async(orders.add_line)(ada, "Negroni", 1, [], make_context())
    for _connection in range(2):
        async with PageClient(ada) as page:
            await page.send("client-ready", {"version": "2.1.0", "fragments": True, "changes": True})
            await page.wait_for("fragments")
            assert [one.get("base") for one in news(page, "tab")] == [None]
            assert [line["item"] for line in news(page, "tab")[0]["lines"]] == ["Negroni"]


@pytest.mark.django_db(transaction=True)
async def test_what_one_line_changes_is_small_however_long_the_tab_is(ada: Visit) -> None:
    await sync_to_async(lift_alcohol_limits)()
    for number in range(30):
        item = ("Lemonade", "Negroni", "Martini")[number % 3]
        await sync_to_async(orders.add_line)(ada, item, 1, [], make_context())
    await sync_to_async(tickets.fire_ticket)(ada, make_context())
    async with PageClient(ada) as page:
        await page.send("client-ready", {"version": "2.1.0", "fragments": True, "changes": True})
        await page.wait_for("fragments")
        await page.send_client_message("tap-item", item="IPA")
        await receive_until(page, partial(has_news_of, page, "IPA"))
        first, later = news(page, "fragments")[0], news(page, "fragments")[-1]
        tab, change = news(page, "tab")[0], news(page, "tab")[-1]
    sizes = [len(json.dumps(one)) for one in (first, later, tab, change)]
    assert sizes[1] < sizes[0] / 3
    assert sizes[3] < sizes[2] / 3
    assert sizes[3] < 1_000
