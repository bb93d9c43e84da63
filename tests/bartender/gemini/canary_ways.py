"""The ways by which a guest's key could slip out. Each is taken once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.db import OperationalError
from django.test import Client

from bartender import brains
from bartender.brains.gemini import registration
from bartender.brains.gemini.own_key import OwnKeyProviders
from bartender.models.visits import Visit
from bartender.provider_status import key_check
from bartender.services.own_keys import encryption, store
from bartender.services.own_keys.store import own_keys_of
from bartender.services.visits import expire_visits
from bartender.web.forms import OwnKeysForm
from maya_site.core import tracing
from maya_site.core.rate_limits import KEY_CHECK_LIMIT
from tests.bartender.gemini.canary import (
    BACK,
    BRING,
    CARTESIA,
    DESK,
    GEMINI,
    LONG,
    MONITORS,
    ODD,
    SHORT,
    STAFF,
    WRONG,
    LeakScenario,
)
from tests.bartender.staff_fixtures import tess_client
from tests.vendors.gemini import Disconnect, HttpError, faults
from tests.vendors.otlp.collector import Collector


def _raises(error: Exception) -> Callable[..., Any]:
    def bug(*_args: Any, **_kwargs: Any) -> Any:
        raise error

    return bug


def _repeating(way: LeakScenario, status: int) -> None:
    """An error that repeats the key it was asked with."""
    way.bar.server.always(
        lambda asked: HttpError(
            status, {"error": {"code": status, "message": asked.headers.get("x-goog-api-key")}}
        )
    )


def a_good_gemini_key(way: LeakScenario) -> None:
    way.post(gemini=GEMINI)


def a_good_cartesia_key(way: LeakScenario) -> None:
    way.post(cartesia=CARTESIA)


def both_at_once(way: LeakScenario) -> None:
    way.post(gemini=GEMINI, cartesia=CARTESIA)


def one_good_and_one_wrong(way: LeakScenario) -> None:
    way.post(gemini=GEMINI, cartesia=WRONG)


def a_wrong_gemini_key(way: LeakScenario) -> None:
    way.post(gemini=WRONG)


def a_wrong_cartesia_key(way: LeakScenario) -> None:
    way.post(cartesia=WRONG)


def the_keys_swapped(way: LeakScenario) -> None:
    way.post(gemini=CARTESIA, cartesia=GEMINI)


def gemini_refuses_and_repeats_it(way: LeakScenario) -> None:
    _repeating(way, 403)
    way.post(gemini=GEMINI)


def gemini_breaks_and_repeats_it(way: LeakScenario) -> None:
    _repeating(way, 500)
    way.post(gemini=GEMINI)


def gemini_answers_with_a_page(way: LeakScenario) -> None:
    way.bar.server.always(lambda asked: faults.gateway())
    way.post(gemini=GEMINI)


def gemini_is_busy(way: LeakScenario) -> None:
    way.bar.server.always(lambda asked: faults.busy())
    way.post(gemini=GEMINI)


def gemini_cannot_be_reached(way: LeakScenario) -> None:
    way.bar.venue_model.credentials = type(way.bar.venue_model.credentials)(base_url="http://127.0.0.1:9")
    way.post(gemini=GEMINI)


def gemini_hangs(way: LeakScenario) -> None:
    way.patch.setattr(key_check, "TIMEOUT_SECONDS", 0.1)
    way.bar.server.always(lambda asked: faults.mute())
    way.post(gemini=GEMINI)


def cartesia_breaks_and_repeats_it(way: LeakScenario) -> None:
    way.desk.status = 500
    way.post(cartesia=CARTESIA)


def cartesia_forbids_and_repeats_it(way: LeakScenario) -> None:
    way.desk.status = 403
    way.post(cartesia=CARTESIA)


def cartesia_talks_nonsense(way: LeakScenario) -> None:
    way.desk.garbage = CARTESIA.encode()
    way.post(cartesia=CARTESIA)


def cartesia_cannot_be_reached(way: LeakScenario) -> None:
    way.settings.CARTESIA_BASE_URL = "http://127.0.0.1:9"
    way.post(cartesia=CARTESIA)


def cartesia_hangs(way: LeakScenario) -> None:
    way.patch.setattr(key_check, "TIMEOUT_SECONDS", 0.1)
    way.desk.answers.clear()
    way.post(cartesia=CARTESIA)


def too_short(way: LeakScenario) -> None:
    way.post(gemini=SHORT)


def too_long(way: LeakScenario) -> None:
    way.post(gemini=LONG)


def with_line_ends_in_it(way: LeakScenario) -> None:
    way.post(gemini=ODD, cartesia=ODD)


def in_the_wrong_fields(way: LeakScenario) -> None:
    way.post(page=GEMINI, id=CARTESIA, csrfmiddlewaretoken=WRONG)


def in_an_address(way: LeakScenario) -> None:
    way.keep(way.client.get(DESK, {"gemini": GEMINI}))
    way.keep(way.client.get(BRING, {"gemini": GEMINI}))


def without_a_token(way: LeakScenario) -> None:
    way.client = Client(enforce_csrf_checks=True)
    way.post(gemini=GEMINI)


def too_often(way: LeakScenario) -> None:
    for _ in range(KEY_CHECK_LIMIT.max_count + 1):
        way.post(cartesia=WRONG)


def without_a_safe(way: LeakScenario) -> None:
    way.settings.MAYA_MASTER_KEY = ""
    way.post(gemini=GEMINI)


def with_a_broken_safe(way: LeakScenario) -> None:
    way.settings.MAYA_MASTER_KEY = "nonsense"
    way.post(gemini=GEMINI)


def a_bug_while_it_is_tried(way: LeakScenario) -> None:
    way.patch.setattr(registration, "probe_key_failure", _raises(RuntimeError("a bug")))
    assert way.keep(way.client.post(BRING, {"gemini": GEMINI})).status_code == 500


def a_bug_on_a_page_with_everything_in_it(way: LeakScenario) -> None:
    way.settings.DEBUG = True
    way.patch.setattr(registration, "probe_key_failure", _raises(RuntimeError("a bug")))
    shown = way.keep(way.client.post(BRING, {"gemini": GEMINI, "cartesia": CARTESIA}))
    assert "a bug" in shown.text


def a_bug_in_the_sdk_with_everything_shown(way: LeakScenario) -> None:
    way.settings.DEBUG = True
    way.patch.setattr("google.genai.models.Models.get", _raises(RuntimeError("a bug")))
    assert "a bug" in way.keep(way.client.post(BRING, {"gemini": GEMINI})).text


def a_bug_while_it_is_sealed(way: LeakScenario) -> None:
    way.settings.DEBUG = True
    way.patch.setattr(store, "_write_keys", _raises(RuntimeError("a bug")))
    assert "a bug" in way.keep(way.client.post(BRING, {"cartesia": CARTESIA})).text


def a_database_that_is_locked(way: LeakScenario) -> None:
    way.patch.setattr(store, "_write_keys", _raises(OperationalError("locked")))
    way.keep(way.client.post(BRING, {"cartesia": CARTESIA}))


def a_turn_with_it(way: LeakScenario) -> None:
    way.brought()
    way.say()


def a_turn_that_is_refused(way: LeakScenario) -> None:
    way.brought()
    _repeating(way, 400)
    way.say()


def a_turn_that_breaks_off(way: LeakScenario) -> None:
    way.brought()
    way.bar.server.always(["Good ", Disconnect()])
    way.say()


def a_turn_with_garbage(way: LeakScenario) -> None:
    way.brought()
    way.bar.server.always(faults.garbage())
    way.say()


def a_turn_with_a_bug_in_the_brain(way: LeakScenario) -> None:
    way.brought()
    way.patch.setattr(brains, "_with_fallback", _raises(TypeError("a bug")))
    try:
        way.say()
    except TypeError:
        logging.getLogger("maya_site.core.websocket_consumer").exception("a turn failed")


def a_turn_with_a_revoked_key(way: LeakScenario) -> None:
    way.brought(gemini=WRONG)
    way.say()


def a_turn_that_is_traced(way: LeakScenario) -> None:
    with Collector() as collector:
        way.settings.OTEL_EXPORTER_OTLP_ENDPOINT = collector.address
        way.brought()
        way.say()
        tracing.stop()
        way.settings.OTEL_EXPORTER_OTLP_ENDPOINT = ""
        way.read += [body.decode(errors="replace") for body in collector.bodies]


def taken_back(way: LeakScenario) -> None:
    way.brought()
    way.post(BACK)


def moved_to_another_visit(way: LeakScenario) -> None:
    way.brought()
    other = Visit.objects.create(encrypted_keys=way.ada.encrypted_keys, keys_expire_at=way.ada.keys_expire_at)
    store.delete_undecryptable_keys(other)


def with_the_master_key_gone(way: LeakScenario) -> None:
    way.brought()
    way.settings.MAYA_MASTER_KEY = "A" * 43 + "="
    way.say()


def swept(way: LeakScenario) -> None:
    way.brought()
    Visit.objects.update(keys_expire_at="2020-01-01T00:00:00Z")
    way.read.append(repr(expire_visits()))


def dumped(way: LeakScenario) -> None:
    way.brought()
    out = StringIO()
    call_command("dumpdata", stdout=out)
    way.read.append(out.getvalue())


def commands_for_staff(way: LeakScenario) -> None:
    way.brought()
    way.settings.JOB_RUNNER = "server"  # a Celery worker, which it would ask for, runs nowhere here
    out = StringIO()
    call_command("check_services", "--summary", stdout=out, stderr=out)
    way.read.append(out.getvalue())


def looked_at_by_monitors_and_staff(way: LeakScenario) -> None:
    way.brought()
    way.say()
    staff = tess_client()
    for path in MONITORS:
        way.keep(way.client.get(path))
    for path in (*STAFF, f"/admin/bartender/visit/{way.ada.pk}/change/"):
        way.keep(staff.get(path))


def shown_by_whoever_holds_it(way: LeakScenario) -> None:
    way.brought()
    held = own_keys_of(way.ada)
    own = OwnKeyProviders().get_provider(GEMINI, way.bar.venue_model)
    form = OwnKeysForm({"gemini": WRONG, "cartesia": SHORT})
    form.is_valid()
    way.read += [
        repr(held),
        str(held),
        f"{held}",
        repr(own),
        repr(own.credentials),
        repr(form.errors),
        str(form.errors),
    ]
    way.read.append(encryption.encrypt_keys(way.ada.code, held))


WAYS: list[Callable[[LeakScenario], None]] = [
    way
    for name, way in list(globals().items())
    if callable(way)
    and getattr(way, "__module__", "") == __name__
    and getattr(way, "__annotations__", {}).get("way") == "LeakScenario"
    and not name.startswith("_")
]
