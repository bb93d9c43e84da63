"""Words that are no name: metaphors of this project. The field's terms are in docs/glossary.md."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.rules.tree import files, parsed

BANNED = {
    "asked",
    "brought",
    "deed",
    "deeds",
    "ears",
    "hear",
    "heard",
    "here",
    "house",
    "hush",
    "kept",
    "longest",
    "most",
    "mouth",
    "patience",
    "piece",
    "pieces",
    "said",
    "shelf",
    "tell",
    "telling",
    "thaw",
    "thing",
    "told",
    "trouble",
    "troubles",
    "whole",
    "wish",
    "wishes",
}
# Not even for a local variable or a parameter.
BANNED_LOCALS = {
    "asked",
    "deed",
    "deeds",
    "heard",
    "house",
    "hush",
    "kept",
    "mouth",
    "thaw",
    "told",
    "trouble",
    "troubles",
    "whole",
}
# What the page's scripts were once called, beside the words above.
BANNED_IN_SCRIPTS = BANNED | {"elsewhere", "face", "gifts", "pulse", "wear"}
# The longest of several phrases is what it says; the ban is for limits.
EXEMPT = {"_match_longest_phrase"}
# Comments, strings and regular expressions of JavaScript; but a template string that holds code is code.
NO_CODE = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'"
    r"|/(?![/*])(?:[^/\\\n]|\\.)+/[gimsuy]*(?=[.,)\s;])|`[^`$]*`",
    re.DOTALL,
)


def banned_names(root: Path) -> list[str]:
    """Modules, classes, functions, and what a module or a class defines. Tests are free."""
    found = []
    for name, tree in parsed(root):
        parts = name.removesuffix(".py").split("/")
        found += [f"{name}: {part}" for part in parts if words_of(part) & BANNED]
        found += [
            f"{name}:{line} {defined}"
            for defined, line in definitions(tree)
            if defined not in EXEMPT and words_of(defined) & BANNED
        ]
    return found


def banned_local_names(root: Path) -> list[str]:
    """Variables and parameters within functions."""
    return [
        f"{name}:{line} {local}"
        for name, tree in parsed(root)
        for local, line in local_names(tree)
        if words_of(local) & BANNED_LOCALS
    ]


def banned_script_names(root: Path) -> list[str]:
    """Files of the page's scripts, and every identifier in them: also locals, fields and properties."""
    found = []
    for path in files(root / "static", ".js"):
        name = path.relative_to(root).as_posix()
        if "vendor" in path.parts:
            continue
        if words_of(name) & BANNED_IN_SCRIPTS:
            found.append(name)
        code = NO_CODE.sub(" ", path.read_text(encoding="utf-8"))
        identifiers = set(re.findall(r"(?<![\w$])[A-Za-z_$][\w$]*", code))
        found += [f"{name}: {one}" for one in sorted(identifiers) if words_of(one) & BANNED_IN_SCRIPTS]
    return found


def words_of(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def local_names(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name) | ast.ExceptHandler(name=str(name)):
                yield name, node.lineno


def definitions(scope: ast.AST, *, values: bool = True) -> Iterator[tuple[str, int]]:
    for node in ast.iter_child_nodes(scope):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node.lineno
            yield from definitions(node, values=False)
        elif isinstance(node, ast.ClassDef):
            yield node.name, node.lineno
            yield from definitions(node)
        elif values and isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                yield from ((one.id, one.lineno) for one in ast.walk(target) if isinstance(one, ast.Name))
        elif isinstance(node, ast.If | ast.Try | ast.With):
            yield from definitions(node, values=values)
