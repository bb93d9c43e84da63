import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bartender.errors import OpenItemsRemain
from bartender.management.report_printing import format_report
from bartender.services import business_days
from maya_site.core.errors import Refusal


class Command(BaseCommand):
    help = (
        "Close a business date for good and print its report: the oldest open one that is over, or the one "
        "named. Exit code 1 if it is closed already, or not over, or if tabs, tickets or payments are open "
        'and no reason is given. Example: manage.py z_report --reason "two guests slept in"'
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--date", type=date.fromisoformat, help="close this date, even the current one")
        parser.add_argument("--by", default="staff:terminal", help="who closes it (default: staff:terminal)")
        parser.add_argument("--reason", default="", help="why, where tabs, tickets or payments are open")
        parser.add_argument("--json", action="store_true", help="one JSON object, amounts in cents")

    def handle(self, *, date: date | None, by: str, reason: str, **options: Any) -> None:
        try:
            report = business_days.report_from_z_report(business_days.close_business_day(date, by, reason))
        except OpenItemsRemain as refusal:
            raise CommandError(
                f"Still open: {refusal.what}. Finish it first, or say why with --reason."
            ) from refusal
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(json.dumps(report.as_json()) if options["json"] else format_report(report))
