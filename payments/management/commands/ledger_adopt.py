from typing import Any

from django.core.management.base import BaseCommand, CommandError

from payments import chain_adoption
from payments.models import ChainStart


class Command(BaseCommand):
    help = (
        "Take journals without a link into the chain: those that an older release wrote after the chain had "
        "begun. It proves nothing of what they were before, so look at them first, with ledger_check. "
        'Example: manage.py ledger_adopt "rolled back to 1.4 from 22:10 to 22:40"'
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("reason", help="why they have no link; ledger_check shows it from now on")

    def handle(self, *, reason: str, **options: Any) -> None:
        if not (reason := " ".join(reason.split())[:200]):
            raise CommandError("Say why they have no link.")
        if not ChainStart.objects.exists():
            raise CommandError(
                "The ledger still adopts by itself: it is done an hour after the last of them."
            )
        tabs = chain_adoption.adopt_by_hand(reason)
        self.stdout.write(self.style.SUCCESS(f"Adopted what had no link on {tabs} tabs: {reason}"))
