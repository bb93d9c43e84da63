"""What an operation asks of the database, counted: a change that costs one more is seen here."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bartender.services import bills, orders
from payments import invariants, ledger
from payments.ledger import Sale, TipRule
from payments.models import Tab
from tests.guest_fixtures import make_context
from tests.payments.ledger_helpers import make_tab, open_payment_link, sell

pytestmark = pytest.mark.django_db


def test_a_sale_is_seven_statements(django_assert_num_queries):
    tab = make_tab()
    # lock, key, lines, play money, journal, legs, tab
    with django_assert_num_queries(7):
        sell(tab)


def test_a_sale_of_many_lines_is_seven_as_well(django_assert_num_queries):
    tab = make_tab()
    with django_assert_num_queries(7):
        ledger.charge(tab, [Sale(f"line {number}", 1, 1_00) for number in range(12)], make_context())


def test_taking_many_lines_off_is_six(django_assert_num_queries):
    sales = [Sale(f"line {number}", 1, 1_00) for number in range(12)]
    tab = ledger.charge(make_tab(), sales, make_context()).tab
    with django_assert_num_queries(6):
        ledger.void(tab, sales, make_context())


def test_a_repeated_sale_is_two(django_assert_num_queries):
    tab = sell(make_tab(), context=(why := make_context()))
    with django_assert_num_queries(2):
        sell(tab, context=why)


def test_a_tip_is_six_and_a_freeze_four(django_assert_num_queries):
    tab = sell(make_tab())
    with django_assert_num_queries(6):
        ledger.set_tip(tab, TipRule(basis_points=2_000), make_context())
    with django_assert_num_queries(4):
        ledger.freeze(tab, make_context())


def test_an_order_costs_the_same_on_a_full_tab_as_on_an_empty_one(ada):
    def cost(item: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            orders.add_line(ada, item, 1, [], make_context())
        return len(asked)

    orders.add_line(ada, "Water", 1, [], make_context())
    first = cost("IPA")
    for number in range(8):
        orders.add_line(ada, "Water", 1, ["no ice"] if number % 2 else [], make_context())
    assert cost("Gin") == first == 19  # one of them for a person's word on alcohol


def test_a_bill_costs_the_same_with_one_line_and_with_nine(ada):
    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            bills.bill_of(ada)
        return len(asked)

    orders.add_line(ada, "Water", 1, [], make_context())
    first = cost()
    for _ in range(8):
        orders.add_line(ada, "IPA", 1, [], make_context())
    assert cost() == first <= 5


def test_the_audit_reads_five_hundred_tabs_in_ten_queries(django_assert_num_queries):
    for _ in range(12):
        open_payment_link(sell(make_tab()))
    with django_assert_num_queries(10):
        assert list(invariants.check_tabs(Tab.objects.all())) == []
