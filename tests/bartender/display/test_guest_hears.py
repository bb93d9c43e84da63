"""What the bar does is on the guest's tab, and Maya says so: once, and only if it is so."""

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from bartender.brains.scripted import ScriptedBrain
from bartender.conversation.turn import collect_events, take_turn
from bartender.dialogue.types import ToolCall
from bartender.models.visits import Ticket, Turn
from bartender.realtime import broadcast
from bartender.services import bills, orders, takeovers, tickets
from maya_site.core.errors import Refusal
from tests.bartender.page_fixtures import guest_for_visit, visible_text
from tests.bartender.realtime.page_client import PageClient
from tests.bartender.staff_fixtures import create_staff_user
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context


@pytest.fixture
def ticket(ada):
    orders.add_line(ada, "Negroni", 2, [], make_context())
    orders.add_line(ada, "Whiskey", 1, ["on the rocks"], make_context())
    return tickets.fire_ticket(ada, make_context())


def replies_of(visit):
    return [(turn.who, turn.reply_text) for turn in visit.turns.all()]


MADE = "Two Negronis and one Whiskey (on the rocks) are being made now."
READY = "Two Negronis and one Whiskey (on the rocks) are ready for you at the bar. Cheers!"
AGAIN = "One moment more, please: two Negronis and one Whiskey (on the rocks) are back with the bar."


def test_maya_says_that_it_is_made_and_that_it_is_ready(ticket, ada):
    assert replies_of(ada) == []
    tickets.bump_ticket(ticket)
    tickets.bump_ticket(ticket)
    assert replies_of(ada) == [("Maya", MADE), ("Maya", READY)]
    tickets.bump_ticket(ticket)
    assert len(replies_of(ada)) == 2  # the guest has it in hand
    tickets.recall_ticket(ticket)
    assert replies_of(ada)[2:] == [("Maya", AGAIN)]


def test_the_tab_says_how_far_the_bar_is(ticket, ada):
    seen = []
    for _ in range(4):
        seen.append({line.progress for line in bills.bill_of(ada).lines})
        if len(seen) < 4:
            tickets.bump_ticket(ticket)

    assert seen == [{"at the bar"}, {"being made"}, {"ready"}, {"served"}]


def test_a_guest_without_a_script_reads_it_on_the_page(ticket, ada):
    tickets.bump_ticket(ticket)
    page = visible_text(guest_for_visit(ada).open_page())

    assert f"Maya {MADE}" in page
    assert "being made" in page.partition("Your tab")[2]


def test_a_press_that_moved_nothing_says_nothing(ticket, ada):
    tickets.bump_ticket(ticket, step=0)
    with pytest.raises(Refusal):
        tickets.bump_ticket(ticket, step=0)

    assert replies_of(ada) == [("Maya", MADE)]


def test_what_was_taken_off_is_not_spoken_of(ticket, ada):
    orders.remove_line(ada, ada.lines.get(name="Negroni"), None, make_context())
    tickets.bump_ticket(ticket)

    assert replies_of(ada) == [("Maya", "One Whiskey (on the rocks) is being made now.")]


def test_while_a_person_answers_it_is_the_bar_that_says_so(ticket, ada):
    takeovers.take_over(ada, create_staff_user("sam"))
    tickets.bump_ticket(Ticket.objects.get())

    assert replies_of(ada)[-1] == ("The bar", MADE)


def test_a_drink_that_is_ready_does_not_come_between_the_bill_and_the_yes(ticket, ada):
    say(ada, "The bill, please", ScriptedBrain([ToolCall("create_payment", {})], ["There you are."]))
    assert bills.bill_of(ada).status == "closing"
    tickets.bump_ticket(ticket)
    say(ada, "yes", ScriptedBrain(["Pardon?"]))

    assert card_of(ada) == "link_open"


def test_after_a_persons_words_a_yes_is_no_consent_to_the_bill(ticket, ada):
    """It may be an answer to the person."""
    say(ada, "The bill, please", ScriptedBrain([ToolCall("create_payment", {})], ["There you are."]))
    takeovers.take_over(ada, create_staff_user("sam"))
    takeovers.send_staff_reply(ada, "Shall I open the window?", create_staff_user("sam"), "bar-1")
    takeovers.hand_back(ada, create_staff_user("sam"), ["They want", "the window open."])
    say(ada, "yes", ScriptedBrain(["Pardon?"]))

    assert card_of(ada) == "created"


def test_news_are_no_turns_of_mayas(ticket, ada):
    tickets.bump_ticket(ticket)

    assert list(Turn.objects.answered_by_maya()) == []
    assert Turn.objects.unprompted().count() == 1


@pytest.mark.django_db(transaction=True)
async def test_the_open_page_hears_it_at_once(ada, monkeypatch):
    monkeypatch.setattr(broadcast, "POLL_INTERVAL_SECONDS", 3600)
    async with PageClient(ada) as page:
        await page.send_client_ready()
        await page.send_client_message("tap-item", item="Martini")
        await page.send_client_message("place-order")
        ticket = await Ticket.objects.aget()
        await sync_to_async(tickets.bump_ticket)(ticket)
        line = await page.wait_for("bot-llm-text", timeout=15)
        if page.all_matching("tab")[-1]["lines"][0]["progress"] != "being made":
            await page.wait_for("tab", timeout=15)

    assert line["data"]["text"] == "One Martini is being made now."
    assert page.all_matching("tab")[-1]["lines"][0]["progress"] == "being made"


def card_of(visit):
    card = bills.bill_of(visit).payment
    return card and card.status


def say(visit, text, brain):
    return async_to_sync(collect_events)(take_turn(visit, text, f"turn-{Turn.objects.count()}", brain))
