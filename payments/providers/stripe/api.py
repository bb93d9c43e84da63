"""Stripe by its API: Checkout Sessions, created with our idempotency keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.conf import settings

from maya_site.core.errors import ProviderDown, ProviderError, ProviderRejected, ProviderUnclear
from maya_site.core.response_limits import IDENTITY_ENCODING, ResponseLimits
from payments.providers.base import (
    TOO_SMALL,
    EventClaims,
    LinkState,
    LinkStatus,
    PaymentLink,
    PaymentLinkRequest,
    ProviderDispute,
    ProviderRefund,
    RefundRequest,
    WebhookEvent,
)
from payments.providers.retry import RETRYABLE_WITH_KEY, call_with_retry
from payments.providers.stripe import events, money
from payments.providers.stripe.keys import has_live_key
from payments.providers.stripe.money import to_stripe
from payments.providers.stripe.objects import (
    PAYMENT_METADATA_KEY,
    StripeObject,
    build_line_items,
    parse_checkout_session,
    parse_dispute,
    parse_refund,
    payment_metadata,
    refund_metadata,
)

if TYPE_CHECKING:
    from stripe import HTTPXClient, StripeClient, StripeError

T = TypeVar("T")
NAME = "stripe"
PAGE_SIZE = 100
RESPONSE_LIMITS = ResponseLimits(max_body_bytes=8 << 20)  # a page of a hundred objects


class StripeProvider:
    name = NAME
    is_simulated = False

    @property
    def is_live(self) -> bool:
        return has_live_key()

    def probe(self) -> str:
        balance = _to_dict(_call_mapping_errors(lambda: _configured_client().v1.balance.retrieve()))
        return "Stripe" if balance["livemode"] else "Stripe in test mode, no real money"

    def min_charge_cents(self, currency: str) -> int:
        return money.min_charge(currency)

    def amount_step_cents(self, currency: str) -> int:
        return money.amount_step(currency)

    def create_link(self, request: PaymentLinkRequest) -> PaymentLink:
        wanted: Any = {
            "mode": "payment",
            "line_items": build_line_items(request),
            "client_reference_id": request.payment_code,
            "metadata": payment_metadata(request),
            "payment_intent_data": {"metadata": payment_metadata(request)},
            "expires_at": int(request.expires_at.timestamp()),
            "success_url": request.success_url,
            "cancel_url": request.cancel_url,
        }
        made = self._call_write(
            lambda: _configured_client().v1.checkout.sessions.create(
                wanted, _request_options(request.idempotency_key)
            )
        )
        return PaymentLink(url=made["url"], reference=made["id"])

    def find_link(self, request: PaymentLinkRequest) -> PaymentLink | None:
        """Sessions cannot be searched by metadata, so all sessions created since then are listed."""
        for session in self._list_sessions(request.created_at):
            if (
                session["metadata"].get(PAYMENT_METADATA_KEY) == request.payment_code
                and session["status"] != "expired"
            ):
                # A session that was paid has no URL any more: send the guest to the success page.
                return PaymentLink(url=session.get("url") or request.success_url, reference=session["id"])
        return None

    def fetch_status(self, reference: str) -> LinkStatus:
        options: Any = {"expand": ["payment_intent"]}
        return parse_checkout_session(
            self._call_read(lambda: _configured_client().v1.checkout.sessions.retrieve(reference, options))
        )

    def cancel_link(self, reference: str) -> LinkStatus:
        try:
            self._call_write(lambda: _configured_client().v1.checkout.sessions.expire(reference))
        except (ProviderRejected, ProviderUnclear):
            if (seen := self.fetch_status(reference)).state == LinkState.OPEN:
                raise
            return seen
        return self.fetch_status(reference)

    def list_links(self, since: datetime) -> Iterator[LinkStatus]:
        """Leaves out sessions of payment links, which the MCP provider makes on the same account."""
        made = (one for one in self._list_sessions(since) if not one.get("payment_link"))
        return (parse_checkout_session(one) for one in made if one["metadata"].get(PAYMENT_METADATA_KEY))

    def create_refund(self, request: RefundRequest) -> ProviderRefund:
        wanted: Any = {
            "payment_intent": request.intent,
            "amount": to_stripe(request.amount_cents, request.currency),
            "metadata": refund_metadata(request),
        }
        return parse_refund(
            self._call_write(
                lambda: _configured_client().v1.refunds.create(
                    wanted, _request_options(request.idempotency_key)
                )
            )
        )

    def fetch_refund(self, reference: str) -> ProviderRefund:
        return parse_refund(self._call_read(lambda: _configured_client().v1.refunds.retrieve(reference)))

    def find_refund(self, request: RefundRequest) -> ProviderRefund | None:
        found = self._list_refunds({"payment_intent": request.intent})
        return next((one for one in map(parse_refund, found) if one.refund_code == request.refund_code), None)

    def list_refunds(self, since: datetime) -> Iterator[ProviderRefund]:
        return map(parse_refund, self._list_refunds({"created": {"gte": int(since.timestamp())}}))

    def list_payment_refunds(self, intent: str) -> Iterator[ProviderRefund]:
        return map(parse_refund, self._list_refunds({"payment_intent": intent}))

    def fetch_dispute(self, reference: str) -> ProviderDispute:
        return parse_dispute(self._call_read(lambda: _configured_client().v1.disputes.retrieve(reference)))

    def list_disputes(self, since: datetime) -> Iterator[ProviderDispute]:
        query: Any = {"created": {"gte": int(since.timestamp())}, "limit": PAGE_SIZE}
        return map(parse_dispute, self._list_all(lambda: _configured_client().v1.disputes.list(query)))

    def list_events(self, types: Sequence[str], since: datetime) -> Iterator[StripeObject]:
        query: Any = {"types": list(types), "created": {"gte": int(since.timestamp())}, "limit": PAGE_SIZE}
        return iter(self._list_all(lambda: _configured_client().v1.events.list(query)))

    def parse_event(self, payload: Any) -> WebhookEvent:
        return events.parse_event(payload)

    def parse_signed_event(self, body: bytes, headers: Mapping[str, str]) -> WebhookEvent:
        return events.parse_signed_event(body, headers.get(events.SIGNATURE_HEADER, ""))

    def read_claims(self, event: WebhookEvent) -> EventClaims:
        return events.read_claims(event)

    def _list_sessions(self, since: datetime) -> list[StripeObject]:
        # A minute earlier, for clock differences.
        query: Any = {"created": {"gte": int(since.timestamp()) - 60}, "limit": PAGE_SIZE}
        return self._list_all(lambda: _configured_client().v1.checkout.sessions.list(query))

    def _list_refunds(self, filters: dict[str, Any]) -> list[StripeObject]:
        query: Any = {**filters, "limit": PAGE_SIZE}
        return self._list_all(lambda: _configured_client().v1.refunds.list(query))

    def _list_all(self, fetch_first_page: Callable[[], Any]) -> list[StripeObject]:
        return call_with_retry(
            lambda: _call_mapping_errors(
                lambda: [_to_dict(one) for one in fetch_first_page().auto_paging_iter()]
            )
        )

    def _call_read(self, call: Callable[[], Any]) -> StripeObject:
        return call_with_retry(lambda: _to_dict(_call_mapping_errors(call)))

    def _call_write(self, call: Callable[[], Any]) -> StripeObject:
        return call_with_retry(
            lambda: _to_dict(_call_mapping_errors(call, is_write=True)), retry_on=RETRYABLE_WITH_KEY
        )


def _call_mapping_errors(call: Callable[[], T], *, is_write: bool = False) -> T:
    from stripe import StripeError

    try:
        return call()
    except StripeError as error:
        raise _to_provider_error(error, is_write) from error


def _to_provider_error(error: StripeError, is_write: bool) -> ProviderError:
    """Maps by type and status, never by message text. A failed read is never unclear."""
    import stripe

    cause = type(error.__cause__).__name__ if error.__cause__ else ""
    said = " ".join(filter(None, [type(error).__name__, str(error.http_status or ""), error.code, cause]))
    if isinstance(error, stripe.RateLimitError):
        return ProviderDown(NAME, said)
    if isinstance(error, stripe.APIConnectionError) and _is_connect_failure(error.__cause__):
        return ProviderDown(NAME, said)
    if isinstance(error, stripe.APIConnectionError | stripe.APIError):
        if not is_write:
            return ProviderDown(NAME, said)
        return ProviderUnclear(NAME, said, was_answered=(error.http_status or 0) >= 500)
    kind = TOO_SMALL if error.code == "amount_too_small" else "rejected"
    return ProviderRejected(NAME, said, kind)


def _is_connect_failure(error: BaseException | None) -> bool:
    """No connection was made, so nothing was done."""
    import httpx

    return isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)


def _to_dict(stripe_object: Any) -> StripeObject:
    return cast(StripeObject, stripe_object.to_dict())


def _request_options(idempotency_key: str) -> Any:
    return {"idempotency_key": idempotency_key}


def _configured_client() -> StripeClient:
    return stripe_client_for(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)


@cache
def stripe_client_for(api_key: str, base_url: str) -> StripeClient:
    """Cached with its connections. The SDK's retries are off: after one, no error is certain any more."""
    import stripe

    addresses: Any = {"api": base_url} if base_url else None
    return stripe.StripeClient(
        api_key,
        base_addresses=addresses,
        max_network_retries=0,
        http_client=http_client_for(api_key, base_url),
    )


@cache
def http_client_for(api_key: str, base_url: str) -> HTTPXClient:
    import httpx
    import stripe

    from maya_site.core.response_limits_httpx import limit_response_hook

    patience = httpx.Timeout(settings.TILL_READ_SECONDS, connect=settings.TILL_CONNECT_SECONDS)
    made = stripe.HTTPXClient(timeout=patience, allow_sync_methods=True)
    assert made._client is not None
    made._client.headers.update(IDENTITY_ENCODING)
    made._client.event_hooks = {"response": [limit_response_hook(RESPONSE_LIMITS)]}
    return made
