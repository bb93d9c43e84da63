"""What the machine has staff do, in any order with what guests do."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from bartender.models.visits import Ticket
from bartender.services import corrections, tab_moves, tickets
from payments import ledger
from payments.ledger import OperationContext
from tests.bartender.staff_fixtures import create_staff_user
from tests.payments.oracle import HOUSE_POOL, ExpectedLine, ExpectedTab, ExpectedVisit
from tests.payments.scripted_sequences import new_context
from tests.payments.strategies import GUEST_INDEX, ITEM_INDEX, OPTIONAL_UNITS

CENTS = st.none() | st.sampled_from([1, 3_33, 11_00, 60_00])


def dee_context() -> OperationContext:
    return new_context(actor="staff:Dee", source="admin", reason="on the house")


def lines_of(at: ExpectedVisit) -> list[tuple[ExpectedTab, ExpectedLine]]:
    return [(tab, line) for tab in at.tabs for line in tab.lines]


class StaffRules:
    @rule(who=GUEST_INDEX, nth=ITEM_INDEX, cents=CENTS)
    def comp(self: Any, who: int, nth: int, cents: int | None = None) -> None:
        if lines := self.guests[who].lines():
            nth, cause = nth % len(lines), dee_context()
            self.step(
                who,
                lambda: corrections.comp_line(lines[nth], cause, cents),
                lambda at: at.comp(*lines_of(at)[nth], cents),
            )

    @rule(who=GUEST_INDEX, cents=st.sampled_from([1, 1_00, 7_77, 25_00]))
    def comp_the_tab(self: Any, who: int, cents: int) -> None:
        if rows := self.guests[who].rows():
            cause = dee_context()
            self.step(
                who,
                lambda: corrections.comp_tab(rows[-1], cents, cause),
                lambda at: at.comp_tab(at.tabs[-1], cents),
                lambda: corrections.comp_tab(rows[-1], cents + 1, cause),
            )

    @rule(who=GUEST_INDEX, nth=ITEM_INDEX, units=OPTIONAL_UNITS)
    def void_a_line(self: Any, who: int, nth: int, units: int | None) -> None:
        if lines := self.guests[who].lines():
            nth, cause, units = nth % len(lines), dee_context(), units or 1
            self.step(
                who,
                lambda: corrections.void_line(lines[nth], units, cause),
                lambda at: at.void_line(*lines_of(at)[nth], units),
            )

    @rule(
        who=GUEST_INDEX,
        does=st.sampled_from(["void_tab", "close_comped_tab", "close_empty", "close_comped_tab"]),
    )
    def end_the_tab(self: Any, who: int, does: str) -> None:
        if not (rows := self.guests[who].rows()):
            return
        cause, close = dee_context(), {"close_empty": ledger.close_empty_tab}
        ask = close.get(does) or getattr(corrections, does)
        self.step(who, lambda: ask(rows[-1], cause), lambda at: getattr(at, does)(at.tabs[-1]))

    @rule(
        who=GUEST_INDEX,
        nth=ITEM_INDEX,
        units=OPTIONAL_UNITS,
        whole=st.booleans(),
        first=st.sampled_from(["", "fire", "fire"]),
    )
    def move_drinks(self: Any, who: int, nth: int, units: int | None, whole: bool, first: str) -> None:
        """To the other guest's tab; what was moved and sent there can come back."""
        if first:
            self.fire(who)
        source, target = self.guests[who], self.guests[1 - who]
        on_tab = [line for line in source.lines() if line.tab_id == source.rows()[-1].pk]
        if not on_tab:
            return
        nth %= len(on_tab)
        wanted = units or on_tab[nth].quantity or 1
        form_id, sam = new_context().key.replace(":", "-") + "-move", create_staff_user("Sam")
        picks = None if whole else {on_tab[nth].number: wanted}
        places = None if whole else {nth: wanted}

        def ask() -> Any:
            return tab_moves.move_drinks(source.visit, target.visit, picks, sam, form_id)

        moved = self.step_between(who, ask, lambda at, other: at.move(at.tabs[-1], other, places))
        if moved:
            before = self.rows()
            assert ask().units == moved.units, "a repetition has another answer"
            assert self.rows() == before, "a repetition changed something"

    def void_the_tab(self: Any, who: int) -> None:
        self.end_the_tab(who, "close_empty")

    @rule(who=GUEST_INDEX, nth=ITEM_INDEX)
    def bump(self: Any, who: int, nth: int) -> None:
        rounds = list(Ticket.objects.filter(visit=self.guests[who].visit).order_by("id"))
        if rounds:
            nth %= len(rounds)
            self.step(
                who,
                lambda: tickets.bump_ticket(rounds[nth], create_staff_user("Sam")),
                lambda at: at.bump(at.rounds[nth], "Sam"),
            )

    @rule(who=GUEST_INDEX, nth=ITEM_INDEX, person=st.sampled_from(["Sam", "Mo", HOUSE_POOL]))
    def give_the_tip_to(self: Any, who: int, nth: int, person: str) -> None:
        if rows := self.guests[who].rows():
            nth, cause = nth % len(rows), dee_context()
            recipient = None if person == HOUSE_POOL else create_staff_user(person)
            self.step(
                who,
                lambda: ledger.assign_tip(rows[nth], recipient, cause),
                lambda at: at.give_tip_to(at.tabs[nth], person),
                lambda: ledger.assign_tip(rows[nth], create_staff_user("Nat"), cause),
            )
