"""Django system checks for settings that contradict one another. An error stops the start, with one
sentence."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.http.request import validate_host

from bartender.brains.language_model import LanguageModelSpec
from bartender.costs.prices import is_priced_model
from bartender.models.menu import Venue
from bartender.services.own_keys.encryption import GENERATE_MASTER_KEY_COMMAND, has_malformed_master_key
from bartender.speech.tts.base import TTSProviderSpec
from maya_site.core.currencies import get_currency
from maya_site.core.environment import is_web_address
from maya_site.core.providers import ProviderSpec, find_provider, providers
from maya_site.core.venue import get_timezone
from maya_site.ops.components import refusal_message
from payments.providers import SIMULATED
from payments.providers.base import PaymentProviderSpec
from rag.providers.base import EmbedderSpec, StoreSpec

URL_SETTINGS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "BACKUP_ENDPOINT", "ALERT_WEBHOOK_URL")
AUTOMATIC = "auto"
JOB_RUNNERS = ("auto", "server")
MAX_HOLD_SECONDS = 60


@register(Tags.security)
def check_settings(**kwargs: Any) -> list[CheckMessage]:
    return [
        *_check_server(),
        *_check_urls(),
        *_check_backups(),
        *_check_mail(),
        *_check_containers(),
        *_check_chosen_providers(),
        *_check_provider_specs(),
        *_check_security(),
        *_check_master_key(),
        *_check_model_prices(),
    ]


@register(Tags.database)
def check_venue_row(databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Checks currency and time zone of the venue's row, with `manage.py check --database default` and before
    every migrate."""
    if not databases or not MigrationRecorder(connection).has_table():
        return []
    if "bartender_venue" not in connection.introspection.table_names():
        return []
    found: list[CheckMessage] = []
    for code, zone_name in Venue.objects.values_list("currency", "timezone"):
        messages = (refusal_message(get_currency, code), refusal_message(get_timezone, zone_name))
        found += [Error(f"The venue's row: {one}", id="maya_site.E028") for one in messages if one]
    return found


def _check_server() -> Iterator[CheckMessage]:
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
    if not 0 <= settings.HOLD_SECONDS <= MAX_HOLD_SECONDS:
        yield Error(f"HOLD_SECONDS must be from 0 to {MAX_HOLD_SECONDS}.", id="maya_site.E023")


def _check_urls() -> Iterator[CheckMessage]:
    of_providers = (name for spec in providers(ProviderSpec) for name in spec.url_settings)
    for name in dict.fromkeys([*of_providers, *URL_SETTINGS]):
        said = getattr(settings, name, "")
        if said and not is_web_address(said):
            yield Error(
                f"{name} must begin with http:// or https:// and name a host, as https://host.example:8080.",
                id="maya_site.E022",
            )


def _check_backups() -> Iterator[CheckMessage]:
    store = settings.BACKUP_STORE
    is_bucket = "://" in store
    if not re.fullmatch(r"s3://[\w.-]+(?:/\S*)?", store) if is_bucket else Path(store).expanduser().is_file():
        yield Error("BACKUP_STORE must be a folder or s3://bucket/prefix.", id="maya_site.E035")
    if not settings.BACKUP_RECIPIENT:
        return
    from maya_site.ops.backup.create import is_usable_recipient  # loads two libraries that few starts need

    if not is_usable_recipient(settings.BACKUP_RECIPIENT):
        yield Error("BACKUP_RECIPIENT must be an age public key, as age1...", id="maya_site.E036")


def _check_mail() -> Iterator[CheckMessage]:
    try:
        validate_email(parseaddr(settings.DEFAULT_FROM_EMAIL)[1])
    except ValidationError:
        yield Error("EMAIL_FROM must be an address, as bar@bar.example.", id="maya_site.E037")
    try:
        for address in filter(None, settings.ALERT_MAIL_TO.split(",")):
            validate_email(parseaddr(address)[1])
    except ValidationError:
        yield Error(
            "ALERT_MAIL_TO must be mail addresses, separated by commas, as night@bar.example.",
            id="maya_site.E039",
        )


def _check_containers() -> Iterator[CheckMessage]:
    for name in ("MODAL_MEMORY_MB", "MODAL_MAX_CONTAINERS"):
        if getattr(settings, name) < 1:
            yield Error(f"{name} must be a positive whole number.", id="maya_site.E006")


def _check_chosen_providers() -> Iterator[CheckMessage]:
    """Settings that name a provider name one that there is, and one that can be used."""
    yield from _check_choice("PAYMENT_PROVIDER", PaymentProviderSpec, ("E007", "E008"))
    yield from _check_choice("EMBEDDER", EmbedderSpec, ("E016", "E017"))
    yield from _check_choice("MEMORY_STORE", StoreSpec, ("E016", "E017"), "none")
    yield from _check_choice("TTS_PROVIDER", TTSProviderSpec, ("E030", "E031"))
    voice = find_provider(TTSProviderSpec, settings.TTS_PROVIDER)
    if voice and not voice.is_installed:
        yield Error(
            f"TTS_PROVIDER is {voice.name}, which is not installed: see docs/voice.md.", id="maya_site.E032"
        )
    if settings.PAYMENT_PROVIDER == SIMULATED and settings.PRODUCTION:
        yield Error(
            "PAYMENT_PROVIDER is simulated in production: nobody would be charged. Set it to auto; without "
            "the key of a provider guests then pay at the bar.",
            id="maya_site.E014",
        )


def _check_choice(
    setting: str, spec_type: type[ProviderSpec[Any]], ids: tuple[str, str], *others: str
) -> Iterator[CheckMessage]:
    chosen, specs = getattr(settings, setting), {spec.name: spec for spec in providers(spec_type)}
    known = [AUTOMATIC, *specs, *others]
    if chosen not in known:
        yield Error(f"{setting} must be one of {', '.join(known)}.", id=f"maya_site.{ids[0]}")
    spec = specs.get(chosen)
    if spec and not spec.has_settings:
        missing = f"{' and '.join(spec.enabled_by)} {'is' if len(spec.enabled_by) == 1 else 'are'} empty"
        yield Error(f"{setting} is {chosen}, but {missing}.", id=f"maya_site.{ids[1]}")


def _check_provider_specs() -> Iterator[CheckMessage]:
    """Each is whole, and its settings do not contradict one another."""
    for spec in providers(ProviderSpec):
        for gap in spec.find_gaps():
            yield Error(f"The {spec.kind} provider {spec.name}: {gap}.", id="maya_site.E027")
        yield from spec.check_settings()


def _check_master_key() -> Iterator[CheckMessage]:
    if settings.MAYA_MASTER_KEY and has_malformed_master_key(settings.MAYA_MASTER_KEY):
        yield Error(
            f"MAYA_MASTER_KEY is malformed: make one with {GENERATE_MASTER_KEY_COMMAND}, or leave it empty.",
            id="maya_site.E020",
        )


def _check_model_prices() -> Iterator[CheckMessage]:
    for spec in providers(LanguageModelSpec):
        for name in spec.model_settings:
            model = getattr(settings, name)
            if spec.prices and model and not is_priced_model(model):
                path = os.path.relpath(spec.prices, settings.BASE_DIR)
                yield Warning(
                    f"{name} names {model!r}, which has no price in {path}: budgets count it as the dearest "
                    "model there.",
                    id="maya_site.W004",
                )


def _check_security() -> Iterator[CheckMessage]:
    # One fault is named once: pages' origins are made from the two others where nobody named them.
    parts = (_check_hosts, _check_public_url, _check_origins)
    yield from next(filter(None, (list(check()) for check in parts)), [])
    if settings.PRODUCTION and settings.DEBUG:
        yield Error(
            "DEBUG shows guests the details of errors: switch it off in production.", id="maya_site.E012"
        )
    if settings.METRICS_TOKEN and len(settings.METRICS_TOKEN) < 16:
        yield Warning("METRICS_TOKEN is short enough to be guessed.", id="maya_site.W001")
    if settings.LOG_GUEST_TEXT and settings.PRODUCTION:
        yield Warning("LOG_GUEST_TEXT puts what guests say into the log.", id="maya_site.W002")


def _check_origins() -> Iterator[CheckMessage]:
    for origin in settings.ORIGINS:
        if not is_web_address(origin) or (parts := urlsplit(origin)).path or parts.query:
            yield Error(
                f"ALLOWED_ORIGINS names {origin!r}: write it as https://bar.example, with the port if it "
                "is not the usual one.",
                id="maya_site.E010",
            )
        elif settings.PRODUCTION and parts.scheme != "https":
            yield Error(f"ALLOWED_ORIGINS names {origin!r}: production is https only.", id="maya_site.E011")


def _check_hosts() -> Iterator[CheckMessage]:
    """Names that let in everybody, or nobody. A pattern is no address of a page: no stream could open."""
    for host in settings.ALLOWED_HOSTS:
        if "*" in host or "/" in host or (":" in host and not host.startswith("[")):
            yield Error(
                f"ALLOWED_HOSTS names {host!r}: write each host of the bar alone, as bar.example.",
                id="maya_site.E033",
            )
    if not settings.ORIGINS and any(host.startswith(".") for host in settings.ALLOWED_HOSTS):
        yield Error(
            "ALLOWED_HOSTS has only patterns such as .bar.example: add the host of the guests' page, or set "
            "PUBLIC_URL.",
            id="maya_site.E034",
        )


def _check_public_url() -> Iterator[CheckMessage]:
    parts = urlsplit(settings.PUBLIC_URL if is_web_address(settings.PUBLIC_URL) else "")
    rest = parts.path or parts.query or parts.fragment or "@" in parts.netloc
    if not parts.hostname or rest:
        yield Error(
            "PUBLIC_URL must be an address without a path, as https://bar.example: guests' links, QR codes "
            "and receipts begin with it.",
            id="maya_site.E024",
        )
    elif settings.PRODUCTION and parts.scheme != "https":
        yield Error("PUBLIC_URL must begin with https:// in production.", id="maya_site.E025")
    elif not validate_host(_host_header(parts.hostname), settings.ALLOWED_HOSTS):
        yield Error(
            "PUBLIC_URL names a host that is not in ALLOWED_HOSTS: guests' links would be refused.",
            id="maya_site.E026",
        )


def _host_header(host: str) -> str:
    return f"[{host}]" if ":" in host else host
