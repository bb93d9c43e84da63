"""What staff and tables of several add to a seeded evening: voids, comps, refunds, split bills."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TypeVar

from django.contrib.auth.models import User

from bartender.models.staff_actions import StaffAction
from bartender.models.visits import OrderLine, Visit
from bartender.services import split_bill, staff_actions
from bartender.services.orders import current_tab, live_lines
from bartender.services.staff_actions import StaffActionRequest
from payments.bar_payments import record_bar_payment
from payments.ledger import OperationContext
from payments.models import Payment, Refund, Share, Tab
from tests.vendors.stripe.account import StripeObject
from tests.vendors.stripe.api import ScriptedStripe

T = TypeVar("T")
Kind = StaffAction.Kind


@dataclass
class StaffSteps:
    """Dee stands at the bar; what is above her limit, Sam says yes to."""

    seed: str
    chance: random.Random = field(init=False)
    visits: list[Visit] = field(init=False)
    count: int = field(init=False, default=0)

    def cash(self, visit: Visit) -> None:
        tabs = list(Tab.objects.filter(visit_code=visit.code))
        if tabs and self.chance.random() < 0.3:
            record_bar_payment(self.chance.choice(tabs), "cash", "staff:Dee", "the guest has cash")

    def voids(self, visit: Visit) -> None:
        if line := self._choose_line(visit):
            self._request_action(StaffActionRequest(Kind.VOID_LINE, line.tab, "mistake", line=line, units=1))

    def voids_all_of_it(self, visit: Visit) -> None:
        tab = current_tab(visit)
        if tab and self.chance.random() < 0.3:
            self._request_action(StaffActionRequest(Kind.VOID_TAB, tab, "left"))

    def comps(self, visit: Visit) -> None:
        if line := self._choose_line(visit):
            cents = self.chance.choice([1, 1_00, line.unit_cents])
            some = StaffActionRequest(Kind.COMP_LINE, line.tab, "kindness", line=line, cents=cents)
            self._request_action(
                self.chance.choice(
                    [some, StaffActionRequest(Kind.COMP_TAB, line.tab, "kindness", cents=cents)]
                )
            )

    def refunds(self, visit: Visit) -> None:
        """Sometimes more than there is, and sometimes the same again: neither may give back too much."""
        paid = Payment.objects.filter(tab__visit_code=visit.code, status=Payment.Status.SUCCEEDED)
        if payment := self._choose(list(paid.select_related("tab"))):
            cents = self.chance.choice([1, 1_00, payment.amount_cents // 2, payment.amount_cents])
            self._request_action(
                StaffActionRequest(Kind.REFUND, payment.tab, "unhappy", payment=payment, cents=max(1, cents))
            )

    def split(self, visit: Visit) -> None:
        """The other guest sits down at her table, and each pays a half."""
        other = next(one for one in self.visits if one != visit)
        split_bill.join_tab(other, split_bill.invitation_token(split_bill.create_invitation(visit)))
        amounts = {other.code: self.chance.choice([1, 1_00, 5_00])}
        if self.chance.random() < 0.5:
            split_bill.split_equally(visit, self.next_context())
        else:
            split_bill.split_by_amount(visit, amounts, self.next_context())

    def a_share(self, visit: Visit) -> None:
        shares = list(Share.objects.filter(visit_code=visit.code, split__status="out"))
        if share := self._choose(shares):
            split_bill.pay_share(visit, share.code, share.nonce)

    def put_together(self, visit: Visit) -> None:
        if self.chance.random() < 0.2:
            split_bill.cancel_split(visit, self.next_context())

    def next_context(self) -> OperationContext:
        self.count += 1
        return OperationContext(f"history:{self.seed}:{self.count}", turn="turn")

    # --- inside ---

    def _request_action(self, action_request: StaffActionRequest) -> None:
        dee, sam = (User.objects.get_or_create(username=name)[0] for name in ("Dee", "Sam"))
        deed = staff_actions.submit_action(action_request, dee, self.next_context().key)
        if deed.status == StaffAction.Status.WAITING:
            staff_actions.approve(deed, sam)

    def _choose_line(self, visit: Visit) -> OrderLine | None:
        tab = current_tab(visit)
        return self._choose(list(live_lines(tab).select_related("tab"))) if tab else None

    def _choose(self, found: list[T]) -> T | None:
        return self.chance.choice(found) if found else None


def refund_violations(payments: list[Payment], stripe: ScriptedStripe) -> list[str]:
    """Each refund of ours is one of Stripe's with the same sum, and the other way round."""
    codes = {one.code for one in payments}
    there: dict[str, list[StripeObject]] = {}
    for one in stripe.books.of("refund"):
        if one["metadata"].get("maya_payment") in codes:
            there.setdefault(one["metadata"]["maya_refund"], []).append(one)
    found = []
    for refund in Refund.objects.filter(payment__in=payments).select_related("payment"):
        sums = [one["amount"] for one in there.pop(refund.code, [])]
        wanted = [refund.amount_cents] if refund.status == Refund.Status.SUCCEEDED else []
        if refund.payment.provider.startswith("bar"):
            wanted = []
        if refund.status == Refund.Status.PENDING or sums != wanted:
            found.append(f"refund {refund.code[:8]} is {refund.status} here and {sums} at Stripe")
    return found + [f"given back at Stripe and nobody's: {code}" for code in there]
