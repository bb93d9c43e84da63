"""What alerts are made of: money that waits, streams that end, providers that fail, a loop that is late."""

import asyncio
import time
from datetime import timedelta

import pytest
from channels.testing import WebsocketCommunicator
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from maya_site.core.metrics import (
    LOOP_LAG,
    PROVIDER_CALLS,
    PROVIDER_FAILURES,
    STREAM_CLOSES,
    record_provider_failure,
    record_provider_success,
)
from maya_site.core.websocket_consumer import BaseConsumer
from maya_site.edge import event_loop_lag
from payments import checkout
from payments.models import Payment, ProviderEvent
from tests.guest_fixtures import make_context
from tests.payments.ledger_helpers import make_tab, sell

pytestmark = pytest.mark.django_db


def seconds(client, name):
    page = client.get("/metrics").content.decode()
    family = next(family for family in text_string_to_metric_families(page) if family.name == name)
    return family.samples[0].value


def counted(metric, ending="_total", **labels):
    """Asked of the counter itself: the whole registry would ask the database, too."""
    (family,) = metric.collect()
    samples = (one for one in family.samples if one.name.endswith(ending) and one.labels == labels)
    return next((one.value for one in samples), 0.0)


def event_of(kind, *, minutes, state="pending"):
    done = timezone.now() if state == "done" else None
    event = ProviderEvent.objects.create(
        provider="stripe",
        event_id=f"evt_{kind}",
        type=kind,
        object_id="cs_1",
        livemode=False,
        state=state,
        processed_at=done,
    )
    ProviderEvent.objects.filter(pk=event.pk).update(received_at=timezone.now() - timedelta(minutes=minutes))


class TestMoneyThatWaits:
    def test_an_event_that_nobody_looks_into(self, client):
        event_of("checkout.session.completed", minutes=6)

        assert seconds(client, "maya_stripe_events_oldest_pending_seconds") >= 360
        assert seconds(client, "maya_payments_oldest_unsettled_seconds") >= 360

    def test_an_event_that_claims_no_money_keeps_nobodys_tab_open(self, client):
        event_of("checkout.session.expired", minutes=6)

        assert seconds(client, "maya_stripe_events_oldest_pending_seconds") >= 360
        assert seconds(client, "maya_payments_oldest_unsettled_seconds") == 0

    def test_an_event_that_was_looked_into_waits_no_more(self, client):
        event_of("checkout.session.completed", minutes=6, state="done")

        assert seconds(client, "maya_stripe_events_oldest_pending_seconds") == 0

    def test_an_attempt_whose_end_nobody_knows(self, client):
        payment = checkout.propose_payment(sell(make_tab()), make_context())
        assert seconds(client, "maya_payments_oldest_unsettled_seconds") == 0

        Payment.objects.filter(pk=payment.pk).update(expires_at=timezone.now() - timedelta(minutes=7))

        assert seconds(client, "maya_payments_oldest_unsettled_seconds") >= 420


class Stream(BaseConsumer):
    async def receive(self, text_data=None, bytes_data=None):
        if text_data == "trip":
            raise RuntimeError("a bug")
        await self.close(code=int(text_data))


class TestHowStreamsEnd:
    @pytest.fixture
    async def guest(self):
        guest = WebsocketCommunicator(Stream.as_asgi(), "/ws/voice/")
        assert (await guest.connect())[0]
        return guest

    @pytest.mark.parametrize("code, reason", [(1000, "goodbye"), (4001, "restart"), (4408, "not_reading")])
    async def test_the_house_says_why(self, guest, code, reason):
        before = counted(STREAM_CLOSES, reason=reason)

        await guest.send_to(text_data=str(code))
        assert (await guest.receive_output())["code"] == code
        await guest.disconnect(code=1006)

        assert counted(STREAM_CLOSES, reason=reason) == before + 1

    @pytest.mark.parametrize("code, reason", [(1006, "lost"), (1001, "left"), (4777, "left")])
    async def test_a_guest_who_goes_makes_no_series_of_their_own(self, guest, code, reason):
        before = counted(STREAM_CLOSES, reason=reason)

        await guest.disconnect(code=code)

        assert counted(STREAM_CLOSES, reason=reason) == before + 1

    async def test_a_bug_shows_as_broken(self, guest):
        before = counted(STREAM_CLOSES, reason="broken")

        await guest.send_to(text_data="trip")
        with pytest.raises(RuntimeError):
            await guest.wait()

        assert counted(STREAM_CLOSES, reason="broken") == before + 1


def test_calls_of_a_provider_are_counted_by_how_they_ended():
    before = [counted(PROVIDER_CALLS, provider="gemini", outcome=how) for how in ("ok", "failed")]
    kinds = counted(PROVIDER_FAILURES, provider="gemini", kind="quota")

    record_provider_success("gemini")
    record_provider_failure("gemini", "quota")

    after = [counted(PROVIDER_CALLS, provider="gemini", outcome=how) for how in ("ok", "failed")]
    assert after == [one + 1 for one in before]
    assert counted(PROVIDER_FAILURES, provider="gemini", kind="quota") == kinds + 1


async def test_a_loop_that_is_held_up_shows():
    before = counted(LOOP_LAG, "_bucket", le="0.1")
    event_loop_lag.start_measuring()

    time.sleep(event_loop_lag.MEASURE_INTERVAL_SECONDS + 0.2)
    await asyncio.sleep(0.01)  # it comes back

    assert counted(LOOP_LAG, "_bucket", le="+Inf") > before
    assert counted(LOOP_LAG, "_bucket", le="0.1") == before
