from django.apps import AppConfig
from django.db.models.signals import post_migrate

from maya_site.core.db import enable_wal


class PaymentsConfig(AppConfig):
    name = "payments"

    def ready(self) -> None:
        from payments import append_only

        post_migrate.connect(enable_wal, sender=self)
        post_migrate.connect(append_only.restore_triggers, sender=self)
