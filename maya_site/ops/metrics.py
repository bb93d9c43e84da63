"""/metrics for Prometheus. Counters live in maya_site.core.metrics; here are the figures that are read when
somebody asks."""

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
from django.utils import timezone
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, multiprocess
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from maya_site.core.providers import providers
from maya_site.core.release import VERSION
from maya_site.ops import cgroup
from maya_site.ops.backup.task import last_backup_at
from maya_site.ops.components import check_components
from maya_site.tasks.health import Overdue, TaskHealth, read_task_health
from maya_site.tasks.registry import PERIODIC_TASKS
from payments.models import LedgerCheck, Tab
from payments.overdue import oldest_pending_event_seconds, oldest_unsettled_payment_seconds
from payments.providers import available_provider_names
from payments.reconcile import count_latest_differences
from rag.providers.base import StoreSpec
from rag.status import get_memory_status

logger = logging.getLogger(__name__)

STARTED_AT = time.monotonic()


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    if not can_read_metrics(request):
        challenge = {"WWW-Authenticate": "Bearer"}
        return HttpResponse("METRICS_TOKEN is asked for.\n", "text/plain", 401, headers=challenge)
    page = prometheus_client.generate_latest(_registry())
    return HttpResponse(page, content_type=prometheus_client.CONTENT_TYPE_LATEST)


def can_read_metrics(request: HttpRequest) -> bool:
    """With METRICS_TOKEN whoever sends it. Without it anybody in development, and this machine only in
    production."""
    if settings.METRICS_TOKEN:
        shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return secrets.compare_digest(shown.encode(), settings.METRICS_TOKEN.encode())
    return not settings.PRODUCTION or _is_loopback(request.META.get("REMOTE_ADDR", ""))


def _is_loopback(address: str) -> bool:
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
    """Figures that are read when somebody asks, rather than counted when something happens."""

    def describe(self) -> list[Metric]:
        return []  # the names are fixed below: nothing is looked up to register them

    def collect(self) -> Iterator[Metric]:
        yield _build_info()
        tasks = _read_task_health()
        yield _component_metric(tasks)
        yield from _container_metrics()
        yield from _memory_metrics()
        yield from _ledger_metrics(tasks)


def _build_info() -> Metric:
    """1, with what an alert must know to tell production from a rehearsal."""
    info = GaugeMetricFamily(
        "maya_build_info",
        "Always 1; the labels say what runs here",
        labels=["environment", "till", "version", "commit"],
    )
    environment = "production" if settings.PRODUCTION else "development"
    till = next(iter(available_provider_names()), "none")
    info.add_metric([environment, till, VERSION, settings.MAYA_COMMIT], 1)
    return info


def _read_task_health() -> TaskHealth | None:
    """Read once for all that is said of it; None while the database is away."""
    try:
        return read_task_health()
    except DatabaseError as error:
        logger.warning("metrics without the tasks: %s", type(error).__name__)
        return None


def _component_metric(tasks: TaskHealth | None) -> Metric:
    """What /healthz says, for rules. A part that is off on purpose counts as available."""
    gauge = GaugeMetricFamily(
        "maya_component_available",
        "1 if a part of the bar answers or is off on purpose, else 0; an essential one is needed to serve",
        labels=["component", "essential"],
    )
    for part in check_components(tasks):
        gauge.add_metric([part.name, "yes" if part.is_essential else "no"], int(part.is_available))
    return gauge


def _container_metrics() -> Iterator[Metric]:
    gauge = GaugeMetricFamily
    yield gauge(
        "maya_config_memory_mb", "Configured memory of one container, in MB", settings.MODAL_MEMORY_MB
    )
    yield gauge(
        "maya_config_max_containers", "Configured largest number of containers", settings.MODAL_MAX_CONTAINERS
    )
    yield gauge(
        "maya_process_uptime_seconds", "Seconds since this process started", time.monotonic() - STARTED_AT
    )
    found = cgroup.read_usage()
    if found.memory_bytes is not None:
        yield gauge("maya_container_memory_usage_bytes", "Memory in use, in bytes", found.memory_bytes)
    limit = found.memory_limit_bytes or cgroup.total_memory_bytes()
    if limit is not None:
        yield gauge(
            "maya_container_memory_limit_bytes",
            "Memory limit of the container, else the machine's memory, in bytes",
            limit,
        )
    if found.cpu_seconds is not None:
        # Prometheus' own ending, _total, is added to a counter's name.
        yield CounterMetricFamily(
            "maya_container_cpu_usage_seconds", "CPU time used, in seconds", found.cpu_seconds
        )


def _memory_metrics() -> Iterator[Metric]:
    found = get_memory_status()
    yield GaugeMetricFamily(
        "maya_rag_available", "1 if the memory can be searched, else 0", int(found.available)
    )
    yield GaugeMetricFamily("maya_rag_document_count", "Passages in the memory", found.passage_count)
    kinds = GaugeMetricFamily(
        "maya_rag_type", "1 for the kind of index in use, 0 for the others", labels=["type"]
    )
    for kind in [*(spec.name for spec in providers(StoreSpec)), "none"]:
        kinds.add_metric([kind], int(kind == found.kind))
    yield kinds


def _overdue_metric(overdue: list[Overdue]) -> Metric:
    now, late = timezone.now(), {each.name: each for each in overdue}
    gauge = GaugeMetricFamily(
        "maya_job_overdue_seconds",
        "Seconds since a periodic job should have run, by the clock; 0 if it was done",
        labels=["task"],
    )
    for name in sorted(PERIODIC_TASKS):
        gauge.add_metric([name], late[name].seconds(now) if name in late else 0)
    return gauge


def _ledger_metrics(tasks: TaskHealth | None) -> Iterator[Metric]:
    """Left out while the database is away: the other figures matter most just then."""
    if tasks is None:
        return
    try:
        tabs, wait = Tab.objects.unsettled().count(), tasks.oldest_wait_seconds
        differences = count_latest_differences()
        checked, backed_up_at = LedgerCheck.objects.first(), last_backup_at()
        event, unsettled = oldest_pending_event_seconds(), oldest_unsettled_payment_seconds()
    except DatabaseError as error:
        logger.warning("metrics without the books: %s", type(error).__name__)
        return
    yield GaugeMetricFamily("maya_open_tabs", "Tabs that are open or closing", tabs)
    yield GaugeMetricFamily(
        "maya_reconcile_differences",
        "Differences to the providers' records at the last reconciliation",
        differences,
    )
    yield GaugeMetricFamily(
        "maya_jobs_oldest_wait_seconds", "Seconds that the oldest due job has waited", wait
    )
    yield _overdue_metric(tasks.overdue)
    yield GaugeMetricFamily(
        "maya_stripe_events_oldest_pending_seconds",
        "Seconds that the oldest unprocessed event of a provider has waited",
        event,
    )
    yield GaugeMetricFamily(
        "maya_payments_oldest_unsettled_seconds",
        "Seconds since a payment may have been made that no tab shows yet",
        unsettled,
    )
    if checked:
        yield GaugeMetricFamily(
            "maya_ledger_invariant_violations",
            "Broken invariants that the last ledger check found",
            checked.violations,
        )
        yield GaugeMetricFamily(
            "maya_ledger_check_last_success_timestamp_seconds",
            "Time of the last ledger check, in seconds since 1970",
            checked.created_at.timestamp(),
        )
    if backed_up_at:
        yield GaugeMetricFamily(
            "maya_backup_last_success_timestamp_seconds",
            "Time of the last daily backup, in seconds since 1970",
            backed_up_at.timestamp(),
        )
