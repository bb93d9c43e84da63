"""Seeded evenings of guests, staff, a Stripe with faults and its events; and what must be so at rest.

Everything goes through what guests, staff and Stripe have: services, links, events. Nobody reaches into the
house's tables.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import time_machine
from django.db.models import Sum
from django.utils import timezone

from bartender.models.visits import Visit
from bartender.services import bills, orders
from bartender.services.visits import open_visit
from maya_site.core.errors import ProviderError, Refusal
from maya_site.tasks.worker import run_due_tasks
from payments import checkout, invariants, payment_polling, refunds
from payments.ledger import TipRule
from payments.models import LedgerEntry, Payment, ProviderEvent, Tab
from payments.settlement import reconcile_payment
from payments.webhooks import inbox
from tests.payments.staff_histories import StaffSteps, refund_violations
from tests.payments.stripe_checkout import open_checkout
from tests.vendors.stripe.account import StripeApiError, StripeObject
from tests.vendors.stripe.api import ScriptedStripe
from tests.vendors.stripe.webhook_sender import post_event

FAULTS = ["500", "500 after", "409", "429", "reset", "reset after", "garbage after", "500 html"]
PLACES = ["POST /v1/checkout", "GET /v1/checkout", "POST", "GET", "MCP Post", "MCP Get", ""]
DRINKS = ["IPA", "Negroni", "Water", "Whiskey"]


@dataclass
class SimulatedHistory(StaffSteps):
    """One history: two guests, and everything that anybody in it may do next."""

    stripe: ScriptedStripe
    secret: str
    now: datetime = field(default_factory=timezone.now)
    delivered_events: int = field(init=False)
    pending_events: list[StripeObject] = field(default_factory=list)
    steps_done: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.visits = [open_visit() for _ in range(2)]
        self.delivered_events = len(self.stripe.books.events)

    def play(self, steps: int) -> None:
        guests = [self.orders, self.orders, self.tips, self.asks, self.says_yes, self.not_yet]
        guests += [self.to_the_till] * 4 + [self.pays] * 5 + [self.comes_back]
        table = [self.split, self.a_share, *[self.pays_her_share] * 3, self.put_together]
        staff = [self.cash, self.voids, self.voids_all_of_it, self.comps, *[self.refunds] * 3]
        others = [self.an_event, self.an_event, self.an_event, self.a_forgery]
        deeds = [*guests, *table, *staff, *others, self.a_fault, self.heals, self.time_passes]
        for _ in range(steps):
            self.run_step(self.chance.choice(deeds), self.chance.choice(self.visits))

    def run_step(self, deed: Callable[[Visit], None], visit: Visit) -> None:
        self.count += 1
        self.steps_done.append(deed.__name__)
        with time_machine.travel(self.now, tick=True), suppress(Refusal, StripeApiError, ProviderError):
            deed(visit)

    # --- guests ---

    def orders(self, visit: Visit) -> None:
        orders.add_line(visit, self.chance.choice(DRINKS), self.chance.randint(1, 3), [], self.next_context())

    def tips(self, visit: Visit) -> None:
        bills.set_tip(visit, TipRule(basis_points=self.chance.choice([0, 1_000, 2_000])), self.next_context())

    def asks(self, visit: Visit) -> None:
        bills.request_bill(visit, self.next_context())

    def says_yes(self, visit: Visit) -> None:
        if card := bills.bill_of(visit).payment:
            bills.confirm_payment(visit, card.nonce)

    def to_the_till(self, visit: Visit) -> None:
        if not bills.bill_of(visit).due_cents:
            self.orders(visit)
        self.asks(visit)
        self.says_yes(visit)

    def not_yet(self, visit: Visit) -> None:
        bills.decline_payment(visit, self.next_context())

    def pays(self, visit: Visit) -> None:
        """Any link she was ever shown, also one of before: some browser still has it open."""
        if self.chance.random() < 0.4:
            self.to_the_till(visit)
        shown = Payment.objects.filter(tab__visit_code=visit.code, reference__isnull=False)
        if links := list(shown.order_by("-id")):
            self.pays_by(links[0] if self.chance.random() < 0.7 else self.chance.choice(links))

    def pays_her_share(self, visit: Visit) -> None:
        self.a_share(visit)
        out = Payment.objects.filter(share__visit_code=visit.code, status=Payment.Status.LINK_OPEN)
        if link := out.first():
            self.pays_by(link)

    def pays_by(self, link: Payment) -> None:
        self.stripe.books.pay(open_checkout(self.stripe, link)["id"])

    def comes_back(self, visit: Visit) -> None:
        if payment := bills.last_payment(visit):
            reconcile_payment(payment, self.next_context())

    # --- Stripe ---

    def an_event(self, _visit: Visit) -> None:
        """Some of what Stripe has to say: in any order, and more than once."""
        self.pending_events += self.stripe.books.events[self.delivered_events :]
        self.delivered_events = len(self.stripe.books.events)
        self.chance.shuffle(self.pending_events)
        for event in self.pending_events[: self.chance.randint(1, 4)]:
            for _ in range(self.chance.choice([1, 1, 2, 3])):
                assert post_event(event, self.secret).status_code == 200
            if self.chance.random() < 0.7:
                self.pending_events.remove(event)
        if self.chance.random() < 0.5:
            run_due_tasks(4)

    def a_forgery(self, visit: Visit) -> None:
        """With the right names and the right sum, and signed by somebody else."""
        if payment := bills.last_payment(visit):
            thing: StripeObject = {"id": payment.reference or "cs_1", "payment_status": "paid"}
            thing |= {"amount_total": payment.amount_cents, "metadata": {"maya_payment": payment.code}}
            event: StripeObject = {"id": f"evt_forged_{self.count}", "object": "event", "livemode": False}
            event |= {"type": "checkout.session.completed", "data": {"object": thing}}
            assert post_event(event, "whsec_of_somebody_else").status_code == 400, "a forgery was believed"

    def a_fault(self, _visit: Visit) -> None:
        self.stripe.fault(self.chance.choice(PLACES), self.chance.choice(FAULTS), self.chance.randint(1, 4))

    def heals(self, _visit: Visit) -> None:
        self.stripe.heal()

    def time_passes(self, _visit: Visit) -> None:
        self.now += timedelta(minutes=self.chance.choice([1, 1, 5, 40]))
        with time_machine.travel(self.now, tick=True):
            self.run_background_work()

    # --- the bar ---

    def run_background_work(self) -> None:
        run_due_tasks(30)
        checkout.expire_overdue_payments()
        inbox.process_pending_events()
        payment_polling.sweep_payments()
        refunds.process_pending_refunds()

    def run_until_settled(self) -> None:
        """Stripe is well again, everything it had to say has come, and an hour has passed."""
        self.stripe.heal()
        self.pending_events += self.stripe.books.events[self.delivered_events :]
        for _ in range(2):
            for event in self.pending_events:
                with time_machine.travel(self.now, tick=True):
                    assert post_event(event, self.secret).status_code == 200
            self.now += timedelta(minutes=40)
            with time_machine.travel(self.now, tick=True):
                self.run_background_work()
        self.delivered_events = len(self.stripe.books.events)


def find_violations(story: SimulatedHistory) -> list[str]:
    """What is not as it must be at rest."""
    codes = [visit.code for visit in story.visits]
    tabs = Tab.objects.filter(visit_code__in=codes)
    payments = list(Payment.objects.filter(tab__in=tabs).select_related("tab"))
    found = [str(one) for one in invariants.check_tabs(tabs)]
    found += [
        f"payment {one.code[:8]} is still {one.status}"
        for one in payments
        if one.status in Payment.LIVE_STATUSES
    ]
    ours = [one for one in payments if not one.provider.startswith("bar") and one.provider != "simulated"]
    paid = paid_intents(story.stripe, {tab.code for tab in tabs})
    for payment in ours:
        found += _payment_violations(payment, paid.pop(payment.code, []))
    found += [f"lost: paid at Stripe and nobody's: {code}" for code in paid]
    found += refund_violations(payments, story.stripe)
    waiting = ProviderEvent.objects.filter(state="pending", payment_code__in=[one.code for one in payments])
    return found + [f"event {event.event_id} still waits" for event in waiting]


def paid_intents(stripe: ScriptedStripe, tabs: set[str]) -> dict[str, list[StripeObject]]:
    """What Stripe took for these tabs, by the payment that it was for."""
    found: dict[str, list[StripeObject]] = {}
    for intent in stripe.books.of("payment_intent"):
        if intent["metadata"].get("maya_tab") in tabs and intent["status"] == "succeeded":
            found.setdefault(intent["metadata"]["maya_payment"], []).append(intent)
    return found


def _payment_violations(payment: Payment, paid: list[StripeObject]) -> list[str]:
    name, sums = payment.code[:8], [intent["amount"] for intent in paid]
    settled = payment.status == Payment.Status.SUCCEEDED
    said = f"payment {name} of {payment.amount_cents} is {payment.status} here, and Stripe took {sums}"
    if len(paid) > 1:
        return [f"charged twice: {said}"]
    if paid and not settled:
        return [f"lost: {said}"]
    if settled and sums != [payment.amount_cents]:
        return [f"unheard: {said}"]
    return []


def clearing_balance_cents() -> int:
    """What the ledger says that Stripe holds."""
    held = LedgerEntry.objects.filter(account="clearing").aggregate(cents=Sum("cents", default=0))
    return int(held["cents"])
