"""Loads templates without their indentation: it is a fifth of a page's bytes, and nobody sees it. And what a
template's constants come to is remembered: 178 of the nodes of the guests' page, two fifths of its time."""

from __future__ import annotations

import re
from typing import Any

from django.template import Node, Origin, Template
from django.template.context import Context
from django.template.defaulttags import URLNode
from django.template.loaders import base, cached
from django.template.loaders.filesystem import Loader
from django.templatetags.i18n import TranslateNode
from django.urls import get_script_prefix
from django.utils.translation import get_language

_INDENTATION = re.compile(r"^[ \t]+", re.MULTILINE)


class UnindentedLoader(Loader):
    """Line breaks of HTML stay, so errors name the right line. Plain-text mails are sent as they stand."""

    def get_contents(self, origin: Origin) -> str:
        contents = super().get_contents(origin)
        return _INDENTATION.sub("", contents) if origin.name.endswith(".html") else contents


class _ConstantLoader(base.Loader):
    def get_template(self, template_name: str, skip: Any = None) -> Template:
        template = super().get_template(template_name, skip)
        _remember_constants(template)
        return template


class CachedLoader(cached.Loader, _ConstantLoader):
    """Django's own; what it compiles comes from the class behind it."""


class ConstantNode(Node):
    """`{% translate "words" %}` or `{% url "name" %}`: the same in all contexts of a language."""

    def __init__(self, node: Node) -> None:
        self.node, self.token, self.origin = node, node.token, node.origin
        self.known: dict[tuple[str | None, str], str] = {}

    def render(self, context: Context) -> str:
        key = (get_language(), get_script_prefix())
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = self.node.render(context)
        return found


def _remember_constants(parent: Any) -> None:
    """Puts a ConstantNode in the place of each node below that has no variable."""
    lists = [getattr(parent, name, None) for name in ("nodelist", *getattr(parent, "child_nodelists", ()))]
    lists += [branch for _condition, branch in getattr(parent, "conditions_nodelists", ())]
    for nodes in filter(None, lists):
        for number, node in enumerate(nodes):
            if _is_constant(node):
                nodes[number] = ConstantNode(node)
            else:
                _remember_constants(node)


def _is_constant(node: Node) -> bool:
    if isinstance(node, URLNode):
        return isinstance(node.view_name.var, str) and not (node.args or node.kwargs or node.asvar)
    if not isinstance(node, TranslateNode) or node.asvar or node.noop or node.message_context:
        return False
    return node.filter_expression.var.literal is not None and not node.filter_expression.filters
