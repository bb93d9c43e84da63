"""Loads YAML whose entries remember the line they began on, so that error messages can name it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


class LineMapping(dict[str, Any]):
    """A mapping that remembers its line, and the line of each of its keys."""

    line = 0

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.lines: dict[str, int] = {}


class _Loader(yaml.SafeLoader):
    pass


def _construct_line_mapping(loader: _Loader, node: yaml.MappingNode) -> LineMapping:
    lines: dict[Any, int] = {}
    for key, _ in node.value:
        if key.value in lines:
            problem = f"“{key.value}” stands here twice"
            raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
        lines[key.value] = key.start_mark.line + 1
    marked = LineMapping(
        {str(key): value for key, value in loader.construct_mapping(node, deep=True).items()}
    )
    marked.line, marked.lines = node.start_mark.line + 1, lines
    return marked


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _construct_line_mapping)


def load_yaml_with_lines(path: Path) -> Any:
    """Raises OSError, UnicodeDecodeError or yaml.YAMLError."""
    return yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 (a SafeLoader of our own)
