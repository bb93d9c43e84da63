"""Guests, tables, staff, a real till and its events in any order; after each step nobody may be worse off.

The oracle is Stripe's own books: what is paid here was paid there, what can be paid there is due here, what
went back here went back there. The machine draws the deeds and their luck, so that Hypothesis can shorten
what went wrong.
"""

from __future__ import annotations

import random
from collections import Counter
from contextlib import suppress
from typing import Any, ClassVar

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from bartender.models.visits import Visit
from maya_site.core.errors import Refusal
from payments import invariants, refunds
from payments.models import Payment, Refund, Tab
from payments.webhooks import inbox
from tests.payments.conftest import SECRET
from tests.payments.histories import SimulatedHistory, clearing_balance_cents, find_violations, paid_intents
from tests.payments.stripe_checkout import order_and_request_bill
from tests.vendors.stripe.account import StripeAccount, StripeObject
from tests.vendors.stripe.api import ScriptedStripe
from tests.vendors.stripe.webhook_sender import post_event

GUEST_INDEX = st.sampled_from([0, 0, 0, 1])
SEED = st.integers(0, 2**16)
GUEST_STEPS = ["orders", "tips", "asks", "says_yes", "not_yet", "pays", "pays", "comes_back"]
TABLE_STEPS = ["split", "split", "a_share", "pays_her_share", "pays_her_share", "put_together"]
STAFF_STEPS = ["cash", "cash", "voids", "voids_all_of_it", "comps", "refunds", "refunds"]
RARE_STEPS = ["through_a_fault", "leaves_it_unclear", "a_refund_through_a_fault"]
LINK_FAULTS = ["500 after", "500 after", "reset after", "500", "reset"]
STRIPE_STEPS = [
    "an_event",
    "an_event",
    "a_forgery",
    "a_claim",
    "something_odd",
    "a_fault",
    "a_fault",
    "heals",
]


class ProviderMachine(RuleBasedStateMachine):
    stripe: ClassVar[ScriptedStripe]
    first_violation: ClassVar[str] = (
        ""  # what was wrong at first: a replay meets another clock and other names
    )
    story: AdversarialHistory

    @initialize(luck=SEED)
    def the_bar_opens(self, luck: int) -> None:
        self.outer = transaction.atomic()
        self.outer.__enter__()
        self.stripe.heal()
        self.stripe.books = StripeAccount()
        self.story = AdversarialHistory(f"machine-{luck}", self.stripe, SECRET)
        self.before = clearing_balance_cents()

    @rule(who=GUEST_INDEX, luck=SEED)
    def to_the_till(self, who: int, luck: int) -> None:
        self.step("to_the_till", who, luck)

    @rule(who=GUEST_INDEX, luck=SEED, deed=st.sampled_from(GUEST_STEPS))
    def a_guest(self, who: int, luck: int, deed: str) -> None:
        self.step(deed, who, luck)

    @rule(who=GUEST_INDEX, luck=SEED, deed=st.sampled_from(TABLE_STEPS))
    def a_table(self, who: int, luck: int, deed: str) -> None:
        self.step(deed, who, luck)

    @rule(who=GUEST_INDEX, luck=SEED, deed=st.sampled_from(STAFF_STEPS))
    def staff(self, who: int, luck: int, deed: str) -> None:
        self.step(deed, who, luck)

    @rule(who=GUEST_INDEX, luck=SEED, deed=st.sampled_from(STRIPE_STEPS))
    def what_stripe_does(self, who: int, luck: int, deed: str) -> None:
        self.step(deed, who, luck)

    @rule(who=GUEST_INDEX, luck=SEED, deed=st.sampled_from(RARE_STEPS))
    def something_rare(self, who: int, luck: int, deed: str) -> None:
        self.step(deed, who, luck)

    @rule(who=GUEST_INDEX, luck=SEED)
    def time_passes(self, who: int, luck: int) -> None:
        self.step("time_passes", who, luck)

    def step(self, deed: str, who: int, luck: int) -> None:
        self.story.chance = random.Random(luck)
        self.story.run_step(getattr(self.story, deed), self.story.visits[who])
        self.assert_no_violations(current_violations(self.story))

    def teardown(self) -> None:
        if not hasattr(self, "story"):
            return
        try:
            self.check_at_rest()
        finally:
            transaction.set_rollback(True)
            self.outer.__exit__(None, None, None)

    def check_at_rest(self) -> None:
        """Stripe is well, its events have come, and the links have had their time."""
        self.story.run_until_settled()
        self.assert_no_violations(current_violations(self.story))
        self.assert_no_violations(
            [one for one in find_violations(self.story) if not self.story.is_expected_mismatch(one)]
        )
        self.assert_no_violations(
            [
                f"{one['id']} can be paid for ever"
                for one in open_sessions(self.stripe)
                if not self.is_due(one)
            ]
        )
        held, ours = (
            self.stripe.books.balance - self.story.odd_cents(),
            clearing_balance_cents() - self.before,
        )
        self.assert_no_violations([] if ours == held else [f"the ledger has {ours}, Stripe {held}"])

    def assert_no_violations(self, found: list[str]) -> None:
        if found and not self.first_violation:
            type(self).first_violation = found[0]
        assert not found, "\n".join(found)

    def is_due(self, session: StripeObject) -> bool:
        """Of an attempt that is still live here."""
        code = session["metadata"].get("maya_payment")
        return Payment.objects.filter(code=code, status__in=Payment.LIVE_STATUSES).exists()


# What is rare in any order, on purpose: each evening meets one kind of trouble at least.
STEP_SEQUENCES = [
    ["to_the_till", "a_claim", "a_forgery", "comes_back", "orders", "tips", "pays", "an_event", "refunds"],
    ["through_a_fault", "not_yet", "through_a_fault", "pays", "comes_back", "a_refund_through_a_fault"],
    ["to_the_till", "cash", "refunds", "refunds", "refunds", "refunds", "to_the_till", "something_odd"],
    ["split", "a_share", "pays_her_share", "comes_back", "an_event", "time_passes", "a_share", "cash"],
    ["split", "a_share", "put_together", "to_the_till", "comps", "orders", "to_the_till", "voids", "pays"],
    ["to_the_till", "time_passes", "pays", "heals", "a_fault", "to_the_till", "orders", "heals"],
    ["leaves_it_unclear", "to_the_till", "pays", "something_odd", "comes_back", "time_passes"],
]


def run_step_sequences(bar: type[ProviderMachine], lucks: int) -> None:
    for luck in range(lucks):
        for deeds in STEP_SEQUENCES:
            evening = bar()
            evening.the_bar_opens(luck)
            try:
                for nth, deed in enumerate(deeds):
                    evening.step(deed, 0, luck * 100 + nth)
            finally:
                evening.teardown()


class AdversarialHistory(SimulatedHistory):
    """An evening on which Stripe also says what is not so, and holds other sums than we asked for."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.odd: set[str] = set()
        for visit in self.visits:  # they have had a drink already, so that there is something to pay
            order_and_request_bill(visit)

    def a_claim(self, visit: Visit) -> None:
        """Signed by Stripe, and not so: of an hour ago, or of something that was undone since."""
        if payment := self._open_link(visit):
            session = self.stripe.books.objects[str(payment.reference)]
            thing = {**session, "payment_status": "paid", "status": "complete"}
            event = {"id": f"evt_claim_{self.count}", "object": "event", "livemode": False, "created": 1}
            event |= {"type": "checkout.session.completed", "data": {"object": public_session(thing)}}
            assert post_event(event, self.secret).status_code == 200
            inbox.process_event(str(event["id"]))

    def something_odd(self, visit: Visit) -> None:
        """Stripe has another sum, currency or mode for it than we asked for; and she pays it."""
        if payment := self._open_link(visit):
            other: list[StripeObject] = [
                {"amount_total": payment.amount_cents - 1},
                {"currency": "eur"},
                {"livemode": True},
            ]
            self.odd.add(payment.code)
            self.stripe.books.objects[str(payment.reference)].update(self.chance.choice(other))
            self.pays_by(payment)

    def through_a_fault(self, visit: Visit) -> None:
        """Rare by itself: Stripe fails while it makes the link, and she says yes until there is one."""
        self.stripe.fault("POST /v1/checkout/sessions", self.chance.choice(LINK_FAULTS), 2)
        for _ in range(3):
            with suppress(Refusal):
                self.to_the_till(visit)

    def leaves_it_unclear(self, visit: Visit) -> None:
        """Stripe makes the link and does not say so; she orders on before anybody has found out."""
        self.stripe.fault("POST /v1/checkout/sessions", "reset after", 2)
        with suppress(Refusal):
            self.to_the_till(visit)
        self.heals(visit)
        self.not_yet(visit)

    def a_refund_through_a_fault(self, visit: Visit) -> None:
        self.stripe.fault("POST /v1/refunds", self.chance.choice(LINK_FAULTS), 2)
        self.refunds(visit)
        self.heals(visit)
        refunds.process_pending_refunds()

    def odd_cents(self) -> int:
        paid = (one for one in self.stripe.books.of("payment_intent") if one["status"] == "succeeded")
        return sum(one["amount"] for one in paid if one["metadata"].get("maya_payment") in self.odd)

    def is_expected_mismatch(self, wrong: str) -> bool:
        """What waits for staff: money for a payment that Stripe has otherwise."""
        return any(code[:8] in wrong for code in self.odd)

    def _open_link(self, visit: Visit) -> Payment | None:
        """Her link, and where she has none she asks for one first."""
        with suppress(Refusal):
            self.to_the_till(visit)
        out = Payment.objects.filter(tab__visit_code=visit.code, status="link_open", provider="stripe")
        return out.first()


def public_session(session: StripeObject) -> StripeObject:
    return {name: one for name, one in session.items() if name not in ("lines", "intent_metadata")}


def open_sessions(stripe: ScriptedStripe) -> list[StripeObject]:
    """The pages that are open at Stripe at this moment."""
    return [one for one in stripe.books.of("checkout.session") if one["status"] == "open"]


def current_violations(story: AdversarialHistory) -> list[str]:
    """What may not be so at any moment, also while events are on their way."""
    tabs = Tab.objects.filter(visit_code__in=[visit.code for visit in story.visits])
    payments = list(Payment.objects.filter(tab__in=tabs).select_related("tab"))
    paid = paid_intents(story.stripe, {tab.code for tab in tabs})
    found = [str(one) for one in invariants.check_tabs(tabs)]
    for payment in payments:
        found += _payment_violations(payment, paid.get(payment.code, []), story)
    return found + _session_violations(story, payments) + _refund_violations(story, payments)


def _payment_violations(payment: Payment, paid: list[StripeObject], story: AdversarialHistory) -> list[str]:
    name, sums = payment.code[:8], [one["amount"] for one in paid]
    found = [f"{name} was charged twice: {sums}"] if len(sums) > 1 else []
    if payment.status == "succeeded" and payment.provider == "stripe":
        if payment.code in story.odd:
            found.append(f"odd money settled {name[:4]}")
        if sums != [payment.amount_cents]:
            found.append(f"{name} of {payment.amount_cents} is paid here and {sums} at Stripe")
    return found


def _session_violations(story: AdversarialHistory, payments: list[Payment]) -> list[str]:
    known, times = {one.code: one for one in payments}, Counter[str]()
    found = []
    for session in open_sessions(story.stripe):
        payment = known.get(session["metadata"].get("maya_payment", ""))
        if payment is None or payment.code in story.odd:
            continue
        times[payment.code] += 1
        if times[payment.code] > 1:
            found.append(f"{payment.code[:8]} can be paid twice")
        if payment.reference == session["id"] and payment.status not in Payment.LIVE_STATUSES:
            found.append(f"{payment.code[:8]} is {payment.status} and can still be paid")
        if payment.status in Payment.LIVE_STATUSES and session["amount_total"] > payment.tab.due_cents:
            found.append(f"{payment.code[:8]} asks for more than is due")
    return found


def _refund_violations(story: AdversarialHistory, payments: list[Payment]) -> list[str]:
    there: dict[str, list[Any]] = {}
    for one in story.stripe.books.of("refund"):
        there.setdefault(one["metadata"].get("maya_refund", ""), []).append(one["amount"])
    found = [
        f"refund {code[:8]} went back {len(sums)} times" for code, sums in there.items() if len(sums) > 1
    ]
    done = Refund.objects.filter(payment__in=payments, status="succeeded", payment__provider="stripe")
    for refund in done:
        if there.get(refund.code) != [refund.amount_cents]:
            found.append(f"refund {refund.code[:8]} is booked, and at Stripe it is {there.get(refund.code)}")
    return found
