"""What the machine has staff do, in any order with what guests do."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from bartender.records.visits import Ticket
from bartender.services import amends, tickets
from payments import ledger
from payments.ledger import Cause
from tests.payments.chances import NTH, SOME, WHO
from tests.payments.directed import why
from tests.payments.oracle import Account, Evening, Line

CENTS = st.none() | st.sampled_from([1, 3_33, 11_00, 60_00])


def by_dee() -> Cause:
    return why(actor="staff:Dee", source="admin", reason="on the house")


def lines_of(at: Evening) -> list[tuple[Account, Line]]:
    return [(tab, line) for tab in at.tabs for line in tab.lines]


class Staff:
    @rule(who=WHO, nth=NTH, cents=CENTS)
    def comp(self: Any, who: int, nth: int, cents: int | None = None) -> None:
        if lines := self.guests[who].lines():
            nth, cause = nth % len(lines), by_dee()
            self.step(
                who,
                lambda: amends.comp(lines[nth], cause, cents),
                lambda at: at.comp(*lines_of(at)[nth], cents),
            )

    @rule(who=WHO, cents=st.sampled_from([1, 1_00, 7_77, 25_00]))
    def comp_the_tab(self: Any, who: int, cents: int) -> None:
        if rows := self.guests[who].rows():
            cause = by_dee()
            self.step(
                who,
                lambda: amends.comp_tab(rows[-1], cents, cause),
                lambda at: at.comp_tab(at.tabs[-1], cents),
                lambda: amends.comp_tab(rows[-1], cents + 1, cause),
            )

    @rule(who=WHO, nth=NTH, units=SOME)
    def void_a_line(self: Any, who: int, nth: int, units: int | None) -> None:
        if lines := self.guests[who].lines():
            nth, cause, units = nth % len(lines), by_dee(), units or 1
            self.step(
                who,
                lambda: amends.void_line(lines[nth], units, cause),
                lambda at: at.void_line(*lines_of(at)[nth], units),
            )

    @rule(who=WHO, does=st.sampled_from(["void_tab", "close_free", "close_empty", "close_free"]))
    def end_the_tab(self: Any, who: int, does: str) -> None:
        if not (rows := self.guests[who].rows()):
            return
        cause, close = by_dee(), {"close_empty": ledger.close_empty}
        ask = close.get(does) or getattr(amends, does)
        self.step(who, lambda: ask(rows[-1], cause), lambda at: getattr(at, does)(at.tabs[-1]))

    def void_the_tab(self: Any, who: int) -> None:
        self.end_the_tab(who, "close_empty")

    @rule(who=WHO, nth=NTH)
    def bump(self: Any, who: int, nth: int) -> None:
        rounds = list(Ticket.objects.filter(visit=self.guests[who].visit).order_by("id"))
        if rounds:
            nth %= len(rounds)
            self.step(
                who, lambda: tickets.bump(rounds[nth], "Sam"), lambda at: at.bump(at.rounds[nth], "Sam")
            )

    @rule(who=WHO, nth=NTH, person=st.sampled_from(["Sam", "Mo", "house"]))
    def give_the_tip_to(self: Any, who: int, nth: int, person: str) -> None:
        if rows := self.guests[who].rows():
            nth, cause = nth % len(rows), by_dee()
            self.step(
                who,
                lambda: ledger.tip_for(rows[nth], person, cause),
                lambda at: at.give_tip_to(at.tabs[nth], person),
                lambda: ledger.tip_for(rows[nth], "Nat", cause),
            )
