import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder

from bartender.services import returning_guests


class Command(BaseCommand):
    help = (
        "Show or erase everything about one guest, by the code of a visit (in the admin) or of a remembered "
        "guest. The ledger keeps its amounts. Example: manage.py guest_data export 3f2a…"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["export", "erase"])
        parser.add_argument("code")

    def handle(self, *, what: str, code: str, **options: Any) -> None:
        if not returning_guests.visits_of(code) and not returning_guests.returning_guest_exists(code):
            raise CommandError(f"no guest has the code {code}. Copy it whole from the visit in the admin.")
        done = (
            returning_guests.export_guest_data(code)
            if what == "export"
            else returning_guests.erase_guest_data(code)
        )
        self.stdout.write(json.dumps(done, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2))
