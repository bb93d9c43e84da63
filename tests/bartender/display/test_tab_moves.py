"""Drinks go from one tab to another on the display: who pays changes, and nothing else."""

from functools import partial

import pytest
from django.db.models import F, Sum

from bartender.errors import GuestHasLeft
from bartender.models.visits import OrderLine, Ticket, Turn, Visit
from bartender.services import bills, corrections, orders, tab_moves, tickets
from bartender.staff_errors import NothingToMove
from bartender.web.display.board import build_board
from payments import ledger, reports
from payments.errors import IdempotencyKeyReused, OperationNotAllowed, UnitLimit
from payments.ledger import OperationContext, TipRule
from payments.models import Journal, Tab
from tests.bartender.page_fixtures import guest_for_visit
from tests.bartender.staff_fixtures import create_staff_user, nat_client, pay_bill, sam_client
from tests.form_browser import FormBrowser
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context
from tests.payments.ledger_helpers import assert_ledger_consistent

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(menu):
    return FormBrowser(sam_client())


@pytest.fixture
def sam(menu):
    return create_staff_user("sam")


def drink(visit, name="Negroni", units=1):
    line = orders.add_line(visit, name, units, [], make_context())
    tickets.fire_ticket(visit, make_context(), skip_hold=True)
    return line


def tab_of(visit):
    return Tab.objects.filter(visit_code=visit.code).latest("id")


def on_tab(visit):
    lines = OrderLine.objects.filter(tab=tab_of(visit), quantity__gt=0).order_by("number")
    return [(line.quantity, line.name) for line in lines]


def grams_of(visit):
    grams = Sum(F("quantity") * F("unit_ethanol_grams"))
    return OrderLine.objects.filter(visit=visit).aggregate(grams=grams)["grams"]


def by_sam(reason="kindness"):
    return OperationContext(make_context().key, actor="staff:sam", source="form", reason=reason)


def test_a_ticked_drink_goes_to_the_other_guests_tab_and_no_ticket_is_printed_again(staff, ada, ben):
    drink(ada, "Negroni"), drink(ada, "IPA", 2), drink(ben, "Water")
    board, grams = build_board(), (grams_of(ada), grams_of(ben))
    staff.open(f"/bar/tab/{ada.code}/")
    staff.press_button("Move what is ticked", line=["1"], target=ben.code)

    assert f"1 drink moved to the tab of {ben.call_name}." in staff.dom.text
    assert (on_tab(ada), on_tab(ben)) == ([(2, "IPA")], [(1, "Water"), (1, "Negroni")])
    assert (tab_of(ada).due_cents, tab_of(ben).due_cents) == (1200, 1200)
    assert Ticket.objects.count() == 3
    again = build_board()
    made = [[(pour.quantity, pour.name) for pour in slip.pours] for slip in board.lanes["new"]]
    assert [[(p.quantity, p.name) for p in slip.pours] for slip in again.lanes["new"]] == made
    assert (grams_of(ada), grams_of(ben)) == grams
    assert OrderLine.objects.get(tab=tab_of(ben), name="Negroni").visit == ada
    assert assert_ledger_consistent()


def test_some_of_a_line_go_and_the_rest_stay(staff, ada, ben):
    drink(ada, "IPA", 3)
    staff.open(f"/bar/tab/{ada.code}/")
    staff.press_button("Move what is ticked", **{"line": ["1"], "units-1": "2", "target": ""})
    (fresh,) = Visit.objects.filter(surface="bar")
    assert staff.path == f"/bar/tab/{fresh.code}/"
    assert (on_tab(ada), on_tab(fresh)) == ([(1, "IPA")], [(2, "IPA")])
    assert grams_of(fresh) is None
    assert assert_ledger_consistent()


def test_a_split_off_tab_has_the_name_that_was_typed(staff, ada):
    drink(ada, "IPA"), drink(ada, "Water")
    staff.open(f"/bar/tab/{ada.code}/")
    staff.press_button("Move what is ticked", line=["2"], target="", name="Bo")
    assert Visit.objects.get(guest_name="Bo").surface == "bar"
    assert "Moved from" in staff.dom.text
    assert "Bo" in staff.dom.text


def test_a_whole_tab_is_merged_into_another_with_its_percent_tip_left_behind_and_said(staff, ada, ben):
    drink(ada, "Negroni", 2), drink(ben, "Water")
    ledger.set_tip(tab_of(ada), TipRule(2_000), make_context())
    staff.open(f"/bar/tab/{ada.code}/")
    staff.press_button("Move the whole tab", target=ben.code)

    assert "2 drinks moved" in staff.dom.text
    assert "The tip of $4.40 was taken off: say it again there." in staff.dom.text
    ada_tab = tab_of(ada)
    assert (ada_tab.due_cents, ada_tab.units, ada_tab.status) == (0, 0, "open")
    assert tab_of(ben).due_cents == 2300
    staff.open("/bar/")
    assert f"Tab of {ada.call_name}" not in staff.dom.text
    assert assert_ledger_consistent()


def test_what_the_house_pays_goes_along_and_never_in_parts(sam, ada, ben):
    line = drink(ada, "IPA", 2)
    corrections.comp_line(line, by_sam(), 200)
    with pytest.raises(OperationNotAllowed):
        tab_moves.move_drinks(ada, ben, {1: 1}, sam, "form-one-0")
    tab_moves.move_drinks(ada, ben, {1: 2}, sam, "form-two-0")
    assert (tab_of(ada).discount_cents, tab_of(ben).discount_cents) == (0, 200)
    assert tab_of(ben).due_cents == 1000
    assert assert_ledger_consistent()


def test_the_same_form_twice_moves_once_and_another_wish_under_it_is_refused(sam, ada, ben):
    drink(ada, "IPA", 3)
    for _ in range(2):
        assert tab_moves.move_drinks(ada, ben, {1: 1}, sam, "form-one-0").units == 1
    assert (on_tab(ada), on_tab(ben)) == ([(2, "IPA")], [(1, "IPA")])
    with pytest.raises(IdempotencyKeyReused):
        tab_moves.move_drinks(ada, ben, {1: 2}, sam, "form-one-0")
    first = tab_moves.split_off(ada, {1: 1}, "Bo", sam, "form-two-0")
    assert tab_moves.split_off(ada, {1: 1}, "Bo", sam, "form-two-0") == first
    assert on_tab(first) == [(1, "IPA")]


@pytest.mark.parametrize("of", ["ada", "ben"])
def test_with_a_bill_out_nothing_moves_and_staff_read_whose_it_is(staff, ada, ben, of):
    drink(ada), drink(ben)
    staff.open(f"/bar/tab/{ada.code}/")
    whose = {"ada": ada, "ben": ben}[of]
    bills.request_bill(whose, make_context())
    before = (on_tab(ada), on_tab(ben))
    staff.press_button("Move what is ticked", line=["1"], target=ben.code)
    assert f"Nothing was moved: a bill is out for {whose.call_name}." in staff.dom.text
    assert (on_tab(ada), on_tab(ben)) == before


def test_a_paid_tab_never_changes(sam, ada, ben):
    drink(ada), drink(ben)
    pay_bill(ada)
    with pytest.raises(NothingToMove):
        tab_moves.move_drinks(ada, ben, tab_moves.ALL, sam, "form-one-0")
    pay_bill(ben)
    drink(ada, "Water")
    tab_moves.move_drinks(ada, ben, tab_moves.ALL, sam, "form-two-0")
    assert [tab.status for tab in Tab.objects.filter(visit_code=ben.code).order_by("id")] == ["paid", "open"]
    assert assert_ledger_consistent()


def test_what_was_not_sent_is_named_and_stays(staff, ada, ben):
    drink(ada), drink(ben)
    orders.add_line(ada, "IPA", 1, [], make_context())
    staff.open(f"/bar/tab/{ada.code}/")
    staff.press_button("Move the whole tab", target=ben.code)
    assert "Nothing was moved: IPA waits to be sent." in staff.dom.text
    assert on_tab(ada) == [(1, "Negroni"), (1, "IPA")]


def test_nothing_ticked_moves_nothing_and_says_what_to_do(staff, ada, ben):
    drink(ada), drink(ben)
    staff.open(f"/bar/tab/{ada.code}/")
    staff.press_button("Move what is ticked", target=ben.code)
    assert "tick drinks that are on this tab" in staff.dom.text
    assert not Visit.objects.filter(surface="bar").exists()
    staff.press_button("Move what is ticked")
    assert not Visit.objects.filter(surface="bar").exists()


def test_a_tab_at_its_limit_takes_nothing_more_and_the_other_keeps_all(sam, ada, ben):
    drink(ada, "Water", 12), drink(ben, "Water", 12)
    Tab.objects.filter(visit_code=ben.code).update(unit_cap=15)
    with pytest.raises(UnitLimit):
        tab_moves.move_drinks(ada, ben, {1: 4}, sam, "form-one-0")
    assert (tab_of(ada).units, tab_of(ben).units) == (12, 12)
    assert not Journal.objects.filter(kind__in=Journal.MOVE_KINDS).exists()


def test_tabs_of_two_tax_rates_are_not_mixed(sam, ada, ben):
    drink(ada), drink(ben)
    Tab.objects.filter(visit_code=ben.code).update(tax_rate_milli=8875, tax_rate_bp=888)
    with pytest.raises(OperationNotAllowed, match="another tax"):
        tab_moves.move_drinks(ada, ben, {1: 1}, sam, "form-one-0")


def test_voiding_the_tab_that_a_drink_left_leaves_its_ticket_to_be_made(sam, ada, ben):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    orders.add_line(ada, "IPA", 1, [], make_context())
    ticket = tickets.fire_ticket(ada, make_context(), skip_hold=True)
    tab_moves.move_drinks(ada, ben, {1: 1}, sam, "form-one-0")
    corrections.void_tab(tab_of(ada), by_sam("gone"))
    ticket.refresh_from_db()
    assert ticket.status == "new"
    assert [(p.quantity, p.name) for p in build_board().lanes["new"][0].pours] == [(1, "Negroni")]
    corrections.void_tab(tab_of(ben), by_sam("gone"))
    ticket.refresh_from_db()
    assert ticket.status == "voided"
    assert assert_ledger_consistent()


def test_who_got_a_friends_drink_undoes_only_their_own(sam, ada, ben):
    drink(ben, "Water")
    drink(ada, "IPA")
    tab_moves.move_drinks(ada, ben, {1: 1}, sam, "form-one-0")
    assert orders.undo_last_line(ben, make_context()).name == "Water"
    assert on_tab(ben) == [(1, "IPA")]


def test_both_guests_are_told_once_in_their_own_language(sam, ada, ben):
    Visit.objects.filter(pk=ben.pk).update(language="es")
    ben.refresh_from_db()
    drink(ada, "IPA", 2)
    for _ in range(2):
        tab_moves.move_drinks(ada, ben, {1: 2}, sam, "form-one-0")
    told = [turn.reply_text for turn in Turn.objects.filter(client_id__startswith="moved-").order_by("id")]
    assert told == ["The bar put this on another tab: 2 × IPA.", "La barra puso esto en tu cuenta: 2 × IPA."]
    assert "2 × IPA" in guest_for_visit(ada).open_page("/")


def test_a_report_counts_what_moved_once(sam, ada, ben):
    drink(ada, "Negroni", 2)
    before = reports.build_figures(list(Journal.objects.values_list("pk", flat=True)))
    tab_moves.move_drinks(ada, ben, tab_moves.ALL, sam, "form-one-0")
    after = reports.build_figures(list(Journal.objects.values_list("pk", flat=True)))
    assert {name: after[name] for name in reports.COLUMNS} == {name: before[name] for name in reports.COLUMNS}


def test_the_ledger_says_who_moved_it_and_a_half_that_is_missing_is_found(sam, ada, ben, monkeypatch):
    drink(ada)
    real = ledger._post

    def forgets_the_other_half(tab, change, context):
        if change.kind == Journal.Kind.MOVE_IN:
            return None
        return real(tab, change, context)

    monkeypatch.setattr(ledger, "_post", forgets_the_other_half)
    tab_moves.move_drinks(ada, ben, {1: 1}, sam, "form-one-0")
    (out,) = Journal.objects.filter(kind=Journal.Kind.MOVE_OUT)
    assert (out.actor, out.reason) == ("staff:sam", "moved to another tab")
    with pytest.raises(AssertionError, match="what_left_a_tab_came_to_another"):
        assert_ledger_consistent()


def test_nobody_moves_drinks_without_the_permission_or_a_name(ada, ben):
    drink(ada)
    fields = {"id": "some-form-id", "line": "1", "units-1": "1", "target": ben.code}
    assert nat_client().post(f"/bar/tab/{ada.code}/move/", fields).status_code == 403
    nobody = OperationContext("key", actor="guest", source="button", reason="moved")
    with pytest.raises(OperationNotAllowed):
        ledger.move_lines(tab_of(ada), tab_of(ada), [], nobody)
    assert on_tab(ada) == [(1, "Negroni")]


def test_guests_who_left_unpaid_can_be_paid_for_by_a_friend_and_take_nothing(sam, ada, ben):
    drink(ada), drink(ben)
    Visit.objects.filter(pk=ada.pk).update(closed_at=ada.opened_at, flagged_at=ada.opened_at)
    move = partial(tab_moves.move_drinks, person=sam)
    with pytest.raises(GuestHasLeft):
        move(ben, ada, {1: 1}, form_id="form-one-0")
    assert move(ada, ben, tab_moves.ALL, form_id="form-two-0").units == 1
    assert tab_of(ada).due_cents == 0
