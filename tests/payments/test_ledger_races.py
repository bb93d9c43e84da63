"""Two things at once on one tab. PostgreSQL locks the row; SQLite has one writer and no such race."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection

from bartender.records.visits import Visit
from bartender.services import bills, orders, tickets
from bartender.services.visits import open_visit
from maya_site.lib.db import committed
from payments import checkout, ledger
from payments.ledger import Sale, TipRule
from payments.models import Journal, Payment, Tab
from tests.cast import cause
from tests.payments.book import a_tab, everything, in_order, now, sell, shown_link
from tests.payments.together import refused, together

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
    orders.add(visit, "Negroni", 3, [], cause())
    return visit


def at_the_till() -> Visit:
    visit = drinking()
    bills.confirm_payment(visit, nonce(visit))
    return visit


def nonce(visit: Visit) -> str:
    card = bills.ask_to_pay(visit, cause()).payment
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
    return lambda: orders.add(again(visit), "IPA", 1, [], cause())


def pay(visit: Visit) -> Callable[[], Any]:
    return lambda: bills.ask_to_pay(again(visit), cause())


def tip(visit: Visit) -> Callable[[], Any]:
    return lambda: bills.set_tip(again(visit), TipRule(bp=2_000), cause())


def void(visit: Visit) -> Callable[[], Any]:
    line = visit.lines.get()
    return lambda: orders.remove(again(visit), line, 1, cause())


def undo(visit: Visit) -> Callable[[], Any]:
    return lambda: orders.undo(again(visit), cause())


def fire(visit: Visit) -> Callable[[], Any]:
    return lambda: tickets.fire(again(visit), cause())


def confirm(visit: Visit) -> Callable[[], Any]:
    shown = nonce(visit)
    return lambda: bills.confirm_payment(again(visit), shown)


def settle(visit: Visit) -> Callable[[], Any]:
    payment = link(visit)
    return lambda: checkout.settle(payment, cause())


def expire(visit: Visit) -> Callable[[], Any]:
    payment = link(visit)
    return lambda: checkout.expire(payment)


def begin_to_make(visit: Visit) -> Callable[[], Any]:
    ticket = tickets.fire(visit, cause())
    return lambda: tickets.bump(ticket)


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
        together(one(visit), other(visit))
        # What the bar has begun was not taken off under its hands.
        assert not visit.lines.filter(quantity=0, ticket__status="in_prep").exists()
    assert in_order()


def test_a_double_click_is_one_order_with_one_answer(menu):
    for _ in range(ROUNDS):
        visit, why = open_visit(), cause()
        answers = together(*[lambda v=visit, w=why: orders.add(again(v), "IPA", 1, [], w) for _ in range(4)])
        assert refused(answers) == []
        assert len({line.pk for line in answers}) == 1
        assert bills.bill_of(visit).units == 1
    assert in_order()


def test_two_windows_do_not_pass_a_limit_together(menu):
    for _ in range(ROUNDS):
        visit = open_visit()
        answers = together(*[lambda v=visit: orders.add(again(v), "IPA", 5, [], cause()) for _ in range(4)])
        assert refused(answers) == ["LineLimit", "LineLimit"]
        assert bills.bill_of(visit).units == 10
    assert in_order()


def test_three_messengers_of_one_payment_book_it_once(menu):
    for _ in range(ROUNDS):
        visit = at_the_till()
        assert refused(together(settle(visit), settle(visit), settle(visit))) == []
        assert Journal.objects.filter(tab__visit_code=visit.code, kind="payment").count() == 1
    assert in_order()


CHILD = """
import django; django.setup()
from bartender.records.visits import Visit
from bartender.services import bills, orders
from maya_site.lib.errors import Refused
from payments.ledger import Cause
import sys
visit, done = Visit.objects.get(code=sys.argv[1]), 0
for number in range(12):
    why = Cause(f"{sys.argv[2]}:{number}")
    try:
        orders.add(visit, "Water", 1, ["no ice"] if number % 2 else [], why)
        line = orders.add(visit, "IPA", 1, [], why.part("beer"))
        orders.remove(visit, line, None, why.part("no beer"))
        done += 1
        orders.undo(visit, why.part("undo"))
    except Refused as refusal:
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
    assert in_order()
    tab = Tab.objects.get(visit_code=visit.code)
    assert tab.version == tab.journals.count()
    assert tab.units == sum(line.quantity for line in visit.lines.all())


# --- positive control: without the lock it goes wrong, so the tests above can see it -------------------


def sales_at_once(tab: Tab, times: int = 12) -> list[Any]:
    def one() -> Any:
        try:
            return committed(ledger.charge)(tab, [Sale(f"line {cause().key}", 1, 1_00)], cause())
        except IntegrityError as error:
            return str(error)

    answers = []
    for _ in range(times):
        answers += together(*[one] * 3)
    return answers


def without_the_lock(tab: Tab) -> Tab:
    return Tab.objects.get(pk=tab.pk)


def test_with_the_lock_no_sale_is_lost():
    tab = a_tab()
    answers = sales_at_once(tab)
    assert refused(answers) == []
    assert now(tab).units == 36
    assert in_order()


def test_without_the_lock_the_numbering_of_versions_still_stops_what_would_be_lost(monkeypatch):
    monkeypatch.setattr(ledger, "lock", without_the_lock)
    tab = a_tab()
    answers = sales_at_once(tab)
    failed = [answer for answer in answers if isinstance(answer, str)]
    assert failed, "nothing raced: this control proves nothing"
    assert all("journal_version_once" in error for error in failed)
    assert now(tab).units == 36 - len(failed)
    assert in_order()


def test_without_lock_and_numbering_sales_are_lost_and_the_audit_sees_it(monkeypatch):
    monkeypatch.setattr(ledger, "lock", without_the_lock)
    constraint = next(one for one in Journal._meta.constraints if one.name == "journal_version_once")
    with connection.schema_editor() as schema_editor:
        schema_editor.remove_constraint(Journal, constraint)
    try:
        tab = a_tab()
        answers = sales_at_once(tab)
        lost = len(answers) - now(tab).units
        print(f"{lost} of {len(answers)} acknowledged sales lost without lock and numbering")
        assert lost > 0
        with pytest.raises(AssertionError, match="m05_the_tab_is_what_its_ledger_says"):
            in_order()
    finally:
        from django.core.management import call_command

        call_command("flush", verbosity=0, interactive=False)
        with connection.schema_editor() as schema_editor:
            schema_editor.add_constraint(Journal, constraint)


def test_a_refused_race_leaves_no_half_of_an_operation(menu):
    visit = at_the_till()
    checkout.settle(link(visit), cause())
    before = everything()
    together(*[lambda: bills.set_tip(again(visit), TipRule(cents=1_00), cause()) for _ in range(3)])
    assert everything() == before
    assert shown_link(sell(a_tab())).status == "link_open"
