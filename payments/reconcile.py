"""Compares our payments with a provider's records, both ways. It corrects nothing: differences are for
people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from maya_site.core.money import format_money
from payments.ledger import SIMULATED
from payments.models import Payment, Reconciliation, Refund
from payments.providers import available_provider_names, get_provider
from payments.providers.base import LinkState, LinkStatus

ONE_DAY = timedelta(days=1)
# What is under way just now may be in one book and not yet in the other.
IN_PROGRESS_WINDOW = timedelta(minutes=2)
PaymentStatus = Payment.Status


@dataclass(frozen=True)
class Difference:
    provider: str
    description: str

    def __str__(self) -> str:
        return f"{self.provider}: {self.description}"


def compare_last_day() -> list[Difference]:
    """Compares the last day and a little more, so that nothing falls between two runs."""
    return compare(timezone.now() - ONE_DAY - timedelta(hours=1))


def compare(since: datetime) -> list[Difference]:
    """Compares every real provider that is configured, or that payments of ours name. Raises
    ProviderError."""
    return [found for name in _provider_names_since(since) for found in _compare_provider(name, since)]


def count_latest_differences() -> int:
    """Differences that the newest comparison with each provider found, whoever started it."""
    newest = Reconciliation.objects.order_by().values("provider").annotate(last=Max("pk")).values("last")
    return sum(len(one.differences) for one in Reconciliation.objects.filter(pk__in=newest))


def _provider_names_since(since: datetime) -> list[str]:
    used = Payment.objects.filter(created_at__gte=since).order_by().values_list("provider", flat=True)
    named = {*available_provider_names(), *(name for name in used.distinct() if not name.startswith("bar"))}
    return sorted(named - {SIMULATED})


def _compare_provider(provider_name: str, since: datetime) -> list[Difference]:
    theirs = list(get_provider(provider_name).list_links(since))
    codes = {seen.payment_code for seen in theirs}
    ours = {
        payment.code: payment
        for payment in Payment.objects.filter(provider=provider_name, created_at__gte=since)
    }
    ours |= {
        payment.code: payment for payment in Payment.objects.filter(provider=provider_name, code__in=codes)
    }
    found = [Difference(provider_name, what) for what in _payment_differences(provider_name, theirs, ours)]
    found += [Difference(provider_name, what) for what in _refund_differences(provider_name, since)]
    Reconciliation.objects.create(
        provider=provider_name,
        since=since,
        payments_compared=len(ours),
        differences=[str(one) for one in found],
    )
    return found


def _payment_differences(
    provider_name: str, theirs: list[LinkStatus], ours: dict[str, Payment]
) -> Iterator[str]:
    by_payment = defaultdict(list)
    for seen in theirs:
        by_payment[seen.payment_code].append(seen)
    young = timezone.now() - IN_PROGRESS_WINDOW
    for code, links in by_payment.items():
        payment = ours.get(code)
        if payment is None:
            yield from (f"{seen.reference} is paid and unknown here" for seen in links if _is_paid(seen))
        elif payment.created_at < young:
            yield from _compare_payment(payment, links)
    for code, payment in ours.items():
        if payment.status == PaymentStatus.SUCCEEDED and code not in by_payment:
            yield from _compare_payment(
                payment, [get_provider(provider_name).fetch_status(str(payment.reference))]
            )


def _compare_payment(payment: Payment, links: list[LinkStatus]) -> Iterator[str]:
    known, paid = payment.code[:8], [seen for seen in links if _is_paid(seen)]
    if len(paid) > 1:
        yield f"payment {known} was paid {len(paid)} times: {', '.join(seen.reference for seen in paid)}"
    if payment.status == PaymentStatus.SUCCEEDED and not paid:
        yield f"payment {known} is paid here and {links[0].state} there"
    if payment.status != PaymentStatus.SUCCEEDED and paid:
        yield f"payment {known} is paid there and {payment.status} here"
    yield from _compare_amounts(payment, paid)
    ended = payment.status not in Payment.LIVE_STATUSES
    for seen in links:
        its_own = payment.status == PaymentStatus.SUCCEEDED and seen.reference == payment.reference
        if ended and seen.state == LinkState.OPEN and not its_own:
            yield f"{seen.reference} can still be paid"


def _compare_amounts(payment: Payment, paid: list[LinkStatus]) -> Iterator[str]:
    known = payment.code[:8]
    for seen in paid:
        if (seen.amount_cents, seen.currency) != (payment.amount_cents, payment.currency):
            ours = format_money(payment.amount_cents, payment.currency)
            theirs = format_money(seen.amount_cents or 0, seen.currency)
            yield f"payment {known} is {ours} here, {theirs} there"
        if payment.status == PaymentStatus.SUCCEEDED and seen.intent != payment.intent:
            yield f"payment {known} is called {payment.intent} here, {seen.intent} there"


def _is_paid(link_status: LinkStatus) -> bool:
    return link_status.state == LinkState.PAID


def _refund_differences(provider_name: str, since: datetime) -> Iterator[str]:
    """What was given back for payments of ours, by whoever did it."""
    theirs = list(get_provider(provider_name).list_refunds(since))
    refunded = Payment.objects.filter(provider=provider_name, intent__in={one.intent for one in theirs})
    known = dict(refunded.values_list("intent", "code"))
    theirs = [one for one in theirs if one.intent in known]
    ours = {
        one.code: one for one in Refund.objects.filter(payment__provider=provider_name, created_at__gte=since)
    }
    ours |= {one.code: one for one in Refund.objects.filter(code__in=[one.refund_code for one in theirs])}
    young = timezone.now() - IN_PROGRESS_WINDOW
    for given in theirs:
        refund = ours.get(given.refund_code)
        if refund is None:
            payment, amount = known[given.intent][:8], format_money(given.amount_cents, given.currency)
            yield f"{given.reference} gave back {amount} of payment {payment}, unknown here"
        elif refund.created_at < young and _refund_summary(refund) != (
            given.state,
            given.amount_cents,
            given.currency,
        ):
            at_provider = f"{given.state} {given.amount_cents} there"
            yield f"refund {refund.code[:8]} is {_refund_summary(refund)} here, {at_provider}"
    there = {given.refund_code for given in theirs}
    for refund in ours.values():
        if refund.status == Refund.Status.SUCCEEDED and refund.code not in there:
            yield f"refund {refund.code[:8]} is done here and unknown there"


def _refund_summary(refund: Refund) -> tuple[str, int, str]:
    return str(refund.status), refund.amount_cents, refund.currency
