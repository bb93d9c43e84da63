"""A variable that a template of ours asks for and nobody gives it is an error in tests, not an empty string.

Django says nothing: `{{ form.as_hidden }}` of a form that has no such thing is "", and so are `{% if %}`,
`{% for %}`, `{% with %}`, filters' arguments and `|default`. Django's own templates (the admin's, the forms')
count on that in many places, so what stands in their files is left alone; what stands in ours is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.template import engines
from django.template.base import FilterExpression, Parser, TokenType, Variable, VariableDoesNotExist
from django.templatetags.i18n import BlockTranslateNode

OURS = Path(__file__).resolve().parent.parent / "templates"


class UnknownVariable(Exception):
    """Not a VariableDoesNotExist: Django's tags swallow those."""


class _MissingObject(str):
    """What Django gives for what raised ObjectDoesNotExist: as empty as its own, but known again."""


MISSING_OBJECT = _MissingObject()
unknown_variables: list[str] = []


class StrictVariable(Variable):
    """One that stands in a template of ours."""

    def __init__(self, plain: Variable, origin: Any) -> None:
        super().__init__(plain.var)
        self.literal, self.lookups = plain.literal, plain.lookups
        self.translate, self.message_context = plain.translate, plain.message_context
        self.origin = origin

    def resolve(self, context: Any) -> Any:
        try:
            value = super().resolve(context)
        except VariableDoesNotExist as missing:
            raise _record_unknown(self.var, self.origin) from missing
        if isinstance(value, _MissingObject):
            raise _record_unknown(self.var, self.origin)
        return value


def _record_unknown(name: Any, origin: Any) -> UnknownVariable:
    """Written down too: `{% if a == b %}` takes any exception for "no"."""
    said = f"{Path(str(origin)).relative_to(OURS)} asks for {name}, which nobody gives it"
    unknown_variables.append(said)
    return UnknownVariable(said)


def _is_ours(origin: Any) -> bool:
    return Path(str(getattr(origin, "name", ""))).is_relative_to(OURS)


def _make_strict_expression(expression: FilterExpression, origin: Any) -> FilterExpression:
    expression.var = _make_strict(expression.var, origin)
    expression.filters = [
        (function, [(looked_up, _make_strict(one, origin)) for looked_up, one in given])
        for function, given in expression.filters
    ]
    return expression


def _make_strict(one: Any, origin: Any) -> Any:
    """Text and numbers stay what they are."""
    return StrictVariable(one, origin) if isinstance(one, Variable) and one.lookups else one


def engine() -> Any:
    ours: Any = engines["django"]
    return ours.engine


@contextmanager
def unknown_variables_are_errors() -> Iterator[None]:
    compile_filter, render = Parser.compile_filter, BlockTranslateNode.render

    def compile_watched(parser: Any, token: str) -> FilterExpression:
        expression = compile_filter(parser, token)
        return _make_strict_expression(expression, parser.origin) if _is_ours(parser.origin) else expression

    def render_watched(node: Any, context: Any, nested: bool = False) -> str:
        """Its `{{ names }}` are looked up by the tag itself."""
        if _is_ours(node.origin):
            own = {*node.extra_context, node.countervar}
            for token in (*node.singular, *(node.plural or ())):
                if token.token_type == TokenType.VAR and token.contents not in own | set(context.flatten()):
                    raise _record_unknown(token.contents, node.origin)
        return render(node, context, nested)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Parser, "compile_filter", compile_watched)
        patch.setattr(BlockTranslateNode, "render", render_watched)
        patch.setattr(engine(), "string_if_invalid", MISSING_OBJECT)
        yield
