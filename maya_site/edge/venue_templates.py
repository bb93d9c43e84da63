"""Renders every page, mail and live fragment in the venue's time zone."""

from __future__ import annotations

from typing import Any

from django.template.backends.django import DjangoTemplates
from django.utils import timezone

from maya_site.core.venue import venue_timezone


class VenueTemplates(DjangoTemplates):
    """Django's template backend. Its templates show times in the venue's time zone, outside of requests
    too."""

    def from_string(self, template_code: str) -> Any:
        return _VenueTimeTemplate(super().from_string(template_code))

    def get_template(self, template_name: str) -> Any:
        return _VenueTimeTemplate(super().get_template(template_name))


class _VenueTimeTemplate:
    def __init__(self, template: Any) -> None:
        self._template = template

    def __getattr__(self, name: str) -> Any:
        return getattr(self._template, name)

    def render(self, context: Any = None, request: Any = None) -> Any:
        with timezone.override(venue_timezone()):
            return self._template.render(context, request)
