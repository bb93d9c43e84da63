import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bartender.management.printed import printed
from bartender.services import closing
from maya_site.lib.errors import Refused


class Command(BaseCommand):
    help = (
        "Close a business date for good and print its report: the oldest open one that is over, or the one "
        "named. Exit code 1 if it is closed already, or not over. Example: manage.py z_report --json"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--date", type=date.fromisoformat, help="close this date, even the current one")
        parser.add_argument("--by", default="staff:terminal", help="who closes it (default: staff:terminal)")
        parser.add_argument("--json", action="store_true", help="one JSON object, amounts in cents")

    def handle(self, *, date: date | None, by: str, **options: Any) -> None:
        try:
            report = closing.report_of(closing.z_report(date, by))
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(json.dumps(report.as_json()) if options["json"] else printed(report))
