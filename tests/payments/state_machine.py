"""Two guests, till, sweep and staff, in any order; after each step the oracle and the audit agree."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.db.models import F, Sum
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from bartender.menu.snapshot import mark_menu_changed
from bartender.models.menu import MenuItem, Venue
from bartender.models.visits import OrderLine, Ticket, Visit
from bartender.services import bills, orders, tickets
from bartender.services.visits import open_visit
from maya_site.core.errors import Refusal
from payments import checkout, invariants, ledger
from payments.errors import IdempotencyKeyReused
from payments.ledger import OperationContext, TipRule
from payments.models import Journal, LedgerEntry, Payment, Tab
from tests.guest_fixtures import lift_alcohol_limits
from tests.payments.oracle import PRICES, ExpectedPolicy, ExpectedVisit
from tests.payments.scripted_sequences import ScriptedSequences, new_context
from tests.payments.staff_rules import StaffRules
from tests.payments.strategies import GUEST_INDEX, ITEM_INDEX, OPTIONAL_UNITS, ORDER, POLICIES, TIPS, UNITS


@dataclass
class ModelledGuest:
    visit: Visit
    evening: ExpectedVisit

    def rows(self) -> list[Tab]:
        return list(Tab.objects.filter(visit_code=self.visit.code).order_by("id"))

    def lines(self) -> list[OrderLine]:
        """Of the guest's tabs, whoever drank them."""
        on_tabs = OrderLine.objects.filter(tab__visit_code=self.visit.code)
        return list(on_tabs.order_by("tab_id", "number"))

    def attempts(self) -> list[Payment]:
        payments = Payment.objects.filter(tab__visit_code=self.visit.code)
        return list(payments.select_related("tab").order_by("id"))


@dataclass(frozen=True)
class CompletedOperation:
    """An accepted operation: how to ask for it again, what it answered, and another wish under its key."""

    repeat: Callable[[], Any]
    answer: Any
    repeat_with_other_arguments: Callable[[], Any]


def repeatable_result(answer: Any) -> Any:
    """The part of an answer that a repetition must give again."""
    return (
        answer.pk if isinstance(answer, OrderLine | Ticket | Payment) else isinstance(answer, int) and answer
    )


class BarMachine(StaffRules, ScriptedSequences, RuleBasedStateMachine):
    guests: list[ModelledGuest]
    done: list[CompletedOperation]

    @initialize(policy=POLICIES)
    def the_bar_opens(self, policy: ExpectedPolicy) -> None:
        terms = {name: getattr(policy, name) for name in policy.__dataclass_fields__}
        Venue.objects.update(**terms)
        lift_alcohol_limits()  # this is about money
        for name, cents in PRICES.items():
            MenuItem.objects.filter(name=name).update(price_cents=cents)
        mark_menu_changed()
        prices = dict(PRICES)
        self.guests = [
            ModelledGuest(open_visit(), ExpectedVisit(policy, prices, number)) for number in range(2)
        ]
        self.done = []

    # --- guests ---

    @rule(who=GUEST_INDEX, wish=ORDER, units=UNITS)
    def order(self, who: int, wish: tuple[str, tuple[str, ...]], units: int) -> None:
        visit, (item, modifiers), cause = self.guests[who].visit, wish, new_context()

        def ask(units: int = units) -> OrderLine:
            return orders.add_line(visit, item, units, modifiers, cause)

        line = self.step(who, ask, lambda at: at.add(item, units, modifiers), lambda: ask(units + 1))
        if line:
            assert line.unit_cents == self.guests[who].evening.price(item, modifiers)

    @rule(who=GUEST_INDEX, wish=ORDER, units=UNITS)
    def another_round(self, who: int, wish: tuple[str, tuple[str, ...]], units: int) -> None:
        """Ordering is what guests do most."""
        self.order(who, wish, units)

    @rule(who=GUEST_INDEX, does=st.sampled_from(["clear", "undo", "fire", "not_yet", "pay", "confirm"]))
    def say(self, who: int, does: str) -> None:
        getattr(self, does)(who)

    @rule(who=GUEST_INDEX, nth=ITEM_INDEX, units=OPTIONAL_UNITS)
    def remove(self, who: int, nth: int, units: int | None) -> None:
        self.step_on_line(who, nth, lambda *asked: orders.remove_line(*asked), (units,), "remove")

    @rule(who=GUEST_INDEX, nth=ITEM_INDEX, units=st.integers(1, 6))
    def make_it(self, who: int, nth: int, units: int) -> None:
        self.step_on_line(who, nth, lambda *asked: orders.set_quantity(*asked), (units,), "set_quantity")

    @rule(who=GUEST_INDEX, nth=ITEM_INDEX, wish=ORDER, units=OPTIONAL_UNITS)
    def swap(self, who: int, nth: int, wish: tuple[str, tuple[str, ...]], units: int | None) -> None:
        self.step_on_line(who, nth, lambda *asked: orders.replace_line(*asked), (*wish, units), "replace")

    def clear(self, who: int) -> None:
        visit, cause = self.guests[who].visit, new_context()
        self.step(
            who,
            lambda: orders.clear_lines(visit, cause),
            ExpectedVisit.clear,
            lambda: orders.undo_last_line(visit, cause),
        )

    def undo(self, who: int) -> None:
        visit, cause = self.guests[who].visit, new_context()
        self.step(
            who,
            lambda: orders.undo_last_line(visit, cause),
            ExpectedVisit.undo,
            lambda: orders.clear_lines(visit, cause),
        )

    @rule(who=GUEST_INDEX, tip=TIPS)
    def tip(self, who: int, tip: tuple[int | None, int]) -> None:
        visit, cause = self.guests[who].visit, new_context()

        def ask(more: int = 0) -> Any:
            return bills.set_tip(visit, TipRule(tip[0], tip[1] + more), cause)

        self.step(who, ask, lambda at: at.set_tip(*tip), lambda: ask(1))

    def fire(self, who: int) -> None:
        visit, cause = self.guests[who].visit, new_context()
        self.step(who, lambda: tickets.fire_ticket(visit, cause), ExpectedVisit.fire)

    def pay(self, who: int) -> None:
        visit, cause = self.guests[who].visit, new_context()
        self.step(
            who,
            lambda: bills.request_bill(visit, cause),
            ExpectedVisit.pay,
            lambda: bills.decline_payment(visit, cause),
        )

    def confirm(self, who: int) -> None:
        visit = self.guests[who].visit
        card = bills.bill_of(visit).payment
        self.step(
            who, lambda: bills.confirm_payment(visit, card.nonce if card else ""), ExpectedVisit.confirm
        )

    def not_yet(self, who: int) -> None:
        visit, cause = self.guests[who].visit, new_context()
        self.step(
            who,
            lambda: bills.decline_payment(visit, cause),
            ExpectedVisit.not_yet,
            lambda: bills.request_bill(visit, cause),
        )

    # --- the till, the sweep, the staff ---

    @precondition(lambda self: any(guest.attempts() for guest in self.guests))
    @rule(who=GUEST_INDEX, nth=ITEM_INDEX)
    def settle(self, who: int, nth: int) -> None:
        self.step_on_payment(who, nth, lambda payment: checkout.mark_paid(payment, new_context()), "settle")

    @rule(who=GUEST_INDEX, nth=ITEM_INDEX, status=st.sampled_from(["failed", "expired", "cancelled"]))
    def give_up(self, who: int, nth: int, status: str) -> None:
        self.step_on_payment(
            who, nth, lambda payment: checkout.end_attempt(payment, status, new_context()), "give_up", status
        )

    @rule(item=st.sampled_from(sorted(PRICES)), cents=st.sampled_from([1_00, 6_00, 11_00, 12_34]))
    def reprice(self, item: str, cents: int) -> None:
        MenuItem.objects.filter(name=item).update(price_cents=cents)
        mark_menu_changed()
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
        assert repeatable_result(done.repeat()) == done.answer, "a repetition has another answer"
        assert self.rows() == before, "a repetition changed something"

    @precondition(lambda self: self.done)
    @rule(nth=st.integers(-4, 60))
    def repeat_with_another_wish(self, nth: int) -> None:
        done = self.done[nth % len(self.done)]
        before = self.rows()
        self.expect_refusal(done.repeat_with_other_arguments, IdempotencyKeyReused)
        assert self.rows() == before, "a refusal changed something"

    # --- how a step is judged ---

    def step(
        self,
        who: int,
        ask: Callable[[], Any],
        model: Callable[[ExpectedVisit], Any],
        otherwise: Callable[[], Any] | None = None,
    ) -> Any:
        guest = self.guests[who]
        # Together: a ticket may have lines on the tabs of both.
        evenings = copy.deepcopy([one.evening for one in self.guests])
        answer = None
        try:
            model(evenings[who])
        except Refusal as refusal:
            before = self.rows()
            self.expect_refusal(ask, type(refusal))
            assert self.rows() == before, "a refusal changed something"
        else:
            answer = ask()
            for one, evening in zip(self.guests, evenings, strict=True):
                one.evening = evening
            if otherwise and self.has_journal_entry(ask):
                self.done.append(CompletedOperation(ask, repeatable_result(answer), otherwise))
        self.check_guest(guest)
        return answer

    def step_between(
        self, who: int, ask: Callable[[], Any], model: Callable[[ExpectedVisit, ExpectedVisit], Any]
    ) -> Any:
        """A step that names the tabs of both guests: it is judged on both, and on nobody else's."""
        evenings = copy.deepcopy([one.evening for one in self.guests])
        answer = None
        try:
            model(evenings[who], evenings[1 - who])
        except Refusal as refusal:
            before = self.rows()
            self.expect_refusal(ask, type(refusal))
            assert self.rows() == before, "a refusal changed something"
        else:
            tickets_before, grams_before = list(Ticket.objects.order_by("id").values_list()), self.grams()
            answer = ask()
            assert list(Ticket.objects.order_by("id").values_list()) == tickets_before, "a ticket changed"
            assert self.grams() == grams_before, "grams follow the drinker"
            for one, evening in zip(self.guests, evenings, strict=True):
                one.evening = evening
        for guest in self.guests:
            self.check_guest(guest)
        return answer

    def grams(self) -> list[tuple[int, Any]]:
        """Of ethanol, by who drank it."""
        each = Sum(F("quantity") * F("unit_ethanol_grams"))
        rows = OrderLine.objects.order_by("visit").values_list("visit")
        return list(rows.annotate(grams=each).values_list("visit", "grams"))

    def has_journal_entry(self, ask: Callable[[], Any]) -> bool:
        """A wish that was fulfilled already leaves no journal of its own, so there is nothing to repeat."""
        cells = [cell.cell_contents for cell in ask.__closure__ or ()]
        keys = [cell.key for cell in cells if isinstance(cell, OperationContext)]
        return Journal.objects.filter(key__in=keys).exists()

    def expect_refusal(self, ask: Callable[[], Any], kind: type[Refusal]) -> None:
        with pytest.raises(Refusal) as refusal:
            ask()
        assert refusal.type is kind, f"refused with {refusal.value!r}, not {kind.__name__}"

    def step_on_line(
        self, who: int, nth: int, ask: Callable[..., Any], asked: tuple[Any, ...], name: str
    ) -> None:
        guest, cause = self.guests[who], new_context()
        lines = guest.lines()
        if not lines:
            return
        nth %= len(lines)
        line, other = lines[nth], (*asked[:-1], (asked[-1] or 0) + 1)

        def model(at: ExpectedVisit) -> None:
            getattr(at, name)([line for tab in at.tabs for line in tab.lines][nth], *asked)

        def call(wish: tuple[Any, ...] = asked) -> Any:
            return ask(guest.visit, line, *wish, cause)

        self.step(who, call, model, lambda: call(other))

    def step_on_payment(
        self, who: int, nth: int, ask: Callable[[Payment], Any], name: str, *more: str
    ) -> None:
        if not (payments := self.guests[who].attempts()):
            return
        nth %= len(payments)

        def model(at: ExpectedVisit) -> None:
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

    def check_guest(self, guest: ModelledGuest) -> None:
        """Who did nothing is looked at when it is his turn again, and at the end: he must find his own."""
        self.assert_guest_matches(guest)
        found = list(invariants.check_tabs(Tab.objects.filter(visit_code=guest.visit.code)))
        assert not found, "\n".join(map(str, found))

    def assert_guest_matches(self, guest: ModelledGuest) -> None:
        evening, rows = guest.evening, guest.rows()
        shown = [
            (
                row.status,
                row.version,
                row.units,
                row.tip_bp,
                str(row.tip_recipient or ""),
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
            (tab.status, tab.version, tab.units, tab.tip_bp, tab.tip_recipient, tab.amounts)
            for tab in evening.tabs
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
            assert ledger.play_money_balance_cents(rows[-1]) == evening.balance

    def teardown(self) -> None:
        for guest in getattr(self, "guests", ()):
            self.check_guest(guest)
        found = list(invariants.check_ledger_totals())
        assert not found, "\n".join(map(str, found))
