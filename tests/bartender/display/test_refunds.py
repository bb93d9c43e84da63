"""Money goes back from the bar display: the tab is found, lines or an amount chosen, a reason tapped."""

import pytest

from bartender.models.menu import Venue
from bartender.models.staff_actions import StaffAction
from bartender.services import bar_refunds, bar_settlement, bills, orders, tickets
from bartender.services.bar_settlement import BarPayment
from maya_site.core.errors import ProviderDown
from payments import invariants
from payments.ledger import TipRule
from payments.models import Document, Payment, Refund, Tab
from payments.providers.simulated import SimulatedProvider
from tests.bartender.display.test_undo import token_of
from tests.bartender.staff_fixtures import create_staff_user, mo_client, pay_bill, sam_client, tess_client
from tests.form_browser import FormBrowser
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context


@pytest.fixture
def manager(menu):
    return FormBrowser(mo_client())


def pay_in_cash(visit, **more):
    tab = Tab.objects.get(visit_code=visit.code)
    paid = BarPayment("cash", shown_cents=tab.due_cents, received_cents=tab.due_cents, **more)
    bar_settlement.settle_at_bar(visit, tab, paid, create_staff_user("sam"), f"settle-{visit.pk}")
    return Tab.objects.get(pk=tab.pk)


def two_drinks(visit):
    orders.add_line(visit, "Negroni", 1, [], make_context())
    orders.add_line(visit, "IPA", 1, [], make_context())


def test_one_of_two_drinks_goes_back_with_three_taps(manager, ada):
    two_drinks(ada)
    tab = pay_in_cash(ada)
    manager.open("/bar/paid/")
    receipt = Document.objects.get().code
    (link,) = [one for one in manager.dom.find_all("a") if "Paid tab of" in one.name]
    assert f"{ada.display_name} $17.00 {receipt}" in link.name
    manager.open(link.get("href"))
    assert "$17.00 paid, $17.00 can go back" in manager.dom.text
    manager.press_button("Not as it should be for the refund", line=["2"])

    assert "Hand the guest $6.00 in cash." in manager.dom.text
    assert "Went back not as it should be-$6.00" in manager.dom.text
    tab.refresh_from_db()
    assert (tab.status, tab.paid_cents, tab.refunded_cents) == ("paid", 1700, 600)
    assert Document.objects.filter(corrects__isnull=False).get().total_cents == -600
    assert not list(invariants.check_tabs(Tab.objects.all()))


def test_all_of_it_goes_back_with_one_tap_on_its_page(manager, ada):
    two_drinks(ada)
    manager.open(f"/bar/tab/{ada.code}/{pay_in_cash(ada).code}/refund/")
    manager.press_button("Guest unhappy for the refund")

    assert "Hand the guest $17.00 in cash." in manager.dom.text
    assert "All of it went back, or is promised." in manager.dom.text


def test_an_amount_is_written_and_no_more_than_is_left(manager, ada):
    two_drinks(ada)
    manager.open(f"/bar/tab/{ada.code}/{pay_in_cash(ada).code}/refund/")
    manager.press_button("Paid twice for the refund", amount="5.00")
    assert "Hand the guest $5.00 in cash." in manager.dom.text
    manager.press_button("Paid twice for the refund", amount="12.01")
    assert "At most $12.00 can go back on that payment." in manager.dom.text
    manager.press_button("Paid twice for the refund", amount="3", line=["2"])
    assert "One of the two: tick lines, or write an amount" in manager.dom.text
    manager.press_button("Paid twice for the refund", amount="3,50")
    assert "An amount is written like 12.50" in manager.dom.text

    assert Tab.objects.get().refunded_cents == 500


def test_what_somebody_else_gave_back_meanwhile_is_not_given_back_again(manager, ada):
    two_drinks(ada)
    address = f"/bar/tab/{ada.code}/{pay_in_cash(ada).code}/refund/"
    manager.open(address)
    other = FormBrowser(tess_client())
    other.open(address)
    other.press_button("Guest unhappy for the refund", amount="5")
    manager.press_button("Guest unhappy for the refund")

    assert "It was $17.00 and is $12.00 now" in manager.dom.text
    assert manager.path == address
    assert Tab.objects.get().refunded_cents == 500


def test_lines_carry_their_tax_and_never_the_tip(ada, menu):
    Venue.objects.update(tax_rate_bp=888, tax_rate_milli=8_875)
    two_drinks(ada)
    bills.set_tip(ada, TipRule(cents=300), make_context())
    tab = pay_in_cash(ada)
    amounts = [one.cents for one in bar_refunds.refundable_lines(tab)]

    assert amounts == [1198, 653]
    assert sum(amounts) == tab.total_cents - tab.tip_cents
    assert bar_refunds.chosen_cents(tab, [1, 2]) == 1851
    assert bar_refunds.chosen_cents(tab, [3]) is None


def test_a_guests_card_goes_back_through_the_provider_and_unclear_is_said(manager, ada, monkeypatch):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    pay_bill(ada)
    address = f"/bar/tab/{ada.code}/{Tab.objects.get().code}/refund/"
    manager.open(address)
    with monkeypatch.context() as away:
        away.setattr(SimulatedProvider, "create_refund", raise_down)
        manager.press_button("Guest unhappy for the refund", amount="4")
    assert "$4.00 is promised: the provider has not confirmed it yet" in manager.dom.text
    manager.press_button("Guest unhappy for the refund")

    assert "$7.00 goes back to where it was paid from." in manager.dom.text
    assert list(Refund.objects.order_by("id").values_list("status", flat=True)) == ["pending", "succeeded"]


def raise_down(*args):
    raise ProviderDown("simulated", "the till is away")


def test_above_the_limit_the_second_persons_yes_is_on_the_same_page(manager, ada):
    Venue.objects.update(approval_limit_cents=500)
    two_drinks(ada)
    address = f"/bar/tab/{ada.code}/{pay_in_cash(ada).code}/refund/"
    manager.open(address)
    manager.press_button("Guest unhappy for the refund")
    assert "A second person must agree first: give $17.00 back. Nothing has changed yet." in manager.dom.text
    assert "Give $17.00 back" in manager.dom.text  # it waits there
    assert not Refund.objects.exists()
    second = FormBrowser(tess_client())
    second.open(address)
    second.press_button(f"Approve for guest {ada.display_name}: give $17.00 back")

    assert Tab.objects.get().refunded_cents == 1700


def test_the_form_sent_twice_gives_back_once(manager, ada):
    two_drinks(ada)
    manager.open(f"/bar/tab/{ada.code}/{pay_in_cash(ada).code}/refund/")
    page = manager.page
    for _ in range(2):
        manager.page = page
        manager.press_button("Guest unhappy for the refund", line=["2"])
        assert "Hand the guest $6.00 in cash." in manager.dom.text

    assert Refund.objects.count() == StaffAction.objects.filter(kind="refund").count() == 1


def test_a_paid_tab_is_found_by_name_table_receipt_and_ticket(manager, ada, ben):
    two_drinks(ada)
    ticket = tickets.fire_ticket(ada, make_context(), skip_hold=True)
    pay_in_cash(ada)
    orders.add_line(ben, "IPA", 1, [], make_context())
    pay_in_cash(ben)
    receipt = Document.objects.get(tab__visit_code=ada.code)
    ben.place = "Table 4"
    ben.save(update_fields=["place"])

    def found(text):
        tabs, hidden = bar_refunds.find_paid_tabs(text)
        assert hidden == 0
        return {one.visit for one in tabs}

    assert found("") == {ada.code, ben.code}
    assert found(ada.display_name.lower()) == {ada.code}
    assert found("table 4") == {ben.code}
    assert ada.code in found(str(ticket.pk))
    assert ada.code in found(receipt.code)
    assert found("nobody of that name") == set()
    manager.open("/bar/paid/")
    manager.press_button("Find", find="nobody of that name")
    assert "No paid tab fits that." in manager.dom.text


def test_bar_staff_find_the_tab_and_may_not_give_money_back(ada, menu):
    two_drinks(ada)
    address = f"/bar/tab/{ada.code}/{pay_in_cash(ada).code}/refund/"
    sam = FormBrowser(sam_client())
    sam.open("/bar/paid/")
    assert ada.display_name in sam.dom.text
    assert address not in sam.page
    sam.open(address)
    assert sam.status == 403
    sam.open("/bar/")
    sam.post(f"{address}give/", {"csrfmiddlewaretoken": token_of(sam), "payment": Payment.objects.get().code})
    assert sam.status == 403
    assert not Refund.objects.exists()
