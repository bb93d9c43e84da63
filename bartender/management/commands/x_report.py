import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand

from bartender.management.printed import printed
from bartender.services import closing


class Command(BaseCommand):
    help = (
        "What the business date has brought so far, or what one that was closed had brought. "
        "Example: manage.py x_report --date 2026-11-24 --json"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--date", type=date.fromisoformat, help="a business date (default: the current)")
        parser.add_argument("--json", action="store_true", help="one JSON object, amounts in cents")

    def handle(self, *, date: date | None, **options: Any) -> None:
        report = closing.x_report(date)
        self.stdout.write(json.dumps(report.as_json()) if options["json"] else printed(report))
