from django.apps import AppConfig
from django.contrib.admin import apps as admin


class MayaConfig(AppConfig):
    """The site itself: commands, checks, metrics."""

    name = "maya_site"
    default = True


class MayaAdminConfig(admin.AdminConfig):
    """The stock admin with the evening's figures on its first page."""

    default = False
    default_site = "maya_site.admin_site.MayaAdminSite"
