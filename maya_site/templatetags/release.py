"""Which release a page of the admin comes from."""

from __future__ import annotations

from django import template
from django.conf import settings

from maya_site.core.release import VERSION

register = template.Library()


@register.simple_tag
def release_line() -> str:
    return f"Maya {VERSION} · {settings.MAYA_COMMIT}"
