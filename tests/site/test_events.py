"""The bar's other systems hear what happened: signed, at least once, and never of what was rolled back."""

import base64
import hashlib
import hmac
import http.server
import json
import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import jsonschema
import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from bartender.menu.snapshot import set_available
from bartender.models.menu import MenuItem
from bartender.services import business_days, orders, tickets
from maya_site.events import delivery
from maya_site.events.destinations import DestinationRefused, is_private, resolve_destination
from maya_site.events.models import Event, EventDelivery, EventEndpoint, EventKind, new_secret
from maya_site.events.record import as_json, record_event
from maya_site.tasks.worker import run_due_tasks
from payments import refunds
from payments.ledger import OperationContext
from payments.models import Payment
from tests.bartender.staff_fixtures import mo_client, pay_bill, tess_client
from tests.form_browser import FormBrowser
from tests.guest_fixtures import make_context
from tests.live_server import ROOT
from tests.payments.ledger_helpers import latest_tab

pytestmark = pytest.mark.django_db
SCHEMA = json.loads((ROOT / "docs" / "reference" / "events.schema.json").read_text())
TOKEN = "a-token-that-nobody-guesses"
State = EventDelivery.State


@pytest.fixture(autouse=True)
def _events_are_on(settings):
    settings.EVENTS_TOKEN = TOKEN


class Till:
    """Another system of the bar's: it keeps what is posted, and answers as it is told."""

    def __init__(self):
        self.heard, self.status, self.body, self.headers, self.pause = [], 200, b"thanks", {}, 0.0
        self.address = ""

    def answer(self, request):
        body = request.rfile.read(int(request.headers["Content-Length"]))
        self.heard.append((dict(request.headers), body, request.path))
        time.sleep(self.pause)
        request.send_response(self.status)
        for name, value in self.headers.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(self.body)

    @property
    def events(self):
        return [json.loads(body) for _headers, body, _path in self.heard]


@contextmanager
def open_till():
    till = Till()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            till.answer(self)

        do_GET = do_POST

        def log_message(self, *_words):
            """Quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        till.address = f"http://127.0.0.1:{server.server_port}/hook?bar=1"
        yield till
        server.shutdown()
        thread.join()


@pytest.fixture
def till():
    with open_till() as opened:
        yield opened


@pytest.fixture
def endpoint(till):
    return EventEndpoint.objects.create(name="stock", url=till.address)


def by_mo():
    return OperationContext(make_context().key, actor="staff:mo", source="admin", reason="warm")


def happen(cause="1", **data):
    with transaction.atomic():
        return record_event(EventKind.DAY_CLOSED, cause, data or {"number": 1})


def later(**ahead):
    return time_machine.travel(timezone.now() + timedelta(**ahead), tick=False)


class TestAnEvening:
    def test_an_order_a_bill_a_refund_an_86_and_the_closing_are_told_as_the_schema_says(
        self, ada, till, endpoint
    ):
        orders.add_line(ada, "Old Fashioned", 2, ["on the rocks"], make_context())
        tickets.fire_ticket(ada, make_context())
        pay_bill(ada)
        refunds.process_refund(refunds.request_refund(Payment.objects.get(), 500, by_mo()))
        set_available([MenuItem.objects.get(name="IPA").pk], available=False)
        set_available([MenuItem.objects.get(name="IPA").pk], available=True)
        business_days.close_business_day(timezone.now().date(), "mo", "a test")
        run_due_tasks()
        run_due_tasks()

        told = {event["type"]: event for event in till.events}
        assert set(told) == set(EventKind.values)
        for event in till.events:
            jsonschema.validate(event, SCHEMA, format_checker=jsonschema.FormatChecker())
        lines = told["order.sent"]["data"]["lines"]
        assert lines == [{"item": "Old Fashioned", "quantity": 2, "modifiers": ["on the rocks"]}]
        assert told["tab.paid"]["data"]["total_cents"] == latest_tab(ada).total_cents == 24_00
        assert told["tab.refunded"]["data"]["amount_cents"] == 500
        assert told["item.unavailable"]["data"] == {"items": ["IPA"]}
        assert ada.code not in json.dumps(till.events), "a visit's code lets somebody in"
        assert latest_tab(ada).code not in json.dumps(till.events)

    def test_an_order_that_is_undone_is_never_told(self, ada, till, endpoint, settings):
        settings.HOLD_SECONDS = 5
        ada.surface = "page"
        orders.add_line(ada, "IPA", 1, [], make_context())
        tickets.fire_ticket(ada, make_context())
        run_due_tasks()
        assert till.heard == []
        orders.clear_lines(ada, make_context())

        with later(seconds=10):
            run_due_tasks()
            run_due_tasks()

        assert till.heard == []

    def test_where_events_are_off_nothing_is_kept_and_nothing_is_asked(self, ada, settings, client):
        settings.EVENTS_TOKEN = ""
        orders.add_line(ada, "IPA", 1, [], make_context())
        tickets.fire_ticket(ada, make_context())
        pay_bill(ada)
        run_due_tasks()

        assert not Event.objects.exists()
        assert client.get("/events/").status_code == 404


class TestPosting:
    def test_a_receiver_can_prove_who_sent_it_and_when(self, till, endpoint):
        event = happen()
        run_due_tasks()
        run_due_tasks()

        ((headers, body, path),) = till.heard
        assert path == "/hook?bar=1"
        assert headers["webhook-id"] == str(event.uuid) == json.loads(body)["id"]
        assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
        key = base64.b64decode(endpoint.secret.removeprefix("whsec_"))
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{expected}"

    def test_the_signature_is_the_published_example_of_the_convention(self):
        """By standardwebhooks' own test vector."""
        secret, sent_at = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "1614265330"
        signed = delivery.sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", sent_at, b'{"test": 2432232314}')

        assert signed == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    def test_who_does_not_take_it_is_asked_again_later_with_the_same_id(self, till, endpoint):
        till.status, till.body = 503, b"closed for stocktaking"
        event = happen()
        run_due_tasks()
        run_due_tasks()
        row = EventDelivery.objects.get()
        assert (row.state, row.attempts, row.status, row.answer) == (
            State.WAITING, 1, 503, "closed for stocktaking",
        )  # fmt: skip
        run_due_tasks()
        assert len(till.heard) == 1, "not before its time"

        till.status, till.body = 204, b""
        with later(seconds=6):
            run_due_tasks()

        row.refresh_from_db()
        assert (row.state, row.attempts, row.status) == (State.DELIVERED, 2, 204)
        assert {headers["webhook-id"] for headers, _body, _path in till.heard} == {str(event.uuid)}

    def test_who_never_takes_it_is_given_up_after_a_day_and_a_half_with_growing_pauses(self, till, endpoint):
        till.status = 500
        happen()
        moment = timezone.now()
        for pause in (timedelta(0), timedelta(0), *delivery.PAUSES, timedelta(days=3)):
            moment += pause + timedelta(seconds=1)
            with time_machine.travel(moment, tick=False):
                run_due_tasks()

        row = EventDelivery.objects.get()
        assert (row.state, row.attempts) == (State.GIVEN_UP, len(delivery.PAUSES) + 1)
        assert len(till.heard) == row.attempts
        assert list(delivery.PAUSES) == sorted(delivery.PAUSES)
        assert timedelta(days=1) < sum(delivery.PAUSES, timedelta(0)) < timedelta(days=2)

    def test_a_redirect_is_an_answer_and_not_a_way(self, till, endpoint):
        with open_till() as elsewhere:
            till.status, till.headers = 307, {"Location": elsewhere.address}
            happen()
            run_due_tasks()
            run_due_tasks()

        assert (len(till.heard), elsewhere.heard) == (1, [])
        assert EventDelivery.objects.get().status == 307

    def test_of_a_long_answer_only_the_beginning_is_read(self, till, endpoint):
        till.body = b"x" * (64 << 20)
        happen()
        began = time.monotonic()
        run_due_tasks()
        run_due_tasks()

        assert time.monotonic() - began < 10
        assert len(EventDelivery.objects.get().answer) == 500

    def test_whoever_answers_too_late_is_not_waited_for(self, till, endpoint, monkeypatch):
        monkeypatch.setattr(delivery, "ATTEMPT_SECONDS", 0.3)
        till.pause = 2.0
        happen()
        run_due_tasks()
        run_due_tasks()

        row = EventDelivery.objects.get()
        assert (row.state, row.status) == (State.WAITING, None)
        assert "no answer" in row.answer or "Timeout" in row.answer

    def test_nobody_listens_there_and_the_reason_is_kept(self, endpoint):
        EventEndpoint.objects.update(url="http://127.0.0.1:9/")
        happen()
        run_due_tasks()
        run_due_tasks()

        assert "Connect" in EventDelivery.objects.get().answer

    def test_each_endpoint_gets_what_it_wants_and_one_that_fails_holds_nobody_up(self, till, endpoint):
        with open_till() as second:
            EventEndpoint.objects.create(name="books", url=second.address, kinds=["day.closed"])
            EventEndpoint.objects.create(name="kitchen", url=second.address, kinds=["order.sent"])
            EventEndpoint.objects.create(name="old", url=second.address, is_on=False)
            till.status = 500
            happen()
            run_due_tasks()
            run_due_tasks()

        assert len(second.heard) == 1
        assert {row.endpoint.name: row.state for row in EventDelivery.objects.all()} == {
            "stock": State.WAITING,
            "books": State.DELIVERED,
        }


class TestRecording:
    def test_what_is_rolled_back_never_happened(self, till, endpoint):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            record_event(EventKind.DAY_CLOSED, "1", {"number": 1 // (Event.objects.count())})

        run_due_tasks()
        assert (Event.objects.count(), till.heard) == (0, [])

    def test_the_same_cause_is_one_event_and_a_lost_job_told_again_is_one_delivery(self, till, endpoint):
        first, again = happen("7"), happen("7")
        assert first.pk == again.pk
        run_due_tasks()
        delivery.fan_out(first.pk)
        run_due_tasks()

        assert len(till.heard) == 1
        assert not delivery.deliver(EventDelivery.objects.get().pk), "it is delivered already"

    def test_after_thirty_days_they_are_gone(self):
        happen()
        assert delivery.delete_old_events() == 0

        with later(days=31):
            assert delivery.delete_old_events() == 1


class TestDestinations:
    @pytest.fixture(autouse=True)
    def _in_production(self, settings):
        settings.PRODUCTION, settings.EVENTS_TO_PRIVATE_NETWORKS = True, False

    @pytest.mark.parametrize(
        "url",
        [
            "http://hooks.example/", "https://127.0.0.1/", "https://localhost/", "https://10.0.0.7/",
            "https://192.168.1.4:8443/", "https://169.254.169.254/latest/meta-data/", "https://[::1]/",
            "https://[::ffff:127.0.0.1]/", "https://0.0.0.0/", "https://[fd00::1]/", "https://2130706433/",
            "https://bar:hush@hooks.example/", "ftp://hooks.example/", "https:///nothing", "https://[::1",
        ],
    )  # fmt: skip
    def test_the_bars_own_network_and_what_anybody_reads_are_refused(self, url):
        with pytest.raises(DestinationRefused):
            resolve_destination(url)

    def test_a_name_that_leads_inside_is_refused_when_it_is_posted_to(self, till, endpoint, settings):
        EventEndpoint.objects.update(url=till.address.replace("http://127.0.0.1", "https://localhost"))
        happen()
        run_due_tasks()
        run_due_tasks()

        assert till.heard == []
        assert "private network" in EventDelivery.objects.get().answer

    def test_a_setting_lets_them_in(self, till, endpoint, settings):
        settings.EVENTS_TO_PRIVATE_NETWORKS = True
        happen()
        run_due_tasks()
        run_due_tasks()

        assert len(till.heard) == 1

    @pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111"])
    def test_public_addresses_are_public(self, address):
        assert not is_private(address)


class TestFeed:
    def ask(self, client, query="", token=TOKEN):
        return client.get(f"/events/{query}", headers={"Authorization": f"Bearer {token}"})

    def test_it_is_read_page_by_page_and_nothing_is_passed_over(self, client):
        for number in range(1, 6):
            happen(str(number), number=number, business_date="2026-11-30", currency="USD")
        assert self.ask(client).json()["events"] == [], "what was just written may not be the next in order"

        with later(seconds=11):
            first = self.ask(client, "?limit=3").json()
            second = self.ask(client, f"?limit=3&after={first['after']}").json()
            last = self.ask(client, f"?after={second['after']}").json()

        numbers = [event["data"]["number"] for event in first["events"] + second["events"]]
        assert numbers == [1, 2, 3, 4, 5]
        assert last == {"events": [], "after": second["after"]}
        for event in first["events"]:
            jsonschema.validate(event, SCHEMA, format_checker=jsonschema.FormatChecker())

    @pytest.mark.parametrize("token", ["", "a guess", TOKEN[:-1]])
    def test_without_the_token_nobody_reads_it(self, client, token):
        refused = self.ask(client, token=token)

        assert (refused.status_code, refused["WWW-Authenticate"]) == (401, "Bearer")
        assert "EVENTS_TOKEN" in refused.json()["error"]

    @pytest.mark.parametrize("query", ["?after=-1", "?after=x", "?limit=1e3", "?after=" + "9" * 40])
    def test_a_wrong_number_is_one_sentence(self, client, query):
        refused = self.ask(client, query)

        assert (refused.status_code, refused.json()) == (
            400, {"error": "after and limit must be whole numbers, 0 or more."},
        )  # fmt: skip

    def test_it_asks_one_question_whatever_there_is(self, client, django_assert_num_queries):
        for number in range(30):
            happen(str(number))
        with later(seconds=11), django_assert_num_queries(1):
            self.ask(client)


class TestAdmin:
    def test_tess_adds_a_receiver_and_sees_how_it_went_and_sends_again(self, till):
        browser = FormBrowser(tess_client())
        browser.open("/admin/events/eventendpoint/add/")
        browser.press_button("Save", name="stock", url=till.address, kinds=["day.closed"])
        endpoint = EventEndpoint.objects.get()
        assert (endpoint.kinds, endpoint.secret[:6]) == (["day.closed"], "whsec_")
        happen()
        run_due_tasks()
        run_due_tasks()

        page = browser.open("/admin/events/eventdelivery/")
        assert all(words in page for words in ("a business day is closed", "delivered", "200", "thanks"))

        row = EventDelivery.objects.get()
        browser.press_button("Go", action="send_again", _selected_action=[str(row.pk)])
        run_due_tasks()
        assert len(till.heard) == 2
        assert till.heard[0][0]["webhook-id"] == till.heard[1][0]["webhook-id"]

    def test_an_address_inside_is_refused_in_the_form(self, settings):
        settings.PRODUCTION = True
        browser = FormBrowser(tess_client())
        browser.open("/admin/events/eventendpoint/add/")

        page = browser.press_button("Save", name="stock", url="https://10.0.0.7/")

        assert "private network" in page
        assert not EventEndpoint.objects.exists()

    def test_managers_do_not_see_the_secrets(self):
        EventEndpoint.objects.create(name="stock", url="https://hooks.example/")

        assert mo_client().get("/admin/events/eventendpoint/").status_code == 403
        assert mo_client().get("/admin/events/eventdelivery/").status_code == 403

    def test_while_events_are_off_the_list_says_so(self, settings):
        settings.EVENTS_TOKEN = ""

        assert "Events are off: set EVENTS_TOKEN" in FormBrowser(tess_client()).open(
            "/admin/events/eventendpoint/"
        )


def test_a_secret_is_long_and_never_the_same():
    assert new_secret() != new_secret()
    assert len(base64.b64decode(new_secret().removeprefix("whsec_"))) == 32


def test_the_schema_refuses_what_is_not_an_event():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    event = as_json(happen("1", number=1, business_date="2026-11-30", currency="USD"))
    jsonschema.validate(event, SCHEMA)

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(event | {"data": {"number": 0}}, SCHEMA)
    assert set(SCHEMA["properties"]["type"]["enum"]) == set(EventKind.values)
    with pytest.raises(ValidationError):
        Event(kind="nothing", key="1", at=timezone.now()).full_clean()
