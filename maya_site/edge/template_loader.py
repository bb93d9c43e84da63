"""Loads templates without their indentation: it is a fifth of a page's bytes, and nobody sees it. And the
constants in them are remembered."""

from __future__ import annotations

import re
from typing import Any

from django.template import Origin, Template
from django.template.loaders import base, cached
from django.template.loaders.filesystem import Loader

from maya_site.edge.venue_templates import remember_constants

_INDENTATION = re.compile(r"^[ \t]+", re.MULTILINE)


class UnindentedLoader(Loader):
    """Line breaks of HTML stay, so errors name the right line. Plain-text mails are sent as they stand."""

    def get_contents(self, origin: Origin) -> str:
        contents = super().get_contents(origin)
        return _INDENTATION.sub("", contents) if origin.name.endswith(".html") else contents


class _ConstantLoader(base.Loader):
    def get_template(self, template_name: str, skip: Any = None) -> Template:
        template = super().get_template(template_name, skip)
        remember_constants(template)
        return template


class CachedLoader(cached.Loader, _ConstantLoader):
    """Django's own; what it compiles comes from the class behind it."""
