"""What the files promise each other: the example of the settings, the documents, the templates' policy."""

import ast
import builtins
import re
import subprocess
from pathlib import Path

from tests.rules.tree import files, parsed, top_level

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
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


def missing_in_architecture(root: Path) -> list[str]:
    """Every file and folder at the top of the repository has its line in docs/architecture.md."""
    page = (root / "docs" / "architecture.md").read_text(encoding="utf-8")
    return [name for name in top_level(root) if not re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", page)]


def inline_code(root: Path) -> list[str]:
    return [
        f"{path.relative_to(root)} {what}"
        for path in files(root, ".html")
        for what, pattern in INLINE.items()
        if pattern.search(path.read_text(encoding="utf-8"))
    ]


def unknown_errors(root: Path) -> list[str]:
    """A docstring that says what is raised names an error of the code or of Python."""
    docstrings, known = [], set(dir(builtins))
    for name, tree in parsed(root):
        for node in ast.walk(tree):
            if isinstance(node, DOCUMENTED):
                docstrings.append((name, getattr(node, "name", "module"), ast.get_docstring(node) or ""))
            known |= names_of(node)
    return [
        f"{name} {of}: {error} is no error"
        for name, of, text in docstrings
        for raised in re.findall(
            r"\b[Rr]aises ((?:[A-Z]\w*(?:\.[A-Za-z]\w*)*(?:, and |, or |, | and | or )?)+)",
            " ".join(text.split()),  # a name may stand on the next line
        )
        for error in re.findall(r"[A-Z]\w+(?:\.\w+)*", raised)
        if error.split(".")[-1] not in known
    ]


def names_of(node: ast.AST) -> set[str]:
    """What a node defines or imports, or which attribute of a module it names."""
    if isinstance(node, ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.alias):
        return {(node.asname or node.name).split(".")[-1]}
    return {node.attr} if isinstance(node, ast.Attribute) else set()


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


def glossary_differences(root: Path) -> list[str]:
    """Every file that the glossary names is there, and defines or uses the name that stands behind it."""
    found = []
    page = root / "docs" / "glossary.md"
    for row in page.read_text(encoding="utf-8").splitlines() if page.exists() else ():
        where = row.rsplit("|", 2)[-2] if row.startswith("| ") else ""
        for path, name in re.findall(r"`([\w/]+\.py)`(?: `(\w+)`)?", where):
            if not (root / path).exists():
                found.append(f"{path} is not there")
            elif not re.search(
                rf"^(?:class|def|async def) {name}\b", (root / path).read_text(encoding="utf-8"), re.M
            ):
                found += [f"{path} defines no {name}"] if name else []
    return found
