from django.apps import AppConfig
from django.contrib.admin import apps as admin


class MayaConfig(AppConfig):
    """The site itself: commands, checks, metrics."""

    name = "maya_site"
    default = True

    def ready(self) -> None:
        from prometheus_client import REGISTRY

        from maya_site.core import sentry
        from maya_site.ops import checks as checks
        from maya_site.ops.backup import task as task
        from maya_site.ops.metrics import MayaCollector

        REGISTRY.register(MayaCollector())
        sentry.start()


class MayaAdminConfig(admin.AdminConfig):
    """The stock admin with the evening's figures on its first page."""

    default = False
    default_site = "maya_site.admin_site.MayaAdminSite"
