"""The interface of payment providers. Amounts are integer minor units.

Calls may use the network, so make them outside any transaction. They raise ProviderDown (nothing was done;
ask again or elsewhere), ProviderRejected (nothing was done, and asking again cannot help) or ProviderUnclear
(it may have been done; look before asking again).
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
    """The event is not signed with a secret of ours, or was not signed within the last minutes."""


class MalformedEvent(MayaError):
    """The payload is not an event that we can read."""


class WebhookNotConfigured(MayaError):
    """Events of this provider cannot be verified; the text names the missing setting."""


@dataclass(frozen=True)
class PaymentLinkRequest:
    """What is to be paid, from the ledger. No field comes from a guest or a brain."""

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
    venue_name: str = ""  # shown to the guest on the payment page


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
    """A payment link's state at the provider. Only this makes a payment final."""

    reference: str
    state: LinkState
    amount_cents: int | None  # None: no session was opened yet
    currency: str
    livemode: bool
    payment_code: str
    tab_code: str
    intent: str = ""
    url: str = ""


@dataclass(frozen=True)
class RefundRequest:
    """What is to be refunded. `intent` is the provider's id of the payment; the codes are ours."""

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
    """A refund's state at the provider."""

    reference: str
    state: RefundState
    amount_cents: int
    currency: str
    intent: str
    refund_code: str


@dataclass(frozen=True)
class ProviderDispute:
    """A dispute's state at the provider.

    `balance_changes` are its effects on our balance as (stable id, minor units): positive was taken from us,
    negative was returned.
    """

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
    """An event from a webhook or from listing. `type` and `data_object` are the provider's own.

    `provider` names the adapter that can read them (`read_claims`).
    """

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
    """What an event says, in our terms. It is not trusted, but tells where to look.

    The payment is found by `payment_code` (ours, from the metadata) or `intent` (the provider's id). The
    references are the provider's ids of the link and of the dispute.
    """

    payment_code: str = ""
    intent: str = ""
    link_reference: str = ""
    dispute_reference: str = ""


@dataclass(frozen=True)
class EventTypes:
    """The provider's event types that we act on, by subject. `paid` is a subset of `links`."""

    links: frozenset[str] = frozenset()
    paid: frozenset[str] = frozenset()
    refunds: frozenset[str] = frozenset()
    disputes: frozenset[str] = frozenset()

    @property
    def movements(self) -> frozenset[str]:
        """Events about money that others may have moved: the payment's refunds and disputes are fetched."""
        return self.refunds | self.disputes

    @property
    def handled(self) -> frozenset[str]:
        return self.links | self.movements

    def subject_of(self, event_type: str) -> EventSubject | None:
        """None for a type that we do not act on."""
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
        """Whether it moves real money. Events of the other mode are ignored."""

    def probe(self) -> str:
        """Asks whether it answers; returns a description for staff. Raises ProviderError if it does not."""

    def min_charge_cents(self, currency: str) -> int:
        """The smallest amount that can be charged, in minor units, as far as known beforehand."""

    def amount_step_cents(self, currency: str) -> int:
        """Amounts must be multiples of this many minor units; 1 for nearly all currencies."""

    def create_link(self, request: PaymentLinkRequest) -> PaymentLink:
        """The same idempotency key returns the same link.

        Raises ProviderRejected of kind TOO_SMALL if the amount is below the provider's minimum.
        """

    def find_link(self, request: PaymentLinkRequest) -> PaymentLink | None:
        """A link that an earlier call may have made, found by its metadata."""

    def fetch_status(self, reference: str) -> LinkStatus: ...

    def cancel_link(self, reference: str) -> LinkStatus:
        """Makes the link unpayable and returns its state: expired, or paid if that came first."""

    def list_links(self, since: datetime) -> Iterator[LinkStatus]:
        """All of our links made since then, for reconciliation."""

    def create_refund(self, request: RefundRequest) -> ProviderRefund:
        """The same idempotency key returns the same refund."""

    def fetch_refund(self, reference: str) -> ProviderRefund: ...

    def find_refund(self, request: RefundRequest) -> ProviderRefund | None:
        """A refund that an earlier call may have made, found by its metadata."""

    def list_refunds(self, since: datetime) -> Iterator[ProviderRefund]: ...

    def list_payment_refunds(self, intent: str) -> Iterator[ProviderRefund]:
        """All refunds of one payment, whoever made them."""

    def fetch_dispute(self, reference: str) -> ProviderDispute: ...

    def list_disputes(self, since: datetime) -> Iterator[ProviderDispute]: ...

    def list_events(self, types: Sequence[str], since: datetime) -> Iterator[dict[str, Any]]:
        """The provider's events of these types since then, newest first; none if it is simulated."""

    def parse_event(self, payload: Any) -> WebhookEvent:
        """Parses an event as `list_events` returns it. Raises MalformedEvent."""

    def parse_signed_event(self, body: bytes, headers: Mapping[str, str]) -> WebhookEvent:
        """Verifies and parses a webhook's body.

        Raises WebhookNotConfigured, InvalidSignature or MalformedEvent.
        """

    def read_claims(self, event: WebhookEvent) -> EventClaims: ...


@dataclass(frozen=True, kw_only=True)
class PaymentProviderSpec(ProviderSpec[PaymentProvider]):
    """`tender` is what a guest pays with, on receipts (a message id). A provider with `event_types` has a
    webhook.

    With `links_outlive_payment`, a link that was paid stays payable until we close it.
    """

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
