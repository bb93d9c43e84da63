from django.apps import AppConfig
from django.db.models.signals import post_migrate


class BartenderConfig(AppConfig):
    name = "bartender"

    def ready(self) -> None:
        from bartender import receivers  # noqa: F401  it connects itself
        from bartender.staff import set_groups

        # Permissions are made after migrate, in the order of the apps: payments' are there by then.
        post_migrate.connect(set_groups, sender=self)
