"""Stations in the admin: what is made where."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from bartender.models.stations import Station
from maya_site.core.model_admin import ModelAdmin


@admin.register(Station)
class StationAdmin(ModelAdmin[Station]):
    list_display = ("name", "makes", "position")
    filter_horizontal = ("categories",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Station]:
        return super().get_queryset(request).prefetch_related("categories")

    @admin.display(description="makes")
    def makes(self, station: Any) -> str:
        return ", ".join(category.name for category in station.categories.all())
