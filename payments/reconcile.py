"""Our payments against a provider's books, both ways. Nothing is corrected: differences are for people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from maya_site.lib.money import dollars
from payments.ledger import SIMULATED
from payments.models import Payment, Reconciliation, Refund
from payments.providers import till, tills
from payments.providers.base import LinkState, Seen

A_DAY = timedelta(days=1)
# What is under way just now may be in one book and not yet in the other.
UNDER_WAY = timedelta(minutes=2)
Status = Payment.Status


@dataclass(frozen=True)
class Difference:
    provider: str
    what: str

    def __str__(self) -> str:
        return f"{self.provider}: {self.what}"


def the_day() -> list[Difference]:
    """The last day and a little, so that nothing falls between two of them."""
    return compare(timezone.now() - A_DAY - timedelta(hours=1))


def compare(since: datetime) -> list[Difference]:
    """Every real till that has its settings, or that payments of ours name. Raises ProviderError."""
    return [found for name in _names(since) for found in _compared(name, since)]


def differences_found() -> int:
    """What the newest comparison with each provider found; one by hand counts as well."""
    newest = Reconciliation.objects.order_by().values("provider").annotate(last=Max("pk")).values("last")
    return sum(len(one.differences) for one in Reconciliation.objects.filter(pk__in=newest))


def _names(since: datetime) -> list[str]:
    used = Payment.objects.filter(created_at__gte=since).order_by().values_list("provider", flat=True)
    named = {*tills(), *(name for name in used.distinct() if not name.startswith("bar"))}
    return sorted(named - {SIMULATED})


def _compared(name: str, since: datetime) -> list[Difference]:
    theirs = list(till(name).recent(since))
    codes = {seen.payment for seen in theirs}
    ours = {payment.code: payment for payment in Payment.objects.filter(provider=name, created_at__gte=since)}
    ours |= {payment.code: payment for payment in Payment.objects.filter(provider=name, code__in=codes)}
    found = [Difference(name, what) for what in _differences(name, theirs, ours)]
    found += [Difference(name, what) for what in _refund_differences(name, since)]
    Reconciliation.objects.create(
        provider=name, since=since, compared=len(ours), differences=[str(one) for one in found]
    )
    return found


def _differences(name: str, theirs: list[Seen], ours: dict[str, Payment]) -> Iterator[str]:
    by_payment = defaultdict(list)
    for seen in theirs:
        by_payment[seen.payment].append(seen)
    young = timezone.now() - UNDER_WAY
    for code, links in by_payment.items():
        payment = ours.get(code)
        if payment is None:
            yield from (f"{seen.reference} is paid and unknown here" for seen in links if _paid(seen))
        elif payment.created_at < young:
            yield from _of_one(payment, links)
    for code, payment in ours.items():
        if payment.status == Status.SUCCEEDED and code not in by_payment:
            yield from _of_one(payment, [till(name).look(str(payment.reference))])


def _of_one(payment: Payment, links: list[Seen]) -> Iterator[str]:
    known, paid = payment.code[:8], [seen for seen in links if _paid(seen)]
    if len(paid) > 1:
        yield f"payment {known} was paid {len(paid)} times: {', '.join(seen.reference for seen in paid)}"
    if payment.status == Status.SUCCEEDED and not paid:
        yield f"payment {known} is paid here and {links[0].state} there"
    if payment.status != Status.SUCCEEDED and paid:
        yield f"payment {known} is paid there and {payment.status} here"
    yield from _of_what_was_paid(payment, paid)
    ended = payment.status not in Payment.LIVE
    for seen in links:
        its_own = payment.status == Status.SUCCEEDED and seen.reference == payment.reference
        if ended and seen.state == LinkState.OPEN and not its_own:
            yield f"{seen.reference} can still be paid"


def _of_what_was_paid(payment: Payment, paid: list[Seen]) -> Iterator[str]:
    known = payment.code[:8]
    for seen in paid:
        if (seen.cents, seen.currency) != (payment.amount_cents, payment.currency):
            yield f"payment {known} is {dollars(payment.amount_cents)} here, {dollars(seen.cents or 0)} there"
        if payment.status == Status.SUCCEEDED and seen.intent != payment.intent:
            yield f"payment {known} is called {payment.intent} here, {seen.intent} there"


def _paid(seen: Seen) -> bool:
    return seen.state == LinkState.PAID


def _refund_differences(name: str, since: datetime) -> Iterator[str]:
    """What was given back for payments of ours, by whoever did it."""
    theirs = list(till(name).recent_refunds(since))
    refunded = Payment.objects.filter(provider=name, intent__in={one.intent for one in theirs})
    known = dict(refunded.values_list("intent", "code"))
    theirs = [one for one in theirs if one.intent in known]
    ours = {one.code: one for one in Refund.objects.filter(payment__provider=name, created_at__gte=since)}
    ours |= {one.code: one for one in Refund.objects.filter(code__in=[one.refund for one in theirs])}
    young = timezone.now() - UNDER_WAY
    for given in theirs:
        refund = ours.get(given.refund)
        if refund is None:
            payment = known[given.intent][:8]
            yield f"{given.reference} gave back {dollars(given.cents)} of payment {payment}, unknown here"
        elif refund.created_at < young and _word(refund) != (given.state, given.cents, given.currency):
            yield f"refund {refund.code[:8]} is {_word(refund)} here, {given.state} {given.cents} there"
    there = {given.refund for given in theirs}
    for refund in ours.values():
        if refund.status == Refund.Status.SUCCEEDED and refund.code not in there:
            yield f"refund {refund.code[:8]} is done here and unknown there"


def _word(refund: Refund) -> tuple[str, int, str]:
    return str(refund.status), refund.amount_cents, refund.currency
