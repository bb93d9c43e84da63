import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand

from bartender.management.report_printing import format_report
from bartender.services import business_days


class Command(BaseCommand):
    help = (
        "Print the figures of the current business date so far, or those of an earlier date. Changes "
        "nothing. Example: manage.py x_report --date 2026-11-24 --json"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--date", type=date.fromisoformat, help="a business date (default: the current)")
        parser.add_argument("--json", action="store_true", help="one JSON object, amounts in cents")

    def handle(self, *, date: date | None, **options: Any) -> None:
        report = business_days.build_x_report(date)
        self.stdout.write(json.dumps(report.as_json()) if options["json"] else format_report(report))
