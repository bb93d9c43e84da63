"""Everything between the installed packages and an open bar, in one interpreter start."""

from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management import CommandError, call_command, get_commands
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from bartender.menu.loader import load_menu
from maya_site.web import collected


class Command(BaseCommand):
    help = (
        "Bring database, menu and static files up to date, skipping what did not change, "
        "then say what is real. Example: manage.py prepare --force"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--force", action="store_true", help="do every step, changed or not")

    def handle(self, *, force: bool, **options: Any) -> None:
        self._migrate()
        # A file that was loaded before is not loaded again: staff edit the menu where it was loaded.
        if changes := load_menu(only_if_new=not force):
            self.stdout.write(f"Loaded the house menu: {len(changes)} changes.")
        if "build_memory" in get_commands():
            call_command("build_memory", stdout=self.stdout, stderr=self.stderr)
        self._collect_static(force)
        self._introduce()

    def _migrate(self) -> None:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.stdout.write("Bringing the database up to date ...")
            call_command("migrate", verbosity=0, interactive=False)

    def _collect_static(self, force: bool) -> None:
        digest = collected.digest()
        if force or not collected.is_current(digest):
            self.stdout.write("Collecting static files ...")
            call_command("collectstatic", interactive=False, clear=True, verbosity=0)
            collected.stamp(digest)

    def _introduce(self) -> None:
        """A configured service that does not answer is told, and the bar opens all the same."""
        if "check_services" in get_commands():
            try:
                with suppress(SystemExit):  # how it says that a service is down; the text is out already
                    call_command("check_services", summary=True, stdout=self.stdout, stderr=self.stderr)
            except CommandError as trouble:
                self.stderr.write(f"{trouble}")
        host = "localhost" if settings.HOST in {"0.0.0.0", "::"} else settings.HOST  # noqa: S104 - compared
        self.stdout.write(self.style.SUCCESS(f"Maya opens at http://{host}:{settings.PORT}/"))
