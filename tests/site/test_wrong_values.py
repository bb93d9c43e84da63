"""An operator mistypes a variable: one sentence that names it and shows no value, whichever it is.

The settings are read anew in this process for each wrong value, and the system checks asked about them, as a
start does. That a sentence ends the process with 1 is shown in tests/deploy/test_settings_refused.py.
"""

import os
import runpy
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from maya_site.core import sentry
from maya_site.core.environment import Env
from maya_site.ops.checks import check_settings

SETTINGS = Path(__file__).resolve().parents[2] / "maya_site" / "settings.py"
PRODUCTION = {
    "PYTHON_ENV": "production",
    "SECRET_KEY": "f83hHs-KJw92jslQpxm4_zTr7vYb01cNdEaGkUiOqLwXyZ5612mn",
    "ALLOWED_HOSTS": "bar.example",
    "GEMINI_API_KEY": "none",
    "CARTESIA_API_KEY": "none",
    "DATABASE_URL": "postgres://maya:hush@bar.example/maya",
}
NUMBERS = (
    "PORT",
    "WORKERS",
    "HOLD_SECONDS",
    "PROXY_HOPS",
    "BACKUP_KEEP_DAYS",
    "MODAL_MEMORY_MB",
    "MODAL_MAX_CONTAINERS",
)
NO_NUMBERS = ("-1", "many", "1.5", "1_000", "٣", "1e3", "99999999999999999999")
SWITCHES, NO_SWITCHES = ("DEBUG", "LOG_GUEST_TEXT"), ("perhaps", "2", "enabled", "tru")
CHOICES = (
    "PYTHON_ENV", "LOG_LEVEL", "MAYA_MODAL_SHAPE", "TTS_PROVIDER", "EMBEDDER", "MEMORY_STORE",
    "PAYMENT_PROVIDER", "JOB_RUNNER", "DATABASE_POOLER",
)  # fmt: skip
ADDRESSES = (
    "GEMINI_BASE_URL", "LLM_BASE_URL", "CARTESIA_BASE_URL", "STRIPE_API_BASE", "STRIPE_MCP_URL",
    "OTEL_EXPORTER_OTLP_ENDPOINT", "BACKUP_ENDPOINT", "PUBLIC_URL", "ALERT_WEBHOOK_URL",
)  # fmt: skip
NO_ADDRESSES = ("x", "collector:4318", "http://", "https://[::1", "http://host:port/")
KEYS = (
    "GEMINI_API_KEY", "GOOGLE_API_KEY", "LLM_API_KEY", "CARTESIA_API_KEY", "CARTESIA_VOICE_ID",
    "CARTESIA_MODEL", "GEMINI_MODEL_VERSION", "GEMINI_EMBEDDING_MODEL", "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRET", "METRICS_TOKEN", "BACKUP_ACCESS_KEY", "BACKUP_SECRET_KEY",
    "BACKUP_REGION", "GOOGLE_CLOUD_PROJECT", "MAYA_COMMIT",
)  # fmt: skip
NO_KEYS = ("hush hush", "hush\thush", "hüsh")
NO_DATABASES = (
    "garbage", "mysql://bar.example/maya", "postgres://", "postgres://bar.example", "postgres://bar.example/",
    "postgres://maya:hu/sh@bar.example/maya", "postgres://maya:12/hush@bar.example/maya",
    "postgres://maya:hu?sh@bar.example/maya", "postgres://maya:hu#sh@bar.example/maya",
    "postgres://maya:hush@bar.example:port/maya", "postgres://maya:hush@bar.example:99999/maya",
    "postgres://maya:hush@[::1/maya", "sqlite:/bar.sqlite3", "postgres//bar.example/maya",
)  # fmt: skip
NO_REDIS = ("nonsense", "http://hush", "redis://:hu/sh@host:6379/0", "redis://host:hush/0")
NO_HOSTS = ("*", "https://bar.example", "bar.example:443", ".modal.run", "*.bar.example")
NO_PUBLIC_URLS = ("https://bar.example/maya", "https://hush@bar.example", "http://elsewhere.example")
WRONG = [
    *((name, value) for name in NUMBERS for value in NO_NUMBERS),
    *(("WORKERS", "0"), ("BACKUP_KEEP_DAYS", "0"), ("MODAL_MEMORY_MB", "0"), ("MODAL_MAX_CONTAINERS", "0")),
    *(("PORT", "70000"), ("HOLD_SECONDS", "61"), ("WORKERS", "2")),
    *(("MAX_OUTPUT_TOKENS", value) for value in ("-1", "many", "0.5")),
    *(("TEMPERATURE", value) for value in ("hot", "-0.1", "2.1", "nan", "inf", "1,5")),
    *((name, value) for name in SWITCHES for value in NO_SWITCHES),
    *((name, value) for name in CHOICES for value in ("hush", "auto auto")),
    *((name, value) for name in ADDRESSES for value in NO_ADDRESSES),
    *((name, value) for name in KEYS for value in NO_KEYS),
    *(("DATABASE_URL", value) for value in NO_DATABASES),
    *(("REDIS_URL", value) for value in NO_REDIS),
    *(("ALLOWED_HOSTS", value) for value in NO_HOSTS),
    *(("ALLOWED_ORIGINS", value) for value in ("bar.example", "https://bar.example/maya", "https://[bar")),
    *(("PUBLIC_URL", value) for value in NO_PUBLIC_URLS),
    *(("BACKUP_STORE", value) for value in ("ftp://bar.example", "s3://", "gs://b", "s3:///p", __file__)),
    *(("BACKUP_RECIPIENT", value) for value in ("age1hush", "ssh-ed25519", "hush")),
    *(("EMAIL_URL", value) for value in ("nonsense", "http://bar.example", "smtp://user:hush@host:port")),
    *(("EMAIL_FROM", value) for value in ("bar", "bar@", "bar@bar")),
    *(("ALERT_MAIL_TO", value) for value in ("bar", "bar@", "a@bar.example,hush")),
    *(("SENTRY_DSN", value) for value in ("nonsense", "https://bar.example", "https://hush@bar.example/")),
    *(("MAYA_MASTER_KEY", value) for value in ("hush", "hush,hush")),
    *(("MEMORY_DIR", __file__), ("MODAL_WEB_URL", "bar"), ("HOST", "two words")),
]  # fmt: skip
WRONG_IN_PRODUCTION = [
    *((name, "") for name in PRODUCTION if name != "PYTHON_ENV"),
    *((name, "   ") for name in PRODUCTION if name != "PYTHON_ENV"),
    *(("SECRET_KEY", value) for value in ("hush", "x" * 80, "django-insecure-" + PRODUCTION["SECRET_KEY"])),
    *(("DATABASE_URL", "sqlite:///bar.sqlite3"), ("DEBUG", "on"), ("PAYMENT_PROVIDER", "simulated")),
    *(("PUBLIC_URL", "http://bar.example"), ("ALLOWED_ORIGINS", "http://bar.example")),
]  # fmt: skip


def refusals(settings, monkeypatch, **environment):
    """What the start says, a sentence for each fault."""
    monkeypatch.setattr(Env, "ENVIRON", {"ENV_FILE": os.devnull, "MEMORY_STORE": "none"} | environment)
    try:
        read = runpy.run_path(str(SETTINGS))
    except ImproperlyConfigured as refusal:
        return [str(refusal)]
    for name, value in read.items():
        if name.isupper() and name not in {"DATABASES", "CACHES", "LOGGING", "SENTRY_DSN"}:
            setattr(settings, name, value)
    try:
        sentry.check_dsn(read["SENTRY_DSN"])
    except ImproperlyConfigured as refusal:
        return [str(refusal)]
    return [found.msg for found in check_settings() if found.is_serious()]


def assert_one_sentence(said, name):
    assert len(said) == 1, said
    assert name in said[0]
    assert "\n" not in said[0]
    assert "hush" not in said[0]


def test_the_table_is_long_enough_to_trust():
    assert len(set(WRONG + WRONG_IN_PRODUCTION)) >= 150


@pytest.mark.parametrize("name, value", WRONG)
def test_a_wrong_value_is_one_sentence_that_names_the_variable(settings, monkeypatch, name, value):
    others = {"LLM_MODEL": "qwen3:8b"} if name == "LLM_BASE_URL" else {}
    assert_one_sentence(refusals(settings, monkeypatch, **{name: value} | others), name)


@pytest.mark.parametrize("name, value", WRONG_IN_PRODUCTION)
def test_production_is_stricter(settings, monkeypatch, name, value):
    assert_one_sentence(refusals(settings, monkeypatch, **PRODUCTION | {name: value}), name)


@pytest.mark.parametrize(
    "right",
    [
        {},
        PRODUCTION,
        {"PORT": " 8001 ", "DEBUG": "", "WORKERS": "", "TEMPERATURE": "0.5", "MAX_OUTPUT_TOKENS": "900"},
        {"DATABASE_URL": "postgres://maya:p%2Fss@bar.example:5432/maya?sslmode=require"},
        {"DATABASE_URL": "postgresql:///maya"},
        {"ALLOWED_HOSTS": ".bar.example", "PUBLIC_URL": "http://tonight.bar.example"},
        {"ALLOWED_HOSTS": "bar.example,.bar.example"},
        {"BACKUP_STORE": "s3://bucket/prefix"},
        {"REDIS_URL": "rediss://user:p%2Fss@bar.example:6380/3?ssl_cert_reqs=none"},
        {"GEMINI_API_KEY": " key-with-blanks-around "},
    ],
)
def test_right_values_start(settings, monkeypatch, right):
    assert refusals(settings, monkeypatch, **right) == []


class TestTheEnvironmentFile:
    def test_a_mistyped_name_is_refused_rather_than_opening_a_bar_with_play_money(
        self, settings, monkeypatch
    ):
        (said,) = refusals(settings, monkeypatch, ENV_FILE="prodction.env")

        assert said.startswith("ENV_FILE names prodction.env, which cannot be read")

    def test_a_line_that_is_no_setting_is_named_by_its_number_alone(self, settings, monkeypatch, tmp_path):
        file = tmp_path / "production.env"
        file.write_text("# ours\nPORT=8001\nexport HOST=127.0.0.1\nGEMINI_API_KEY: hush\n")

        assert refusals(settings, monkeypatch, ENV_FILE=str(file)) == [
            f"Line 4 of {file} must be as NAME=value."
        ]

    def test_a_folder_or_another_encoding_is_refused(self, settings, monkeypatch, tmp_path):
        (tmp_path / "latin.env").write_bytes("EMAIL_FROM=müller@bar.example".encode("latin-1"))

        for name in (tmp_path, tmp_path / "latin.env"):
            (said,) = refusals(settings, monkeypatch, ENV_FILE=str(name))
            assert said.startswith("ENV_FILE names ")
