"""What happened in the bar, for its other systems: events as rows, who is told, and how each telling went."""

from __future__ import annotations

import base64
import secrets
import uuid

from django.db import models

SECRET_PREFIX = "whsec_"


def new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


class EventKind(models.TextChoices):
    ORDER_SENT = "order.sent", "an order went to the bar"
    TAB_PAID = "tab.paid", "a tab is paid"
    TAB_REFUNDED = "tab.refunded", "money of a tab went back"
    ITEM_UNAVAILABLE = "item.unavailable", "an item is off sale (86)"
    ITEM_AVAILABLE = "item.available", "an item is back on sale"
    DAY_CLOSED = "day.closed", "a business day is closed"


class Event(models.Model):
    """Never changed. `id` is its place in the feed; `uuid` is what receivers know it by."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    key = models.CharField(max_length=200, unique=True, help_text="The cause. The same cause is one event.")
    kind = models.CharField(max_length=20, choices=EventKind)
    at = models.DateTimeField(db_index=True)
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.uuid}"


class EventEndpoint(models.Model):
    name = models.CharField(max_length=80, unique=True)
    url = models.URLField(max_length=500, help_text="Where events are posted to. Redirects are not followed.")
    secret = models.CharField(
        max_length=80,
        default=new_secret,
        help_text="Signs what is posted, by the Standard Webhooks convention. Give it to the receiver alone.",
    )
    kinds = models.JSONField(default=list, blank=True, help_text="None chosen: all.")
    is_on = models.BooleanField("on", default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

    def wants(self, kind: str) -> bool:
        return self.is_on and (not self.kinds or kind in self.kinds)


class EventDelivery(models.Model):
    """One event for one endpoint, and what the endpoint answered last."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DELIVERED = "delivered"
        GIVEN_UP = "given_up", "given up"

    event = models.ForeignKey(Event, models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(EventEndpoint, models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    attempted_at = models.DateTimeField("last attempt", null=True)
    status = models.PositiveSmallIntegerField("last status", null=True, help_text="Empty: no answer came.")
    answer = models.CharField("last answer", max_length=500, blank=True)

    class Meta:
        verbose_name_plural = "event deliveries"
        constraints = [
            models.UniqueConstraint(fields=["event", "endpoint"], name="event_delivered_once_to_each")
        ]

    def __str__(self) -> str:
        return f"{self.event.kind} to {self.endpoint.name}"
