"""Buttons on the live page go through the same services as words and forms."""

import pytest
from asgiref.sync import sync_to_async

from bartender.records.visits import OrderLine, Ticket
from payments import checkout
from payments.models import Journal, Payment
from tests.bartender.stream.page import Page
from tests.cast import cause

pytestmark = [pytest.mark.django_db(transaction=True)]


async def test_a_tap_is_an_order_and_the_same_tap_again_is_not(ada):
    async with Page(ada) as page:
        await page.ready()
        first = await page.press("tap-item", "tap-1", item="Martini", quantity=2)
        second = await page.press("tap-item", "tap-1", item="Martini", quantity=2)
        other = await page.press("tap-item", "tap-1", item="Martini", quantity=3)

    assert first == second
    assert first["data"] == {"t": "tap-item", "d": {"ok": True}}
    assert other["type"] == "error-response"
    line = await OrderLine.objects.aget(visit=ada)
    assert line.quantity == 2


async def test_the_tab_is_told_before_the_button_is_answered(ada):
    async with Page(ada) as page:
        await page.ready()
        await page.press("tap-item", item="Martini")

        assert page.all("tab")[-1]["order"][0]["item"] == "Martini"


async def test_the_whole_evening_by_buttons(ada):
    async with Page(ada) as page:
        await page.ready()
        await page.press("tap-item", item="Martini", quantity=2, modifiers=["dry"])
        await page.press("tap-item", item="Negroni")
        await page.press("undo")
        await page.press("set-tip", percent=20)
        await page.press("place-order")
        await page.press("pay")
        card = page.all("tab")[-1]["payment"]
        await page.press("pay", nonce=card["nonce"])
        shown = page.all("tab")[-1]
        await _settle(ada)
        await page.until(lambda frame: frame["data"].get("receipt"))

    assert card["status"] == "created"
    assert card["amount_cents"] == shown["due_cents"]
    assert shown["payment"]["status"] == "link_open"
    assert shown["payment"]["simulated"] is True
    assert [said["status"] for said in page.all("payment")] == ["created", "link_open", "succeeded"]
    assert page.all("tab")[-1]["tab"]["status"] == "paid"
    assert page.all("order")[0]["lines"] == [{"item": "Martini", "quantity": 2, "modifiers": ["dry"]}]


async def test_undo_and_remove_sent_twice_take_one_thing_off(ada):
    async with Page(ada) as page:
        for number in range(4):
            await page.press("tap-item", f"tap-{number}", item="Martini", modifiers=[])
        undone = [await page.press("undo", "undo-1") for _ in range(2)]
        removed = [await page.press("remove-line", "gone-1", number=1) for _ in range(2)]

    assert {answer["type"] for answer in undone + removed} == {"server-response"}
    assert await OrderLine.objects.filter(visit=ada).exclude(status="voided").acount() == 2


async def test_a_tip_is_a_rule_and_zero_takes_it_away(ada):
    async with Page(ada) as page:
        await page.ready()
        await page.press("tap-item", item="Martini", quantity=2)
        tips = []
        for tip in ({"percent": 15}, {"cents": 500}, {"percent": 12.5}, {"percent": 0}):
            await page.press("set-tip", **tip)
            tips.append((page.all("tab")[-1]["tip_bp"], page.all("tab")[-1]["tab"]["tip_cents"]))

    assert tips == [(1500, 390), (None, 500), (1250, 325), (None, 0)]


async def test_not_yet_takes_the_bill_back(ada):
    async with Page(ada) as page:
        await page.ready()
        await page.press("tap-item", item="Martini")
        await page.press("pay")
        closing = page.all("tab")[-1]
        await page.press("not-yet")

    assert closing["tab"]["status"] == "closing"
    assert page.all("tab")[-1]["tab"]["status"] == "open"
    assert page.all("tab")[-1]["payment"] is None


@pytest.mark.parametrize(
    "t, d, says",
    [
        ("tap-item", {"item": "Unicorn"}, "menu"),
        ("tap-item", {"item": "Martini", "quantity": 0}, "one at least"),
        ("tap-item", {"item": "Martini", "quantity": -5}, "one at least"),
        ("tap-item", {"item": "Martini", "quantity": 500}, ""),
        ("tap-item", {"item": "Martini", "modifiers": ["with sprinkles"]}, "can't do"),
        ("place-order", {}, "nothing waiting"),
        ("pay", {}, ""),
        ("pay", {"nonce": "0" * 32}, ""),
        ("undo", {}, "undo"),
        ("remove-line", {"number": 9}, "don't see"),
        ("set-tip", {"percent": 10}, "nothing on the tab"),
    ],
)
async def test_a_refusal_is_a_sentence_and_changes_nothing(ada, t, d, says):
    async with Page(ada) as page:
        answer = await page.press(t, "same", **d)
        alive = await page.press("ping")

    assert answer["type"] == "error-response"
    assert says in answer["data"]["error"]
    assert alive["type"] == "server-response"
    assert await Journal.objects.acount() == 0


async def test_not_yet_with_no_bill_out_is_answered_quietly(ada):
    async with Page(ada) as page:
        assert (await page.press("not-yet"))["type"] == "server-response"


async def test_every_button_leaves_its_source_in_the_ledger(ada):
    async with Page(ada) as page:
        await page.press("tap-item", item="Martini")
        await page.press("set-tip", percent=10)

    sources = [journal.source async for journal in Journal.objects.all()]
    assert sources == ["button", "button"]
    assert await Ticket.objects.acount() == 0


@sync_to_async
def _settle(visit):
    payment = Payment.objects.get(tab__visit_code=visit.code, status="link_open")
    checkout.settle(payment, cause())
