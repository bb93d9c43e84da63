"""A Stripe on loopback for the money tests: by its API, or by its MCP server."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from maya_site.jobs.drain import drain
from payments.providers import mcp_calls, stripe_api
from tests.vendors.stripe.api import ScriptedStripe

SECRET = "whsec_" + "of_the_house"
SHORT = {"TILL_CONNECT_SECONDS": 2.0, "TILL_READ_SECONDS": 2.0, "TILL_TRIES": 2, "TILL_PAUSE_SECONDS": 0.01}


@contextmanager
def scripted(settings: Any, **changes: Any) -> Iterator[ScriptedStripe]:
    """The house's settings point at it, and nothing is remembered of it afterwards."""
    for name in ("httpx", "httpx2", "mcp"):
        logging.getLogger(name).setLevel(logging.WARNING)
    with ScriptedStripe(**changes) as stripe:
        settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = stripe.key, stripe.address
        settings.STRIPE_WEBHOOK_SECRET = SECRET
        for name, value in SHORT.items():
            setattr(settings, name, value)
        try:
            yield stripe
        finally:
            stripe_api.http_client(stripe.key, stripe.address).close()
            stripe_api.http_client.cache_clear()
            stripe_api.client_for.cache_clear()
            mcp_calls.PROBES.clear()


@pytest.fixture
def stripe(settings: Any) -> Iterator[ScriptedStripe]:
    with scripted(settings) as one:
        yield one


@pytest.fixture(params=["stripe", "stripe_mcp"])
def either_stripe(request: pytest.FixtureRequest, settings: Any) -> Iterator[ScriptedStripe]:
    """The same story by the API and by MCP."""
    with scripted(settings) as one:
        settings.PAYMENT_PROVIDER = request.param
        settings.STRIPE_MCP_URL = one.mcp_address if request.param == "stripe_mcp" else ""
        yield one


@pytest.fixture
def drained(db: None) -> Callable[..., int]:
    """Time passes and the house does what it does by itself."""

    def pass_time(minutes: float = 0) -> int:
        with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
            return drain()

    return pass_time
