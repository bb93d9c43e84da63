from django.contrib import admin
from django.urls import include, path

from maya_site.events.views import feed
from maya_site.ops.health import healthz
from maya_site.ops.metrics import metrics

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("metrics", metrics, name="metrics"),
    path("events/", feed, name="events"),
    path("admin/", admin.site.urls),
    path("", include("bartender.urls")),
    path("", include("payments.urls")),
]
