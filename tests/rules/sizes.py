"""How big a file, a function and its nesting may be."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.rules.tree import files, parse

MOST_LINES = {".py": 400, ".js": 200, ".mjs": 200, ".css": 200}
MOST_FUNCTION_LINES = 50
DEEPEST = 4

Function = ast.FunctionDef | ast.AsyncFunctionDef
BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)


def too_long_files(root: Path) -> list[str]:
    found = []
    for path in files(root, *MOST_LINES):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > MOST_LINES[path.suffix] and not {"migrations", "vendor"} & set(path.parts):
            found.append(f"{path.relative_to(root)} has {lines} lines")
    return found


def functions(root: Path) -> Iterator[tuple[str, Function]]:
    for path in files(root, ".py"):
        for node in ast.walk(parse(path)):
            if isinstance(node, Function):
                yield f"{path.relative_to(root)}:{node.lineno} {node.name}", node


def too_long_functions(root: Path) -> list[str]:
    lengths = [(where, (node.end_lineno or 0) - node.lineno + 1) for where, node in functions(root)]
    return [f"{where} has {lines} lines" for where, lines in lengths if lines > MOST_FUNCTION_LINES]


def depth(node: ast.AST, level: int = 0) -> int:
    below = [
        depth(child, level + (isinstance(child, BLOCKS) and not is_elif(child, node)))
        for child in ast.iter_child_nodes(node)
        if not isinstance(child, Function | ast.ClassDef)
    ]
    return max([level, *below])


def is_elif(child: ast.AST, parent: ast.AST) -> bool:
    """An `elif` is the next case, not a level deeper. How many there may be is for McCabe to say."""
    return isinstance(child, ast.If) and isinstance(parent, ast.If) and parent.orelse == [child]


def too_deep_functions(root: Path) -> list[str]:
    return [f"{where} nests {depth(node)} deep" for where, node in functions(root) if depth(node) > DEEPEST]
