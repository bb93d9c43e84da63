"""How the rules walk a source tree: the files that git would keep, parsed."""

import ast
import os
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

OURS = {"maya_site", "payments", "bartender", "rag", "deploy"}


def ignored(root: Path) -> list[str]:
    listed = root / ".gitignore"
    lines = listed.read_text(encoding="utf-8").splitlines() if listed.exists() else []
    return [".git", *(line.strip("/") for line in lines if line and not line.startswith("#"))]


def without_excluded(names: list[str], patterns: list[str]) -> list[str]:
    return sorted(name for name in names if not any(fnmatch(name, pattern) for pattern in patterns))


def files(root: Path, *suffixes: str) -> Iterator[Path]:
    patterns = ignored(root)
    for folder, folders, names in os.walk(root):
        folders[:] = without_excluded(folders, patterns)
        paths = (Path(folder) / name for name in without_excluded(names, patterns))
        yield from (path for path in paths if path.suffix in suffixes)


def top_level(root: Path) -> list[str]:
    return without_excluded([path.name for path in root.iterdir()], ignored(root))


def product(root: Path) -> Iterator[Path]:
    """The code that runs in the bar: not its tests, not what makemigrations wrote."""
    for path in files(root, ".py"):
        parts = path.relative_to(root).parts
        if (parts[0] in OURS or parts == ("manage.py",)) and "migrations" not in parts:
            yield path


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def parsed(root: Path) -> Iterator[tuple[str, ast.Module]]:
    for path in product(root):
        yield path.relative_to(root).as_posix(), parse(path)


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def call_name(call: ast.Call) -> str:
    return ast.unparse(call.func)
