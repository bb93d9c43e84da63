"""Money behind the bar: a tab is settled, comped and voided on the display, by the services of the admin."""

from functools import partial

import pytest
from django.contrib.auth.models import Permission

from bartender.models.menu import Venue
from bartender.models.staff_actions import StaffAction
from bartender.models.visits import OrderLine, Ticket
from bartender.permissions import MANAGERS_GROUP
from bartender.services import bar_settlement, bills, orders, tickets
from bartender.services.bar_settlement import BarPayment, cash_suggestions
from bartender.services.staff_actions import StaffActionRequest, submit_action
from maya_site.core.errors import ProviderDown
from payments.models import Journal, LedgerEntry, Payment, SimulatedLink, Tab
from payments.providers.simulated import SimulatedProvider
from tests.bartender.display.test_bar_tabs import open_tab, tap
from tests.bartender.page_fixtures import guest_for_visit
from tests.bartender.staff_fixtures import client_for, create_staff_user, mo_client, nat_client, sam_client
from tests.form_browser import FormBrowser
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context
from tests.payments.concurrency import run_concurrently
from tests.payments.ledger_helpers import payment_card_of


@pytest.fixture
def staff(menu):
    return FormBrowser(sam_client())


def drawer_cents():
    return sum(LedgerEntry.objects.filter(account="drawer").values_list("cents", flat=True))


def test_cash_is_taken_with_three_presses_and_the_change_is_said(staff, ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    staff.open("/bar/")
    staff.follow_link(f"Tab of {ada.display_name} $11.00")
    staff.press_button("$20.00 $9.00 back")

    assert "$11.00 received in cash. Give $9.00 change." in staff.dom.text
    tab, action = Tab.objects.get(), StaffAction.objects.get()
    assert (tab.status, tab.due_cents, drawer_cents()) == ("paid", 0, 1100)
    assert (action.kind, action.reason, action.amount_cents, action.received_cents) == (
        "tender",
        "at_bar",
        1100,
        2000,
    )
    assert Payment.objects.get().provider == "bar_cash"
    assert Ticket.objects.get().requested_by == "sam, behind the bar"  # what was unsent went to the bar first
    assert "Given $20.00, change $9.00" in staff.dom.text


def test_a_card_on_the_houses_terminal_with_a_tip(staff):
    open_tab(staff, name="Bo")
    tap(staff, "Negroni", "$11.00")
    staff.press_button("Card on our terminal, $11.00", tip="2.50")

    tab = Tab.objects.get()
    assert (tab.status, tab.tip_cents, Payment.objects.get().provider) == ("paid", 250, "bar_card")
    assert Payment.objects.get().amount_cents == drawer_cents() == 1350
    assert StaffAction.objects.get().received_cents is None


def test_the_rest_of_the_cash_is_the_tip(staff):
    open_tab(staff)
    tap(staff, "Negroni", "$11.00")
    staff.press_button("Take cash", given="15", rest=["1"])

    assert Tab.objects.get().tip_cents == 400
    assert bar_settlement.change_cents(StaffAction.objects.get()) == 0
    assert drawer_cents() == 1500


@pytest.mark.parametrize(
    "filled, says",
    [
        ({"given": "10"}, "That is $1.00 short"),
        ({"given": "12", "tip": "5"}, "That is $4.00 short"),
        ({}, "How much did the guest hand over?"),
        ({"given": "12.345"}, "An amount is written like 12.50"),
        ({"given": "20", "tip": "2,50"}, "An amount is written like 12.50"),
        ({"given": "-20"}, "An amount is written like 12.50"),
    ],
)
def test_what_does_not_cover_it_changes_nothing(staff, filled, says):
    open_tab(staff)
    tap(staff, "Negroni", "$11.00")
    staff.press_button("Take cash", **filled)

    assert says in staff.dom.text
    assert (Tab.objects.get().status, Tab.objects.get().tip_cents) == ("open", 0)
    assert not StaffAction.objects.exists()
    assert OrderLine.objects.get().status == "open"


def test_a_house_account_needs_a_name(staff):
    open_tab(staff)
    tap(staff, "Negroni", "$11.00")
    staff.press_button("House account")
    assert "Whose house account is it?" in staff.dom.text
    staff.press_button("House account", note="Ms Bell")

    assert (Payment.objects.get().provider, StaffAction.objects.get().note) == ("bar_house", "Ms Bell")


def test_a_guest_who_orders_meanwhile_is_not_settled_for_the_old_amount(staff, ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    staff.open(f"/bar/tab/{ada.code}/")
    orders.add_line(ada, "IPA", 1, [], make_context())
    staff.press_button("$11.00 exact")

    assert "It was $11.00 and is $17.00 now" in staff.dom.text
    assert Tab.objects.get().status == "open"
    assert Ticket.objects.count() == 0


def test_a_bill_that_is_out_is_settled_in_cash_and_the_guest_reads_that_it_is_paid(staff, ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    bills.request_bill(ada, make_context())
    staff.open(f"/bar/tab/{ada.code}/")
    assert "bill is out" in staff.dom.text
    staff.press_button("$11.00 exact")

    assert Tab.objects.get().status == "paid"
    assert "Paid with cash" in guest_for_visit(ada).open_page(f"/tab/{Tab.objects.get().code}/receipt/")


def link_out(visit):
    """Her phone shows the till's page."""
    orders.add_line(visit, "Negroni", 1, [], make_context())
    bills.confirm_payment(visit, payment_card_of(bills.request_bill(visit, make_context())).nonce)


def test_what_the_guest_paid_by_phone_meanwhile_is_not_taken_in_cash(staff, ada):
    link_out(ada)
    staff.open(f"/bar/tab/{ada.code}/")
    SimulatedProvider().approve(SimulatedLink.objects.get().reference)
    staff.press_button("$20.00 $9.00 back")

    assert "This tab is paid already. Take no money for it" in staff.dom.text
    assert "received in cash" not in staff.dom.text
    assert (drawer_cents(), StaffAction.objects.count()) == (0, 0)
    assert Payment.objects.get(status="succeeded").provider == "simulated"


def test_where_the_link_cannot_be_ended_nothing_is_said_to_be_received(staff, ada, monkeypatch):
    link_out(ada)
    staff.open(f"/bar/tab/{ada.code}/")
    with monkeypatch.context() as away:
        away.setattr(SimulatedProvider, "cancel_link", raise_down)
        staff.press_button("$11.00 exact")
    assert not StaffAction.objects.exists()
    assert Tab.objects.get().status == "closing"
    staff.press_button("$11.00 exact")

    assert (Tab.objects.get().status, drawer_cents()) == ("paid", 1100)


def raise_down(*args):
    raise ProviderDown("simulated", "the till is away")


def test_what_was_declined_can_be_asked_for_again_and_what_waits_is_asked_for_once(staff, ada):
    Venue.objects.update(tender_approval_limit_cents=500)
    orders.add_line(ada, "Negroni", 1, [], make_context())
    staff.open(f"/bar/tab/{ada.code}/")
    address = next(action for action in form_actions(staff) if action.endswith("/settle/"))
    fields = form_fields(staff, "/settle/") | {"cash": "2000"}
    for _ in range(2):
        staff.post(address, fields)
        assert "A second person must agree first" in staff.dom.text
    second = FormBrowser(mo_client())
    second.open(f"/bar/tab/{ada.code}/")
    second.press_button(f"Decline for guest {ada.display_name}: receive $11.00 in cash")
    staff.post(address, fields)  # from the page as it was
    assert "Declined: receive $11.00 in cash. Nothing has changed." in staff.dom.text
    staff.press_button("$20.00 $9.00 back")

    told = StaffAction.objects.order_by("id").values_list("status", flat=True)
    assert list(told) == ["declined", "waiting"]
    assert Tab.objects.get().status == "open"


def test_the_form_sent_twice_takes_the_money_once(staff):
    open_tab(staff)
    tap(staff, "Negroni", "$11.00")
    fields = form_fields(staff, "/settle/") | {"cash": "2000"}
    address = next(action for action in form_actions(staff) if action.endswith("/settle/"))
    for _ in range(2):
        staff.post(address, fields)
        assert "Give $9.00 change" in staff.dom.text

    assert Payment.objects.count() == StaffAction.objects.count() == 1
    assert drawer_cents() == 1100


def form_actions(staff):
    return [form.get("action") for form in staff.dom.find_all("form")]


def form_fields(staff, ends):
    (form,) = [form for form in staff.dom.find_all("form") if form.get("action").endswith(ends)]
    hidden = [one for one in form.find_all("input") if one.get("type") == "hidden"]
    return {one.get("name"): one.get("value") for one in hidden}


def test_a_drink_goes_on_the_house_with_a_chip_for_its_reason(staff, ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    staff.open("/bar/")
    staff.follow_link(f"Tab of {ada.display_name} $11.00")
    staff.press_button("Guest unhappy for Negroni", to=comp_address(ada))

    action = StaffAction.objects.get()
    assert (action.kind, action.reason, action.amount_cents) == ("comp_line", "unhappy", 1100)
    assert (Tab.objects.get().due_cents, OrderLine.objects.get().comped_cents) == (0, 1100)
    staff.press_button("Kindness of the house for closing the tab")
    assert Tab.objects.get().status == "paid"


def comp_address(visit):
    return f"/bar/tab/{visit.code}/{Tab.objects.get().code}/1/comp/"


def test_another_reason_needs_words(staff, ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    staff.open(f"/bar/tab/{ada.code}/")
    staff.press_button("Other for Negroni", to=comp_address(ada))
    assert "Say the reason in a few words" in staff.dom.text
    assert not StaffAction.objects.exists()
    staff.press_button("Other for Negroni", to=comp_address(ada), note="her birthday")

    assert StaffAction.objects.get().note == "her birthday"


def test_what_the_bar_has_begun_is_voided_in_part_with_a_reason(staff, ada):
    orders.add_line(ada, "Negroni", 3, [], make_context())
    tickets.bump_ticket(tickets.fire_ticket(ada, make_context(), skip_hold=True))
    staff.open(f"/bar/tab/{ada.code}/")
    void = comp_address(ada).replace("comp", "void")
    staff.press_button("Spilled or broken for Negroni", to=void, units="2")

    assert OrderLine.objects.get().quantity == 1
    assert Tab.objects.get().due_cents == 1100
    assert Journal.objects.get(kind="void").reason == "spilled or broken"


def test_the_whole_tab_is_voided(staff, ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    staff.open(f"/bar/tab/{ada.code}/")
    staff.press_button("Guest left for the whole tab")

    assert Tab.objects.get().status == "voided"


def test_the_tip_is_for_somebody(staff, ada):
    create_staff_user("kim")
    orders.add_line(ada, "Negroni", 1, [], make_context())
    staff.open(f"/bar/tab/{ada.code}/")
    staff.press_button("Card on our terminal, $11.00", tip="2")
    staff.press_button("kim gets the tip")

    assert Tab.objects.values_list("tip_recipient__username", flat=True).get() == "kim"
    assert StaffAction.objects.filter(kind="tip_for").get().reason == "served"


def test_above_the_limit_the_second_persons_yes_is_on_the_same_page(staff, ada):
    Venue.objects.update(approval_limit_cents=500, tender_approval_limit_cents=500)
    orders.add_line(ada, "Negroni", 1, [], make_context())
    staff.open(f"/bar/tab/{ada.code}/")
    staff.press_button("$20.00 $9.00 back")
    assert "A second person must agree first: receive $11.00 in cash" in staff.dom.text
    assert Tab.objects.get().status == "open"
    name = f"Approve for guest {ada.display_name}: receive $11.00 in cash"
    assert not staff.has_button(name)  # not one's own
    second = FormBrowser(mo_client())
    second.open(f"/bar/tab/{ada.code}/")
    second.press_button(name)

    assert Tab.objects.get().status == "paid"
    second.open(f"/bar/tab/{ada.code}/")
    assert "Given $20.00, change $9.00" in second.dom.text


ACTS = {
    "settle/": ("tender_by_staff", {"shown": "1100", "cash": "1100"}),
    "void/": ("void_by_staff", {"shown": "1100", "reason": "mistake"}),
    "close/": ("comp_by_staff", {"reason": "kindness"}),
    "tip-for/": ("tender_by_staff", {"person": ""}),
    "1/comp/": ("comp_by_staff", {"shown": "1100", "reason": "kindness"}),
    "1/void/": ("void_by_staff", {"units": "1", "reason": "mistake"}),
}


@pytest.mark.parametrize("act", ACTS)
def test_each_act_needs_its_own_permission(act, ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    needed, fields = ACTS[act]
    address = f"/bar/tab/{ada.code}/{Tab.objects.get().code}/{act}"
    others = [name for name, _ in ACTS.values() if name != needed]
    reader = create_staff_user("rae")
    reader.user_permissions.set(Permission.objects.filter(codename__in=[*others, "view_tab", "view_ticket"]))
    for client in (client_for(reader), nat_client()):
        assert client.post(address, {"id": "once-upon", **fields}).status_code == 403

    assert not StaffAction.objects.exists()
    assert Tab.objects.get().status == "open"


def test_a_tab_of_another_guest_is_not_found_under_this_ones_name(staff, ada, ben):
    orders.add_line(ben, "Negroni", 1, [], make_context())
    staff.open(f"/bar/tab/{ben.code}/")
    fields = form_fields(staff, "/settle/") | {"cash": "1100"}
    staff.post(f"/bar/tab/{ada.code}/{Tab.objects.get().code}/settle/", fields)

    assert staff.status == 404
    assert Tab.objects.get().status == "open"


@pytest.mark.parametrize(
    "due, currency, offered",
    [
        (1100, "USD", [1100, 1500, 2000, 5000, 10000]),
        (2000, "USD", [2000, 5000, 10000]),
        (1310, "JPY", [1310, 1500, 2000, 5000, 10000]),
        (7450, "KWD", [7450, 10000, 20000, 50000, 100000]),
    ],
)
def test_the_sums_that_guests_hand_over(due, currency, offered):
    assert cash_suggestions(due, currency) == offered


@pytest.mark.django_db(transaction=True)
def test_six_who_take_the_money_at_once_take_it_once(menu, ada):
    sam = create_staff_user("sam", MANAGERS_GROUP)
    orders.add_line(ada, "Negroni", 1, [], make_context())
    tab = Tab.objects.get()
    paid = BarPayment("cash", shown_cents=1100, received_cents=2000, rest_is_tip=True)
    press = partial(bar_settlement.settle_at_bar, ada, tab, paid, sam, "the-same-form")
    answers = run_concurrently(*[press] * 6)

    done = {answer.pk for answer in answers if isinstance(answer, StaffAction)}
    assert done == {StaffAction.objects.get().pk}
    assert (drawer_cents(), Tab.objects.get().tip_cents, Payment.objects.count()) == (2000, 900, 1)


@pytest.mark.django_db(transaction=True)
def test_without_the_forms_id_more_than_one_act_is_done_so_the_test_above_can_see_it(menu, ada):
    """Positive control, on comps of a part: nothing but the key keeps the second one away."""
    sam = create_staff_user("sam")
    line = orders.add_line(ada, "Negroni", 1, [], make_context())
    keys = iter(range(100))
    asked = StaffActionRequest("comp_line", line.tab, "kindness", line=line, cents=100)
    run_concurrently(*[lambda: submit_action(asked, sam, "the-same-form")] * 4)
    assert OrderLine.objects.get().comped_cents == 100
    run_concurrently(*[lambda: submit_action(asked, sam, f"form-{next(keys)}")] * 4)

    assert OrderLine.objects.get().comped_cents == 500
