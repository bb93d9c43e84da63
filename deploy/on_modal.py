"""What the containers on Modal do. Modal itself is described in deploy/modal_app.py."""

from __future__ import annotations

import gc
import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core import checks
from django.core.management import call_command

from deploy.bridge.app import Bridge
from deploy.bridge.daphne import Daphne
from deploy.deployment import too_many_containers

# Where the volume is mounted. Its files are copied: on a volume the last container to write would win.
VOLUME = Path("/data")


def begin() -> None:
    """Settings that agree, or one sentence and no container."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maya_site.settings")
    django.setup(set_prefix=False)
    wrong = [f"{found.msg} ({found.id})" for found in checks.run_checks() if found.is_serious()]
    if settings.MODAL_MAX_CONTAINERS > 1 and is_tryout():
        wrong.append(too_many_containers(settings.MODAL_MAX_CONTAINERS))
    if wrong:
        sys.exit("\n".join(f"Maya: {sentence}" for sentence in wrong))


def warm() -> Any:
    """All that a start reads and no container changes: this is what a memory snapshot holds.

    No thread and no connection begins here. They come with the application's own start, after the snapshot.
    """
    begin()
    if settings.MAYA_MODAL_SHAPE == "daphne":
        return Bridge(Daphne(Path(tempfile.mkdtemp(prefix="maya-")) / "daphne.sock"))
    from maya_site.asgi import application

    gc.collect()
    gc.freeze()
    return application


def woken() -> None:
    """In each container, after the snapshot: what must not be the same in all of them."""
    from maya_site import metrics

    random.seed()
    metrics.STARTED = time.monotonic()
    if not settings.MEMORY_DIR.exists() and (VOLUME / "memory").is_dir():
        shutil.copytree(VOLUME / "memory", settings.MEMORY_DIR)
    if is_tryout():
        prepare()


def prepare() -> None:
    """What a release needs before a guest meets it: its tables, the house menu, the memory's index."""
    call_command("migrate", interactive=False)
    call_command("load_menu", if_new=True)
    call_command("build_memory")


def keep_memory() -> None:
    """The index of this release, for the containers that start from now on."""
    if settings.MEMORY_DIR.is_dir():
        shutil.copytree(settings.MEMORY_DIR, VOLUME / "memory", dirs_exist_ok=True)


def beat() -> None:
    """What Celery's beat and worker do elsewhere: the jobs whose hour has come, and all that wait."""
    from maya_site.jobs.drain import drain
    from maya_site.jobs.outbox import enqueue_periodic

    if not is_tryout():
        enqueue_periodic()
        drain(1000)


def is_tryout() -> bool:
    """On SQLite, one container is the whole bar: opened without a key, forgotten when it closes."""
    return "sqlite" in settings.DATABASES["default"]["ENGINE"]
