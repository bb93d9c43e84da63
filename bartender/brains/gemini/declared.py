"""The tools as a model reads them: the registry's own schemas, with tonight's menu as the only choices."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from bartender.menu.snapshot import Menu
from bartender.tools import REGISTRY

CHOICES = {"item": "items", "modifiers": "modifiers", "category": "categories", "preference": "preferences"}


@lru_cache(maxsize=8)
def declared(menu: Menu) -> list[dict[str, Any]]:
    """A new menu is a new value: an item that is sold out is no choice at the next turn."""
    choices = _choices(menu)
    return [
        {"name": tool.name, "description": tool.about}
        | (
            {"parametersJsonSchema": found}
            if (found := _schema(tool.asks.model_json_schema(), choices))
            else {}
        )
        for tool in REGISTRY.values()
    ]


def _choices(menu: Menu) -> dict[str, list[str]]:
    drinks = [drink for drink in menu.drinks if drink.available]
    return {
        "items": [drink.name for drink in drinks],
        "modifiers": _once(modifier.name for drink in drinks for modifier in drink.modifiers),
        "categories": list(menu.categories),
        "preferences": _once(name for drink in drinks for name in drink.preferences),
    }


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _schema(schema: dict[str, Any], choices: dict[str, list[str]]) -> dict[str, Any] | None:
    fields = {name: _field(name, field, choices) for name, field in schema.get("properties", {}).items()}
    if not fields:
        return None
    needed = {"required": schema["required"]} if schema.get("required") else {}
    return {"type": "object", "properties": fields, "additionalProperties": False} | needed


def _field(name: str, field: dict[str, Any], choices: dict[str, list[str]]) -> dict[str, Any]:
    """What may be left out is simply not required: null is no choice."""
    about = {"description": field["description"]} if "description" in field else {}
    kinds = [one for one in field.get("anyOf", [field]) if one.get("type") != "null"]
    plain = {key: value for key, value in kinds[0].items() if key not in ("title", "default")} | about
    allowed = choices.get(CHOICES.get(name, ""), [])
    if allowed and plain["type"] == "array":
        return plain | {"items": {"type": "string", "enum": allowed}}
    return {"type": "string", "enum": allowed, **about} if allowed else plain
