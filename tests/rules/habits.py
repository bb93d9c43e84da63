"""What product code does not do: swallow exceptions, keep ambient state, print, read the environment."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.rules.tree import call_name, calls, imported, parsed

MOST_BROAD_EXCEPTS = 3
ENVIRONMENT = {"os.environ", "os.getenv"}
# The machine that deploys has no settings: the keys that they ask for lie in the host's secret.
READERS = {"maya_site/settings.py", "deploy/deployment.py"}


def names_of(kind: ast.expr | None) -> set[str]:
    if kind is None:
        return {"everything"}
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return {ast.unparse(one).split(".")[-1] for one in kinds}


def handlers(root: Path) -> Iterator[tuple[str, ast.ExceptHandler]]:
    for name, tree in parsed(root):
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler):
                yield f"{name}:{node.lineno}", node


def swallowed_exceptions(root: Path) -> list[str]:
    """Broad handlers log what they caught, and nobody catches in order to do nothing."""
    found = []
    for where, handler in handlers(root):
        kinds = names_of(handler.type)
        if kinds & {"everything", "BaseException"}:
            found.append(f"{where} catches {', '.join(kinds)}")
        elif "Exception" in kinds and "logger.exception(" not in ast.unparse(handler):
            found.append(f"{where} catches Exception without logger.exception")
        elif all(isinstance(statement, ast.Pass) for statement in handler.body):
            found.append(f"{where} does nothing: contextlib.suppress says so in one line")
    for name, tree in parsed(root):
        quiet = (call for call in calls(tree) if call_name(call).split(".")[-1] == "suppress")
        found += [f"{name}:{call.lineno} {ast.unparse(call)}" for call in quiet if _hides_everything(call)]
    return found


def _hides_everything(call: ast.Call) -> bool:
    return any(ast.unparse(kind) in {"Exception", "BaseException"} for kind in call.args)


def broad_excepts(root: Path) -> list[str]:
    broad = [where for where, handler in handlers(root) if "Exception" in names_of(handler.type)]
    return broad if len(broad) > MOST_BROAD_EXCEPTS else []


def ambient_state(root: Path) -> list[str]:
    found = []
    for name, tree in parsed(root):
        for node in ast.walk(tree):
            if isinstance(node, ast.Global):
                found.append(f"{name}:{node.lineno} global {', '.join(node.names)}")
        for line, target in imported(name, tree):
            if target in {"threading.local", "asgiref.local.Local"}:
                found.append(f"{name}:{line} {target}")
        found += [f"{name} threading.local" for call in calls(tree) if call_name(call) == "threading.local"]
    return found


def prints(root: Path) -> list[str]:
    return [
        f"{name}:{call.lineno}"
        for name, tree in parsed(root)
        for call in calls(tree)
        if call_name(call) == "print"
    ]


def environment_readers(root: Path) -> list[str]:
    """Only its readers read the environment; naming the settings module is the one other use."""
    found = []
    for name, tree in parsed(root):
        if name in READERS:
            continue
        named = {
            id(part) for call in calls(tree) if _names_the_settings(call) for part in ast.walk(call.func)
        }
        for node in ast.walk(tree):
            if id(node) not in named and isinstance(node, ast.Attribute) and ast.unparse(node) in ENVIRONMENT:
                found.append(f"{name}:{node.lineno} {ast.unparse(node)}")
        for line, target in imported(name, tree):
            if target in ENVIRONMENT or target.split(".")[0] == "environ":
                found.append(f"{name}:{line} {target}")
    return found


def _names_the_settings(call: ast.Call) -> bool:
    first = call.args[0] if call.args else None
    named = isinstance(first, ast.Constant) and first.value == "DJANGO_SETTINGS_MODULE"
    return call_name(call) == "os.environ.setdefault" and named
