from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from maya_site.ops.alerting import alertmanager_config


class Command(BaseCommand):
    help = (
        "Write the configuration of an Alertmanager from ALERT_MAIL_TO, EMAIL_URL and ALERT_WEBHOOK_URL. "
        "Example: manage.py alertmanager_config /etc/alertmanager/alertmanager.yml"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="where to write it; it holds passwords")

    def handle(self, *, file: Path, **options: Any) -> None:
        if settings.ALERT_MAIL_TO and not settings.EMAIL_URL:
            raise CommandError("ALERT_MAIL_TO needs a mail server: set EMAIL_URL.")
        try:
            file.write_text(yaml.safe_dump(alertmanager_config(), sort_keys=False))
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from None
        ways = {"mail": settings.ALERT_MAIL_TO, "webhook": settings.ALERT_WEBHOOK_URL}
        if channels := [name for name, value in ways.items() if value]:
            self.stdout.write(f"Alerts go out by {' and '.join(channels)}.")
        else:
            self.stdout.write("ALERTS TELL NOBODY: set ALERT_MAIL_TO or ALERT_WEBHOOK_URL.")
