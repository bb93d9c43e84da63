from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from payments import audit, ledger_checks
from payments.models import Tab


class Command(BaseCommand):
    help = (
        "Check every invariant of the ledger: journals balance, tabs equal their ledger, payments are booked "
        "once. Read-only; exit code 1 if anything is wrong. Example: manage.py ledger_check --tab 3f2a9c"
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--tab", default="", help="only tabs whose code begins like this")
        parser.add_argument(
            "--record", action="store_true", help="show it to the monitors, as the daily check"
        )

    def handle(self, *, tab: str, record: bool, **options: Any) -> None:
        if record:
            if (check := ledger_checks.check_full()).violations:
                raise CommandError(f"{check.violations} violations, the first: {check.first_violation}")
            return
        tabs = Tab.objects.filter(code__startswith=tab)
        with transaction.atomic():
            checked, found = tabs.count(), list(audit.check_tabs(tabs))
            found += [] if tab else audit.check_ledger_totals()
        for violation in found:
            self.stdout.write(str(violation))
        if tab and not checked:
            raise CommandError(f"No tab has a code that begins with {tab}.")
        if found:
            raise CommandError(f"{len(found)} violations. Take the tabs named above out of service.")
        self.stdout.write(self.style.SUCCESS(f"{checked} tabs: the book is in order."))
