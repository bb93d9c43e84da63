"""The tools as a model reads them: the registry's own schemas, with only tonight's menu to choose from."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from bartender.menu.snapshot import Menu
from bartender.tools import REGISTRY

# Pydantic leaves these as they are where a validator stands before them, and no vendor knows them.
_JSON_SCHEMA_NAMES = {"ge": "minimum", "le": "maximum"}
CHOICES_BY_FIELD = {
    "item": "items",
    "modifiers": "modifiers",
    "category": "categories",
    "preference": "preferences",
}


@lru_cache(maxsize=8)
def tool_declarations(menu: Menu) -> list[dict[str, Any]]:
    """Cached for each menu. A sold-out item makes a new menu, in which it is no choice."""
    choices = _menu_choices(menu)
    return [
        {"name": tool.name, "description": tool.description}
        | (
            {"parameters": found}
            if (found := _parameters_schema(tool.arguments_type.model_json_schema(), choices))
            else {}
        )
        for tool in REGISTRY.values()
    ]


def _menu_choices(menu: Menu) -> dict[str, list[str]]:
    drinks = [drink for drink in menu.drinks if drink.available]
    return {
        "items": [drink.name for drink in drinks],
        "modifiers": _unique(modifier.name for drink in drinks for modifier in drink.modifiers),
        "categories": list(menu.categories),
        "preferences": _unique(name for drink in drinks for name in drink.preferences),
    }


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _parameters_schema(schema: dict[str, Any], choices: dict[str, list[str]]) -> dict[str, Any] | None:
    fields = {
        name: _field_schema(name, field, choices) for name, field in schema.get("properties", {}).items()
    }
    if not fields:
        return None
    needed = {"required": schema["required"]} if schema.get("required") else {}
    return {"type": "object", "properties": fields, "additionalProperties": False} | needed


def _field_schema(name: str, field: dict[str, Any], choices: dict[str, list[str]]) -> dict[str, Any]:
    """An optional field is just not required: null is not offered as a value."""
    about = {"description": field["description"]} if "description" in field else {}
    kinds = [one for one in field.get("anyOf", [field]) if one.get("type") != "null"]
    plain = {
        _JSON_SCHEMA_NAMES.get(key, key): value
        for key, value in kinds[0].items()
        if key not in ("title", "default")
    } | about
    allowed = choices.get(CHOICES_BY_FIELD.get(name, ""), [])
    if allowed and plain["type"] == "array":
        return plain | {"items": {"type": "string", "enum": allowed}}
    return {"type": "string", "enum": allowed, **about} if allowed else plain
