from django.apps import AppConfig
from django.db.models.signals import post_migrate


class BartenderConfig(AppConfig):
    name = "bartender"

    def ready(self) -> None:
        from bartender.models.menu import Venue
        from bartender.permissions import sync_groups
        from bartender.realtime import broadcast  # noqa: F401  its receivers connect themselves
        from maya_site.core.venue import VENUE_LOCALE

        VENUE_LOCALE.load = Venue.current

        # Runs after permissions exist: apps are handled in order, and payments comes first.
        post_migrate.connect(sync_groups, sender=self)
