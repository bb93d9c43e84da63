"""What every till must be able to do. The simulated one and the real ones answer the same calls.

A call may be a network away: it is made outside any transaction. It raises ProviderDown (nothing was done,
ask again or elsewhere), ProviderRejected (nothing was done, and asking again cannot help) or ProviderUnclear
(nobody knows: look before asking again).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True)
class Ask:
    """What is to be paid, as the ledger has it. No field of it comes from a guest or a brain."""

    payment: str
    tab: str
    cents: int
    tip_cents: int
    currency: str
    key: str
    made_at: datetime
    expires_at: datetime
    success_url: str
    cancel_url: str


@dataclass(frozen=True)
class Link:
    url: str
    reference: str


class LinkState(StrEnum):
    OPEN = "open"
    PROCESSING = "processing"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Seen:
    """A link as the till has it now: the only word by which a payment becomes final."""

    reference: str
    state: LinkState
    cents: int | None  # None: nobody has begun to pay it
    currency: str
    livemode: bool
    payment: str
    tab: str
    intent: str = ""
    url: str = ""


@dataclass(frozen=True)
class RefundAsk:
    """What is to be given back. `intent` is the payment's name at the till; the codes are ours."""

    refund: str
    payment: str
    intent: str
    cents: int
    currency: str
    key: str
    made_at: datetime


class RefundState(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True)
class Refunded:
    """A refund as the till has it now."""

    reference: str
    state: RefundState
    cents: int
    currency: str
    intent: str
    refund: str


class PaymentProvider(Protocol):
    name: str
    simulated: bool

    def probe(self) -> str:
        """Whether it answers, in words for staff. Raises ProviderError where it does not."""

    def create_link(self, ask: Ask) -> Link:
        """Same key, same link."""

    def find(self, ask: Ask) -> Link | None:
        """The link that an earlier call may have made, by its metadata."""

    def look(self, reference: str) -> Seen: ...

    def cancel_link(self, reference: str) -> Seen:
        """Make the link unpayable. The answer says what it is now: expired, or paid where that came first."""

    def recent(self, since: datetime) -> Iterator[Seen]:
        """Every link of ours made since then, for reconciliation."""

    def refund(self, ask: RefundAsk) -> Refunded:
        """Same key, same refund."""

    def look_refund(self, reference: str) -> Refunded: ...

    def find_refund(self, ask: RefundAsk) -> Refunded | None:
        """The refund that an earlier call may have made, by its metadata."""

    def recent_refunds(self, since: datetime) -> Iterator[Refunded]: ...
