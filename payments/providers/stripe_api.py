"""Stripe by its own API: Checkout Sessions, each made under a key of ours, so that twice is once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.conf import settings

from maya_site.lib.errors import ProviderDown, ProviderError, ProviderRejected, ProviderUnclear
from payments.providers.base import Ask, Link, LinkState, RefundAsk, Refunded, Seen
from payments.providers.calls import KEYED, persist
from payments.providers.stripe_objects import (
    PAYMENT,
    Object,
    lines,
    metadata,
    refund_metadata,
    refunded,
    seen_session,
)

if TYPE_CHECKING:
    from stripe import HTTPXClient, StripeClient, StripeError

T = TypeVar("T")
NAME = "stripe"
MOST = 100


class StripeTill:
    name = NAME
    simulated = False

    def probe(self) -> str:
        balance = _plain(_mapped(lambda: _client().v1.balance.retrieve()))
        return "Stripe" if balance["livemode"] else "Stripe in test mode, no real money"

    def create_link(self, ask: Ask) -> Link:
        wanted: Any = {
            "mode": "payment",
            "line_items": lines(ask),
            "client_reference_id": ask.payment,
            "metadata": metadata(ask),
            "payment_intent_data": {"metadata": metadata(ask)},
            "expires_at": int(ask.expires_at.timestamp()),
            "success_url": ask.success_url,
            "cancel_url": ask.cancel_url,
        }
        made = self._write(lambda: _client().v1.checkout.sessions.create(wanted, _key(ask.key)))
        return Link(url=made["url"], reference=made["id"])

    def find(self, ask: Ask) -> Link | None:
        """Sessions cannot be searched by what we wrote on them: those made since then are gone through."""
        for session in self._sessions(ask.made_at):
            if session["metadata"].get(PAYMENT) == ask.payment and session["status"] != "expired":
                # One that was paid meanwhile has no address any more: the guest is through.
                return Link(url=session.get("url") or ask.success_url, reference=session["id"])
        return None

    def look(self, reference: str) -> Seen:
        whole: Any = {"expand": ["payment_intent"]}
        return seen_session(self._read(lambda: _client().v1.checkout.sessions.retrieve(reference, whole)))

    def cancel_link(self, reference: str) -> Seen:
        try:
            self._write(lambda: _client().v1.checkout.sessions.expire(reference))
        except (ProviderRejected, ProviderUnclear):
            if (seen := self.look(reference)).state == LinkState.OPEN:
                raise
            return seen
        return self.look(reference)

    def recent(self, since: datetime) -> Iterator[Seen]:
        """Without the sessions of payment links: those are another till's, over the same account."""
        made = (one for one in self._sessions(since) if not one.get("payment_link"))
        return (seen_session(one) for one in made if one["metadata"].get(PAYMENT))

    def refund(self, ask: RefundAsk) -> Refunded:
        wanted: Any = {
            "payment_intent": ask.intent,
            "amount": ask.cents,
            "metadata": refund_metadata(ask),
        }
        return refunded(self._write(lambda: _client().v1.refunds.create(wanted, _key(ask.key))))

    def look_refund(self, reference: str) -> Refunded:
        return refunded(self._read(lambda: _client().v1.refunds.retrieve(reference)))

    def find_refund(self, ask: RefundAsk) -> Refunded | None:
        found = self._refunds({"payment_intent": ask.intent})
        return next((one for one in map(refunded, found) if one.refund == ask.refund), None)

    def recent_refunds(self, since: datetime) -> Iterator[Refunded]:
        return map(refunded, self._refunds({"created": {"gte": int(since.timestamp())}}))

    def _sessions(self, since: datetime) -> list[Object]:
        # A minute earlier: their clock is not ours.
        asked: Any = {"created": {"gte": int(since.timestamp()) - 60}, "limit": MOST}
        return self._all(lambda: _client().v1.checkout.sessions.list(asked))

    def _refunds(self, only: dict[str, Any]) -> list[Object]:
        asked: Any = {**only, "limit": MOST}
        return self._all(lambda: _client().v1.refunds.list(asked))

    def _all(self, pages: Callable[[], Any]) -> list[Object]:
        return persist(lambda: _mapped(lambda: [_plain(one) for one in pages().auto_paging_iter()]))

    def _read(self, call: Callable[[], Any]) -> Object:
        return persist(lambda: _plain(_mapped(call)))

    def _write(self, call: Callable[[], Any]) -> Object:
        return persist(lambda: _plain(_mapped(call, writes=True)), again=KEYED)


def _mapped(call: Callable[[], T], *, writes: bool = False) -> T:
    from stripe import StripeError

    try:
        return call()
    except StripeError as trouble:
        raise _error(trouble, writes) from trouble


def _error(trouble: StripeError, writes: bool) -> ProviderError:
    """By type and status, never by the text. What was only read is at worst down."""
    import stripe

    cause = type(trouble.__cause__).__name__ if trouble.__cause__ else ""
    said = " ".join(
        filter(None, [type(trouble).__name__, str(trouble.http_status or ""), trouble.code, cause])
    )
    if isinstance(trouble, stripe.RateLimitError):
        return ProviderDown(NAME, said)
    if isinstance(trouble, stripe.APIConnectionError) and _never_left(trouble.__cause__):
        return ProviderDown(NAME, said)
    if isinstance(trouble, stripe.APIConnectionError | stripe.APIError):
        if not writes:
            return ProviderDown(NAME, said)
        return ProviderUnclear(NAME, said, answered=(trouble.http_status or 0) >= 500)
    return ProviderRejected(NAME, said)


def _never_left(cause: BaseException | None) -> bool:
    """Nobody was reached, so nothing was done."""
    import httpx

    return isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)


def _plain(made: Any) -> Object:
    return cast(Object, made.to_dict())


def _key(key: str) -> Any:
    return {"idempotency_key": key}


def _client() -> StripeClient:
    return client_for(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)


@cache
def client_for(key: str, base: str) -> StripeClient:
    """Kept, with its connections. Their own retries are off: after one, nobody could tell what was clear."""
    import stripe

    addresses: Any = {"api": base} if base else None
    return stripe.StripeClient(
        key, base_addresses=addresses, max_network_retries=0, http_client=http_client(key, base)
    )


@cache
def http_client(key: str, base: str) -> HTTPXClient:
    import httpx
    import stripe

    patience = httpx.Timeout(settings.TILL_READ_SECONDS, connect=settings.TILL_CONNECT_SECONDS)
    return stripe.HTTPXClient(timeout=patience, allow_sync_methods=True)
