"""What Maya is made of: which part is real, which is simulated, and whether it answers.

One list for /healthz, for `check_services` and for the page. Without an essential part the bar cannot
serve; any other part that is off or down makes it a bar with less in it.
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

from django.conf import settings
from django.core.cache import cache as shared_cache
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from bartender.brains.status import thinking, trouble
from bartender.hearing.house import whose_ears
from bartender.voices.house import local_voice
from bartender.voices.status import status
from maya_site.jobs.health import oldest_wait
from maya_site.lib.errors import ProviderError
from maya_site.lib.limits import cache_trouble
from payments.probing import probed
from payments.providers import SIMULATED, tills
from rag.status import memory

logger = logging.getLogger(__name__)

Kind = Literal["real", "simulated", "off"]
SLOW_JOBS = 300.0


@dataclass(frozen=True)
class Part:
    """`says` is for people; it never names an address or a key."""

    name: str
    kind: Kind
    answers: bool
    says: str
    essential: bool = False

    @property
    def state(self) -> str:
        if self.essential:
            return "ok" if self.answers else "down"
        if self.kind == "off" or not self.answers:
            return "degraded"
        return "ok" if self.kind == "real" else "simulated"


def database() -> Part:
    name = {"sqlite": "SQLite file", "postgresql": "PostgreSQL"}.get(connection.vendor, connection.vendor)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as trouble:
        logger.warning("the database does not answer: %s", type(trouble).__name__)
        return Part("database", "real", False, f"{name}, does not answer", essential=True)
    if not _has_room():
        return Part("database", "real", False, f"{name}, its disk takes nothing more", essential=True)
    return Part("database", "real", True, name, essential=True)


def _has_room() -> bool:
    """Reading goes on with a full disk, and orders do not. Another machine's disk is not ours to try."""
    file = Path(str(connection.settings_dict["NAME"]))
    if connection.vendor != "sqlite" or not file.is_file():  # a test's may be in memory
        return True
    try:
        with TemporaryFile(dir=file.parent) as tried:
            tried.write(b"room")
    except OSError as trouble:
        logger.warning("the database's disk takes nothing more: %s", type(trouble).__name__)
        return False
    return True


def migrations() -> Part:
    missing = _on_disk() - set(MigrationRecorder(connection).applied_migrations())
    says = f"{len(missing)} missing: run manage.py migrate" if missing else "all applied"
    return Part("migrations", "real", not missing, says, essential=True)


@cache
def _on_disk() -> set[tuple[str, str]]:
    """Read once: reading them takes longer than asking the database which were applied."""
    return set(MigrationLoader(None).disk_migrations)


def brain() -> Part:
    """By what guests met. The house brain needs nobody: it makes the bar, so it is no lesser part."""
    try:
        import_module("bartender.brains.house.brain")
    except ImportError as missing:
        logger.warning("there is no brain: %s", missing)
        return Part("brain", "off", False, "there is none", essential=True)
    now = thinking()
    if not now.wanted:
        return Part("brain", "simulated", True, "house brain, no key needed", essential=True)
    if not now.fallen_back:
        return Part("brain", "real", True, f"Gemini, {now.model}")
    return Part(
        "brain", "real", False, f"Gemini, {now.wanted} fails; {now.model or 'the house brain'} answers"
    )


def asked(part: Part) -> Part:
    """For people who want to know now: over the network where monitors are told by what guests met."""
    wanted = thinking().wanted
    if part.name != "brain" or part.kind != "real" or not wanted:
        return part
    why = trouble(wanted)
    return replace(part, answers=not why, says=f"Gemini, {wanted}{': ' if why else ''}{why}")


def voice() -> Part:
    found = status()
    kind: Kind = "real" if found.real else "simulated" if local_voice() else "off"
    return Part("voice", kind, found.answers, found.says)


def ears() -> Part:
    found = whose_ears()
    if found is None:
        return Part("ears", "off", True, "none: guests write, or their browsers listen")
    return Part("ears", "real" if found.name == "cartesia" else "simulated", True, found.says)


def house_memory() -> Part:
    found = memory()
    if not found.available:
        return Part("memory", "off", True, f"remembers nothing: {found.reason or 'nothing is published'}")
    said = f"{found.kind}, {found.documents} passages, {found.embedder}"
    return Part("memory", "real", True, f"{said} ({found.reason})" if found.reason else said)


def payments() -> Part:
    for name in tills()[:1]:
        kind: Kind = "simulated" if name == SIMULATED else "real"
        try:
            return Part("payments", kind, True, probed(name))
        except ProviderError as trouble:
            logger.warning("the till does not answer: %s", trouble)
            return Part("payments", kind, False, f"{name}, does not answer")
    return Part("payments", "off", True, "no till: guests pay at the bar")


def broker() -> Part:
    """Cache, channel layer and Celery's broker are one Redis, or none."""
    if not settings.REDIS_URL:
        return Part("broker", "simulated", True, "in this process")
    try:
        shared_cache.get("parts")
    except cache_trouble() as trouble:
        logger.warning("the cache does not answer: %s", type(trouble).__name__)
        return Part("broker", "real", False, "Redis, does not answer")
    return Part("broker", "real", True, "Redis")


def jobs() -> Part:
    wait = oldest_wait()
    late = wait > SLOW_JOBS
    says = f"the oldest waits {int(wait)} s: nobody drains" if late else "drained"
    return Part("jobs", "real", not late, says)


ELSEWHERE: list[Callable[[], Part]] = [brain, voice, ears, house_memory, payments, broker]


def parts() -> list[Part]:
    """The database first: what lies in it is not asked for while it is away, each question would wait."""
    base = database()
    found = [base]
    if base.answers:
        found.append(migrations())
        if found[-1].answers:
            found.append(jobs())
    return [*found, *(look() for look in ELSEWHERE)]
