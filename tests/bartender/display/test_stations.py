"""Stations: each sees its part of a ticket, together they finish it, and equal drinks are made at once."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bartender.models.display import TicketMove
from bartender.models.menu import MenuCategory
from bartender.models.stations import Station
from bartender.models.visits import OrderLine, Ticket
from bartender.services import orders, responsible_service, stations, tab_moves, tickets
from bartender.services.stations import read_stations
from bartender.web.display.board import build_board
from maya_site.core.errors import Refusal
from tests.bartender.staff_fixtures import create_staff_user, mo_client, nat_client, sam_client
from tests.form_browser import FormBrowser
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context
from tests.payments.concurrency import run_concurrently


@pytest.fixture
def cocktails(menu):
    return make_station("Cocktails", 1, "Cocktails", "Spirits")


@pytest.fixture
def taps(menu):
    return make_station("Taps", 2, "Beer")


@pytest.fixture
def sam(menu):
    return create_staff_user("sam")


def make_station(name, position, *categories):
    station = Station.objects.create(name=name, position=position)
    station.categories.set(MenuCategory.objects.filter(name__in=categories))
    return station


def send(visit, *items):
    for item in items:
        orders.add_line(visit, item, 1, [], make_context())
    return tickets.fire_ticket(visit, make_context(), skip_hold=True)


def seen_at(station=None):
    lanes = build_board(station=station).lanes
    return {
        lane: [(card.number, [pour.name for pour in card.pours]) for card in cards]
        for lane, cards in lanes.items()
        if cards
    }


def parts(ticket):
    cards = [card for cards in build_board().lanes.values() for card in cards]
    (card,) = [card for card in cards if card.number == ticket.pk]
    return {part.station: part.state for part in card.parts}


def test_a_ticket_of_two_stations_is_ready_when_both_have_made_their_part(ada, sam, cocktails, taps):
    ticket = send(ada, "Negroni", "IPA")
    assert seen_at(cocktails) == {"new": [(ticket.pk, ["Negroni"])]}
    assert seen_at(taps) == {"new": [(ticket.pk, ["IPA"])]}
    ticket = tickets.bump_ticket(ticket, sam)
    ticket = stations.bump_part(ticket, taps, sam, ticket.move_count)
    assert ticket.status == "in_prep"
    assert parts(ticket) == {"Cocktails": "making", "Taps": "ready"}
    assert (list(seen_at(taps)), list(seen_at(cocktails))) == (["ready"], ["making"])
    ticket = stations.bump_part(ticket, cocktails, sam, ticket.move_count)

    assert ticket.status == "ready"
    assert parts(ticket) == {"Cocktails": "ready", "Taps": "ready"}
    assert set(OrderLine.objects.values_list("made_by__username", flat=True)) == {"sam"}


def test_pressed_twice_a_part_is_made_once_and_a_late_press_is_refused(ada, sam, cocktails, taps):
    ticket = tickets.bump_ticket(send(ada, "Negroni", "IPA"), sam)
    for _ in range(2):
        stations.bump_part(ticket, taps, sam, 1)
    assert TicketMove.objects.count() == 1
    tickets.recall_ticket(ticket, sam)

    with pytest.raises(Refusal, match="had moved on already"):
        stations.bump_part(ticket, cocktails, sam, 1)
    assert parts(ticket) == {"Cocktails": "new", "Taps": "new"}  # begun by mistake: nothing is made


def test_one_station_makes_its_part_again_and_the_other_does_not(ada, sam, cocktails, taps):
    ticket = tickets.bump_ticket(tickets.bump_ticket(send(ada, "Negroni", "IPA"), sam), sam)
    assert ticket.status == "ready"
    ticket = stations.recall_part(ticket, taps, sam, ticket.move_count)

    assert ticket.status == "recalled"
    assert parts(ticket) == {"Cocktails": "ready", "Taps": "making"}
    assert stations.bump_part(ticket, taps, sam, ticket.move_count).status == "ready"


def test_what_no_station_has_is_made_at_the_first_one(ada, cocktails, taps):
    send(ada, "Water")
    assert seen_at(cocktails)["new"][0][1] == ["Water"]
    assert seen_at(taps) == {}


def test_a_category_of_two_stations_is_made_at_the_first_of_them(ada, cocktails, taps):
    taps.categories.add(MenuCategory.objects.get(name="Cocktails"))
    send(ada, "Negroni")
    assert (list(seen_at(cocktails)), seen_at(taps)) == (["new"], {})


def test_a_house_without_stations_sees_what_it_saw(ada):
    ticket = send(ada, "Negroni", "IPA")
    assert parts(ticket) == {}
    assert seen_at() == {"new": [(ticket.pk, ["Negroni", "IPA"])]}


def test_the_same_drink_on_three_tickets_is_made_at_once(ada, ben, cy):
    sent = [send(ada, "Negroni", "IPA"), send(ben, "Negroni"), send(cy, "Negroni")]
    (batch,) = build_board().batches
    assert (batch.quantity, batch.name, batch.tickets) == (3, "Negroni", tuple(one.pk for one in sent))
    page = FormBrowser(sam_client())
    page.open("/bar/")
    page.press_button("Made 3 × Negroni")

    assert f"3 × Negroni made, for the tickets {sent[0].pk}, {sent[1].pk}, {sent[2].pk}." in page.dom.text
    assert [Ticket.objects.get(pk=one.pk).status for one in sent] == ["in_prep", "ready", "ready"]
    assert dict(build_board().counts) == {"IPA": 1}
    assert build_board().batches == []


def test_a_note_and_an_allergy_are_made_by_themselves(ada, ben, cy):
    responsible_service.set_allergies(ada, ["milk"])
    orders.add_line(ben, "IPA", 1, [], make_context(), details=orders.LineDetails("in a mug"))
    send(ben)
    send(cy, "IPA")
    orders.add_line(ada, "Soda", 1, [], make_context())
    send(ada)
    send(cy, "Soda")

    assert build_board().batches == []


def test_a_batch_that_somebody_else_has_made_is_not_made_twice(ada, ben):
    first, second = send(ada, "Soda"), send(ben, "Soda")
    page = FormBrowser(sam_client())
    page.open("/bar/")
    old = page.page
    page.press_button("Made 2 × Soda")
    page.page = old
    page.press_button("Made 2 × Soda")

    assert "That was made already." in page.dom.text
    assert TicketMove.objects.count() == 4
    assert {Ticket.objects.get(pk=one.pk).status for one in (first, second)} == {"ready"}


def test_the_page_of_a_station_keeps_to_itself_and_comes_back_to_itself(ada, sam, cocktails, taps):
    ticket = send(ada, "Negroni", "IPA")
    page = FormBrowser(mo_client())
    page.open("/bar/")
    page.follow_link("Taps")
    assert "IPA" in ticket_text(page)
    assert "Negroni" not in ticket_text(page)
    page.press_button(f"Start ticket {ticket.pk}")
    page.press_button(f"Ready ticket {ticket.pk}")
    assert "Taps: ticket" in page.dom.text
    assert "station=" in page.address
    assert not page.has_button(f"Served ticket {ticket.pk}")  # another station is still at it
    page.open("/bar/")

    assert "Cocktails in the making" in ticket_text(page)
    assert "Taps ready" in ticket_text(page)


def ticket_text(page):
    return " ".join(one.text for one in page.dom.find_all("li") if "ticket" in one.get("class").split())


def test_who_may_not_move_tickets_may_not_mark_drinks_made(ada, taps):
    ticket = send(ada, "IPA")
    for address in ("/bar/made/", f"/bar/ticket/{ticket.pk}/bump/{taps.pk}/"):
        answer = nat_client().post(address, {"lines": str(OrderLine.objects.get().pk), "seen": "0"})
        assert answer.status_code == 403
    assert OrderLine.objects.get().made_at is None


def test_what_moves_to_another_tab_stays_made(ada, ben, sam, cocktails, taps):
    ticket = tickets.bump_ticket(send(ada, "Negroni", "IPA"), sam)
    stations.bump_part(ticket, taps, sam, 1)
    tab_moves.move_drinks(ada, ben, tab_moves.ALL, sam, "move-form")

    made = OrderLine.objects.filter(ticket=ticket, quantity__gt=0, made_at__isnull=False)
    assert list(made.values_list("name", flat=True)) == ["IPA"]


def test_the_board_costs_the_same_queries_with_one_station_and_with_five(ada, cocktails, taps):
    def count():
        with CaptureQueriesContext(connection) as queries:
            build_board()
        return len(queries)

    send(ada, "Negroni", "IPA")
    count()  # the menu is read once
    before = count()
    for at in range(3):
        make_station(f"Station {at}", at + 3)
    assert count() == before


@pytest.mark.django_db(transaction=True)
def test_two_stations_that_finish_at_once_make_the_ticket_ready_once(menu, ada):
    sam = create_staff_user("sam")
    rows = [make_station("Cocktails", 1, "Cocktails"), make_station("Taps", 2, "Beer")]
    ticket = tickets.bump_ticket(send(ada, "Negroni", "IPA"), sam)
    run_concurrently(*[lambda row=row: stations.bump_part(ticket, row, sam, 1) for row in rows])
    ticket.refresh_from_db()

    assert ticket.status == "ready"
    assert TicketMove.objects.filter(to_status="ready").count() == 1


def test_the_admin_makes_stations(menu):
    mo = FormBrowser(mo_client())
    mo.open("/admin/bartender/station/add/")
    beer = str(MenuCategory.objects.get(name="Beer").pk)
    mo.press_button("Save", name="Taps", categories=[beer])

    assert [row.name for row in read_stations().rows] == ["Taps"]
    assert read_stations().by_category == ((int(beer), Station.objects.get().pk),)
