"""What hangs on the board: tickets that were sent and nothing else, how old they are, what is left."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bartender.menu.snapshot import mark_menu_changed, set_available
from bartender.models.display import TicketMove
from bartender.models.menu import MenuItem
from bartender.models.visits import Ticket
from bartender.services import bills, orders, split_bill, tickets
from bartender.services.visits import open_visit
from bartender.web.display.board import build_board
from maya_site.core.errors import Refusal
from tests.bartender.staff_fixtures import create_staff_user, sam_client
from tests.form_browser import FormBrowser
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context


def send(visit, *lines):
    for item, many, *modifiers in lines:
        orders.add_line(visit, item, many, modifiers, make_context())
    return tickets.fire_ticket(visit, make_context())


def hanging():
    return {lane: [slip.number for slip in slips] for lane, slips in build_board().lanes.items() if slips}


def only_slip():
    (slip,) = [slip for slips in build_board().lanes.values() for slip in slips]
    return slip


def test_a_ticket_goes_through_the_lanes_as_it_is_bumped(ada):
    ticket, seen = send(ada, ("Negroni", 1)), []
    for _ in range(4):
        seen.append(next(iter(hanging())))
        if seen[-1] != "served":
            tickets.bump_ticket(ticket)

    assert seen == ["new", "making", "ready", "served"]


def test_recall_takes_a_ticket_back_and_it_is_made_again(ada):
    ticket, sam, mo = send(ada, ("Negroni", 1)), create_staff_user("sam"), create_staff_user("mo")
    tickets.bump_ticket(ticket, sam)
    assert tickets.recall_ticket(ticket, sam).status == "new"  # begun by mistake
    for _ in range(3):
        tickets.bump_ticket(ticket, sam)
    assert tickets.recall_ticket(ticket, mo).status == "recalled"
    assert hanging() == {"making": [ticket.pk]}
    assert tickets.bump_ticket(ticket, mo).status == "ready"

    moves = TicketMove.objects.values_list("number", "from_status", "to_status", "moved_by__username")
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
    tickets.bump_ticket(ticket, step=0)
    tickets.recall_ticket(ticket, step=1)

    with pytest.raises(Refusal, match="had moved on already"):
        tickets.bump_ticket(ticket, step=0)
    assert Ticket.objects.get().status == "new"


def test_a_new_ticket_has_nothing_to_recall_and_a_served_one_is_done(ada):
    ticket = send(ada, ("Negroni", 1))
    with pytest.raises(Refusal, match="nothing to recall"):
        tickets.recall_ticket(ticket)
    for _ in range(3):
        tickets.bump_ticket(ticket)
    with pytest.raises(Refusal, match="done"):
        tickets.bump_ticket(ticket)


def test_a_guest_may_take_off_again_what_was_begun_by_mistake(ada):
    ticket = send(ada, ("Negroni", 1))
    line = ada.lines.get()
    tickets.bump_ticket(ticket)
    with pytest.raises(Refusal, match="already started"):
        orders.remove_line(ada, line, None, make_context())
    tickets.recall_ticket(ticket)
    orders.remove_line(ada, line, None, make_context())

    assert only_slip().status == "voided"


def test_drafts_never_hang_on_the_board(ada):
    orders.add_line(ada, "Negroni", 2, [], make_context())
    line = orders.add_line(ada, "Martini", 1, [], make_context())
    orders.set_quantity(ada, line, 2, make_context())
    orders.replace_line(ada, line, "Gin", [], 1, make_context())
    orders.undo_last_line(ada, make_context())

    assert (hanging(), build_board().counts, Ticket.objects.count()) == ({}, [], 0)


def test_a_split_bill_prints_nothing_again(ada, ben):
    ticket = send(ada, ("Negroni", 2), ("IPA", 1))
    split_bill.join_tab(ben, split_bill.invitation_token(split_bill.create_invitation(ada)))
    bills.request_bill(ada, make_context())
    bills.decline_payment(ada, make_context())
    split_bill.split_equally(ada, make_context())
    split_bill.cancel_split(ada, make_context())

    assert hanging() == {"new": [ticket.pk]}
    assert build_board().counts == [("Negroni", 2), ("IPA", 1)]


def test_a_renamed_drink_prints_nothing_again_and_keeps_its_name_on_the_ticket(ada):
    send(ada, ("Negroni", 1))
    MenuItem.objects.filter(name="Negroni").update(name="Count Camillo", price_cents=1)
    mark_menu_changed()

    assert [pour.name for pour in only_slip().pours] == ["Negroni"]
    assert Ticket.objects.count() == 1


def test_asking_to_pay_sends_what_was_open_and_sends_it_once(ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    why = make_context()
    bills.request_bill(ada, why)
    bills.request_bill(ada, why)

    assert len(hanging()["new"]) == 1


def test_what_was_taken_off_the_tab_is_crossed_out_and_then_gone(ada):
    ticket = send(ada, ("Negroni", 1))
    orders.clear_lines(ada, make_context())
    assert (only_slip().status, only_slip().lane) == ("voided", "served")
    Ticket.objects.filter(pk=ticket.pk).update(updated_at=timezone.now() - timedelta(minutes=10))

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
    assert build_board().counts == [("IPA", 4), ("Negroni", 3), ("Water", 1), ("Whiskey", 1)]
    tickets.bump_ticket(made)
    assert ("Negroni", 3) in build_board().counts
    tickets.bump_ticket(made)

    assert build_board().counts == [("IPA", 4), ("Negroni", 1), ("Whiskey", 1)]


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
    assert f'data-age="{age}"' in sam_client().get("/bar/").text


def test_what_is_ready_waits_from_the_moment_it_was_ready(ada):
    ticket = send(ada, ("Negroni", 1))
    Ticket.objects.update(fired_at=timezone.now() - timedelta(hours=1))
    tickets.bump_ticket(ticket)
    assert only_slip().age == "over"
    tickets.bump_ticket(ticket)

    assert only_slip().age == "calm"


def test_86_in_two_taps_and_back(ada):
    staff = FormBrowser(sam_client())
    staff.open("/bar/")
    (out,) = [one for one in staff.submit_buttons() if one.name == "86 Tequila"]
    staff.submit(out, {})
    assert staff.has_button("Tequila put back")
    with pytest.raises(Refusal, match="sold out"):
        orders.add_line(ada, "Tequila", 1, [], make_context())
    staff.submit(out, {})  # from a board that was open elsewhere
    assert "done already" in staff.page
    staff.press_button("Tequila put back")
    assert orders.add_line(ada, "Tequila", 1, [], make_context()).name == "Tequila"


def test_the_board_asks_the_same_for_one_ticket_and_for_thirty(menu):
    client = sam_client()

    def count_queries():
        client.get("/bar/")
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/bar/").status_code == 200
        return len(queries)

    def guests_come(number):
        for _ in range(number):
            visit = open_visit()
            send(visit, ("Negroni", 1), ("Whiskey", 2, "on the rocks"))
            visit.turns.create(client_id="one", guest_text="A negroni", reply_text="Gladly.", outcome="done")
        for ticket in Ticket.objects.all()[: number // 3]:
            tickets.bump_ticket(ticket)

    guests_come(3)
    few = count_queries()
    guests_come(30)

    assert count_queries() == few
    assert few <= 26
    assert build_board().waiting == 33


def test_a_sold_out_drink_is_first_in_the_list(menu):
    set_available([MenuItem.objects.get(name="Soda").pk], available=False)

    assert [drink.name for drink in build_board().sold_out] == ["Soda"]
    assert "Soda" not in [drink.name for drink in build_board().on_sale]
