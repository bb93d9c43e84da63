import logging
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from bartender.services.second_factor import delete_devices

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Remove somebody's second factor after they lost their phone, and end their sessions. Their next "
        "login sets up a new one where it is required. First make sure who asks. Example: manage.py "
        "reset_second_factor mo"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")

    def handle(self, *, name: str, **options: Any) -> None:
        user = User.objects.filter(username=name).first()
        if user is None:
            raise CommandError(f"nobody here is called {name}. The names are under Users in the admin.")
        if not delete_devices(user):
            raise CommandError(f"{name} has no second factor.")
        logger.warning("the second factor of %s was taken away", name)
        self.stdout.write(f"{name} has no second factor any more.")
