"""Two things at once on one tab. PostgreSQL locks the row; SQLite has one writer and no such race."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection

from bartender.models.visits import Visit
from bartender.services import bills, orders, tickets
from bartender.services.visits import open_visit
from maya_site.core.db import atomic_with_retry
from payments import checkout, ledger
from payments.ledger import Sale, TipRule
from payments.models import Journal, Payment, Tab
from tests.guest_fixtures import make_context
from tests.payments.concurrency import refusal_messages, run_concurrently
from tests.payments.ledger_helpers import (
    assert_ledger_consistent,
    make_tab,
    open_payment_link,
    reload_tab,
    sell,
    snapshot_database,
)

ONLY_POSTGRESQL = "SQLite has one writer at a time; set DATABASE_URL to a PostgreSQL server to race on it"
pytestmark = [
    pytest.mark.postgres,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason=ONLY_POSTGRESQL),
]
ROUNDS = 12
Pair = Callable[[Visit], tuple[Callable[[], Any], Callable[[], Any]]]


def drinking() -> Visit:
    visit = open_visit()
    orders.add_line(visit, "Negroni", 3, [], make_context())
    return visit


def at_the_till() -> Visit:
    visit = drinking()
    bills.confirm_payment(visit, nonce(visit))
    return visit


def nonce(visit: Visit) -> str:
    card = bills.request_bill(visit, make_context()).payment
    assert card
    return card.nonce


def again(visit: Visit) -> Visit:
    """The same guest, in another window."""
    return Visit.objects.get(pk=visit.pk)


def link(visit: Visit) -> Payment:
    payment = bills.last_payment(visit)
    assert payment
    return payment


def order(visit: Visit) -> Callable[[], Any]:
    return lambda: orders.add_line(again(visit), "IPA", 1, [], make_context())


def pay(visit: Visit) -> Callable[[], Any]:
    return lambda: bills.request_bill(again(visit), make_context())


def tip(visit: Visit) -> Callable[[], Any]:
    return lambda: bills.set_tip(again(visit), TipRule(basis_points=2_000), make_context())


def void(visit: Visit) -> Callable[[], Any]:
    line = visit.lines.get()
    return lambda: orders.remove_line(again(visit), line, 1, make_context())


def undo(visit: Visit) -> Callable[[], Any]:
    return lambda: orders.undo_last_line(again(visit), make_context())


def fire(visit: Visit) -> Callable[[], Any]:
    return lambda: tickets.fire_ticket(again(visit), make_context())


def confirm(visit: Visit) -> Callable[[], Any]:
    shown = nonce(visit)
    return lambda: bills.confirm_payment(again(visit), shown)


def settle(visit: Visit) -> Callable[[], Any]:
    payment = link(visit)
    return lambda: checkout.mark_paid(payment, make_context())


def expire(visit: Visit) -> Callable[[], Any]:
    payment = link(visit)
    return lambda: checkout.expire_payment(payment)


def begin_to_make(visit: Visit) -> Callable[[], Any]:
    ticket = tickets.fire_ticket(visit, make_context())
    return lambda: tickets.bump_ticket(ticket)


PAIRS: dict[str, tuple[Callable[[], Visit], Callable[..., Any], Callable[..., Any]]] = {
    "order and order": (drinking, order, order),
    "order and pay": (drinking, order, pay),
    "tip and pay": (drinking, tip, pay),
    "pay and pay": (drinking, pay, pay),
    "confirm and order": (drinking, confirm, order),
    "settle and settle": (at_the_till, settle, settle),
    "settle and expire": (at_the_till, settle, expire),
    "settle and order": (at_the_till, settle, order),
    "settle and tip": (at_the_till, settle, tip),
    "void and pay": (drinking, void, pay),
    "undo and fire": (drinking, undo, fire),
    "begin and undo": (drinking, begin_to_make, undo),
}


@pytest.mark.parametrize("name", PAIRS)
def test_at_once_is_one_after_the_other(menu, name):
    opened, one, other = PAIRS[name]
    for _ in range(ROUNDS):
        visit = opened()
        run_concurrently(one(visit), other(visit))
        # What the bar has begun was not taken off under its hands.
        assert not visit.lines.filter(quantity=0, ticket__status="in_prep").exists()
    assert assert_ledger_consistent()


def test_a_double_click_is_one_order_with_one_answer(menu):
    for _ in range(ROUNDS):
        visit, why = open_visit(), make_context()
        answers = run_concurrently(
            *[lambda v=visit, w=why: orders.add_line(again(v), "IPA", 1, [], w) for _ in range(4)]
        )
        assert refusal_messages(answers) == []
        assert len({line.pk for line in answers}) == 1
        assert bills.bill_of(visit).units == 1
    assert assert_ledger_consistent()


def test_two_windows_do_not_pass_a_limit_together(menu):
    for _ in range(ROUNDS):
        visit = open_visit()
        answers = run_concurrently(
            *[lambda v=visit: orders.add_line(again(v), "IPA", 5, [], make_context()) for _ in range(4)]
        )
        assert refusal_messages(answers) == ["LineLimit", "LineLimit"]
        assert bills.bill_of(visit).units == 10
    assert assert_ledger_consistent()


def test_three_messengers_of_one_payment_book_it_once(menu):
    for _ in range(ROUNDS):
        visit = at_the_till()
        assert refusal_messages(run_concurrently(settle(visit), settle(visit), settle(visit))) == []
        assert Journal.objects.filter(tab__visit_code=visit.code, kind="payment").count() == 1
    assert assert_ledger_consistent()


CHILD = """
import django; django.setup()
from bartender.models.visits import Visit
from bartender.services import bills, orders
from maya_site.core.errors import Refusal
from payments.ledger import OperationContext
import sys
visit, done = Visit.objects.get(code=sys.argv[1]), 0
for number in range(12):
    why = OperationContext(f"{sys.argv[2]}:{number}")
    try:
        orders.add_line(visit, "Water", 1, ["no ice"] if number % 2 else [], why)
        line = orders.add_line(visit, "IPA", 1, [], why.with_key_suffix("beer"))
        orders.remove_line(visit, line, None, why.with_key_suffix("no beer"))
        done += 1
        orders.undo_last_line(visit, why.with_key_suffix("undo"))
    except Refusal as refusal:
        print(type(refusal).__name__, file=sys.stderr)
print(done)
"""


def test_two_processes_serve_one_tab(menu):
    visit = open_visit()
    name = connection.settings_dict["NAME"]
    import os

    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "maya_site.settings",
        "DATABASE_URL": os.environ["DATABASE_URL"].rsplit("/", 1)[0] + f"/{name}",
    }
    children = [
        subprocess.Popen(
            [sys.executable, "-c", CHILD, visit.code, who],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for who in ("left", "right")
    ]
    said = [child.communicate(timeout=120) for child in children]
    assert [child.returncode for child in children] == [0, 0], said
    assert sum(int(out) for out, _ in said) > 0
    assert assert_ledger_consistent()
    tab = Tab.objects.get(visit_code=visit.code)
    assert tab.version == tab.journals.count()
    assert tab.units == sum(line.quantity for line in visit.lines.all())


# --- positive control: without the lock it goes wrong, so the tests above can see it -------------------


def sales_at_once(tab: Tab, times: int = 12) -> list[Any]:
    def one() -> Any:
        try:
            return atomic_with_retry(ledger.charge)(
                tab, [Sale(f"line {make_context().key}", 1, 1_00)], make_context()
            )
        except IntegrityError as error:
            return str(error)

    answers = []
    for _ in range(times):
        answers += run_concurrently(*[one] * 3)
    return answers


def without_the_lock(tab: Tab) -> Tab:
    return Tab.objects.get(pk=tab.pk)


def test_with_the_lock_no_sale_is_lost():
    tab = make_tab()
    answers = sales_at_once(tab)
    assert refusal_messages(answers) == []
    assert reload_tab(tab).units == 36
    links = tab.journals.order_by("version").values_list("chain_mac", flat=True)
    assert len(set(links)) == 36
    assert reload_tab(tab).chain_head == links.last()
    assert assert_ledger_consistent()


def test_without_the_lock_the_numbering_of_versions_still_stops_what_would_be_lost(monkeypatch):
    monkeypatch.setattr(ledger, "lock_tab", without_the_lock)
    tab = make_tab()
    answers = sales_at_once(tab)
    failed = [answer for answer in answers if isinstance(answer, str)]
    assert failed, "nothing raced: this control proves nothing"
    assert all("journal_version_once" in error for error in failed)
    assert reload_tab(tab).units == 36 - len(failed)
    assert assert_ledger_consistent()


def test_without_lock_and_numbering_sales_are_lost_and_the_audit_sees_it(monkeypatch):
    monkeypatch.setattr(ledger, "lock_tab", without_the_lock)
    constraint = next(one for one in Journal._meta.constraints if one.name == "journal_version_once")
    with connection.schema_editor() as schema_editor:
        schema_editor.remove_constraint(Journal, constraint)
    try:
        tab = make_tab()
        answers = sales_at_once(tab)
        lost = len(answers) - reload_tab(tab).units
        print(f"{lost} of {len(answers)} acknowledged sales lost without lock and numbering")
        assert lost > 0
        with pytest.raises(AssertionError, match="tab_columns_match_ledger") as found:
            assert_ledger_consistent()
        assert "chain_is_unbroken" in str(found.value)  # two that follow the same one
    finally:
        from django.core.management import call_command

        call_command("flush", verbosity=0, interactive=False)
        with connection.schema_editor() as schema_editor:
            schema_editor.add_constraint(Journal, constraint)


def test_a_refused_race_leaves_no_half_of_an_operation(menu):
    visit = at_the_till()
    checkout.mark_paid(link(visit), make_context())
    before = snapshot_database()
    run_concurrently(
        *[lambda: bills.set_tip(again(visit), TipRule(cents=1_00), make_context()) for _ in range(3)]
    )
    assert snapshot_database() == before
    assert open_payment_link(sell(make_tab())).status == "link_open"
