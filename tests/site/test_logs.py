"""The log tells what happened and no secret, one line for one event."""

import json
import logging
import sys

import pytest
import redis.exceptions
from django.contrib.auth.models import User

from maya_site.core.logs import JsonLines, Readable, logging_config, redact

SECRETS = [
    "sk_" + "live_51HabcDEF",
    "rk_" + "test_51HabcDEF",
    "whsec_" + "abcDEF123+/=",
    "sk_car_" + "abcdefgh",
    "AIza" + "SyA1234567890abcdef",
    "Bearer abc.def-ghi",
    "ada@bar.example",
    "ada.lovelace+tab@mail.bar.example",
    "4242424242424242",
    "4242 4242 4242 4242",
    "3782-822463-10005",
    "postgres://maya:hush@bar.example/maya",
]
PLAIN = [
    "order 12 for 13.00 at 2026-11-23 20:15:00",
    "visit 9f3c2a7be0d14c55a6c1f0aa00112233",
    "task_key is set, risky business",
    "http://localhost:8000/tab/",
    "1719500000",
    "Basic Instinct is a film",
]


def record(text, *args, exc_info=None, **extra):
    found = logging.LogRecord("bartender.turn", logging.WARNING, "x.py", 1, text, args, exc_info)
    found.__dict__.update(extra)
    return found


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("kind", [Readable, JsonLines])
def test_no_secret_is_logged_whichever_way_it_comes(kind, secret):
    try:
        raise RuntimeError(f"provider said: {secret}")
    except RuntimeError:
        caught = sys.exc_info()

    line = kind().format(record("failed with %s", secret, exc_info=caught, detail=f"was {secret}"))

    hidden = "hush" if "hush" in secret else secret.removeprefix("Bearer ")
    assert hidden not in line
    assert "failed with" in line
    assert "RuntimeError" in line


@pytest.mark.parametrize("text", PLAIN[:5])
def test_what_is_no_secret_stays_readable(text):
    assert redact(text) == text


def test_what_a_guest_says_is_logged_only_where_that_was_chosen():
    heard = record("heard", guest_text="my wife must not know")

    assert "wife" not in JsonLines().format(heard)
    assert json.loads(JsonLines(guest_text=True).format(heard))["guest_text"] == "my wife must not know"


@pytest.mark.parametrize("kind", [Readable, JsonLines])
@pytest.mark.parametrize("trick", ["\n", "\r\n", "\u2028", "\x85", "\x1b[2J", "\x00", "\u202e"])
def test_nobody_forges_a_second_line_or_speaks_to_the_terminal(kind, trick):
    line = kind().format(record("order of %s", f"gin{trick}12:00:00 INFO paid", source=f"a{trick}b"))

    assert len(line.splitlines()) == 1
    assert trick not in line


def test_an_error_whose_text_looks_like_a_log_line_stays_inside_its_event():
    try:
        raise RuntimeError("spilled\n12:00:00 INFO payments: paid")
    except RuntimeError:
        lines = Readable().format(record("failed", exc_info=sys.exc_info())).splitlines()

    assert not [line for line in lines[1:] if not line.startswith("    ")]


def test_a_line_of_production_is_one_json_object_with_its_fields():
    line = json.loads(JsonLines().format(record("took %s s", 3, visit="4f1c", took=3.2, request=object())))

    assert line["at"].endswith("Z")
    assert {k: v for k, v in line.items() if k != "at"} == {
        "level": "warning",
        "logger": "bartender.turn",
        "text": "took 3 s",
        "visit": "4f1c",
        "took": "3.2",
    }


def test_a_line_of_development_reads_like_a_sentence():
    line = Readable().format(record("the brain took %s s", 3, visit="4f1c"))

    assert line.endswith("WARNING bartender.turn: the brain took 3 s [visit=4f1c]")


def test_what_a_stranger_sends_leaves_no_traceback():
    try:
        raise ValueError("Invalid HTTP_HOST header")
    except ValueError:
        sent = record("Invalid HTTP_HOST header: %r", "evil.example", exc_info=sys.exc_info())
    sent.name = "django.security.DisallowedHost"

    assert "Traceback" not in Readable().format(sent) + JsonLines().format(sent)


@pytest.mark.parametrize("kind", [Readable, JsonLines])
def test_a_page_that_somebody_may_not_open_is_one_line(client, db, kind, caplog):
    client.force_login(
        User.objects.create_user("nat", is_staff=True), "django.contrib.auth.backends.ModelBackend"
    )
    with caplog.at_level(logging.WARNING, "django.request"):
        assert client.get("/bar/").status_code == 403
    (sent,) = [one for one in caplog.records if one.name == "django.request"]
    line = kind().format(sent)

    assert "Forbidden (Permission denied): /bar/" in line
    assert len(line.splitlines()) == 1
    assert "Traceback" not in line


@pytest.mark.parametrize("kind", [Readable, JsonLines])
def test_a_fault_of_our_own_keeps_its_traceback(kind):
    try:
        raise ValueError("a bug")
    except ValueError:
        sent = record("Internal Server Error: %s", "/bar/", exc_info=sys.exc_info())
    sent.name, sent.levelno, sent.levelname = "django.request", logging.ERROR, "ERROR"

    assert "Traceback" in kind().format(sent)


def test_an_endless_message_is_cut():
    assert len(JsonLines().format(record("x" * 100_000, more="y" * 100_000))) < 20_000


def test_a_hostile_message_is_searched_in_no_time():
    for bait in ("a@" * 50_000, "4 " * 50_000, "1" * 100_000, "://" + "a" * 100_000, "a." * 50_000 + "@"):
        assert Readable().format(record(bait))


def test_production_writes_json_and_nobody_prints_a_line_twice():
    config = logging_config(level="INFO", production=True, guest_text=False)

    assert config["formatters"]["line"]["()"].endswith(".JsonLines")
    assert config["loggers"]["django"] == {"handlers": [], "propagate": True}


@pytest.mark.parametrize("kind", [Readable, JsonLines])
@pytest.mark.parametrize(
    "logger, error, traced",
    [
        ("asyncio", redis.exceptions.ConnectionError("reset by peer"), False),
        ("asyncio", ConnectionResetError("reset by peer"), False),
        ("asyncio", RuntimeError("a bug"), True),
        ("bartender.turn", ConnectionResetError("reset by peer"), True),
    ],
)
def test_a_connection_lost_by_a_library_is_one_line_and_a_bug_keeps_its_traceback(
    kind, logger, error, traced
):
    try:
        raise error
    except (RuntimeError, OSError, redis.exceptions.RedisError):
        entry = record("Task exception was never retrieved: %r", error, exc_info=sys.exc_info())
    entry.name = logger

    line = kind().format(entry)

    assert type(error).__name__ in line
    assert ("Traceback" in line) is traced
