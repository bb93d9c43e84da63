"""The simulated till: it takes no money and says so on its page. What it was told is kept in the database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse

from maya_site.lib.errors import ProviderRejected
from payments.models import PlayLink, PlayRefund
from payments.providers.base import Ask, Link, LinkState, RefundAsk, Refunded, RefundState, Seen


class SimulatedTill:
    name = "simulated"
    simulated = True

    def probe(self) -> str:
        return "simulated till, takes no money"

    def create_link(self, ask: Ask) -> Link:
        row, _ = PlayLink.objects.get_or_create(
            reference=f"sim_{ask.payment}",
            defaults={
                "payment": ask.payment,
                "tab": ask.tab,
                "cents": ask.cents,
                "currency": ask.currency,
            },
        )
        return _link(row)

    def find(self, ask: Ask) -> Link | None:
        row = PlayLink.objects.filter(payment=ask.payment).first()
        return _link(row) if row else None

    def look(self, reference: str) -> Seen:
        return _seen(_row(reference))

    def cancel_link(self, reference: str) -> Seen:
        return self._end(reference, LinkState.EXPIRED)

    def approve(self, reference: str) -> Seen:
        """The guest pressed the button on the till's page."""
        return self._end(reference, LinkState.PAID)

    def decline(self, reference: str) -> Seen:
        return self._end(reference, LinkState.FAILED)

    def recent(self, since: datetime) -> Iterator[Seen]:
        return (_seen(row) for row in PlayLink.objects.filter(made_at__gte=since))

    def refund(self, ask: RefundAsk) -> Refunded:
        row, _ = PlayRefund.objects.get_or_create(
            key=ask.key,
            defaults={
                "refund": ask.refund,
                "intent": ask.intent,
                "cents": ask.cents,
                "currency": ask.currency,
            },
        )
        return _refunded(row)

    def look_refund(self, reference: str) -> Refunded:
        row = PlayRefund.objects.filter(pk=reference.removeprefix("sim_re_")).first()
        if row is None:
            raise ProviderRejected(self.name, "no such refund")
        return _refunded(row)

    def find_refund(self, ask: RefundAsk) -> Refunded | None:
        row = PlayRefund.objects.filter(key=ask.key).first()
        return _refunded(row) if row else None

    def recent_refunds(self, since: datetime) -> Iterator[Refunded]:
        return (_refunded(row) for row in PlayRefund.objects.filter(made_at__gte=since))

    def _end(self, reference: str, state: LinkState) -> Seen:
        """An open link ends once, whoever is first: one statement, no lock."""
        PlayLink.objects.filter(reference=reference, state=LinkState.OPEN).update(state=state)
        return self.look(reference)


def _row(reference: str) -> PlayLink:
    row = PlayLink.objects.filter(reference=reference).first()
    if row is None:
        raise ProviderRejected(SimulatedTill.name, "no such link")
    return row


def _link(row: PlayLink) -> Link:
    return Link(url=reverse("payments:till", args=[row.payment]), reference=row.reference)


def _seen(row: PlayLink) -> Seen:
    return Seen(
        reference=row.reference,
        state=LinkState(row.state),
        cents=row.cents,
        currency=row.currency,
        livemode=False,
        payment=row.payment,
        tab=row.tab,
        intent=f"sim_pi_{row.payment}",
        url=_link(row).url,
    )


def _refunded(row: PlayRefund) -> Refunded:
    return Refunded(
        reference=f"sim_re_{row.pk}",
        state=RefundState.SUCCEEDED,
        cents=row.cents,
        currency=row.currency,
        intent=row.intent,
        refund=row.refund,
    )
