"""What the files promise each other: the example of the settings, the README, the templates' policy."""

import ast
import re
import subprocess
from pathlib import Path

from tests.rules.tree import call_name, calls, files, parsed, product, top_level

METRICS = {"Counter", "Gauge", "Histogram", "Summary", "Info", "Enum"}
TEXT = {
    ".py",
    ".js",
    ".mjs",
    ".css",
    ".html",
    ".md",
    ".toml",
    ".yml",
    ".yaml",
    ".txt",
    ".in",
    ".sh",
    ".json",
    "",
}
INLINE = {
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)", re.IGNORECASE),
    "inline style": re.compile(r"<style\b|\sstyle\s*=", re.IGNORECASE),
    "inline handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "script address": re.compile(r"javascript:", re.IGNORECASE),
}
# Written so that this file does not match itself.
FOREIGN = re.compile(
    r"(?<![\w.~-])/(?:roo[t]|hom[e]|User[s]|wor[k]|far[m])/\w"
    r"|https?://[^\s\"]*(?:pyp[i]\.|pythonhoste[d]|npmj[s]\.|deb\.debia[n])"
)


def environment_differences(root: Path) -> list[str]:
    settings = (root / "maya_site" / "settings.py").read_text(encoding="utf-8")
    example = (root / ".env.example").read_text(encoding="utf-8")
    read = set(re.findall(r'env(?:\.\w+)?\(\s*"(\w+)"', settings))
    shown = set(re.findall(r"^#?\s*([A-Z_]+)=", example, re.MULTILINE))
    return [f"{name} is read, not shown" for name in sorted(read - shown)] + [
        f"{name} is shown, not read" for name in sorted(shown - read)
    ]


def commands(root: Path) -> list[str]:
    found = product(root)
    return [path.stem for path in found if path.parent.name == "commands" and not path.stem.startswith("_")]


def metrics(root: Path) -> list[str]:
    names = []
    for _name, tree in parsed(root):
        for call in calls(tree):
            kind = call_name(call).split(".")[-1].removesuffix("MetricFamily")
            first = call.args[0] if call.args else None
            if kind in METRICS and isinstance(first, ast.Constant) and str(first.value).startswith("maya_"):
                names.append(str(first.value))
    return names


def missing_in_readme(root: Path) -> list[str]:
    readme = (root / "README.md").read_text(encoding="utf-8")
    wanted = [*commands(root), *metrics(root), *top_level(root)]
    wanted.remove("README.md")
    return [
        name
        for name in wanted
        # A Counter is shown with the ending that Prometheus gives it.
        if not re.search(rf"(?<![\w.]){re.escape(name)}(?:_total)?(?!\w)", readme)
    ]


def inline_code(root: Path) -> list[str]:
    return [
        f"{path.relative_to(root)} {what}"
        for path in files(root, ".html")
        for what, pattern in INLINE.items()
        if pattern.search(path.read_text(encoding="utf-8"))
    ]


def machine_paths(root: Path) -> list[str]:
    """Nobody's folders and no package index: what is committed runs anywhere."""
    hits = (
        (path, FOREIGN.search(path.read_text(encoding="utf-8", errors="replace")))
        for path in files(root, *TEXT)
    )
    return [f"{path.relative_to(root)} {hit[0]}" for path, hit in hits if hit]


def committed_links(root: Path) -> list[str]:
    """A link leads to somebody's own folders, and takes the place of what lies there on another machine."""
    asked = ["git", "-C", str(root), "ls-files", "--stage"]
    listed = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    return [line.split("\t")[1] for line in listed.splitlines() if line.startswith("120000")]
