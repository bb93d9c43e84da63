"""Our payments against a provider's books, both ways. Nothing is corrected: differences are for people."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from maya_site.lib.money import dollars
from payments.ledger import SIMULATED
from payments.models import Payment, Reconciliation
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
    for seen in paid:
        if (seen.cents, seen.currency) != (payment.amount_cents, payment.currency):
            yield f"payment {known} is {dollars(payment.amount_cents)} here, {dollars(seen.cents or 0)} there"
        if payment.status == Status.SUCCEEDED and seen.intent != payment.intent:
            yield f"payment {known} is called {payment.intent} here, {seen.intent} there"
    if payment.status not in Payment.LIVE:
        yield from (f"{seen.reference} can still be paid" for seen in links if seen.state == LinkState.OPEN)


def _paid(seen: Seen) -> bool:
    return seen.state == LinkState.PAID


def _refund_differences(name: str, since: datetime) -> Iterator[str]:
    """What was given back for payments of ours, by whoever did it."""
    theirs = Counter[str]()
    for refund in till(name).recent_refunds(since):
        if refund.state != "failed":
            theirs[refund.intent] += refund.cents
    known = Payment.objects.filter(provider=name, intent__in=theirs)
    for payment in known:
        ours = given_back(payment, since)
        if ours != theirs[str(payment.intent)]:
            there = dollars(theirs[str(payment.intent)])
            yield f"payment {payment.code[:8]}: {dollars(ours)} given back here, {there} there"


def given_back(payment: Payment, since: datetime) -> int:
    """Refunds of the payment in our own book."""
    return 0
