"""What a Stripe account holds, and what its API does to it. Both doors, API and MCP, lead here."""

from __future__ import annotations

import itertools
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

Object = dict[str, Any]
HALF_AN_HOUR, A_DAY = 30 * 60, 24 * 3600


class Refusal(Exception):
    def __init__(self, message: str, *, status: int = 400, kind: str = "invalid_request_error") -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": kind, "message": message}}


@dataclass
class Books:
    livemode: bool = False
    clock: Callable[[], float] = time.time
    page: str = "https://checkout.stripe.com"
    objects: dict[str, Object] = field(default_factory=dict)
    events: list[Object] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    # --- looking ---

    def of(self, kind: str) -> list[Object]:
        """Newest first, as every list of Stripe's."""
        with self.lock:
            found = [one for one in self.objects.values() if one["object"] == kind]
            return sorted(found, key=lambda one: -one["number"])

    def get(self, kind: str, name: str) -> Object:
        found = self.objects.get(name)
        if found is None or found["object"] != kind:
            raise Refusal(f"No such {kind}: '{name}'", status=404)
        if kind == "checkout.session":
            self._pass_the_time(found)
        return found

    @property
    def balance(self) -> int:
        """What guests paid, less what was given back."""
        paid: int = sum(one["amount"] for one in self.of("payment_intent") if one["status"] == "succeeded")
        given = (one["amount"] for one in self.of("refund") if one["status"] != "failed")
        return int(paid - sum(given))

    def sessions_of(self, payment: str) -> list[Object]:
        return [one for one in self.of("checkout.session") if one["metadata"].get("maya_payment") == payment]

    # --- what the account's owner asks for ---

    def make_session(self, asked: Object) -> Object:
        with self.lock:
            lines = self._lines(asked)
            expires = int(asked.get("expires_at") or self.clock() + A_DAY)
            if not HALF_AN_HOUR <= expires - int(self.clock()) <= A_DAY:
                raise Refusal("The `expires_at` must be between 30 minutes and 24 hours from now.")
            if not (asked.get("success_url") and asked.get("mode") == "payment"):
                raise Refusal("Missing required param: success_url or mode.")
            return self._session(lines, expires, asked)

    def _session(self, lines: list[Object], expires: int, asked: Object) -> Object:
        made = self._made(
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

    def expire_session(self, name: str) -> Object:
        with self.lock:
            session = self.get("checkout.session", name)
            if session["status"] != "open":
                raise Refusal("Only Checkout Sessions with a status in ['open'] can be expired.")
            return self._expire(session)

    def make_link(self, asked: Object) -> Object:
        with self.lock:
            made = self._made(
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

    def change_link(self, name: str, asked: Object) -> Object:
        with self.lock:
            link = self.get("payment_link", name)
            link["active"] = str(asked.get("active", link["active"])).lower() == "true"
            return link

    def make_product(self, asked: Object) -> Object:
        return self._made("prod", "product", name=asked["name"])

    def make_price(self, asked: Object) -> Object:
        cents, currency = int(asked["unit_amount"]), str(asked["currency"])
        return self._made("price", "price", product=asked["product"], unit_amount=cents, currency=currency)

    def make_refund(self, asked: Object, status: str = "succeeded") -> Object:
        with self.lock:
            intent = self.get("payment_intent", asked["payment_intent"])
            given = [one for one in self.of("refund") if one["payment_intent"] == intent["id"]]
            left = intent["amount"] - sum(one["amount"] for one in given if one["status"] != "failed")
            cents = int(asked.get("amount") or left)
            if not 0 < cents <= left:
                raise Refusal(f"Refund amount ({cents}) is greater than unrefunded amount ({left})")
            made = self._made(
                "re",
                "refund",
                amount=cents,
                currency=intent["currency"],
                payment_intent=intent["id"],
                status=status,
                metadata=dict(asked.get("metadata") or {}),
            )
            self._tell("refund.created", made)
            self._tell("charge.refunded", {**made, "object": "charge", "metadata": intent["metadata"]})
            return made

    # --- what guests, banks and time do ---

    def open_link(self, name: str) -> Object:
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
                raise Refusal("This payment link is no longer active.")
            asked = {
                "payment_link": name,
                "metadata": link["metadata"],
                "payment_intent_data": {"metadata": link["intent_metadata"]},
            }
            return self._session(link["lines"], int(self.clock() + A_DAY), asked)

    def pay(self, name: str) -> Object:
        """The guest pays on Stripe's own page. Refused where the page would be closed."""
        with self.lock:
            session = self.get("checkout.session", name)
            if session["status"] != "open":
                raise Refusal("This page is closed.")
            intent = self._intent(session, "succeeded")
            session |= {
                "status": "complete",
                "payment_status": "paid",
                "payment_intent": intent["id"],
                "url": None,
            }
            self._tell("payment_intent.succeeded", intent)
            self._tell("checkout.session.completed", session)
            return session

    def pay_later(self, name: str) -> Object:
        """By a way that takes days: complete, and not paid."""
        with self.lock:
            session = self.get("checkout.session", name)
            intent = self._intent(session, "processing")
            session |= {"status": "complete", "payment_intent": intent["id"], "url": None}
            self._tell("checkout.session.completed", session)
            return session

    def decide(self, name: str, *, paid: bool) -> None:
        with self.lock:
            session = self.get("checkout.session", name)
            intent = self.objects[session["payment_intent"]]
            intent["status"] = "succeeded" if paid else "requires_payment_method"
            session["payment_status"] = "paid" if paid else "unpaid"
            word = "succeeded" if paid else "failed"
            self._tell(f"checkout.session.async_payment_{word}", session)

    # --- inside ---

    def _intent(self, session: Object, status: str) -> Object:
        return self._made(
            "pi",
            "payment_intent",
            amount=session["amount_total"],
            currency=session["currency"],
            status=status,
            metadata=session["intent_metadata"],
        )

    def _lines(self, asked: Object) -> list[Object]:
        found = [self._line(one) for one in _listed(asked.get("line_items"))]
        if not found:
            raise Refusal("Missing required param: line_items.")
        return found

    def _line(self, asked: Object) -> Object:
        if "price" in asked:
            price = self.get("price", asked["price"])
        elif isinstance(asked.get("price_data"), dict):
            price = dict(asked["price_data"])
        else:
            raise Refusal("Invalid object")
        price["unit_amount"] = int(price["unit_amount"])
        if price["unit_amount"] < 1:
            raise Refusal("Invalid positive integer")
        return {"price": price, "quantity": int(asked.get("quantity", 1))}

    def _pass_the_time(self, session: Object) -> None:
        if session["status"] == "open" and self.clock() >= session["expires_at"]:
            self._expire(session)

    def _expire(self, session: Object) -> Object:
        session |= {"status": "expired", "url": None}
        self._tell("checkout.session.expired", session)
        return session

    def _made(self, prefix: str, kind: str, **values: Any) -> Object:
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

    def _tell(self, kind: str, thing: Object) -> None:
        event = self._made("evt", "event", type=kind, data={"object": shown(thing)}, api_version="2026-10-28")
        self.events.append(event)


def _listed(value: Any) -> Iterable[Any]:
    """Forms write lists as {"0": ..., "1": ...}."""
    return list(value.values()) if isinstance(value, dict) else value or []


def shown(thing: Object) -> Object:
    return {
        name: value for name, value in thing.items() if name not in ("lines", "number", "intent_metadata")
    }
