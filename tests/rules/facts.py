"""What is known of a kind of fact stands in its class. Its string is for rows and the wire alone."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.rules.tree import parsed

HOME = "bartender/facts/"
COLLECTIONS = (ast.Set, ast.Tuple, ast.List, ast.Dict)


def fact_kind_strings(root: Path) -> list[str]:
    """Where a fact is told by its kind outside bartender/facts: compared, looked up, or listed in a table."""
    trees = list(parsed(root))
    kinds = {kind for name, tree in trees if name.startswith(HOME) for kind in _declared_kinds(tree)}
    found = []
    for name, tree in trees:
        if name.startswith("bartender/") and not name.startswith(HOME):
            found += [
                f"{name}:{node.lineno} tells a fact by its kind: ask its class"
                for node in ast.walk(tree)
                if isinstance(node, ast.expr) and (_reads_kind(node, kinds) or _is_table(node, kinds))
            ]
    return found


def _declared_kinds(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for line in node.body:
                if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "kind":
                    yield from filter(None, _strings([line.value]))


def _reads_kind(node: ast.expr, kinds: set[str]) -> bool:
    """`fact.kind`, `facts["kind"]`, `facts.get("kind")`; and any "kind" that is compared with one of ours."""
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        return any(_looks_up_kind(side) for side in sides) and bool(kinds & set(_strings(ast.walk(node))))
    is_read = _looks_up_kind(node) or (isinstance(node, ast.Attribute) and node.attr == "kind")
    return is_read and "fact" in ast.unparse(node).lower()


def _looks_up_kind(node: ast.AST) -> bool:
    if isinstance(node, ast.Subscript):
        return "kind" in _strings([node.slice])
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
        return "kind" in _strings(node.args[:1])
    return isinstance(node, ast.Call) and any(_looks_up_kind(inner) for inner in node.args)


def _is_table(node: ast.expr, kinds: set[str]) -> bool:
    if not isinstance(node, COLLECTIONS):
        return False
    entries = [one for one in (node.keys if isinstance(node, ast.Dict) else node.elts) if one is not None]
    words = list(_strings(entries))
    return len(words) > 1 and len(words) == len(entries) and set(words) <= kinds


def _strings(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
