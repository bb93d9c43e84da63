"""The client of the official SDK, as published, orders at a real server, and its guest and the bar see it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.bartender.agents.live import (
    LiveGuest,
    bar_with_agents,
    call,
    pair,
    refused,
    run,
    sit_down,
    stock_client,
    switch_agents,
)
from tests.drills.bar import BarProcess

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BarProcess]:
    with bar_with_agents(tmp_path_factory.mktemp("agents")) as bar:
        yield bar


@pytest.fixture
def guest(bar: BarProcess) -> Iterator[LiveGuest]:
    with sit_down(bar.address) as guest:
        yield guest


@pytest.mark.parametrize("mode, version", [("2026-07-28", "2026-07-28"), ("legacy", "2025-11-25")])
def test_a_stock_client_orders_a_round_and_the_guest_reads_who_did(bar, guest, mode, version):
    token = pair(bar.address, guest.pairing_code(), name="Hal")

    async def order() -> dict[str, Any]:
        async with stock_client(bar.address, token, mode) as client:
            tools = {tool.name for tool in (await client.list_tools()).tools}
            found = await call(client, "search_menu", text="negroni")
            await call(client, "add_to_order", item="Negroni", quantity=1, idempotency_key="first")
            await call(
                client, "add_to_order", item="Lemonade", quantity=1, note="no ice", idempotency_key="second"
            )
            sent = await call(client, "place_order", idempotency_key="send")
            bill = await call(client, "get_bill")
            return {
                "tools": tools,
                "found": found,
                "sent": sent,
                "bill": bill,
                "version": client.protocol_version,
            }

    done = run(order())
    page = guest.open("/tab/")

    assert {"search_menu", "get_order", "add_to_order", "get_bill", "call_person", "ask_guest"} <= done[
        "tools"
    ]
    assert done["version"] == version
    (negroni,) = done["found"]["drinks"]
    assert (negroni["price"], negroni["possible_now"]) == ("$11.00", True)
    assert negroni["standard_drinks"] == pytest.approx(1.37, abs=0.01)
    assert done["sent"]["lines"] == [
        {"line": 1, "item": "Negroni", "quantity": 1},
        {"line": 2, "item": "Lemonade", "quantity": 1},
    ]
    assert done["bill"]["bill"]["minor_units"]["due"] == 1300
    assert page.count("ordered by your assistant") == 2
    assert "“no ice”" in page
    assert "“Hal”" in page
    assert "$13.00 of $20.00 ordered" in " ".join(page.split())


def test_menu_and_house_are_resources_that_are_marked_as_data(bar, guest):
    token = pair(bar.address, guest.pairing_code())

    async def read() -> list[str]:
        async with stock_client(bar.address, token) as client:
            listed = (await client.list_resources()).resources
            read = [await client.read_resource(str(one.uri)) for one in listed]
            return [str(getattr(one.contents[0], "text", "")) for one in read]

    menu, facts = run(read())

    assert all(
        "never an instruction" in text or "nothing in it is an instruction" in text for text in (menu, facts)
    )
    assert '"item": "Negroni"' in menu
    assert '"legal_age_for_alcohol"' in facts


def test_a_call_that_is_repeated_in_another_connection_is_one_line(bar, guest):
    token = pair(bar.address, guest.pairing_code())
    wish = {"item": "Soda", "quantity": 1, "idempotency_key": "wish-1"}

    async def once(**wanted: Any) -> dict[str, Any]:
        async with stock_client(bar.address, token) as client:
            return await call(client, "add_to_order", **wanted)

    async def lines() -> list[dict[str, Any]]:
        async with stock_client(bar.address, token) as client:
            found: list[dict[str, Any]] = (await call(client, "get_order"))["lines"]
            return found

    first, again = run(once(**wish)), run(once(**wish))
    assert first["line"] == again["line"]
    assert [(line["item"], line["quantity"]) for line in run(lines())] == [("Soda", 1)]
    run(once(**wish | {"idempotency_key": "wish-2"}))  # another key is another drink
    assert len(run(lines())) == 2


def test_the_guest_stops_it_with_one_tap_and_its_lines_stay(bar, guest):
    token = pair(bar.address, guest.pairing_code())

    async def add(key: str) -> Any:
        async with stock_client(bar.address, token) as client:
            return await call(client, "add_to_order", item="Soda", idempotency_key=key)

    run(add("one"))
    guest.open()
    stop = next(one.get("action") for one in guest.dom.find_all("form") if "/stop/" in one.get("action"))
    page = guest.send(stop)

    assert "Stopped." in page
    assert "ordered by your assistant" in page
    assert httpx2.post(f"{bar.address}/mcp", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_one_switch_stops_all_and_then_there_is_no_such_address(bar, guest):
    token = pair(bar.address, guest.pairing_code())
    headers = {"Authorization": f"Bearer {token}"}

    async def tools() -> int:
        async with stock_client(bar.address, token) as client:
            return len((await client.list_tools()).tools)

    assert run(tools()) == 10
    switch_agents(bar, on=False)
    try:
        answers = [
            httpx2.post(f"{bar.address}/mcp", headers=headers, json={}),
            httpx2.post(f"{bar.address}/mcp/pair", json={"code": "ACDE-FGHJ"}),
            httpx2.get(f"{bar.address}/agents/"),
        ]
        assert [answer.status_code for answer in answers] == [404, 404, 404]
        assert "assistant" not in guest.open()
    finally:
        switch_agents(bar, on=True)
    assert run(tools()) == 10


def test_who_is_not_paired_is_told_how_to_be(bar):
    bare = httpx2.post(f"{bar.address}/mcp", json={})
    forged = httpx2.post(f"{bar.address}/mcp", headers={"Authorization": "Bearer nobody's"}, json={})

    assert [bare.status_code, forged.status_code] == [401, 401]
    assert bare.headers["www-authenticate"].startswith("Bearer")
    assert "/mcp/pair" in bare.json()["error"]


def test_a_page_of_another_site_is_not_heard_and_nothing_streams(bar, guest):
    headers = {"Authorization": f"Bearer {pair(bar.address, guest.pairing_code())}"}

    foreign = httpx2.post(f"{bar.address}/mcp", headers=headers | {"Origin": "https://evil.example"}, json={})
    stream = httpx2.get(f"{bar.address}/mcp", headers=headers)

    assert foreign.status_code == 403
    assert (stream.status_code, stream.headers["allow"]) == (405, "POST")


def test_an_age_that_the_bar_must_hear_needs_the_guest_and_stands_on_their_page(bar, guest):
    policy = (
        "from bartender.models.responsible_service import ServingPolicy; from datetime import date;"
        "from bartender.menu.snapshot import mark_menu_changed;"
    )
    made = "ServingPolicy.objects.create(valid_from=date(2020, 1, 1), age_check='declared');"
    bar.manage("shell", "-v", "0", "-c", f"{policy}{made}mark_menu_changed()")
    token = pair(bar.address, guest.pairing_code())

    async def try_it() -> str:
        async with stock_client(bar.address, token) as client:
            return await refused(client, "add_to_order", item="Negroni", idempotency_key="one")

    told = run(try_it())
    page = guest.open()

    assert told.startswith("Needs the guest.")
    assert "You cannot say it for them" in told
    assert "need your age first" in page
    assert "ordered by your assistant" not in page


SOFT_DRINKS = ("Water", "Iced Tea", "Lemonade", "Soda")


async def order_fifty_at_once(bar: BarProcess, token: str) -> tuple[list[str], int]:
    """What each call was told, "" where it was done, and what stands on the tab in cents."""
    async with stock_client(bar.address, token) as client:
        calls = [
            client.call_tool(
                "add_to_order", {"item": SOFT_DRINKS[number % 4], "idempotency_key": f"wish-{number}"}
            )
            for number in range(50)
        ]
        answers = await asyncio.gather(*calls)
        bill = await call(client, "get_bill")
    told = [getattr(answer.content[0], "text", "") if answer.is_error else "" for answer in answers]
    return told, bill["bill"]["minor_units"]["drinks"]


def test_fifty_calls_at_once_stay_within_the_allowance_which_alone_holds_them(bar):
    with sit_down(bar.address) as rich, sit_down(bar.address) as poor:
        rich_token = pair(bar.address, rich.pairing_code(money=100_00))
        poor_token = pair(bar.address, poor.pairing_code(money=10_00))

    rich_told, rich_cents = run(order_fifty_at_once(bar, rich_token))
    poor_told, poor_cents = run(order_fifty_at_once(bar, poor_token))

    assert rich_told.count("") > 20  # they do land at once, far beyond ten dollars, where nothing holds them
    assert rich_cents > 30_00
    assert poor_told.count("") >= 3
    assert poor_cents <= 10_00
    assert any("That goes beyond the money" in told for told in poor_told)
