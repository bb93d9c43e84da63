from django.contrib.admin.apps import AdminConfig


class MayaAdminConfig(AdminConfig):
    """The stock admin with the evening's figures on its first page."""

    default_site = "maya_site.admin_site.MayaAdminSite"
