"""Writes the reference tables in docs/reference/ from the code: `python -m tests.rules.document_tables`.

Commands and their help come from the management commands, metrics from where they are defined, settings from
.env.example, system checks from maya_site/ops/checks.py. A test fails when a page is not what this writes.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.rules.tree import call_name, calls, parse, parsed, product

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path("docs", "reference")
HEAD = (
    "<!-- Written by `python -m tests.rules.document_tables`. "
    "Change the code or .env.example, not this file. -->\n\n"
)
COMMANDS = """# Commands

Run each as `.venv/bin/python manage.py COMMAND`. Every command explains its options with `--help`.
A command that fails exits with 1 and says in one sentence what to do.

"""
METRICS = """# Metrics

`/metrics` shows these beside django-prometheus's own. [Operating Maya](../operating.md#metrics-and-alerts)
says how to collect them and which alerts there are.

"""
SETTINGS = """# Settings

Set them in the environment or in `.env`. The environment wins. The first start copies `.env.example` to
`.env`.
"""
CHECKS = """# System checks

Maya checks her settings when the server starts, before each migration and with `manage.py check`.
An error stops the start. A warning is only shown.

"""
METRIC_KINDS = {"counter", "gauge", "histogram", "summary", "info", "enum"}
LEVELS = {"E": "error", "W": "warning"}


@dataclass(frozen=True)
class Metric:
    """`name` is what Prometheus shows: a counter ends in `_total`."""

    name: str
    kind: str
    labels: tuple[str, ...]
    help: str


@dataclass(frozen=True)
class Setting:
    """`section` is the heading of .env.example above it; `default` is what stands behind the name there."""

    name: str
    default: str
    meaning: str
    section: str


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |\n" for row in lines)


def code(text: str) -> str:
    return f"`{text}`" if text else ""


# --- commands ---


def command_rows(root: Path) -> list[list[str]]:
    rows = []
    for path in product(root):
        if path.parent.name == "commands" and not path.stem.startswith("_"):
            does, _, example = command_help(parse(path)).partition("Example: ")
            rows.append([code(path.stem), does.strip(), code(example.strip().removesuffix("."))])
    return sorted(rows)


def command_help(tree: ast.Module) -> str:
    """The text of `Command.help`, which may be the name of a constant of the module."""
    found = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    value = found.get("help")
    while isinstance(value, ast.Name):
        value = found[value.id]
    return str(ast.literal_eval(value)) if value else ""


# --- metrics ---


def metrics(root: Path) -> list[Metric]:
    found = [
        metric for _name, tree in parsed(root) for call in calls(tree) for metric in defined_metric(call)
    ]
    return sorted(found, key=lambda metric: metric.name)


def defined_metric(call: ast.Call) -> Iterator[Metric]:
    kind = call_name(call).split(".")[-1].lower().removesuffix("metricfamily")
    texts = [one.value for one in call.args[:2] if isinstance(one, ast.Constant)]
    if kind not in METRIC_KINDS or not texts or not str(texts[0]).startswith("maya_"):
        return
    labels = next((word.value for word in call.keywords if word.arg in {"labels", "labelnames"}), None)
    if labels is None and len(call.args) > 2 and isinstance(call.args[2], ast.List):
        labels = call.args[2]
    named = tuple(ast.literal_eval(labels)) if labels else ()
    yield Metric(f"{texts[0]!s}{'_total' * (kind == 'counter')}", kind, named, str(texts[1]))


# --- settings ---


def settings(root: Path) -> list[Setting]:
    """A comment above a name explains it; one that explains several stands above the first of them."""
    found: list[Setting] = []
    section, comment, after_name = "", [""], True
    for line in (root / ".env.example").read_text(encoding="utf-8").splitlines():
        if heading := re.fullmatch(r"# --- (.+) ---", line):
            section = heading[1]
        elif named := re.fullmatch(r"(?:# )?([A-Z_]+)=(.*)", line):
            found.append(Setting(named[1], named[2], " ".join(comment).strip(), section))
            after_name = True
        elif line.startswith("# "):
            comment = [line[2:]] if after_name else [*comment, line[2:]]
            after_name = False
    return found


# --- system checks ---


def check_rows(root: Path) -> list[list[str]]:
    tree = parse(root / "maya_site" / "ops" / "checks.py")
    found = [
        [code(identifier), LEVELS[identifier.split(".")[1][0]], message_of(call)]
        for call in calls(tree)
        for word in call.keywords
        if word.arg == "id"
        for identifier in re.findall(r"maya_site\.\w+", ast.unparse(word.value))
    ]
    return sorted(found)


def message_of(call: ast.Call) -> str:
    """The sentence, with what is only known at run time as <name>."""
    parts = call.args[0].values if isinstance(call.args[0], ast.JoinedStr) else [call.args[0]]
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else placeholder(part) for part in parts
    ).strip()


def placeholder(part: ast.expr) -> str:
    names = [node.id for node in ast.walk(part) if isinstance(node, ast.Name)]
    return f"`<{names[-1].lower().replace('_', ' ')}>`" if names else "`<...>`"


# --- pages ---


def pages(root: Path) -> dict[str, str]:
    metric_rows = [[code(one.name), one.kind, ", ".join(one.labels), one.help] for one in metrics(root)]
    return {
        "commands.md": HEAD + COMMANDS + table(["command", "what it does", "example"], command_rows(root)),
        "metrics.md": HEAD + METRICS + table(["metric", "type", "labels", "meaning"], metric_rows),
        "settings.md": HEAD + SETTINGS + setting_tables(settings(root)),
        "checks.md": HEAD + CHECKS + table(["id", "level", "message"], check_rows(root)),
    }


def setting_tables(found: Sequence[Setting]) -> str:
    parts = []
    for section in dict.fromkeys(setting.section for setting in found):
        rows = [
            [code(one.name), code(one.default) or "empty", one.meaning]
            for one in found
            if one.section == section
        ]
        parts.append(f"\n## {section}\n\n{table(['setting', 'default', 'meaning'], rows)}")
    return "".join(parts)


def stale_tables(root: Path) -> list[str]:
    """The pages that differ from the code, each with how to write it again."""
    found = []
    for name, text in pages(root).items():
        path = root / FOLDER / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            found.append(f"{FOLDER / name} is out of date: run python -m tests.rules.document_tables")
    return found


def main() -> None:
    for name, text in pages(ROOT).items():
        path = ROOT / FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
