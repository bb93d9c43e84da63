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

from maya_site.tasks.worker import run_due_tasks
from payments.providers.stripe import api as stripe_api
from payments.providers.stripe import mcp_client
from tests.vendors.stripe.api import ScriptedStripe

SECRET = "whsec_" + "of_the_house"
SHORT_TIMEOUTS = {
    "TILL_CONNECT_SECONDS": 2.0,
    "TILL_READ_SECONDS": 2.0,
    "TILL_TRIES": 2,
    "TILL_PAUSE_SECONDS": 0.01,
}


@contextmanager
def run_scripted_stripe(settings: Any, **changes: Any) -> Iterator[ScriptedStripe]:
    """The bar's settings point at it, and nothing is remembered of it afterwards."""
    for name in ("httpx", "httpx2", "mcp"):
        logging.getLogger(name).setLevel(logging.WARNING)
    with ScriptedStripe(**changes) as stripe:
        settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = stripe.key, stripe.address
        settings.STRIPE_WEBHOOK_SECRET = SECRET
        for name, value in SHORT_TIMEOUTS.items():
            setattr(settings, name, value)
        try:
            yield stripe
        finally:
            stripe_api.http_client_for(stripe.key, stripe.address).close()
            stripe_api.http_client_for.cache_clear()
            stripe_api.stripe_client_for.cache_clear()
            mcp_client.TOOLS_CACHES.clear()


@pytest.fixture
def stripe(settings: Any) -> Iterator[ScriptedStripe]:
    with run_scripted_stripe(settings) as one:
        yield one


@pytest.fixture(params=["stripe", "stripe_mcp"])
def either_stripe(request: pytest.FixtureRequest, settings: Any) -> Iterator[ScriptedStripe]:
    """The same story by the API and by MCP."""
    with run_scripted_stripe(settings) as one:
        settings.PAYMENT_PROVIDER = request.param
        settings.STRIPE_MCP_URL = one.mcp_address if request.param == "stripe_mcp" else ""
        yield one


@pytest.fixture
def drained(db: None) -> Callable[..., int]:
    """Time passes and the bar does what it does by itself."""

    def pass_time(minutes: float = 0) -> int:
        with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
            return run_due_tasks()

    return pass_time
