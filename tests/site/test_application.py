"""The one application as every host serves it, from the outermost layer to Django."""

import gzip
import logging
import re

import pytest
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from maya_site.asgi import application
from maya_site.edge.liveness import LivenessMiddleware
from maya_site.edge.middleware import websocket_origin
from tests.site.asgi_client import send_request

pytestmark = pytest.mark.django_db(transaction=True)
HOST = {"host": "localhost:8000"}


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("secret recipe in /srv/maya")


def cached_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse("menu", headers={"Cache-Control": "public, max-age=60"})


def away(request: HttpRequest) -> HttpResponse:
    raise OperationalError("connection to 10.0.0.1 failed: password=hush")


urlpatterns = [
    path("away/", away),
    path("broken/", broken),
    path("kept/", cached_view),
    path("", include("maya_site.urls")),
]


def policy(answer):
    directives = (part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    return {name: rest[0] if rest else "" for name, *rest in directives}


@pytest.mark.parametrize(
    "where", ["/", "/nothing", "/admin/login/", "/healthz", "/static/admin/css/base.css", "/static/none"]
)
async def test_every_answer_carries_the_houses_headers(where):
    answer = await send_request(application, where, headers=HOST)

    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert policy(answer)["default-src"] == "'none'"
    assert policy(answer)["frame-ancestors"] == "'none'"
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "server" not in answer.headers


async def test_a_page_loads_its_own_things_talks_to_its_own_stream_and_asks_for_the_microphone_only():
    answer = await send_request(application, "/", headers=HOST)

    found = policy(answer)
    assert found["connect-src"] == "'self' ws://localhost:8000"
    assert found["script-src"] == found["style-src"] == "'self'"
    assert found["base-uri"] == found["object-src"] == "'none'"
    assert found["form-action"] == "'self' https://checkout.stripe.com https://buy.stripe.com"
    assert answer.headers["x-frame-options"] == "DENY"
    allowed = re.findall(r"([\w-]+)=\(([^)]*)\)", answer.headers["permissions-policy"])
    assert {name for name, who in allowed if who} == {"microphone"}


@pytest.mark.parametrize("where", ["/", "/tab/", "/nothing", "/admin/login/"])
async def test_nobody_keeps_a_copy_of_a_page(where):
    assert "no-store" in (await send_request(application, where, headers=HOST)).headers["cache-control"]


async def test_a_view_may_say_otherwise(settings):
    settings.ROOT_URLCONF = __name__

    assert (await send_request(application, "/kept/", headers=HOST)).headers[
        "cache-control"
    ] == "public, max-age=60"


async def test_a_bug_is_an_answer_without_its_inside_and_one_event_in_the_log(settings, caplog):
    settings.ROOT_URLCONF = __name__
    with caplog.at_level(logging.ERROR):
        answer = await send_request(application, "/broken/", headers=HOST)

    assert answer.status == 500
    for inside in (b"Traceback", b"recipe", b"/srv/maya", b"RuntimeError"):
        assert inside not in answer.body
    assert policy(answer)["default-src"] == "'none'"
    assert len([record for record in caplog.records if record.levelno >= logging.ERROR]) == 1


async def test_a_database_that_is_away_is_a_sentence_and_an_hour_to_come_back(settings, caplog):
    settings.ROOT_URLCONF = __name__

    answer = await send_request(application, "/away/", headers=HOST)

    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    assert answer.body == b"The bar is very busy right now. Please say that again.\n"
    assert policy(answer)["default-src"] == "'none'"
    assert "hush" not in caplog.text
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("host", ["evil.example", "localhost:8000@evil.example", "", "a b", "bücher.example"])
async def test_a_host_that_is_not_ours_gets_a_400_and_no_word_about_itself(host):
    answer = await send_request(application, "/", headers={"host": host})

    assert answer.status == 400
    assert policy(answer)["connect-src"] == "'self'"


@pytest.mark.parametrize(
    "path", ["/%00", "/\x00", "/tab/%ff/receipt/", "//", "/?" + "a=1&" * 2000, "/" + "a" * 5000]
)
async def test_an_odd_path_is_no_error_of_ours(path):
    assert (await send_request(application, path, headers=HOST)).status < 500


async def test_a_form_that_is_too_big_or_has_too_many_fields_is_refused():
    form = HOST | {
        "content-type": "application/x-www-form-urlencoded",
        "cookie": f"csrftoken={'a' * 32}",
        "x-csrftoken": "a" * 32,
    }

    big = await send_request(application, "/say/", "POST", form, body=[b"x" * 600_000, b"y" * 600_000])
    many = await send_request(application, "/say/", "POST", form, body=[b"a=1&" * 2000])

    assert (big.status, many.status) == (413, 400)


async def test_a_form_without_a_token_is_refused():
    assert (await send_request(application, "/say/", "POST", HOST, body=[b"text=gin"])).status == 403


def test_the_stream_of_a_page_over_tls_is_over_tls_too(rf):
    assert websocket_origin(rf.get("/", secure=True, headers={"host": "localhost"})) == "wss://localhost"
    assert websocket_origin(rf.get("/", headers={"host": "[::1]:8000"})) == ""


async def test_the_host_is_told_of_start_and_end():
    told, said = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}], []

    async def receive():
        return told.pop(0)

    async def send(message):
        said.append(message["type"])

    from maya_site.core.shutdown_signal import SHUTDOWN

    await application({"type": "lifespan"}, receive, send)
    assert SHUTDOWN.is_set
    SHUTDOWN.reset()

    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_the_process_says_that_it_lives_without_asking_anything_behind_it():
    async def full(*_: object) -> None:
        raise AssertionError("it was asked all the same")

    alive = await send_request(LivenessMiddleware(full), "/livez")

    assert (alive.status, alive.body) == (200, b'{"status": "alive"}')
    assert alive.headers["cache-control"] == "no-store"
    assert (await send_request(application, "/livez", headers={"host": "10.1.2.3"})).status == 200
    assert (await send_request(application, "/livez", "HEAD")).body == b""
    assert (await send_request(application, "/livez", "POST", headers=HOST)).status == 404


async def test_a_page_is_compressed_for_browsers_that_ask_and_plain_for_others():
    zipped = await send_request(application, "/", headers=HOST | {"accept-encoding": "gzip, br"})
    plain = await send_request(application, "/", headers=HOST)

    assert zipped.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in zipped.headers["vary"]
    assert len(zipped.body) < 20_000 < len(plain.body)
    assert gzip.decompress(zipped.body).startswith(b"<!doctype html>")
    assert "content-encoding" not in plain.headers


async def test_the_length_of_a_compressed_page_says_nothing_of_its_token():
    """BREACH guesses a secret by the length of a page that repeats the guess. Each page has the token in
    another mask, and a random length of its own."""
    cookie = (await send_request(application, "/", headers=HOST)).headers["set-cookie"].partition(";")[0]
    asked = HOST | {"accept-encoding": "gzip", "cookie": cookie}
    bodies = [(await send_request(application, "/", headers=asked)).body for _ in range(12)]
    tokens = [re.findall(rb'csrfmiddlewaretoken" value="(\w+)"', gzip.decompress(one)) for one in bodies]

    assert len({one for page in tokens for one in page}) == len(bodies)
    assert len({len(one) for one in bodies}) > 3


@pytest.mark.parametrize("path", ["/healthz", "/metrics"])
async def test_monitors_get_plain_text_whatever_they_accept(path):
    answer = await send_request(application, path, headers=HOST | {"accept-encoding": "gzip"})
    assert answer.status == 200
    assert "content-encoding" not in answer.headers
