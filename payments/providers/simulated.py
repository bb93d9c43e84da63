"""The simulated payment provider. It takes no money, says so on its page, and keeps state in the database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_noop

from maya_site.core.errors import ProviderRejected
from payments.models import SimulatedLink, SimulatedRefund
from payments.providers.base import (
    EventClaims,
    LinkState,
    LinkStatus,
    MalformedEvent,
    PaymentLink,
    PaymentLinkRequest,
    PaymentProviderSpec,
    ProviderDispute,
    ProviderRefund,
    RefundRequest,
    RefundState,
    WebhookEvent,
    WebhookNotConfigured,
)


class SimulatedProvider:
    name = "simulated"
    is_simulated = True
    is_live = False

    def probe(self) -> str:
        return "simulated till, takes no money"

    def min_charge_cents(self, currency: str) -> int:
        return 1

    def amount_step_cents(self, currency: str) -> int:
        return 1

    def create_link(self, request: PaymentLinkRequest) -> PaymentLink:
        row, _ = SimulatedLink.objects.get_or_create(
            reference=f"sim_{request.payment_code}",
            defaults={
                "payment_code": request.payment_code,
                "tab_code": request.tab_code,
                "amount_cents": request.amount_cents,
                "currency": request.currency,
            },
        )
        return _to_payment_link(row)

    def find_link(self, request: PaymentLinkRequest) -> PaymentLink | None:
        row = SimulatedLink.objects.filter(payment_code=request.payment_code).first()
        return _to_payment_link(row) if row else None

    def fetch_status(self, reference: str) -> LinkStatus:
        return _to_link_status(_get_link_row(reference))

    def cancel_link(self, reference: str) -> LinkStatus:
        return self._end_link(reference, LinkState.EXPIRED)

    def approve(self, reference: str) -> LinkStatus:
        """The guest pressed the approving button on the simulated payment page."""
        return self._end_link(reference, LinkState.PAID)

    def decline(self, reference: str) -> LinkStatus:
        return self._end_link(reference, LinkState.FAILED)

    def list_links(self, since: datetime) -> Iterator[LinkStatus]:
        return (_to_link_status(row) for row in SimulatedLink.objects.filter(created_at__gte=since))

    def create_refund(self, request: RefundRequest) -> ProviderRefund:
        row, _ = SimulatedRefund.objects.get_or_create(
            key=request.idempotency_key,
            defaults={
                "refund_code": request.refund_code,
                "intent": request.intent,
                "amount_cents": request.amount_cents,
                "currency": request.currency,
            },
        )
        return _to_provider_refund(row)

    def fetch_refund(self, reference: str) -> ProviderRefund:
        row = SimulatedRefund.objects.filter(pk=reference.removeprefix("sim_re_")).first()
        if row is None:
            raise ProviderRejected(self.name, "no such refund")
        return _to_provider_refund(row)

    def find_refund(self, request: RefundRequest) -> ProviderRefund | None:
        row = SimulatedRefund.objects.filter(key=request.idempotency_key).first()
        return _to_provider_refund(row) if row else None

    def list_refunds(self, since: datetime) -> Iterator[ProviderRefund]:
        return (_to_provider_refund(row) for row in SimulatedRefund.objects.filter(created_at__gte=since))

    def list_payment_refunds(self, intent: str) -> Iterator[ProviderRefund]:
        return (_to_provider_refund(row) for row in SimulatedRefund.objects.filter(intent=intent))

    def fetch_dispute(self, reference: str) -> ProviderDispute:
        raise ProviderRejected(self.name, "nobody disputes play money")

    def list_disputes(self, since: datetime) -> Iterator[ProviderDispute]:
        return iter(())

    def list_events(self, types: Sequence[str], since: datetime) -> Iterator[dict[str, Any]]:
        return iter(())

    def parse_event(self, payload: Any) -> WebhookEvent:
        raise MalformedEvent

    def parse_signed_event(self, body: bytes, headers: Mapping[str, str]) -> WebhookEvent:
        raise WebhookNotConfigured("The simulated till sends no events.")

    def read_claims(self, event: WebhookEvent) -> EventClaims:
        return EventClaims()

    def _end_link(self, reference: str, state: LinkState) -> LinkStatus:
        """Ends an open link once: a single UPDATE, so whoever is first decides without a lock."""
        SimulatedLink.objects.filter(reference=reference, state=LinkState.OPEN).update(state=state)
        return self.fetch_status(reference)


def _get_link_row(reference: str) -> SimulatedLink:
    row = SimulatedLink.objects.filter(reference=reference).first()
    if row is None:
        raise ProviderRejected(SimulatedProvider.name, "no such link")
    return row


def _to_payment_link(row: SimulatedLink) -> PaymentLink:
    return PaymentLink(url=reverse("payments:till", args=[row.payment_code]), reference=row.reference)


def _to_link_status(row: SimulatedLink) -> LinkStatus:
    return LinkStatus(
        reference=row.reference,
        state=LinkState(row.state),
        amount_cents=row.amount_cents,
        currency=row.currency,
        livemode=False,
        payment_code=row.payment_code,
        tab_code=row.tab_code,
        intent=f"sim_pi_{row.payment_code}",
        url=_to_payment_link(row).url,
    )


def _to_provider_refund(row: SimulatedRefund) -> ProviderRefund:
    return ProviderRefund(
        reference=f"sim_re_{row.pk}",
        state=RefundState.SUCCEEDED,
        amount_cents=row.amount_cents,
        currency=row.currency,
        intent=row.intent,
        refund_code=row.refund_code,
    )


SPEC = PaymentProviderSpec(
    name=SimulatedProvider.name,
    display_name=gettext_noop("Simulated till"),
    build=SimulatedProvider,
    is_stand_in=True,
    probe=lambda: SimulatedProvider().probe(),
    tender=gettext_noop("play money"),
)
