"""Everything between the installed packages and an open bar, in one start of the interpreter."""

from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management import CommandError, call_command, get_commands
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from bartender.menu.loader import load_menu
from bartender.menu.reader import CurrencyMismatch, MenuFileError
from maya_site.edge import collected_static


class Command(BaseCommand):
    help = (
        "Bring the database, the menu, the memory and the static files up to date, each only if it changed, "
        "then say what is real and what is simulated. Example: manage.py prepare --force"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--force", action="store_true", help="do every step, changed or not")

    def handle(self, *, force: bool, **options: Any) -> None:
        self._migrate()
        # A file that was loaded before is not loaded again: staff edit the menu where it was loaded.
        try:
            changes = load_menu(only_if_new=not force)
        except CurrencyMismatch as mismatch:  # the bar opens with the menu that it has
            self.stderr.write(str(mismatch))
            changes = []
        except MenuFileError as error:
            raise CommandError(str(error)) from error
        if changes:
            self.stdout.write(f"Loaded the house menu: {len(changes)} changes.")
        if "build_memory" in get_commands():
            call_command("build_memory", stdout=self.stdout, stderr=self.stderr)
        self._collect_static(force)
        self._print_summary()

    def _migrate(self) -> None:
        executor = MigrationExecutor(connection)
        # Before 0.1.0 the tables had other names, and the migrations began anew with it.
        if any(app == "jobs" for app, _name in executor.loader.applied_migrations):
            raise CommandError(
                "This database was made before version 0.1.0, whose tables have other names. "
                "Move it away, or set DATABASE_URL to another one, and start again."
            )
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.stdout.write("Bringing the database up to date ...")
            call_command("migrate", verbosity=0, interactive=False)

    def _collect_static(self, force: bool) -> None:
        digest = collected_static.source_digest()
        if force or not collected_static.is_current(digest):
            self.stdout.write("Collecting static files ...")
            call_command("collectstatic", interactive=False, clear=True, verbosity=0)
            collected_static.write_digest(digest)

    def _print_summary(self) -> None:
        """A configured service that does not answer is told, and the bar opens all the same."""
        if "check_services" in get_commands():
            try:
                with suppress(SystemExit):  # how it says that a service is down; the text is out already
                    call_command("check_services", summary=True, stdout=self.stdout, stderr=self.stderr)
            except CommandError as error:
                self.stderr.write(f"{error}")
        host = "localhost" if settings.HOST in {"0.0.0.0", "::"} else settings.HOST  # noqa: S104 - compared
        self.stdout.write(self.style.SUCCESS(f"Maya opens at http://{host}:{settings.PORT}/"))
