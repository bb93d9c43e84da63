"""What ruff cannot say of habits: what is caught, where a Host header is read, how a hidden text begins."""

import ast
import re
from pathlib import Path

from tests.rules.tree import call_name, calls, files, parsed

MOST_BROAD_EXCEPTS = 3
EVERYTHING = {"Exception", "BaseException"}
# What a page is allowed to connect to, and whether a form came from one of our own pages.
ASKS_FOR_THE_HOST = {
    "maya_site/edge/middleware.py",
    "maya_site/core/model_admin.py",
    "bartender/agents/gateway.py",
}


def swallowed_exceptions(root: Path) -> list[str]:
    """Whoever catches everything logs it (ruff's BLE001), so nobody suppresses everything."""
    return [
        f"{name}:{call.lineno} {ast.unparse(call)}"
        for name, tree in parsed(root)
        for call in calls(tree)
        if call_name(call).split(".")[-1] == "suppress" and EVERYTHING & set(map(ast.unparse, call.args))
    ]


def broad_excepts(root: Path) -> list[str]:
    broad = [
        f"{name}:{node.lineno}"
        for name, tree in parsed(root)
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and node.type and "Exception" in names_in(node.type)
    ]
    return broad if len(broad) > MOST_BROAD_EXCEPTS else []


def names_in(kinds: ast.expr) -> set[str]:
    return set(map(ast.unparse, kinds.elts if isinstance(kinds, ast.Tuple) else [kinds]))


def links_by_header(root: Path) -> list[str]:
    """A Host header is a stranger's word: links are made by maya_site/core/public_urls.py."""
    found = []
    for name, tree in parsed(root):
        for call in calls(tree):
            last = call_name(call).split(".")[-1]
            if last == "build_absolute_uri" or (last == "get_host" and name not in ASKS_FOR_THE_HOST):
                found.append(f"{name}:{call.lineno} {last}")
    return found


def detached_punctuation(root: Path) -> list[str]:
    """A browser puts a space before text that only a screen reader gets: "Start : ticket 1"."""
    return [
        f"{path.relative_to(root)}: {found[0]!r}"
        for path in files(root / "templates", ".html")
        for found in re.finditer(r'class="unseen">\s*[,.:;!?]', path.read_text(encoding="utf-8"))
    ]
