"""What hangs on the board: tickets that were sent and nothing else, how old they are, what is left."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bartender.display.board import board
from bartender.menu.snapshot import menu_changed, set_available
from bartender.records.menu import MenuItem
from bartender.records.room import TicketMove
from bartender.records.visits import Ticket
from bartender.services import bills, orders, sharing, tickets
from bartender.services.visits import open_visit
from maya_site.lib.errors import Refused
from tests.bartender.staff_cast import sam
from tests.cast import *  # noqa: F403 - the cast
from tests.cast import cause


def send(visit, *lines):
    for item, many, *modifiers in lines:
        orders.add(visit, item, many, modifiers, cause())
    return tickets.fire(visit, cause())


def hanging():
    return {lane: [slip.number for slip in slips] for lane, slips in board().lanes.items() if slips}


def only_slip():
    (slip,) = [slip for slips in board().lanes.values() for slip in slips]
    return slip


def test_a_ticket_goes_through_the_lanes_as_it_is_bumped(ada):
    ticket, seen = send(ada, ("Negroni", 1)), []
    for _ in range(4):
        seen.append(next(iter(hanging())))
        if seen[-1] != "served":
            tickets.bump(ticket)

    assert seen == ["new", "making", "ready", "served"]


def test_recall_takes_a_ticket_back_and_it_is_made_again(ada):
    ticket = send(ada, ("Negroni", 1))
    tickets.bump(ticket, "sam")
    assert tickets.recall(ticket, "sam").status == "new"  # begun by mistake
    for _ in range(3):
        tickets.bump(ticket, "sam")
    assert tickets.recall(ticket, "mo").status == "recalled"
    assert hanging() == {"making": [ticket.pk]}
    assert tickets.bump(ticket, "mo").status == "ready"

    moves = TicketMove.objects.values_list("number", "before", "after", "by")
    assert list(moves) == [
        (1, "new", "in_prep", "sam"),
        (2, "in_prep", "new", "sam"),
        (3, "new", "in_prep", "sam"),
        (4, "in_prep", "ready", "sam"),
        (5, "ready", "served", "sam"),
        (6, "served", "recalled", "mo"),
        (7, "recalled", "ready", "mo"),
    ]


def test_a_press_that_comes_late_does_not_move_a_ticket_that_came_round_to_the_same_lane(ada):
    ticket = send(ada, ("Negroni", 1))
    tickets.bump(ticket, step=0)
    tickets.recall(ticket, step=1)

    with pytest.raises(Refused, match="had moved on already"):
        tickets.bump(ticket, step=0)
    assert Ticket.objects.get().status == "new"


def test_a_new_ticket_has_nothing_to_recall_and_a_served_one_is_done(ada):
    ticket = send(ada, ("Negroni", 1))
    with pytest.raises(Refused, match="nothing to recall"):
        tickets.recall(ticket)
    for _ in range(3):
        tickets.bump(ticket)
    with pytest.raises(Refused, match="done"):
        tickets.bump(ticket)


def test_a_guest_may_take_off_again_what_was_begun_by_mistake(ada):
    ticket = send(ada, ("Negroni", 1))
    line = ada.lines.get()
    tickets.bump(ticket)
    with pytest.raises(Refused, match="already started"):
        orders.remove(ada, line, None, cause())
    tickets.recall(ticket)
    orders.remove(ada, line, None, cause())

    assert only_slip().status == "voided"


def test_drafts_never_hang_on_the_board(ada):
    orders.add(ada, "Negroni", 2, [], cause())
    line = orders.add(ada, "Martini", 1, [], cause())
    orders.set_quantity(ada, line, 2, cause())
    orders.replace(ada, line, "Gin", [], 1, cause())
    orders.undo(ada, cause())

    assert (hanging(), board().counts, Ticket.objects.count()) == ({}, [], 0)


def test_a_split_bill_prints_nothing_again(ada, ben):
    ticket = send(ada, ("Negroni", 2), ("IPA", 1))
    sharing.join(ben, sharing.token_of(sharing.invite(ada)))
    bills.ask_to_pay(ada, cause())
    bills.not_yet(ada, cause())
    sharing.equally(ada, cause())
    sharing.put_together(ada, cause())

    assert hanging() == {"new": [ticket.pk]}
    assert board().counts == [("Negroni", 2), ("IPA", 1)]


def test_a_renamed_drink_prints_nothing_again_and_keeps_its_name_on_the_ticket(ada):
    send(ada, ("Negroni", 1))
    MenuItem.objects.filter(name="Negroni").update(name="Count Camillo", price_cents=1)
    menu_changed()

    assert [pour.name for pour in only_slip().pours] == ["Negroni"]
    assert Ticket.objects.count() == 1


def test_asking_to_pay_sends_what_was_open_and_sends_it_once(ada):
    orders.add(ada, "Negroni", 1, [], cause())
    why = cause()
    bills.ask_to_pay(ada, why)
    bills.ask_to_pay(ada, why)

    assert len(hanging()["new"]) == 1


def test_what_was_taken_off_the_tab_is_crossed_out_and_then_gone(ada):
    ticket = send(ada, ("Negroni", 1))
    orders.clear(ada, cause())
    assert (only_slip().status, only_slip().lane) == ("voided", "served")
    Ticket.objects.filter(pk=ticket.pk).update(changed_at=timezone.now() - timedelta(minutes=10))

    assert hanging() == {}


def test_all_day_counts_what_is_still_to_be_made(ada, ben):
    made = send(ada, ("Negroni", 2), ("Water", 1))
    send(
        ben,
        ("Negroni", 1),
        (
            "IPA",
            4,
        ),
    )
    send(ben, ("Whiskey", 1, "double"))
    assert board().counts == [("IPA", 4), ("Negroni", 3), ("Water", 1), ("Whiskey", 1)]
    tickets.bump(made)
    assert ("Negroni", 3) in board().counts
    tickets.bump(made)

    assert board().counts == [("IPA", 4), ("Negroni", 1), ("Whiskey", 1)]


@pytest.mark.parametrize(
    "waited, age, clock",
    [(5, "calm", "0:05"), (200, "calm", "3:20"), (245, "late", "4:05"), (700, "over", "11:40")],
)
def test_a_ticket_grows_old_in_colour(ada, waited, age, clock):
    ticket = send(ada, ("Negroni", 1))
    Ticket.objects.filter(pk=ticket.pk).update(fired_at=timezone.now() - timedelta(seconds=waited))

    slip = only_slip()
    assert slip.age == age
    assert slip.clock.partition(":")[0] == clock.partition(":")[0]
    assert f'data-age="{age}"' in sam().get("/bar/").text


def test_what_is_ready_waits_from_the_moment_it_was_ready(ada):
    ticket = send(ada, ("Negroni", 1))
    Ticket.objects.update(fired_at=timezone.now() - timedelta(hours=1))
    tickets.bump(ticket)
    assert only_slip().age == "over"
    tickets.bump(ticket)

    assert only_slip().age == "calm"


def test_86_in_two_taps_and_back(ada):
    client, tequila = sam(), MenuItem.objects.get(name="Tequila")
    door = f"/bar/86/{tequila.pk}/"
    assert f'formaction="{door}" name="available" value="0"' in client.get("/bar/").text
    client.post(door, {"available": "0"})

    page = client.get("/bar/").text
    assert f'formaction="{door}" name="available" value="1"' in page
    with pytest.raises(Refused, match="sold out"):
        orders.add(ada, "Tequila", 1, [], cause())
    assert "done already" in client.post(door, {"available": "0"}, follow=True).text
    client.post(door, {"available": "1"})
    assert orders.add(ada, "Tequila", 1, [], cause()).name == "Tequila"


def test_the_board_asks_the_same_for_one_ticket_and_for_thirty(menu):
    client = sam()

    def asked():
        client.get("/bar/")
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/bar/").status_code == 200
        return len(queries)

    def guests_come(number):
        for _ in range(number):
            visit = open_visit()
            send(visit, ("Negroni", 1), ("Whiskey", 2, "on the rocks"))
            visit.turns.create(client_id="one", said="A negroni", reply="Gladly.", outcome="done")
        for ticket in Ticket.objects.all()[: number // 3]:
            tickets.bump(ticket)

    guests_come(3)
    few = asked()
    guests_come(30)

    assert asked() == few
    assert few <= 20
    assert board().waiting == 33


def test_a_sold_out_drink_is_first_in_the_list(menu):
    set_available([MenuItem.objects.get(name="Soda").pk], available=False)

    assert [drink.name for drink in board().sold_out] == ["Soda"]
    assert "Soda" not in [drink.name for drink in board().on_sale]
