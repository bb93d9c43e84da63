"""How big a file and a function may be. How deep one nests and branches is for ruff to say."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.rules.tree import files, parse

MOST_LINES = {".py": 460, ".js": 250, ".mjs": 200, ".css": 250}
MOST_FUNCTION_LINES = 50
# What ruff does not measure. Plain-text mails are not in it: they are sent line by line as they stand.
MOST_COLUMNS, MEASURED = 120, {"templates": (".html",), "static": (".js", ".css")}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def too_long_files(root: Path) -> list[str]:
    found = []
    for path in files(root, *MOST_LINES):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > MOST_LINES[path.suffix] and not {"migrations", "vendor"} & set(path.parts):
            found.append(f"{path.relative_to(root)} has {lines} lines")
    return found


def too_long_lines(root: Path) -> list[str]:
    return [
        f"{path.relative_to(root)}:{number} has {len(line)} columns"
        for folder, suffixes in MEASURED.items()
        for path in files(root / folder, *suffixes)
        if "vendor" not in path.parts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > MOST_COLUMNS
    ]


def functions(root: Path) -> Iterator[tuple[str, Function]]:
    for path in files(root, ".py"):
        for node in ast.walk(parse(path)):
            if isinstance(node, Function):
                yield f"{path.relative_to(root)}:{node.lineno} {node.name}", node


def too_long_functions(root: Path) -> list[str]:
    lengths = [(where, (node.end_lineno or 0) - node.lineno + 1) for where, node in functions(root)]
    return [f"{where} has {lines} lines" for where, lines in lengths if lines > MOST_FUNCTION_LINES]
