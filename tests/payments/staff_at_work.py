"""What staff and tables of several add to a seeded evening: voids, comps, refunds, split bills."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TypeVar

from django.contrib.auth.models import User

from bartender.records.deeds import StaffDeed
from bartender.records.visits import OrderLine, Visit
from bartender.services import sharing, staff_deeds
from bartender.services.orders import current_tab, live_lines
from bartender.services.staff_deeds import Wish
from payments.drawer import settle_at_bar
from payments.ledger import Cause
from payments.models import Payment, Refund, Share, Tab
from tests.vendors.stripe.api import ScriptedStripe
from tests.vendors.stripe.books import Object

T = TypeVar("T")
Kind = StaffDeed.Kind


@dataclass
class StaffAtWork:
    """Dee stands at the bar; what is above her limit, Sam says yes to."""

    seed: str
    chance: random.Random = field(init=False)
    visits: list[Visit] = field(init=False)
    count: int = field(init=False, default=0)

    def cash(self, visit: Visit) -> None:
        tabs = list(Tab.objects.filter(visit_code=visit.code))
        if tabs and self.chance.random() < 0.3:
            settle_at_bar(self.chance.choice(tabs), "cash", "staff:Dee", "the guest has cash")

    def voids(self, visit: Visit) -> None:
        if line := self._a_line(visit):
            self._asks(Wish(Kind.VOID_LINE, line.tab, "mistake", line=line, units=1))

    def voids_all_of_it(self, visit: Visit) -> None:
        tab = current_tab(visit)
        if tab and self.chance.random() < 0.3:
            self._asks(Wish(Kind.VOID_TAB, tab, "left"))

    def comps(self, visit: Visit) -> None:
        if line := self._a_line(visit):
            cents = self.chance.choice([1, 1_00, line.unit_cents])
            some = Wish(Kind.COMP_LINE, line.tab, "kindness", line=line, cents=cents)
            self._asks(self.chance.choice([some, Wish(Kind.COMP_TAB, line.tab, "kindness", cents=cents)]))

    def refunds(self, visit: Visit) -> None:
        """Sometimes more than there is, and sometimes the same again: neither may give back too much."""
        paid = Payment.objects.filter(tab__visit_code=visit.code, status=Payment.Status.SUCCEEDED)
        if payment := self._one_of(list(paid.select_related("tab"))):
            cents = self.chance.choice([1, 1_00, payment.amount_cents // 2, payment.amount_cents])
            self._asks(Wish(Kind.REFUND, payment.tab, "unhappy", payment=payment, cents=max(1, cents)))

    def split(self, visit: Visit) -> None:
        """The other guest sits down at her table, and each pays a half."""
        other = next(one for one in self.visits if one != visit)
        sharing.join(other, sharing.token_of(sharing.invite(visit)))
        amounts = {other.code: self.chance.choice([1, 1_00, 5_00])}
        if self.chance.random() < 0.5:
            sharing.equally(visit, self.cause())
        else:
            sharing.by_amount(visit, amounts, self.cause())

    def a_share(self, visit: Visit) -> None:
        shares = list(Share.objects.filter(visit_code=visit.code, split__status="out"))
        if share := self._one_of(shares):
            sharing.pay_share(visit, share.code, share.nonce)

    def put_together(self, visit: Visit) -> None:
        if self.chance.random() < 0.2:
            sharing.put_together(visit, self.cause())

    def cause(self) -> Cause:
        self.count += 1
        return Cause(f"history:{self.seed}:{self.count}", turn="turn")

    # --- inside ---

    def _asks(self, wish: Wish) -> None:
        dee, sam = (User.objects.get_or_create(username=name)[0] for name in ("Dee", "Sam"))
        deed = staff_deeds.ask(wish, dee, self.cause().key)
        if deed.status == StaffDeed.Status.WAITING:
            staff_deeds.approve(deed, sam)

    def _a_line(self, visit: Visit) -> OrderLine | None:
        tab = current_tab(visit)
        return self._one_of(list(live_lines(tab).select_related("tab"))) if tab else None

    def _one_of(self, found: list[T]) -> T | None:
        return self.chance.choice(found) if found else None


def wrong_refunds(payments: list[Payment], stripe: ScriptedStripe) -> list[str]:
    """Each refund of ours is one of Stripe's with the same sum, and the other way round."""
    codes = {one.code for one in payments}
    there: dict[str, list[Object]] = {}
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
