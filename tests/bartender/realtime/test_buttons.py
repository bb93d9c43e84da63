"""Buttons on the live page go through the same services as words and forms."""

import pytest
from asgiref.sync import sync_to_async

from bartender.models.visits import OrderLine, Ticket
from payments import checkout
from payments.models import Journal, Payment
from tests.bartender.realtime.page_client import PageClient
from tests.guest_fixtures import make_context

pytestmark = [pytest.mark.django_db(transaction=True)]


async def test_a_tap_is_an_order_and_the_same_tap_again_is_not(ada):
    async with PageClient(ada) as page:
        await page.send_client_ready()
        first = await page.send_client_message("tap-item", "tap-1", item="Martini", quantity=2)
        second = await page.send_client_message("tap-item", "tap-1", item="Martini", quantity=2)
        other = await page.send_client_message("tap-item", "tap-1", item="Martini", quantity=3)

    assert first == second
    assert first["data"] == {"t": "tap-item", "d": {"ok": True}}
    assert other["type"] == "error-response"
    line = await OrderLine.objects.aget(visit=ada)
    assert line.quantity == 2


async def test_the_tab_is_told_before_the_button_is_answered(ada):
    async with PageClient(ada) as page:
        await page.send_client_ready()
        await page.send_client_message("tap-item", item="Martini")

        assert page.all_matching("tab")[-1]["order"][0]["item"] == "Martini"


async def test_the_whole_evening_by_buttons(ada):
    async with PageClient(ada) as page:
        await page.send_client_ready()
        await page.send_client_message("tap-item", item="Martini", quantity=2, modifiers=["dry"])
        await page.send_client_message("tap-item", item="Negroni")
        await page.send_client_message("undo")
        await page.send_client_message("set-tip", percent=20)
        await page.send_client_message("place-order")
        await page.send_client_message("pay")
        card = page.all_matching("tab")[-1]["payment"]
        await page.send_client_message("pay", nonce=card["nonce"])
        shown = page.all_matching("tab")[-1]
        await _settle(ada)
        await page.wait_for(lambda frame: frame["data"].get("receipt"))

    assert card["status"] == "created"
    assert card["amount_cents"] == shown["due_cents"]
    assert shown["payment"]["status"] == "link_open"
    assert shown["payment"]["simulated"] is True
    assert [said["status"] for said in page.all_matching("payment")] == ["created", "link_open", "succeeded"]
    assert page.all_matching("tab")[-1]["tab"]["status"] == "paid"
    assert page.all_matching("order")[0]["lines"] == [
        {"item": "Martini", "quantity": 2, "modifiers": ["dry"]}
    ]


async def test_undo_and_remove_sent_twice_take_one_thing_off(ada):
    async with PageClient(ada) as page:
        for number in range(4):
            await page.send_client_message("tap-item", f"tap-{number}", item="Martini", modifiers=[])
        undone = [await page.send_client_message("undo", "undo-1") for _ in range(2)]
        removed = [await page.send_client_message("remove-line", "gone-1", number=1) for _ in range(2)]

    assert {answer["type"] for answer in undone + removed} == {"server-response"}
    assert await OrderLine.objects.filter(visit=ada).exclude(status="voided").acount() == 2


async def test_a_tip_is_a_rule_and_zero_takes_it_away(ada):
    async with PageClient(ada) as page:
        await page.send_client_ready()
        await page.send_client_message("tap-item", item="Martini", quantity=2)
        tips = []
        for tip in ({"percent": 15}, {"cents": 500}, {"percent": 12.5}, {"percent": 0}):
            await page.send_client_message("set-tip", **tip)
            tips.append(
                (page.all_matching("tab")[-1]["tip_bp"], page.all_matching("tab")[-1]["tab"]["tip_cents"])
            )

    assert tips == [(1500, 390), (None, 500), (1250, 325), (None, 0)]


async def test_not_yet_takes_the_bill_back(ada):
    async with PageClient(ada) as page:
        await page.send_client_ready()
        await page.send_client_message("tap-item", item="Martini")
        await page.send_client_message("pay")
        closing = page.all_matching("tab")[-1]
        await page.send_client_message("not-yet")

    assert closing["tab"]["status"] == "closing"
    assert page.all_matching("tab")[-1]["tab"]["status"] == "open"
    assert page.all_matching("tab")[-1]["payment"] is None


@pytest.mark.parametrize(
    "t, d, says",
    [
        ("tap-item", {"item": "Unicorn"}, "menu"),
        ("tap-item", {"item": "Martini", "quantity": 0}, "at least one"),
        ("tap-item", {"item": "Martini", "quantity": -5}, "at least one"),
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
    async with PageClient(ada) as page:
        answer = await page.send_client_message(t, "same", **d)
        alive = await page.send_client_message("ping")

    assert answer["type"] == "error-response"
    assert says in answer["data"]["error"]
    assert alive["type"] == "server-response"
    assert await Journal.objects.acount() == 0


async def test_not_yet_with_no_bill_out_is_answered_quietly(ada):
    async with PageClient(ada) as page:
        assert (await page.send_client_message("not-yet"))["type"] == "server-response"


async def test_every_button_leaves_its_source_in_the_ledger(ada):
    async with PageClient(ada) as page:
        await page.send_client_message("tap-item", item="Martini")
        await page.send_client_message("set-tip", percent=10)

    sources = [journal.source async for journal in Journal.objects.all()]
    assert sources == ["button", "button"]
    assert await Ticket.objects.acount() == 0


@sync_to_async
def _settle(visit):
    payment = Payment.objects.get(tab__visit_code=visit.code, status="link_open")
    checkout.mark_paid(payment, make_context())
