from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bartender.menu.loader import DEFAULT_MENU_PATH, load_menu
from bartender.menu.reader import MenuFileError


class Command(BaseCommand):
    help = (
        "Load a menu file: add, change and withdraw items until the menu is what the file says. Example: "
        "manage.py load_menu --file my_menu.yaml"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--file", type=Path, default=DEFAULT_MENU_PATH, help="the menu file (default: the house's)"
        )
        parser.add_argument(
            "--if-new", action="store_true", help="do nothing if this very file was loaded before"
        )

    def handle(self, *, file: Path, if_new: bool, **options: Any) -> None:
        try:
            changes = load_menu(file, only_if_new=if_new)
        except MenuFileError as error:
            raise CommandError(str(error)) from error
        for change in changes:
            self.stdout.write(change)
        self.stdout.write(
            self.style.SUCCESS(f"{len(changes)} changes" if changes else "The menu is up to date.")
        )
