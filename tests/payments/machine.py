"""Two guests, till, sweep and staff, in any order; after each step the oracle and the audit agree."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from bartender.menu.snapshot import menu_changed
from bartender.records.menu import MenuItem, Venue
from bartender.records.visits import OrderLine, Ticket, Visit
from bartender.services import bills, orders, tickets
from bartender.services.visits import open_visit
from maya_site.lib.errors import Refused
from payments import audit, checkout, ledger
from payments.errors import KeyReused
from payments.ledger import Cause, TipRule
from payments.models import Journal, LedgerEntry, Payment, Tab
from tests.cast import serve_without_end
from tests.payments.chances import NTH, POLICIES, SOME, TIPS, UNITS, WHO, WISH
from tests.payments.directed import Directed, why
from tests.payments.oracle import PRICES, Evening, Policy
from tests.payments.staff import Staff


@dataclass
class Guest:
    visit: Visit
    evening: Evening

    def rows(self) -> list[Tab]:
        return list(Tab.objects.filter(visit_code=self.visit.code).order_by("id"))

    def lines(self) -> list[OrderLine]:
        return list(self.visit.lines.order_by("id"))

    def attempts(self) -> list[Payment]:
        payments = Payment.objects.filter(tab__visit_code=self.visit.code)
        return list(payments.select_related("tab").order_by("id"))


@dataclass(frozen=True)
class Done:
    """An accepted operation: how to ask for it again, what it answered, and another wish under its key."""

    again: Callable[[], Any]
    answer: Any
    otherwise: Callable[[], Any]


def told(answer: Any) -> Any:
    """The part of an answer that a repetition must give again."""
    return (
        answer.pk if isinstance(answer, OrderLine | Ticket | Payment) else isinstance(answer, int) and answer
    )


class Bar(Staff, Directed, RuleBasedStateMachine):
    guests: list[Guest]
    done: list[Done]

    @initialize(policy=POLICIES)
    def the_bar_opens(self, policy: Policy) -> None:
        terms = {name: getattr(policy, name) for name in policy.__dataclass_fields__}
        Venue.objects.update(**terms)
        serve_without_end()  # this is about money
        for name, cents in PRICES.items():
            MenuItem.objects.filter(name=name).update(price_cents=cents)
        menu_changed()
        prices = dict(PRICES)
        self.guests = [Guest(open_visit(), Evening(policy, prices)) for _ in range(2)]
        self.done = []

    # --- guests ---

    @rule(who=WHO, wish=WISH, units=UNITS)
    def order(self, who: int, wish: tuple[str, tuple[str, ...]], units: int) -> None:
        visit, (item, modifiers), cause = self.guests[who].visit, wish, why()

        def ask(units: int = units) -> OrderLine:
            return orders.add(visit, item, units, modifiers, cause)

        line = self.step(who, ask, lambda at: at.add(item, units, modifiers), lambda: ask(units + 1))
        if line:
            assert line.unit_cents == self.guests[who].evening.price(item, modifiers)

    @rule(who=WHO, wish=WISH, units=UNITS)
    def another_round(self, who: int, wish: tuple[str, tuple[str, ...]], units: int) -> None:
        """Ordering is what guests do most."""
        self.order(who, wish, units)

    @rule(who=WHO, does=st.sampled_from(["clear", "undo", "fire", "not_yet", "pay", "confirm"]))
    def say(self, who: int, does: str) -> None:
        getattr(self, does)(who)

    @rule(who=WHO, nth=NTH, units=SOME)
    def remove(self, who: int, nth: int, units: int | None) -> None:
        self.on_a_line(who, nth, lambda *asked: orders.remove(*asked), (units,), "remove")

    @rule(who=WHO, nth=NTH, units=st.integers(1, 6))
    def make_it(self, who: int, nth: int, units: int) -> None:
        self.on_a_line(who, nth, lambda *asked: orders.set_quantity(*asked), (units,), "set_quantity")

    @rule(who=WHO, nth=NTH, wish=WISH, units=SOME)
    def swap(self, who: int, nth: int, wish: tuple[str, tuple[str, ...]], units: int | None) -> None:
        self.on_a_line(who, nth, lambda *asked: orders.replace(*asked), (*wish, units), "replace")

    def clear(self, who: int) -> None:
        visit, cause = self.guests[who].visit, why()
        self.step(who, lambda: orders.clear(visit, cause), Evening.clear, lambda: orders.undo(visit, cause))

    def undo(self, who: int) -> None:
        visit, cause = self.guests[who].visit, why()
        self.step(who, lambda: orders.undo(visit, cause), Evening.undo, lambda: orders.clear(visit, cause))

    @rule(who=WHO, tip=TIPS)
    def tip(self, who: int, tip: tuple[int | None, int]) -> None:
        visit, cause = self.guests[who].visit, why()

        def ask(more: int = 0) -> Any:
            return bills.set_tip(visit, TipRule(tip[0], tip[1] + more), cause)

        self.step(who, ask, lambda at: at.set_tip(*tip), lambda: ask(1))

    def fire(self, who: int) -> None:
        visit, cause = self.guests[who].visit, why()
        self.step(who, lambda: tickets.fire(visit, cause), Evening.fire)

    def pay(self, who: int) -> None:
        visit, cause = self.guests[who].visit, why()
        self.step(
            who, lambda: bills.ask_to_pay(visit, cause), Evening.pay, lambda: bills.not_yet(visit, cause)
        )

    def confirm(self, who: int) -> None:
        visit = self.guests[who].visit
        card = bills.bill_of(visit).payment
        self.step(who, lambda: bills.confirm_payment(visit, card.nonce if card else ""), Evening.confirm)

    def not_yet(self, who: int) -> None:
        visit, cause = self.guests[who].visit, why()
        self.step(
            who, lambda: bills.not_yet(visit, cause), Evening.not_yet, lambda: bills.ask_to_pay(visit, cause)
        )

    # --- the till, the sweep, the staff ---

    @precondition(lambda self: any(guest.attempts() for guest in self.guests))
    @rule(who=WHO, nth=NTH)
    def settle(self, who: int, nth: int) -> None:
        self.on_an_attempt(who, nth, lambda payment: checkout.settle(payment, why()), "settle")

    @rule(who=WHO, nth=NTH, status=st.sampled_from(["failed", "expired", "cancelled"]))
    def give_up(self, who: int, nth: int, status: str) -> None:
        self.on_an_attempt(
            who, nth, lambda payment: checkout.give_up(payment, status, why()), "give_up", status
        )

    @rule(item=st.sampled_from(sorted(PRICES)), cents=st.sampled_from([1_00, 6_00, 11_00, 12_34]))
    def reprice(self, item: str, cents: int) -> None:
        MenuItem.objects.filter(name=item).update(price_cents=cents)
        menu_changed()
        for guest in self.guests:
            guest.evening.prices[item] = cents

    # --- retries ---

    @precondition(lambda self: self.done)
    @rule(nth=st.integers(-4, 60))
    def repeat(self, nth: int) -> None:
        if not self.done:
            return
        done = self.done[nth % len(self.done)]
        before = self.rows()
        assert told(done.again()) == done.answer, "a repetition has another answer"
        assert self.rows() == before, "a repetition changed something"

    @precondition(lambda self: self.done)
    @rule(nth=st.integers(-4, 60))
    def repeat_with_another_wish(self, nth: int) -> None:
        done = self.done[nth % len(self.done)]
        before = self.rows()
        self.refused(done.otherwise, KeyReused)
        assert self.rows() == before, "a refusal changed something"

    # --- how a step is judged ---

    def step(
        self,
        who: int,
        ask: Callable[[], Any],
        model: Callable[[Evening], Any],
        otherwise: Callable[[], Any] | None = None,
    ) -> Any:
        guest = self.guests[who]
        wanted = copy.deepcopy(guest.evening)
        answer = None
        try:
            model(wanted)
        except Refused as refusal:
            before = self.rows()
            self.refused(ask, type(refusal))
            assert self.rows() == before, "a refusal changed something"
        else:
            answer = ask()
            guest.evening = wanted
            if otherwise and self.is_on_record(ask):
                self.done.append(Done(ask, told(answer), otherwise))
        self.agree(guest)
        return answer

    def is_on_record(self, ask: Callable[[], Any]) -> bool:
        """A wish that was fulfilled already leaves no journal of its own, so there is nothing to repeat."""
        cells = [cell.cell_contents for cell in ask.__closure__ or ()]
        keys = [cell.key for cell in cells if isinstance(cell, Cause)]
        return Journal.objects.filter(key__in=keys).exists()

    def refused(self, ask: Callable[[], Any], kind: type[Refused]) -> None:
        with pytest.raises(Refused) as refusal:
            ask()
        assert refusal.type is kind, f"refused with {refusal.value!r}, not {kind.__name__}"

    def on_a_line(
        self, who: int, nth: int, ask: Callable[..., Any], asked: tuple[Any, ...], name: str
    ) -> None:
        guest, cause = self.guests[who], why()
        lines = guest.lines()
        if not lines:
            return
        nth %= len(lines)
        line, other = lines[nth], (*asked[:-1], (asked[-1] or 0) + 1)

        def model(at: Evening) -> None:
            getattr(at, name)([line for tab in at.tabs for line in tab.lines][nth], *asked)

        def call(wish: tuple[Any, ...] = asked) -> Any:
            return ask(guest.visit, line, *wish, cause)

        self.step(who, call, model, lambda: call(other))

    def on_an_attempt(self, who: int, nth: int, ask: Callable[[Payment], Any], name: str, *more: str) -> None:
        if not (payments := self.guests[who].attempts()):
            return
        nth %= len(payments)

        def model(at: Evening) -> None:
            tab, attempt = [(tab, one) for tab in at.tabs for one in tab.attempts][nth]
            getattr(at, name)(tab, attempt, *more)

        self.step(who, lambda: ask(payments[nth]), model)

    def rows(self) -> dict[str, Any]:
        visits = [guest.visit.code for guest in self.guests]
        of_tab = {"tab__visit_code__in": visits}
        return {
            "tabs": list(Tab.objects.filter(visit_code__in=visits).order_by("id").values_list()),
            "lines": list(OrderLine.objects.filter(**of_tab).order_by("id").values_list()),
            "tickets": list(Ticket.objects.filter(**of_tab).order_by("id").values_list()),
            "payments": list(Payment.objects.filter(**of_tab).order_by("id").values_list()),
            "journals": Journal.objects.count(),
            "entries": LedgerEntry.objects.count(),
        }

    def agree(self, guest: Guest) -> None:
        """Who did nothing is looked at when it is his turn again, and at the end: he must find his own."""
        self.agree_on(guest)
        found = list(audit.check_tabs(Tab.objects.filter(visit_code=guest.visit.code)))
        assert not found, "\n".join(map(str, found))

    def agree_on(self, guest: Guest) -> None:
        evening, rows = guest.evening, guest.rows()
        shown = [
            (
                row.status,
                row.version,
                row.units,
                row.tip_bp,
                row.tip_for,
                {
                    "subtotal": row.subtotal_cents,
                    "comps": row.discount_cents,
                    "tax": row.tax_cents,
                    "tip": row.tip_cents,
                    "paid": row.paid_cents,
                },
            )
            for row in rows
        ]
        assert shown == [
            (tab.status, tab.version, tab.units, tab.tip_bp, tab.tip_for, tab.amounts) for tab in evening.tabs
        ]
        lines = [
            (row.name, row.quantity, row.unit_cents, row.status, row.comped_cents) for row in guest.lines()
        ]
        assert lines == [
            (line.item, line.quantity, line.unit, line.status, line.comped)
            for tab in evening.tabs
            for line in tab.lines
        ]
        attempts = [(row.amount_cents, row.status) for row in guest.attempts()]
        assert attempts == [(one.amount, one.status) for tab in evening.tabs for one in tab.attempts]
        if rows:
            assert ledger.play_balance(rows[-1]) == evening.balance

    def teardown(self) -> None:
        for guest in getattr(self, "guests", ()):
            self.agree(guest)
        found = list(audit.check_book())
        assert not found, "\n".join(map(str, found))
