"""Settings that contradict one another are told before the bar opens."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from maya_site.ops.checks import check_settings
from tests.rules.document_tables import check_rows

ROOT = Path(__file__).resolve().parents[2]
POSTGRES, SQLITE = "django.db.backends.postgresql", "django.db.backends.sqlite3"
PRODUCTION = {
    "PYTHON_ENV": "production",
    "SECRET_KEY": "s3cret-" * 12,
    "ALLOWED_HOSTS": "bar.example",
    "GEMINI_API_KEY": "none",
    "CARTESIA_API_KEY": "none",
    "DATABASE_URL": "postgres://bar.example/maya",
}


def found():
    return [str(message.id).removeprefix("maya_site.") for message in check_settings()]


def test_the_defaults_agree():
    assert found() == []


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({"WORKERS": 0}, ["E001"]),
        ({"WORKERS": 2, "REDIS_URL": "redis://x", "database": {"ENGINE": POSTGRES, "CONN_MAX_AGE": 0}}, []),
        ({"WORKERS": 2, "REDIS_URL": "", "database": {"ENGINE": POSTGRES, "CONN_MAX_AGE": 0}}, ["E002"]),
        ({"WORKERS": 2, "REDIS_URL": "redis://x", "database": {"ENGINE": SQLITE}}, ["E002"]),
        ({"database": {"ENGINE": POSTGRES, "CONN_MAX_AGE": 60}}, ["E003"]),
        ({"PORT": 70_000}, ["E004"]),
        ({"PROXY_HOPS": -1}, ["E005"]),
        ({"JOB_RUNNER": "somebody"}, ["E021"]),
        ({"MODAL_MEMORY_MB": 0, "MODAL_MAX_CONTAINERS": -3}, ["E006", "E006"]),
        ({"PAYMENT_PROVIDER": "barter"}, ["E007"]),
        ({"PAYMENT_PROVIDER": "stripe"}, ["E008"]),
        ({"PAYMENT_PROVIDER": "simulated", "STRIPE_SECRET_KEY": "sk_" + "live_1"}, ["W003", "E009"]),
        ({"PAYMENT_PROVIDER": "stripe_mcp"}, ["E008"]),
        ({"PAYMENT_PROVIDER": "simulated", "PRODUCTION": True, "ORIGINS": ["https://bar.example"]}, ["E014"]),
        ({"STRIPE_SECRET_KEY": "sk_" + "test_1"}, ["W003"]),
        ({"STRIPE_SECRET_KEY": "sk_" + "test_1", "STRIPE_WEBHOOK_SECRET": "whsec_1"}, []),
        (
            {
                "STRIPE_SECRET_KEY": "sk_" + "test_1",
                "STRIPE_WEBHOOK_SECRET": ",",
                "PRODUCTION": True,
                "ORIGINS": ["https://bar.example"],
            },
            ["E015"],
        ),
        ({"LLM_BASE_URL": "http://127.0.0.1:11434"}, ["E029"]),
        ({"LLM_BASE_URL": "127.0.0.1:11434", "LLM_MODEL": "qwen3:8b"}, ["E022"]),
        ({"LLM_BASE_URL": "http://127.0.0.1:11434", "LLM_MODEL": "qwen3:8b"}, []),
        ({"TTS_PROVIDER": "espeak"}, []),
        ({"TTS_PROVIDER": "somebody"}, ["E030"]),
        ({"TTS_PROVIDER": "cartesia"}, ["E031"]),
        ({"PUBLIC_URL": "bar.example"}, ["E024"]),
        ({"PUBLIC_URL": "https://localhost/bar"}, ["E024"]),
        ({"PUBLIC_URL": ""}, ["E024"]),
        ({"PUBLIC_URL": "https://maya@localhost"}, ["E024"]),
        ({"PUBLIC_URL": "http://localhost", "PRODUCTION": True, "ORIGINS": []}, ["E025"]),
        ({"PUBLIC_URL": "https://bar.example"}, ["E026"]),
        ({"PUBLIC_URL": "https://bar.example:8443", "ALLOWED_HOSTS": [".example"]}, []),
        ({"ALLOWED_HOSTS": ["*"], "ORIGINS": [], "PUBLIC_URL": ""}, ["E033"]),
        ({"ALLOWED_HOSTS": ["https://bar.example"]}, ["E033"]),
        ({"ALLOWED_HOSTS": ["bar.example:443"]}, ["E033"]),
        ({"ALLOWED_HOSTS": [".modal.run"], "ORIGINS": [], "PUBLIC_URL": ""}, ["E034"]),
        ({"ORIGINS": ["bar.example"]}, ["E010"]),
        ({"ORIGINS": ["https://bar.example/"]}, ["E010"]),
        ({"ORIGINS": ["http://bar.example"], "PRODUCTION": True}, ["E011"]),
        ({"ORIGINS": ["https://bar.example"], "PRODUCTION": True, "DEBUG": True}, ["E012"]),
        ({"METRICS_TOKEN": "guess"}, ["W001"]),
        ({"LOG_GUEST_TEXT": True, "PRODUCTION": True, "ORIGINS": ["https://bar.example"]}, ["W002"]),
    ],
)
def test_a_contradiction_is_named(settings, monkeypatch, changes, expected):
    for name, value in changes.pop("database", {}).items():
        monkeypatch.setitem(settings.DATABASES["default"], name, value)
    if changes.get("PRODUCTION"):
        settings.PUBLIC_URL = "https://localhost"
    for name, value in changes.items():
        setattr(settings, name, value)

    assert found() == expected


def manage(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "ENV_FILE": os.devnull, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_production_passes_djangos_own_deployment_checks():
    done = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)

    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_production_keeps_cookies_to_this_host_and_logs_json():
    shown = manage(
        "shell",
        "-v0",
        "-c",
        "from django.conf import settings as s; import logging; logging.warning('opened');"
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.ORIGINS, s.PUBLIC_URL)",
        **PRODUCTION,
    )

    assert shown.stdout.strip() == (
        "__Host-sessionid __Host-csrftoken True ['https://bar.example'] https://bar.example"
    )
    assert '"text": "opened"' in shown.stderr


def test_no_two_checks_share_an_id():
    ids = [row[0] for row in check_rows(ROOT)]

    assert sorted(set(ids)) == ids
