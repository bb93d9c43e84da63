"""What a Stripe account holds, and what its API does to it. Both doors, API and MCP, lead here."""

from __future__ import annotations

import itertools
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

StripeObject = dict[str, Any]
# What the account refuses to charge below, in the smallest unit as Stripe counts it.
MIN_AMOUNTS = {"usd": 50, "eur": 50, "gbp": 30, "jpy": 50, "mxn": 1_000, "sgd": 50}
THREE_DECIMALS = ("bhd", "jod", "kwd", "omr", "tnd")
HALF_AN_HOUR, A_DAY = 30 * 60, 24 * 3600


class StripeApiError(Exception):
    def __init__(
        self, message: str, *, status: int = 400, kind: str = "invalid_request_error", code: str = ""
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": kind, "message": message} | ({"code": code} if code else {})}


@dataclass
class StripeAccount:
    livemode: bool = False
    clock: Callable[[], float] = time.time
    page: str = "https://checkout.stripe.com"
    objects: dict[str, StripeObject] = field(default_factory=dict)
    events: list[StripeObject] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    # --- looking ---

    def of(self, kind: str) -> list[StripeObject]:
        """Newest first, as every list of Stripe's."""
        with self.lock:
            found = [one for one in self.objects.values() if one["object"] == kind]
            return sorted(found, key=lambda one: -one["number"])

    def get(self, kind: str, name: str) -> StripeObject:
        found = self.objects.get(name)
        if found is None or found["object"] != kind:
            raise StripeApiError(f"No such {kind}: '{name}'", status=404)
        if kind == "checkout.session":
            self._expire_if_due(found)
        return found

    @property
    def balance(self) -> int:
        """What guests paid, less what was given back."""
        paid: int = sum(one["amount"] for one in self.of("payment_intent") if one["status"] == "succeeded")
        given = (one["amount"] for one in self.of("refund") if one["status"] != "failed")
        return int(paid - sum(given))

    def sessions_of(self, payment: str) -> list[StripeObject]:
        return [one for one in self.of("checkout.session") if one["metadata"].get("maya_payment") == payment]

    # --- what the account's owner asks for ---

    def make_session(self, asked: StripeObject) -> StripeObject:
        with self.lock:
            lines = self._lines(asked)
            expires = int(asked.get("expires_at") or self.clock() + A_DAY)
            if not HALF_AN_HOUR <= expires - int(self.clock()) <= A_DAY:
                raise StripeApiError("The `expires_at` must be between 30 minutes and 24 hours from now.")
            if not (asked.get("success_url") and asked.get("mode") == "payment"):
                raise StripeApiError("Missing required param: success_url or mode.")
            return self._session(lines, expires, asked)

    def _session(self, lines: list[StripeObject], expires: int, asked: StripeObject) -> StripeObject:
        self._check_min_amount(lines)
        made = self._create_object(
            "cs_test",
            "checkout.session",
            status="open",
            payment_status="unpaid",
            amount_total=sum(one["price"]["unit_amount"] * one["quantity"] for one in lines),
            currency=lines[0]["price"]["currency"],
            expires_at=expires,
            client_reference_id=asked.get("client_reference_id"),
            metadata=dict(asked.get("metadata") or {}),
            payment_intent=None,
            payment_link=asked.get("payment_link"),
            mode="payment",
            success_url=asked.get("success_url"),
            cancel_url=asked.get("cancel_url"),
        )
        made["url"] = f"{self.page}/c/pay/{made['id']}"
        made["lines"] = lines
        made["intent_metadata"] = dict((asked.get("payment_intent_data") or {}).get("metadata") or {})
        return made

    def expire_session(self, name: str) -> StripeObject:
        with self.lock:
            session = self.get("checkout.session", name)
            if session["status"] != "open":
                raise StripeApiError("Only Checkout Sessions with a status in ['open'] can be expired.")
            return self._expire(session)

    def make_link(self, asked: StripeObject) -> StripeObject:
        with self.lock:
            made = self._create_object(
                "plink",
                "payment_link",
                active=True,
                currency="",
                metadata=dict(asked.get("metadata") or {}),
                restrictions=asked.get("restrictions"),
            )
            made["lines"] = self._lines(asked)
            made["currency"] = made["lines"][0]["price"]["currency"]
            made["url"] = f"https://buy.stripe.com/test_{made['id']}"
            made["intent_metadata"] = dict((asked.get("payment_intent_data") or {}).get("metadata") or {})
            return made

    def change_link(self, name: str, asked: StripeObject) -> StripeObject:
        with self.lock:
            link = self.get("payment_link", name)
            link["active"] = str(asked.get("active", link["active"])).lower() == "true"
            return link

    def make_product(self, asked: StripeObject) -> StripeObject:
        return self._create_object("prod", "product", name=asked["name"])

    def make_price(self, asked: StripeObject) -> StripeObject:
        cents, currency = int(asked["unit_amount"]), str(asked["currency"])
        return self._create_object(
            "price", "price", product=asked["product"], unit_amount=cents, currency=currency
        )

    def make_refund(self, asked: StripeObject, status: str = "succeeded") -> StripeObject:
        with self.lock:
            intent = self.get("payment_intent", asked["payment_intent"])
            given = [one for one in self.of("refund") if one["payment_intent"] == intent["id"]]
            left = intent["amount"] - sum(one["amount"] for one in given if one["status"] != "failed")
            cents = int(asked.get("amount") or left)
            if not 0 < cents <= left:
                raise StripeApiError(f"Refund amount ({cents}) is greater than unrefunded amount ({left})")
            made = self._create_object(
                "re",
                "refund",
                amount=cents,
                currency=intent["currency"],
                payment_intent=intent["id"],
                status=status,
                metadata=dict(asked.get("metadata") or {}),
            )
            self._record_event("refund.created", made)
            self._record_event("charge.refunded", self._charge(intent))
            return made

    def fail_refund(self, name: str) -> StripeObject:
        """The guest's bank turns it away, days later."""
        with self.lock:
            refund = self.get("refund", name)
            refund["status"] = "failed"
            self._record_event("refund.failed", refund)
            return refund

    def _charge(self, intent: StripeObject) -> StripeObject:
        given = sum(one["amount"] for one in self.of("refund") if one["payment_intent"] == intent["id"])
        return {
            "id": f"ch_{intent['id'].removeprefix('pi_')}",
            "object": "charge",
            "payment_intent": intent["id"],
            "amount": intent["amount"],
            "amount_refunded": given,
            "currency": intent["currency"],
            "metadata": intent["metadata"],
        }

    # --- what guests, banks and time do ---

    def open_link(self, name: str) -> StripeObject:
        """A guest follows a payment link: a session of hers is made."""
        with self.lock:
            link = self.get("payment_link", name)
            limit = ((link["restrictions"] or {}).get("completed_sessions") or {}).get("limit")
            done = [
                one
                for one in self.of("checkout.session")
                if one["payment_link"] == name and one["status"] == "complete"
            ]
            if not link["active"] or (limit and len(done) >= int(limit)):
                raise StripeApiError("This payment link is no longer active.")
            asked = {
                "payment_link": name,
                "metadata": link["metadata"],
                "payment_intent_data": {"metadata": link["intent_metadata"]},
            }
            return self._session(link["lines"], int(self.clock() + A_DAY), asked)

    def pay(self, name: str) -> StripeObject:
        """The guest pays on Stripe's own page. Refused where the page would be closed."""
        with self.lock:
            session = self.get("checkout.session", name)
            if session["status"] != "open":
                raise StripeApiError("This page is closed.")
            intent = self._intent(session, "succeeded")
            session |= {
                "status": "complete",
                "payment_status": "paid",
                "payment_intent": intent["id"],
                "url": None,
            }
            self._record_event("payment_intent.succeeded", intent)
            self._record_event("checkout.session.completed", session)
            return session

    def pay_later(self, name: str) -> StripeObject:
        """By a way that takes days: complete, and not paid."""
        with self.lock:
            session = self.get("checkout.session", name)
            intent = self._intent(session, "processing")
            session |= {"status": "complete", "payment_intent": intent["id"], "url": None}
            self._record_event("checkout.session.completed", session)
            return session

    def decide(self, name: str, *, paid: bool) -> None:
        with self.lock:
            session = self.get("checkout.session", name)
            intent = self.objects[session["payment_intent"]]
            intent["status"] = "succeeded" if paid else "requires_payment_method"
            session["payment_status"] = "paid" if paid else "unpaid"
            word = "succeeded" if paid else "failed"
            self._record_event(f"checkout.session.async_payment_{word}", session)

    # --- what a guest's bank does ---

    def dispute(self, intent_name: str, cents: int = 0, reason: str = "fraudulent") -> StripeObject:
        """The bank asks; the money stays for now."""
        with self.lock:
            intent = self.get("payment_intent", intent_name)
            made = self._create_object(
                "du",
                "dispute",
                amount=cents or intent["amount"],
                currency=intent["currency"],
                charge=self._charge(intent)["id"],
                payment_intent=intent["id"],
                status="needs_response",
                reason=reason,
                balance_transactions=[],
                evidence_details={"due_by": int(self.clock() + 7 * A_DAY), "has_evidence": False},
                metadata={},
            )
            self._record_event("charge.dispute.created", made)
            return made

    def withdraw(self, name: str) -> StripeObject:
        """Out of the account's balance, with the bank's fee beside it."""
        return self._moved(name, -1, "funds_withdrawn")

    def reinstate(self, name: str) -> StripeObject:
        return self._moved(name, 1, "funds_reinstated")

    def _moved(self, name: str, sign: int, word: str) -> StripeObject:
        with self.lock:
            dispute = self.get("dispute", name)
            cents = sign * dispute["amount"]
            moved = self._create_object(
                "txn", "balance_transaction", amount=cents, currency=dispute["currency"], fee=1_500
            )
            dispute["balance_transactions"] = [*dispute["balance_transactions"], public_object(moved)]
            self._record_event(f"charge.dispute.{word}", dispute)
            return dispute

    def close_dispute(self, name: str, status: str) -> StripeObject:
        with self.lock:
            dispute = self.get("dispute", name)
            dispute["status"] = status
            self._record_event("charge.dispute.closed", dispute)
            return dispute

    # --- inside ---

    def _intent(self, session: StripeObject, status: str) -> StripeObject:
        return self._create_object(
            "pi",
            "payment_intent",
            amount=session["amount_total"],
            currency=session["currency"],
            status=status,
            metadata=session["intent_metadata"],
        )

    def _lines(self, asked: StripeObject) -> list[StripeObject]:
        found = [self._line(one) for one in _as_list(asked.get("line_items"))]
        if not found:
            raise StripeApiError("Missing required param: line_items.")
        return found

    def _line(self, asked: StripeObject) -> StripeObject:
        if "price" in asked:
            price = self.get("price", asked["price"])
        elif isinstance(asked.get("price_data"), dict):
            price = dict(asked["price_data"])
        else:
            raise StripeApiError("Invalid object")
        price["unit_amount"] = int(price["unit_amount"])
        if price["unit_amount"] < 1:
            raise StripeApiError("Invalid positive integer")
        return {"price": price, "quantity": int(asked.get("quantity", 1))}

    def _check_min_amount(self, lines: list[StripeObject]) -> None:
        currency = str(lines[0]["price"]["currency"])
        total = sum(one["price"]["unit_amount"] * one["quantity"] for one in lines)
        if total < MIN_AMOUNTS.get(currency, 0):
            raise StripeApiError(
                "The Checkout Session's total amount must convert to at least 50 cents.",
                code="amount_too_small",
            )
        if currency in THREE_DECIMALS and any(one["price"]["unit_amount"] % 10 for one in lines):
            raise StripeApiError("Invalid amount: the least significant digit must be 0.")

    def _expire_if_due(self, session: StripeObject) -> None:
        if session["status"] == "open" and self.clock() >= session["expires_at"]:
            self._expire(session)

    def _expire(self, session: StripeObject) -> StripeObject:
        session |= {"status": "expired", "url": None}
        self._record_event("checkout.session.expired", session)
        return session

    def _create_object(self, prefix: str, kind: str, **values: Any) -> StripeObject:
        with self.lock:
            name = f"{prefix}_{secrets.token_hex(12)}"
            made = {
                "id": name,
                "object": kind,
                "number": next(self._numbers),
                "created": int(self.clock()),
                "livemode": self.livemode,
                **values,
            }
            self.objects[name] = made
            return made

    def _record_event(self, kind: str, thing: StripeObject) -> None:
        event = self._create_object(
            "evt", "event", type=kind, data={"object": public_object(thing)}, api_version="2026-10-28"
        )
        self.events.append(event)


def _as_list(value: Any) -> Iterable[Any]:
    """Forms write lists as {"0": ..., "1": ...}."""
    return list(value.values()) if isinstance(value, dict) else value or []


def public_object(thing: StripeObject) -> StripeObject:
    return {
        name: value for name, value in thing.items() if name not in ("lines", "number", "intent_metadata")
    }
