from django.apps import AppConfig
from django.db.models.signals import post_migrate

from maya_site.lib.db import use_wal


class PaymentsConfig(AppConfig):
    name = "payments"

    def ready(self) -> None:
        from payments import append_only, refund_news  # noqa: F401  it listens

        post_migrate.connect(use_wal, sender=self)
        post_migrate.connect(append_only.put_back, sender=self)
