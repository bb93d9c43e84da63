"""An operator mistypes a setting: the start is refused in one sentence that names it."""

import os
import subprocess
import sys

import pytest

from tests.deploy.process import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.any_database]
SECRET = "sk_" + "live_51HabcDEF"
MISTYPED = {
    "PORT": "abc", "WORKERS": "two", "PROXY_HOPS": "-1", "MODAL_MEMORY_MB": "4GB", "BACKUP_KEEP_DAYS": "x",
    "MODAL_MAX_CONTAINERS": "0", "TEMPERATURE": "hot", "MAX_OUTPUT_TOKENS": "many", "DEBUG": "perhaps",
    "LOG_GUEST_TEXT": SECRET, "LOG_LEVEL": "loud", "PYTHON_ENV": "prod", "DATABASE_URL": "garbage",
    "PUBLIC_URL": "bar.example/maya",
    "SENTRY_DSN": "nonsense", "EMAIL_URL": "nonsense", "OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318",
    "STRIPE_API_BASE": "x", "GEMINI_BASE_URL": "x", "CARTESIA_BASE_URL": "x",
    "LLM_BASE_URL": "x", "TTS_PROVIDER": "x", "PAYMENT_PROVIDER": "barter",
    "EMBEDDER": "x", "MEMORY_STORE": "x", "MAYA_MASTER_KEY": "x", "JOB_RUNNER": "x", "REDIS_URL": "nonsense",
}  # fmt: skip


def start(*command, **environment):
    told = os.environ | {"PORT": "0", "DATABASE_URL": ""} | environment
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=told,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("name", MISTYPED)
def test_the_server_says_in_one_sentence_what_is_wrong(name):
    refused = start("-m", "deploy.serve", **{name: MISTYPED[name]})

    assert refused.returncode != 0
    (sentence,) = refused.stderr.strip().splitlines()
    assert sentence.startswith("Maya: ")
    assert name in sentence
    assert SECRET not in sentence


def test_so_does_every_command_and_worker_and_so_does_production_of_what_is_missing():
    refused = start("manage.py", "migrate", PORT="abc")
    worker = start("-m", "celery", "-A", "maya_site.celery", "worker", PORT="abc")
    missing = start("-m", "deploy.serve", PYTHON_ENV="production")

    for each in (refused, worker):
        assert (each.returncode, each.stderr.strip()) == (1, "Maya: PORT must be a whole number.")
    assert missing.returncode == 1
    assert missing.stderr.strip().splitlines() == [
        "Maya: GEMINI_API_KEY or LLM_BASE_URL is missing: production needs it. Set it in the environment."
    ]


def test_production_without_a_cloud_asks_for_a_model_and_a_voice_of_its_own():
    own = {"PYTHON_ENV": "production", "LLM_BASE_URL": "http://127.0.0.1:11434", "LLM_MODEL": "qwen3:8b"}
    without_voice = start("manage.py", "check", **own)
    without_hosts = start("manage.py", "check", **own, TTS_PROVIDER="espeak", SECRET_KEY="s3cret-" * 12)
    whole = start(
        *("manage.py", "check", "--deploy", "--fail-level", "WARNING"),
        **own,
        TTS_PROVIDER="espeak",
        SECRET_KEY="s3cret-" * 12,
        ALLOWED_HOSTS="bar.example",
        DATABASE_URL="postgres://bar.example/maya",
    )

    assert without_voice.stderr.strip() == (
        "Maya: CARTESIA_API_KEY or a local voice in TTS_PROVIDER is missing: production needs it. "
        "Set it in the environment."
    )
    assert "ALLOWED_HOSTS is missing" in without_hosts.stderr
    assert whole.returncode == 0, whole.stderr


def test_an_empty_number_is_one_that_is_not_set():
    looked = start(
        "manage.py",
        "shell",
        "-c",
        "from django.conf import settings; print(settings.WORKERS, settings.DEBUG)",
        WORKERS="",
        DEBUG="",
    )

    assert looked.stdout.strip().splitlines()[-1] == "1 False"
