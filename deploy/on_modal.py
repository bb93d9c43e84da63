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
from deploy.bridge.daphne import DaphneProcess
from deploy.deployment import too_many_containers_message

# Where the volume is mounted. Its files are copied: on a volume the last container to write would win.
VOLUME_DIR = Path("/data")


def set_own_address(address: str | None) -> None:
    """Before the settings are read: guests come to the address that Modal gave, whatever the secret says."""
    if address:
        os.environ["MODAL_WEB_URL"] = address


def set_up_django() -> None:
    """Settings that agree, or one sentence and no container."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maya_site.settings")
    django.setup(set_prefix=False)
    wrong = [f"{found.msg} ({found.id})" for found in checks.run_checks() if found.is_serious()]
    if settings.MODAL_MAX_CONTAINERS > 1 and is_trial():
        wrong.append(too_many_containers_message(settings.MODAL_MAX_CONTAINERS))
    if wrong:
        sys.exit("\n".join(f"Maya: {sentence}" for sentence in wrong))


def load_application() -> Any:
    """All that a start reads and no container changes: this is what a memory snapshot holds.

    No thread and no connection begins here. They come with the application's own start, after the snapshot.
    """
    set_up_django()
    if settings.MAYA_MODAL_SHAPE == "daphne":
        return Bridge(DaphneProcess(Path(tempfile.mkdtemp(prefix="maya-")) / "daphne.sock"))
    from maya_site.asgi import application

    gc.collect()
    gc.freeze()
    return application


def after_snapshot_restore() -> None:
    """In each container, after the snapshot: what must not be the same in all of them."""
    from maya_site.ops import metrics

    random.seed()
    metrics.STARTED_AT = time.monotonic()
    if not settings.MEMORY_DIR.exists() and (VOLUME_DIR / "memory").is_dir():
        shutil.copytree(VOLUME_DIR / "memory", settings.MEMORY_DIR)
    if is_trial():
        prepare()


def prepare() -> None:
    """What a release needs before a guest meets it: its tables, the bar's menu, the memory's index."""
    call_command("migrate", interactive=False)
    call_command("load_menu", if_new=True)
    call_command("build_memory")


def save_memory_index() -> None:
    """The index of this release, for the containers that start from now on."""
    if settings.MEMORY_DIR.is_dir():
        shutil.copytree(settings.MEMORY_DIR, VOLUME_DIR / "memory", dirs_exist_ok=True)


def run_scheduled_tasks() -> None:
    """What Celery's beat and worker do elsewhere: the jobs whose hour has come, and all that wait."""
    from maya_site.tasks.enqueue import enqueue_due_periodic_tasks
    from maya_site.tasks.worker import run_due_tasks

    if not is_trial():
        enqueue_due_periodic_tasks()
        run_due_tasks(1000)


def is_trial() -> bool:
    """On SQLite, one container is the whole bar: opened without a key, forgotten when it closes."""
    return "sqlite" in settings.DATABASES["default"]["ENGINE"]
