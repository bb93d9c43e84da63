"""What every till must be able to do. The simulated one and the real ones answer the same calls.

A call may be a network away: it is made outside any transaction. It raises ProviderDown (nothing was done,
ask again or elsewhere), ProviderRejected (nothing was done, and asking again cannot help) or ProviderUnclear
(nobody knows: look before asking again).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from maya_site.core.errors import MayaError
from maya_site.core.providers import ProviderKind, ProviderSpec

TOO_SMALL = "too_small"


class InvalidSignature(MayaError):
    """Not signed by a secret of ours, or not just now."""


class MalformedEvent(MayaError):
    """Signed, and no event that we could read."""


class WebhookNotConfigured(MayaError):
    """No event of this provider can be believed; the text says which setting is missing."""


@dataclass(frozen=True)
class PaymentLinkRequest:
    """What is to be paid, as the ledger has it. No field of it comes from a guest or a brain."""

    payment_code: str
    tab_code: str
    amount_cents: int
    tip_cents: int
    currency: str
    idempotency_key: str
    created_at: datetime
    expires_at: datetime
    success_url: str
    cancel_url: str
    venue_name: str = ""  # whose tab it is, as the guest reads it at the till


@dataclass(frozen=True)
class PaymentLink:
    url: str
    reference: str


class LinkState(StrEnum):
    OPEN = "open"
    PROCESSING = "processing"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True)
class LinkStatus:
    """A link as the till has it now: the only word by which a payment becomes final."""

    reference: str
    state: LinkState
    amount_cents: int | None  # None: nobody has begun to pay it
    currency: str
    livemode: bool
    payment_code: str
    tab_code: str
    intent: str = ""
    url: str = ""


@dataclass(frozen=True)
class RefundRequest:
    """What is to be given back. `intent` is the payment's name at the till; the codes are ours."""

    refund_code: str
    payment_code: str
    intent: str
    amount_cents: int
    currency: str
    idempotency_key: str
    created_at: datetime


class RefundState(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True)
class ProviderRefund:
    """A refund as the till has it now."""

    reference: str
    state: RefundState
    amount_cents: int
    currency: str
    intent: str
    refund_code: str


@dataclass(frozen=True)
class ProviderDispute:
    """A dispute as the till has it now. `balance_changes` is what it did to our money, each under a name
    that it keeps: minor units taken out, negative where they came back."""

    reference: str
    intent: str
    amount_cents: int
    currency: str
    status: str
    reason: str = ""
    due_by: datetime | None = None
    balance_changes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class WebhookEvent:
    """News as a provider sends it, brought or asked for. `type` and `data_object` are in its own words;
    `provider` is whose words those are, and reads them (`read_claims`)."""

    provider: str
    event_id: str
    type: str
    livemode: bool
    account_id: str
    data_object: dict[str, Any]


class EventSubject(StrEnum):
    LINK = "link"
    REFUND = "refund"
    DISPUTE = "dispute"


@dataclass(frozen=True)
class EventClaims:
    """What an event says, in our words. Nothing of it is believed: it says where to look.

    `payment_code` is ours, from its metadata, and `intent` the provider's name for the payment: by one of
    them the payment is found. `link_reference` is what the link is called, `dispute_reference` the dispute.
    """

    payment_code: str = ""
    intent: str = ""
    link_reference: str = ""
    dispute_reference: str = ""


@dataclass(frozen=True)
class EventTypes:
    """The types of event that a provider is listened to for, in its own words. `paid` is part of `links`."""

    links: frozenset[str] = frozenset()
    paid: frozenset[str] = frozenset()
    refunds: frozenset[str] = frozenset()
    disputes: frozenset[str] = frozenset()

    @property
    def movements(self) -> frozenset[str]:
        """Told of money that others moved: the payment's refunds and disputes are looked at."""
        return self.refunds | self.disputes

    @property
    def handled(self) -> frozenset[str]:
        return self.links | self.movements

    def subject_of(self, event_type: str) -> EventSubject | None:
        """None for what we do not act on."""
        if event_type in self.links:
            return EventSubject.LINK
        if event_type in self.refunds:
            return EventSubject.REFUND
        return EventSubject.DISPUTE if event_type in self.disputes else None


@runtime_checkable
class PaymentProvider(Protocol):
    name: str
    is_simulated: bool

    @property
    def is_live(self) -> bool:
        """Whether it moves real money: what is reported in another mode is not believed."""

    def probe(self) -> str:
        """Whether it answers, in words for staff. Raises ProviderError where it does not."""

    def min_charge_cents(self, currency: str) -> int:
        """The smallest amount that it charges, in minor units, as far as it is known beforehand."""

    def amount_step_cents(self, currency: str) -> int:
        """What every amount that it charges is a multiple of; 1 almost everywhere."""

    def create_link(self, request: PaymentLinkRequest) -> PaymentLink:
        """Same key, same link. ProviderRejected of kind TOO_SMALL where the amount is below its least."""

    def find_link(self, request: PaymentLinkRequest) -> PaymentLink | None:
        """The link that an earlier call may have made, by its metadata."""

    def fetch_status(self, reference: str) -> LinkStatus: ...

    def cancel_link(self, reference: str) -> LinkStatus:
        """Make the link unpayable. The answer says what it is now: expired, or paid where that came first."""

    def list_links(self, since: datetime) -> Iterator[LinkStatus]:
        """Every link of ours made since then, for reconciliation."""

    def create_refund(self, request: RefundRequest) -> ProviderRefund:
        """Same key, same refund."""

    def fetch_refund(self, reference: str) -> ProviderRefund: ...

    def find_refund(self, request: RefundRequest) -> ProviderRefund | None:
        """The refund that an earlier call may have made, by its metadata."""

    def list_refunds(self, since: datetime) -> Iterator[ProviderRefund]: ...

    def list_payment_refunds(self, intent: str) -> Iterator[ProviderRefund]:
        """Every refund of one payment, whoever made it."""

    def fetch_dispute(self, reference: str) -> ProviderDispute: ...

    def list_disputes(self, since: datetime) -> Iterator[ProviderDispute]: ...

    def list_events(self, types: Sequence[str], since: datetime) -> Iterator[dict[str, Any]]:
        """What it would have told us since then, as it tells it, newest first. No till of play money tells
        anything."""

    def parse_event(self, payload: Any) -> WebhookEvent:
        """An event as it is listed. Raises MalformedEvent."""

    def parse_signed_event(self, body: bytes, headers: Mapping[str, str]) -> WebhookEvent:
        """An event as it is sent. Raises WebhookNotConfigured, InvalidSignature or MalformedEvent."""

    def read_claims(self, event: WebhookEvent) -> EventClaims: ...


@dataclass(frozen=True, kw_only=True)
class PaymentProviderSpec(ProviderSpec[PaymentProvider]):
    """`tender`: what a guest pays with there, on receipts; a message id. `event_types`: what its events are
    called; none: it sends none. `links_outlive_payment`: a link that was paid must be closed by us."""

    kind = ProviderKind.PAYMENTS
    protocol = PaymentProvider

    tender: str
    event_types: EventTypes = EventTypes()
    links_outlive_payment: bool = False

    def find_gaps(self) -> list[str]:
        return [
            *super().find_gaps(),
            *self.find_missing_probe(),
            *([] if self.tender else ["it has no tender"]),
        ]
