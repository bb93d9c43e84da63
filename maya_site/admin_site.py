from django.contrib.admin import AdminSite


class MayaAdminSite(AdminSite):
    site_header = "MOK 5-ha: behind the bar"
    site_title = "MOK 5-ha"
    index_title = "This evening"
