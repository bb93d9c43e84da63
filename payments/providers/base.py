"""What every till must be able to do. The simulated one and the real ones answer the same calls."""

from dataclasses import dataclass
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
    expires_at: int


@dataclass(frozen=True)
class Link:
    url: str
    reference: str


class PaymentProvider(Protocol):
    name: str
    simulated: bool

    def create_link(self, ask: Ask) -> Link:
        """Same key, same link. Raises ProviderDown or ProviderRejected."""

    def cancel_link(self, reference: str) -> bool:
        """Make the link unpayable; False where it was paid first."""
