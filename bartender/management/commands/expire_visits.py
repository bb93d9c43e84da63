"""Closes idle visits by hand; a periodic task does the same every minute."""

from typing import Any

from django.core.management.base import BaseCommand

from bartender.services.visits import expire_visits


class Command(BaseCommand):
    help = (
        "Close visits that were idle too long and flag unpaid tabs to staff. Safe to run again. "
        "Example: manage.py expire_visits"
    )

    def handle(self, **options: Any) -> None:
        found = expire_visits()
        self.stdout.write(f"closed {found['closed']}, of them left unpaid {found['flagged']}")
