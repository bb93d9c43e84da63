from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from maya_site.core.errors import ProviderError
from payments import reconcile


class Command(BaseCommand):
    help = (
        "Compare our payments and refunds with the provider's, both ways. Changes nothing; exit code 1 and "
        "the differences if there are any. Example: manage.py reconcile_payments --since 2026-11-24"
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--since", type=_moment, help="a date or a time in UTC (default: a day ago)")

    def handle(self, *, since: datetime | None, **options: Any) -> None:
        try:
            found = reconcile.compare(since or timezone.now() - timedelta(days=1))
        except ProviderError as error:
            raise CommandError(f"The provider does not answer ({error}). Try again later.") from error
        for difference in found:
            self.stdout.write(str(difference))
        if found:
            raise CommandError(f"{len(found)} differences. Look at the payments named above in the admin.")
        self.stdout.write(self.style.SUCCESS("No differences."))


def _moment(text: str) -> datetime:
    moment = parse_datetime(text)
    if moment is None and (day := parse_date(text)):
        moment = datetime(day.year, day.month, day.day)
    if moment is None:
        raise ValueError(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
