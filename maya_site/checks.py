"""Settings that contradict one another. Errors stop the start, each with one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from bartender.costs.prices import is_listed
from bartender.keys.seal import HOW_TO_MAKE_ONE, malformed
from rag.providers import EMBEDDERS

ADDRESSES = (
    *("GEMINI_BASE_URL", "CARTESIA_BASE_URL", "STRIPE_API_BASE", "STRIPE_MCP_URL"),
    *("OTEL_EXPORTER_OTLP_ENDPOINT", "BACKUP_ENDPOINT"),
)
PROVIDERS = ("auto", "stripe", "stripe_mcp", "simulated")
JOB_RUNNERS = ("auto", "server")
LONGEST_HOLD = 60
MEMORY_STORES = ("auto", "memvid", "faiss", "none")


@register(Tags.security)
def house_settings(**kwargs: Any) -> list[CheckMessage]:
    return [
        *_server(),
        *_addresses(),
        *_containers(),
        *_money(),
        *_memory(),
        *_doors(),
        *_guests_keys(),
        *_budgets(),
    ]


def _server() -> Iterator[CheckMessage]:
    engine = settings.DATABASES["default"]["ENGINE"]
    if settings.WORKERS < 1:
        yield Error("WORKERS must be 1 or more.", id="maya_site.E001")
    if settings.WORKERS > 1 and not ("postgresql" in engine and settings.REDIS_URL):
        yield Error(
            "WORKERS above 1 needs PostgreSQL (DATABASE_URL) and Redis (REDIS_URL): they are shared.",
            id="maya_site.E002",
        )
    # A kept connection belongs to a thread, and threads are lent: a server would run out of them.
    if "postgresql" in engine and settings.DATABASES["default"].get("CONN_MAX_AGE") != 0:
        yield Error("CONN_MAX_AGE must be 0: the pool keeps the connections.", id="maya_site.E003")
    if not 0 <= settings.PORT < 65536:
        yield Error("PORT must be a number from 0 to 65535.", id="maya_site.E004")
    if settings.JOB_RUNNER not in JOB_RUNNERS:
        yield Error(f"JOB_RUNNER must be one of {', '.join(JOB_RUNNERS)}.", id="maya_site.E021")
    if settings.PROXY_HOPS < 0:
        yield Error("PROXY_HOPS must be 0 or more.", id="maya_site.E005")
    if not 0 <= settings.HOLD_SECONDS <= LONGEST_HOLD:
        yield Error(f"HOLD_SECONDS must be from 0 to {LONGEST_HOLD}.", id="maya_site.E023")


def _addresses() -> Iterator[CheckMessage]:
    web = ("http://", "https://")
    begins = dict.fromkeys(ADDRESSES, web) | {"REDIS_URL": ("redis://", "rediss://", "unix://")}
    for name, known in begins.items():
        said = getattr(settings, name)
        if said and not said.startswith(known):
            yield Error(f"{name} must begin with {' or '.join(known)}.", id="maya_site.E022")


def _containers() -> Iterator[CheckMessage]:
    for name in ("MODAL_MEMORY_MB", "MODAL_MAX_CONTAINERS"):
        if getattr(settings, name) < 1:
            yield Error(f"{name} must be a positive whole number.", id="maya_site.E006")


def _money() -> Iterator[CheckMessage]:
    chosen, key = settings.PAYMENT_PROVIDER, settings.STRIPE_SECRET_KEY
    if chosen not in PROVIDERS:
        yield Error(f"PAYMENT_PROVIDER must be one of {', '.join(PROVIDERS)}.", id="maya_site.E007")
    if chosen == "stripe" and not key:
        yield Error("PAYMENT_PROVIDER is stripe, but STRIPE_SECRET_KEY is empty.", id="maya_site.E008")
    if chosen == "stripe_mcp" and not settings.STRIPE_MCP_URL:
        yield Error("PAYMENT_PROVIDER is stripe_mcp, but STRIPE_MCP_URL is empty.", id="maya_site.E013")
    if chosen == "simulated" and settings.PRODUCTION:
        yield Error(
            "PAYMENT_PROVIDER is simulated in production: nobody would be charged. Set it to auto; without "
            "a key of Stripe's guests then pay at the bar.",
            id="maya_site.E014",
        )
    if key and not settings.STRIPE_WEBHOOK_SECRET.strip(", "):
        kind = Error if settings.PRODUCTION else Warning
        yield kind(
            "STRIPE_SECRET_KEY is set but STRIPE_WEBHOOK_SECRET is not: Stripe's events are refused, and "
            "payments are noticed late.",
            id="maya_site.E015" if settings.PRODUCTION else "maya_site.W003",
        )
    if chosen == "simulated" and key.startswith(("sk_live_", "rk_live_")):
        yield Error(
            "PAYMENT_PROVIDER is simulated, but STRIPE_SECRET_KEY is a live key: nobody would be charged.",
            id="maya_site.E009",
        )


def _guests_keys() -> Iterator[CheckMessage]:
    if settings.MAYA_MASTER_KEY and malformed(settings.MAYA_MASTER_KEY):
        yield Error(
            f"MAYA_MASTER_KEY is malformed: make one with {HOW_TO_MAKE_ONE}, or leave it empty.",
            id="maya_site.E020",
        )


def _budgets() -> Iterator[CheckMessage]:
    for name in ("GEMINI_MODEL_VERSION", "GEMINI_FALLBACK_MODEL"):
        model = getattr(settings, name)
        if model and not is_listed(model):
            yield Warning(
                f"{name} names {model!r}, which has no price in bartender/costs/prices.yaml: budgets count "
                "it as the dearest model there.",
                id="maya_site.W004",
            )


def _memory() -> Iterator[CheckMessage]:
    for name, known in (("EMBEDDER", EMBEDDERS), ("MEMORY_STORE", MEMORY_STORES)):
        if getattr(settings, name) not in known:
            yield Error(f"{name} must be one of {', '.join(known)}.", id="maya_site.E016")
    if settings.EMBEDDER == "gemini" and not settings.GEMINI_API_KEY:
        yield Error("EMBEDDER is gemini, but GEMINI_API_KEY is empty.", id="maya_site.E017")


def _doors() -> Iterator[CheckMessage]:
    for origin in settings.ORIGINS:
        parts = urlsplit(origin)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path or parts.query:
            yield Error(
                f"ALLOWED_ORIGINS names {origin!r}: write it as https://bar.example, with the port if it "
                "is not the usual one.",
                id="maya_site.E010",
            )
        elif settings.PRODUCTION and parts.scheme != "https":
            yield Error(f"ALLOWED_ORIGINS names {origin!r}: production is https only.", id="maya_site.E011")
    if settings.PRODUCTION and settings.DEBUG:
        yield Error("DEBUG shows guests the inside of the house: not in production.", id="maya_site.E012")
    if settings.METRICS_TOKEN and len(settings.METRICS_TOKEN) < 16:
        yield Warning("METRICS_TOKEN is short enough to be guessed.", id="maya_site.W001")
    if settings.LOG_GUEST_TEXT and settings.PRODUCTION:
        yield Warning("LOG_GUEST_TEXT puts what guests say into the log.", id="maya_site.W002")
