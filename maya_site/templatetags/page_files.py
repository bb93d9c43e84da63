"""The links to a page's style sheets and script: one of each where they are collected, else all of them."""

from __future__ import annotations

from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from maya_site.edge import bundles, collected_static

register = template.Library()


@register.simple_tag
def page_styles(page: str) -> SafeString:
    """`page`: its name in `maya_site.edge.bundles.PAGES`."""
    names = [bundles.style_name(page)] if collected_static.is_in_use() else bundles.PAGES[page].styles
    return format_html_join("\n", '<link rel="stylesheet" href="{}">', ((static(name),) for name in names))


@register.simple_tag
def page_script(page: str) -> SafeString:
    name = bundles.script_name(page) if collected_static.is_in_use() else bundles.PAGES[page].script
    return format_html('<script type="module" src="{}"></script>', static(name))
