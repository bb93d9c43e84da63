"""The parts that Maya is made of: which is real, which is simulated, and whether it answers.

One list for /healthz, `manage.py check_services` and the guest's page. Without an essential part the bar
cannot serve. Any other part that is off or down only degrades it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryFile
from typing import Literal

from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from bartender.brains.status import LLMStatus, current_llm_status, probe_llm_failure
from bartender.models.menu import Venue
from bartender.services.printing.queue import printer_signs
from bartender.speech.stt.registry import preferred_provider
from bartender.speech.tts.registry import local_voice_names
from bartender.speech.tts.status import get_tts_status
from maya_site.core.currencies import get_currency
from maya_site.core.database_failures import describe_failure
from maya_site.core.errors import ProviderError, Refusal
from maya_site.core.providers import PROBE_CACHE
from maya_site.core.rate_limits import rate_limiter, redis_errors
from maya_site.core.venue import get_timezone
from maya_site.ops.guest_page_probe import GUEST_PAGE_PROBE
from maya_site.ops.model_probe import MODEL_PROBE
from maya_site.tasks.health import TaskHealth, read_task_health
from maya_site.tasks.wakeup import celery_runs_tasks, celery_worker_answers
from payments.providers import available_provider_names, get_provider_spec
from rag.status import get_memory_status

logger = logging.getLogger(__name__)

ComponentKind = Literal["real", "simulated", "off"]
MAX_TASK_WAIT_SECONDS = 300.0


@dataclass(frozen=True)
class Component:
    """`detail` is for people. It never names an address or a key."""

    name: str
    kind: ComponentKind
    is_available: bool
    detail: str
    is_essential: bool = False

    @property
    def state(self) -> str:
        if self.is_essential:
            return "ok" if self.is_available else "down"
        if self.kind == "off" or not self.is_available:
            return "degraded"
        return "ok" if self.kind == "real" else "simulated"


def check_database() -> Component:
    name = {"sqlite": "SQLite file", "postgresql": "PostgreSQL"}.get(connection.vendor, connection.vendor)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        why = describe_failure(error)
        logger.warning("the database cannot be used: %s", why)
        return Component("database", "real", False, f"{name}: {why}", is_essential=True)
    if not _is_disk_writable():
        return Component("database", "real", False, f"{name}, its disk takes nothing more", is_essential=True)
    return Component("database", "real", True, name, is_essential=True)


def _is_disk_writable() -> bool:
    """Reading goes on with a full disk, and orders do not. Another machine's disk is not ours to try."""
    file = Path(str(connection.settings_dict["NAME"]))
    if connection.vendor != "sqlite" or not file.is_file():  # a test's may be in memory
        return True
    try:
        with TemporaryFile(dir=file.parent) as tried:
            tried.write(b"room")
    except OSError as error:
        logger.warning("the database's disk takes nothing more: %s", type(error).__name__)
        return False
    return True


def check_migrations() -> Component:
    missing = _migrations_on_disk() - _applied_migrations()
    says = f"{len(missing)} missing: run manage.py migrate" if missing else "all applied"
    return Component("migrations", "real", not missing, says, is_essential=True)


def _applied_migrations() -> set[tuple[str, str]]:
    """Without Django's look at the list of all tables before: a database that has none of ours is rare."""
    try:
        return set(MigrationRecorder.Migration.objects.values_list("app", "name"))
    except DatabaseError:
        return set(MigrationRecorder(connection).applied_migrations())


@cache
def _migrations_on_disk() -> set[tuple[str, str]]:
    """Read once: reading them takes longer than asking the database which were applied."""
    return set(MigrationLoader(None).disk_migrations)


def check_brain() -> Component:
    """The brain by what guests met and by asking the model now and then. The rule-based brain needs nobody,
    so without a model it is the essential part."""
    try:
        import_module("bartender.brains.rule_based.brain")
    except ImportError as missing:
        logger.warning("there is no brain: %s", missing)
        return Component("brain", "off", False, "there is none", is_essential=True)
    now = current_llm_status()
    if not now.configured_model:
        return Component("brain", "simulated", True, "house brain, no key needed", is_essential=True)
    why = MODEL_PROBE.failure(now.configured_model)
    if not now.is_fallback and not why:
        return Component("brain", "real", True, f"{now.display_name}, {now.active_model}")
    fails = f"{now.configured_model} fails" + (f" ({why})" if why else "")
    return Component("brain", "real", False, f"{now.display_name}, {fails}; {_answering(now)} answers")


def _answering(now: LLMStatus) -> str:
    return now.active_model if now.is_fallback and now.active_model else "the house brain"


def check_brain_live(component: Component) -> Component:
    """The brain by asking the model over the network now, for people. Monitors are told by what guests
    met."""
    now = current_llm_status()
    if component.name != "brain" or component.kind != "real" or not now.configured_model:
        return component
    why = probe_llm_failure(now.configured_model)
    description = f"{now.display_name}, {now.configured_model}"
    return replace(component, is_available=not why, detail=f"{description}: {why}" if why else description)


def check_tts() -> Component:
    found = get_tts_status()
    kind: ComponentKind = "real" if found.is_configured else "simulated" if local_voice_names() else "off"
    return Component("voice", kind, found.is_available, found.description)


def check_stt() -> Component:
    spec = preferred_provider()
    if spec is None:
        return Component("ears", "off", True, "none: guests write, or their browsers listen")
    return Component("ears", "simulated" if spec.is_stand_in else "real", True, spec.display_name)


def check_memory() -> Component:
    found = get_memory_status()
    if not found.available:
        return Component(
            "memory", "off", True, f"remembers nothing: {found.reason or 'nothing is published'}"
        )
    said = f"{found.kind}, {found.passage_count} passages, {found.embedder}"
    return Component("memory", "real", True, f"{said} ({found.reason})" if found.reason else said)


def check_payments() -> Component:
    for name in available_provider_names()[:1]:
        spec = get_provider_spec(name)
        kind: ComponentKind = "simulated" if spec.is_stand_in else "real"
        try:
            return Component("payments", kind, True, PROBE_CACHE.probe(spec) or spec.display_name)
        except ProviderError as error:
            logger.warning("the till does not answer: %s", error)
            return Component("payments", kind, False, f"{name}, does not answer")
    return Component("payments", "off", True, "no till: guests pay at the bar")


def check_broker() -> Component:
    """Limits, channel layer and Celery's broker are one Redis, or none."""
    shared = rate_limiter().shared
    if shared is None:
        return Component("broker", "simulated", True, "in this process")
    try:
        shared.get("healthz")
    except redis_errors() as error:
        logger.warning("Redis does not answer: %s", type(error).__name__)
        return Component("broker", "real", False, "Redis, does not answer")
    return Component("broker", "real", True, "Redis")


def check_guest_page() -> Component:
    refusal = GUEST_PAGE_PROBE.refusal()
    return Component("page", "real", not refusal, refusal or "served to guests", is_essential=True)


def check_venue() -> Component | None:
    """A component only if the venue's row holds an unknown currency or time zone, so that amounts or times
    are shown wrongly."""
    venue = Venue.current()
    known = [
        refusal_message(check, said)
        for check, said in ((get_currency, venue.currency), (get_timezone, venue.timezone))
    ]
    message = " ".join(filter(None, known))
    return Component("venue", "real", False, message) if message else None


def check_printers() -> Component | None:
    """A component only while a printer needs somebody: orders go on without paper."""
    if signs := printer_signs(timezone.now()):
        return Component("printers", "real", False, "; ".join(f"{one.name}: {one.words}" for one in signs))
    return None


def refusal_message(validate: Callable[[str], object], value: str) -> str:
    try:
        validate(value)
    except Refusal as error:
        return str(error)
    return ""


def check_tasks(known: TaskHealth | None = None) -> Component:
    """A periodic task that is due and not done is late, whether or not anybody made its row. `known`: what
    was read a moment ago."""
    now = timezone.now()
    try:
        found = known or read_task_health(now)
    except DatabaseError as error:
        return Component("jobs", "real", False, f"cannot be read: {type(error).__name__}")
    late = [each for each in found.overdue if each.seconds(now) > MAX_TASK_WAIT_SECONDS]
    if late:
        others = f" and {len(late) - 1} more" if late[1:] else ""
        since = f"{late[0].since:%Y-%m-%d %H:%M} UTC"
        return Component(
            "jobs", "real", False, f"{late[0].name}{others} not done since {since}: does a worker run?"
        )
    wait = found.oldest_wait_seconds
    if wait > MAX_TASK_WAIT_SECONDS:
        return Component("jobs", "real", False, f"the oldest waits {int(wait)} s: does a worker run?")
    return Component("jobs", "real", True, "drained")


NO_WORKER = (
    "no Celery worker answers, so receipts, reconciliation and backups wait: start `celery -A "
    "maya_site.celery worker --beat --pool threads`, or set JOB_RUNNER=server"
)


def check_worker_live() -> Component | None:
    """Asks for a Celery worker, if Celery runs the tasks: it takes a second where there is none, so monitors
    go by what is late."""
    if not celery_runs_tasks():
        return None
    found = celery_worker_answers()
    if found is None:
        return Component("worker", "real", False, "cannot be asked while Redis does not answer")
    return Component("worker", "real", found, "Celery" if found else NO_WORKER)


EXTERNAL_CHECKS: list[Callable[[], Component]] = [
    check_brain,
    check_tts,
    check_stt,
    check_memory,
    check_payments,
    check_broker,
]


def check_components(tasks: TaskHealth | None = None) -> list[Component]:
    """All components, the database first: while it is away nothing that lies in it is asked, because each
    question would wait. `tasks`: their state, where it was read a moment ago."""
    base = check_database()
    found = [base]
    if base.is_available:
        found.append(check_migrations())
        if found[-1].is_available:
            found.append(check_tasks(tasks))
            found += filter(None, [check_venue(), check_printers(), check_guest_page()])
    return [*found, *(look() for look in EXTERNAL_CHECKS)]
