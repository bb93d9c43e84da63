from django.contrib import admin
from django.urls import include, path

from maya_site.ops.health import healthz
from maya_site.ops.metrics import metrics

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("metrics", metrics, name="metrics"),
    path("admin/", admin.site.urls),
    path("", include("bartender.urls")),
    path("", include("payments.urls")),
]
