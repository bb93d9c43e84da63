"""Everything between the installed packages and an open bar, in one interpreter start."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import CommandError, call_command, get_commands
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

DONE = Path(settings.BASE_DIR) / ".prepared.json"
MENU = Path(settings.BASE_DIR) / "bartender" / "menu" / "house_menu.yaml"


class Command(BaseCommand):
    help = (
        "Bring database, menu and static files up to date, skipping what did not change, "
        "then say what is real. Example: manage.py prepare --force"
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--force", action="store_true", help="do every step, changed or not")

    def handle(self, *, force: bool, **options: Any) -> None:
        new_database = self._migrate()
        done = {} if force else _done_before()
        for step, place, fingerprint, missing in _steps(new_database):
            key = f"{step} {place}"
            if (missing or done.get(key) != fingerprint) and step in get_commands():
                self._run(step)
                done[key] = fingerprint
        DONE.write_text(json.dumps(done, indent=1))
        self._introduce()

    def _migrate(self) -> bool:
        """True when there was nothing in the database yet."""
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.stdout.write("Bringing the database up to date ...")
            call_command("migrate", verbosity=0, interactive=False)
        return not executor.loader.applied_migrations

    def _run(self, step: str) -> None:
        quiet = {"interactive": False, "clear": True, "verbosity": 0} if step == "collectstatic" else {}
        call_command(step, stdout=self.stdout, stderr=self.stderr, **quiet)

    def _introduce(self) -> None:
        """A configured service that does not answer is told, and the bar opens all the same."""
        if "check_services" in get_commands():
            try:
                with suppress(SystemExit):  # its way to say that a service is down; the text is out already
                    call_command("check_services", summary=True, stdout=self.stdout, stderr=self.stderr)
            except CommandError as trouble:
                self.stderr.write(f"{trouble}")
        host = "localhost" if settings.HOST in {"0.0.0.0", "::"} else settings.HOST  # noqa: S104 - compared
        self.stdout.write(self.style.SUCCESS(f"Maya opens at http://{host}:{settings.PORT}/"))


def _done_before() -> dict[str, str]:
    try:
        found = json.loads(DONE.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _steps(new_database: bool) -> Iterator[tuple[str, str, str, bool]]:
    """Command, where its result lives, what it is made from, and whether the result is surely missing."""
    # Only a digest of the database's address is kept: it may hold a password.
    database = _digest(settings.DATABASE_URL.encode())
    # Only a new file is loaded again: staff edit the menu where it was loaded.
    yield "load_menu", database, _digest(MENU.read_bytes()), new_database
    yield "build_memory", database, "once", new_database
    static = Path(settings.STATIC_ROOT)
    yield "collectstatic", str(static), _static_files(), not static.is_dir()


def _static_files() -> str:
    listed = [
        f"{path} {stat.st_size} {stat.st_mtime_ns}"
        for finder in get_finders()
        for path, storage in finder.list([])
        for stat in [Path(storage.path(path)).stat()]
    ]
    return _digest("\n".join(listed).encode())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
