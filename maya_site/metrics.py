"""/metrics: what Prometheus reads. The counters themselves live in maya_site.lib.counters."""

from __future__ import annotations

import ipaddress
import logging
import secrets
import time
from collections.abc import Iterator

import prometheus_client
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, multiprocess
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from maya_site import cgroup
from maya_site.backup.job import last_success
from maya_site.jobs.health import oldest_wait
from payments.models import LedgerCheck, Tab
from payments.overdue import oldest_event, oldest_unsettled
from payments.providers import tills
from payments.reconcile import differences_found
from rag.status import memory

logger = logging.getLogger(__name__)

STARTED = time.monotonic()
MEMORIES = ("memvid", "faiss", "none")


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    if not may_read(request):
        challenge = {"WWW-Authenticate": "Bearer"}
        return HttpResponse("METRICS_TOKEN is asked for.\n", "text/plain", 401, headers=challenge)
    page = prometheus_client.generate_latest(_registry())
    return HttpResponse(page, content_type=prometheus_client.CONTENT_TYPE_LATEST)


def may_read(request: HttpRequest) -> bool:
    """With a token only who shows it; without one anybody in development, this machine in production."""
    if settings.METRICS_TOKEN:
        shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return secrets.compare_digest(shown.encode(), settings.METRICS_TOKEN.encode())
    return not settings.PRODUCTION or _is_this_machine(request.META.get("REMOTE_ADDR", ""))


def _is_this_machine(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _registry() -> CollectorRegistry:
    """Several workers write their counters to files: whoever is asked answers for all of them."""
    if settings.WORKERS == 1:
        return prometheus_client.REGISTRY
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    registry.register(MayaCollector())
    return registry


class MayaCollector(Collector):
    """What is looked up when somebody asks, rather than counted when it happens."""

    def describe(self) -> list[Metric]:
        return []  # the names are fixed below: nothing is looked up to register them

    def collect(self) -> Iterator[Metric]:
        yield _build()
        yield from _container()
        yield from _house_memory()
        yield from _books()


def _build() -> Metric:
    """1, with what an alert must know to tell production from a rehearsal."""
    info = GaugeMetricFamily("maya_build_info", "What is running here", labels=["environment", "till"])
    environment = "production" if settings.PRODUCTION else "development"
    info.add_metric([environment, next(iter(tills()), "none")], 1)
    return info


def _container() -> Iterator[Metric]:
    gauge = GaugeMetricFamily
    yield gauge("maya_config_memory_mb", "Configured memory of a container", settings.MODAL_MEMORY_MB)
    yield gauge("maya_config_max_containers", "Configured most containers", settings.MODAL_MAX_CONTAINERS)
    yield gauge("maya_process_uptime_seconds", "Since this process started", time.monotonic() - STARTED)
    found = cgroup.usage()
    if found.memory_bytes is not None:
        yield gauge("maya_container_memory_usage_bytes", "Memory in use", found.memory_bytes)
    limit = found.memory_limit_bytes or cgroup.machine_memory()
    if limit is not None:
        yield gauge("maya_container_memory_limit_bytes", "Most memory: its own, or the machine's", limit)
    if found.cpu_seconds is not None:
        # Prometheus' own ending, _total, is added to a counter's name.
        yield CounterMetricFamily("maya_container_cpu_usage_seconds", "CPU time used", found.cpu_seconds)


def _house_memory() -> Iterator[Metric]:
    found = memory()
    yield GaugeMetricFamily("maya_rag_available", "1 where the house remembers", int(found.available))
    yield GaugeMetricFamily("maya_rag_document_count", "Passages in the memory", found.documents)
    kinds = GaugeMetricFamily("maya_rag_type", "1 on the kind in use", labels=["type"])
    for kind in MEMORIES:
        kinds.add_metric([kind], int(kind == found.kind))
    yield kinds


def _books() -> Iterator[Metric]:
    """Left out while the database is away: the other figures matter most just then."""
    try:
        tabs, wait = Tab.objects.unsettled().count(), oldest_wait()
        differences = differences_found()
        checked, kept = LedgerCheck.objects.first(), last_success()
        event, unsettled = oldest_event(), oldest_unsettled()
    except DatabaseError as trouble:
        logger.warning("metrics without the books: %s", type(trouble).__name__)
        return
    yield GaugeMetricFamily("maya_open_tabs", "Tabs that are open or closing", tabs)
    yield GaugeMetricFamily(
        "maya_reconcile_differences",
        "Between our payments and the providers', when last compared",
        differences,
    )
    yield GaugeMetricFamily("maya_jobs_oldest_wait_seconds", "How long the oldest due job waits", wait)
    yield GaugeMetricFamily(
        "maya_stripe_events_oldest_pending_seconds", "How long the oldest event of Stripe's waits", event
    )
    yield GaugeMetricFamily(
        "maya_payments_oldest_unsettled_seconds", "How long money may be here unbooked", unsettled
    )
    if checked:
        yield GaugeMetricFamily(
            "maya_ledger_invariant_violations", "What the last look over the book found", checked.violations
        )
        yield GaugeMetricFamily(
            "maya_ledger_check_last_success_timestamp_seconds",
            "When the book was looked over last",
            checked.at.timestamp(),
        )
    if kept:
        yield GaugeMetricFamily(
            "maya_backup_last_success_timestamp_seconds",
            "When the daily backup was last kept",
            kept.timestamp(),
        )
