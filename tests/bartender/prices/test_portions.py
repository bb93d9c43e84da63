"""Eight soups are left: the count falls as they are sent, and the last one is sold once."""

import pytest

from bartender.errors import SoldOut
from bartender.menu.snapshot import current_menu
from bartender.models.menu import MenuItem
from bartender.models.visits import OrderLine, Ticket
from bartender.services import bills, corrections, orders, tab_moves, tickets
from bartender.services.portions import TooFewPortions, set_portions
from payments.ledger import OperationContext
from tests.bartender.admin_forms import form_data
from tests.bartender.agents.fixtures import call, open_door, pair_agent
from tests.bartender.page_fixtures import guest_for_visit, visible_text
from tests.bartender.prices.happy_hour import drink
from tests.bartender.staff_fixtures import create_staff_user, mo_client, sam_client
from tests.form_browser import FormBrowser
from tests.guest_fixtures import make_context
from tests.payments.ledger_helpers import assert_ledger_consistent, latest_tab
from tests.rag.test_conversation import say

pytestmark = pytest.mark.django_db


def order(guest, quantity=1, item="IPA"):
    return orders.add_line(guest, item, quantity, [], make_context())


def send(guest):
    return tickets.fire_ticket(guest, make_context())


def count(left, item="IPA"):
    set_portions(drink(item).id, left)


def left(item="IPA"):
    return MenuItem.objects.get(name=item).portions_left


def by_mo():
    return OperationContext(make_context().key, actor="staff:mo", source="admin", reason="spilt")


def test_the_count_falls_when_the_order_is_sent_and_not_before(ada, ben):
    count(8)
    order(ada, 3)
    order(ada, 1, "Negroni")
    assert left() == 8
    send(ada)
    assert left() == 5
    order(ben, 5)
    send(ben)
    assert left() == 0
    assert left("Negroni") is None


def test_what_is_not_counted_is_never_counted(ada):
    order(ada, 3)
    send(ada)
    assert left() is None
    assert not OrderLine.objects.filter(took_portions=True).exists()


def test_at_zero_it_is_off_on_every_surface(ada, ben):
    count(1)
    order(ada)
    send(ada)
    assert current_menu().sold_out == ("IPA",)
    with pytest.raises(SoldOut):
        order(ben)
    assert "IPA is sold out tonight" in say(ben, "an IPA, please").reply
    open_door()
    (row,) = call(pair_agent(ben), "search_menu", text="IPA", possible_only=False)["drinks"]
    assert row["why_not"] == "sold out tonight"
    page = guest_for_visit(ben).open_page()
    assert 'class="drink sold-out" data-drink="ipa"' in page
    assert "IPA put back" in visible_text(FormBrowser(sam_client()).open("/bar/"))


def test_who_is_second_is_told_so_and_keeps_their_order(ada, ben):
    count(2)
    order(ada, 2)
    order(ben, 2)
    send(ada)
    count(1)
    with pytest.raises(TooFewPortions, match="There is only 1 IPA left: please"):
        send(ben)
    assert (left(), Ticket.objects.count()) == (1, 1)
    count(0)
    with pytest.raises(TooFewPortions, match="The last IPA is gone: please take it off"):
        bills.request_bill(ben, make_context())
    assert latest_tab(ben).status == "open"
    orders.set_quantity(ben, ben.lines.get(), 1, make_context())
    count(1)
    send(ben)
    assert left() == 0
    assert assert_ledger_consistent()


def test_nobody_puts_more_on_a_tab_than_are_left(ada):
    count(3)
    with pytest.raises(TooFewPortions, match="There are only 3 of the IPA left"):
        order(ada, 4)
    assert "only 3 of the IPA left" in say(ada, "four IPAs, please").reply
    assert not OrderLine.objects.exists()
    order(ada, 2)
    with pytest.raises(TooFewPortions):
        order(ada, 2)


def test_voided_unmade_it_is_there_again(ada):
    count(2)
    line = order(ada, 2)
    send(ada)
    assert current_menu().sold_out == ("IPA",)
    orders.remove_line(ada, line, 1, make_context())
    assert (left(), current_menu().sold_out) == (1, ())
    orders.clear_lines(ada, make_context())
    assert left() == 2


def test_voided_by_staff_before_it_is_made_it_is_back_and_afterwards_not(ada):
    count(4)
    line = order(ada, 4)
    ticket = send(ada)
    corrections.void_line(line, 1, by_mo())
    assert left() == 1
    tickets.bump_ticket(ticket)
    corrections.void_line(OrderLine.objects.get(pk=line.pk), 1, by_mo())
    assert left() == 1


def test_a_whole_tab_voided_unmade_gives_all_back_once(ada):
    count(4)
    order(ada, 3)
    send(ada)
    op = by_mo()
    corrections.void_tab(latest_tab(ada), op)
    corrections.void_tab(latest_tab(ada), op)
    assert left() == 4


def test_what_was_sent_before_anybody_counted_gives_nothing_back(ada):
    line = order(ada)
    send(ada)
    count(3)
    orders.remove_line(ada, line, None, make_context())
    assert left() == 3


def test_a_moved_line_takes_no_second_portion_and_gives_its_own_back(ada, ben):
    count(3)
    order(ada, 2)
    send(ada)
    tab_moves.move_drinks(ada, ben, {1: 1}, create_staff_user("mo"), "form-1")
    assert left() == 1
    moved = OrderLine.objects.get(tab=latest_tab(ben))
    corrections.void_line(moved, 1, by_mo())
    assert left() == 2


def test_guests_see_the_last_few_and_not_the_many(ada):
    count(6)
    page = guest_for_visit(ada)
    assert "last 6" not in visible_text(page.open_page())
    order(ada, 3)
    send(ada)
    assert "last 3" in visible_text(page.open_page())


def test_staff_set_the_count_on_the_display(ada):
    staff = FormBrowser(sam_client())
    staff.open("/bar/")
    staff.press_button("Set", item=str(drink("IPA").id), left="8")
    assert left() == 8
    assert "IPA: 8 left" in visible_text(staff.page)
    order(ada, 2)
    send(ada)
    assert "IPA: 6 left" in visible_text(staff.open("/bar/"))
    staff.press_button("Set", item=str(drink("IPA").id), left="")
    assert left() is None


def test_saving_the_item_in_the_admin_leaves_the_count(ada):
    count(8)
    client, page = mo_client(), f"/admin/bartender/menuitem/{drink('IPA').id}/change/"
    shown = form_data(client.get(page))
    stale = MenuItem.objects.get(name="IPA")
    order(ada, 2)
    send(ada)
    assert client.post(page, {**shown, "description": "Bitter."}).status_code == 302
    stale.save()
    assert left() == 6


def test_counting_costs_no_query_where_nothing_is_counted(ada, django_assert_max_num_queries):
    order(ada)
    with django_assert_max_num_queries(40) as captured:
        send(ada)
    assert not any("portions_left" in query["sql"] and "UPDATE" in query["sql"] for query in captured)
