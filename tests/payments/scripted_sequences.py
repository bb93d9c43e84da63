"""Orders of things that chance would take long to find, and callers who are careless of the services."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from django.db.models import F
from hypothesis import strategies as st
from hypothesis.stateful import rule

from bartender.services import tickets
from maya_site.core.errors import Refusal
from payments import checkout, ledger
from payments.errors import NoOpenPayment, OperationNotAllowed
from payments.ledger import OperationContext, Sale, TipRule
from payments.models import Payment
from tests.payments.strategies import GUEST_INDEX, ITEM_INDEX, TIPS

_numbers = itertools.count(1)


def new_context(**more: Any) -> OperationContext:
    return OperationContext(f"step:{next(_numbers)}", turn="turn", **more)


class ScriptedSequences:
    @rule(who=GUEST_INDEX, tip=TIPS)
    def an_old_link_is_paid_late(self: Any, who: int, tip: tuple[int | None, int]) -> None:
        self.order(who, ("IPA", ()), 1)
        self.pay(who)
        self.confirm(who)
        self.give_up(who, -1, "expired")
        self.tip(who, tip)
        self.pay(who)
        self.confirm(who)
        self.settle(who, -2)
        self.settle(who, -1)
        self.settle(who, -1)

    @rule(who=GUEST_INDEX, tip=TIPS)
    def the_tip_is_changed_at_the_till(self: Any, who: int, tip: tuple[int | None, int]) -> None:
        self.order(who, ("Negroni", ()), 2)
        self.tip(who, (None, 1))
        self.tip(who, (1_250, 0))
        self.order(who, ("Whiskey", ("double",)), 1)
        self.pay(who)
        self.confirm(who)
        self.tip(who, tip)
        self.repeat(-1)
        self.confirm(who)
        self.settle(who, -1)
        self.repeat(-1)

    @rule(who=GUEST_INDEX, tip=TIPS)
    def a_tab_is_filled_to_its_limits(self: Any, who: int, tip: tuple[int | None, int]) -> None:
        self.order(who, ("Negroni", ()), 3)
        self.order(who, ("Whiskey", ("double",)), 3)
        self.tip(who, (10_000, 0))
        self.tip(who, tip)
        self.order(who, ("IPA", ()), 1)
        self.comp(who, -2)
        self.order(who, ("Negroni", ()), 2)

    @rule(who=GUEST_INDEX, void=st.booleans())
    def all_of_it_goes_back(self: Any, who: int, void: bool) -> None:
        self.order(who, ("Water", ()), 1)
        self.clear(who)
        self.pay(who)
        if void:
            self.void_the_tab(who)
            self.order(who, ("Water", ()), 1)

    @rule(who=GUEST_INDEX, bp=st.sampled_from([1_000, 2_000]))
    def the_house_pays_for_one_of_two(self: Any, who: int, bp: int) -> None:
        self.order(who, ("Water", ()), 1)
        self.order(who, ("IPA", ()), 2)
        self.tip(who, (bp, 0))
        self.comp(who, -1)
        self.comp(who, -1)
        self.pay(who)
        self.comp(who, -2)
        self.make_it(who, -1, 3)

    @rule(who=GUEST_INDEX)
    def the_house_pays_for_a_drink_and_the_tab_is_voided(self: Any, who: int) -> None:
        self.order(who, ("IPA", ()), 2)
        self.comp(who, -1)
        self.end_the_tab(who, "void_tab")

    @rule(who=GUEST_INDEX)
    def the_bar_is_asked_twice_with_an_order_between(self: Any, who: int) -> None:
        visit, cause = self.guests[who].visit, new_context()
        self.order(who, ("IPA", ()), 1)
        ticket = self.step(who, lambda: tickets.fire_ticket(visit, cause), lambda at: at.fire())
        self.order(who, ("Water", ()), 1)
        if ticket:
            before = self.rows()
            assert tickets.fire_ticket(visit, cause) == ticket
            assert self.rows() == before, "a repetition sent something to the bar"

    @rule(who=GUEST_INDEX, nth=ITEM_INDEX)
    def somebody_takes_off_more_than_there_is(self: Any, who: int, nth: int) -> None:
        lines, before = self.guests[who].lines(), self.rows()
        if lines:
            line = lines[nth % len(lines)]
            with pytest.raises(Refusal):
                ledger.void(line.tab, [Sale(line.code, line.quantity + 1, line.unit_cents)], new_context())
            assert self.rows() == before, "a refusal changed something"

    @rule(who=GUEST_INDEX)
    def somebody_asks_the_ledger_twice(self: Any, who: int) -> None:
        tabs, cause = self.guests[who].rows(), new_context()
        if tabs and tabs[-1].status == "open" and tabs[-1].units:
            self.step(who, lambda: ledger.set_tip(tabs[-1], TipRule(), cause), lambda at: at.set_tip(None, 0))
            before = self.rows()
            assert not ledger.set_tip(tabs[-1], TipRule(), cause).is_new
            assert self.rows() == before, "a repetition changed something"

    @rule(who=GUEST_INDEX)
    def somebody_guesses_the_nonce_and_the_till_took_another_amount(self: Any, who: int) -> None:
        self.order(who, ("Water", ()), 1)
        self.pay(who)
        tabs = self.guests[who].rows()
        if not tabs:
            return
        before = self.rows()
        with pytest.raises(NoOpenPayment):
            checkout.confirm_payment(tabs[-1], "guessed")
        assert self.rows() == before, "a refusal changed something"
        self.confirm(who)
        links = Payment.objects.filter(tab=tabs[-1], status="link_open")
        if links.update(amount_cents=F("amount_cents") + 1):
            with pytest.raises(OperationNotAllowed):
                checkout.mark_paid(links.get(), new_context())
            links.update(amount_cents=F("amount_cents") - 1)
        self.check_guest(self.guests[who])
