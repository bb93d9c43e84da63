"""One script and one style sheet for a page of many, joined when the static files are collected.

A page of forty files waits for them six at a time. In development, where nothing is collected, a page
loads the files themselves; there is no build step. A module becomes a function that returns what it
exports, after those that it imports, so nothing of it can be seen from another. Only the forms of `import`
and `export` that our modules use are read; at any other, collecting stops with the module's name.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from typing import NamedTuple


class Page(NamedTuple):
    """What a page loads; in this order, as the later style sheet wins."""

    styles: tuple[str, ...]
    script: str


PAGES = {
    "bar": Page(
        tuple(f"css/{name}.css" for name in ("base", "bar", "maya", "talk", "composer", "menu", "tab")),
        "js/bar.js",
    ),
    "display": Page(
        (
            "css/base.css",
            *(
                f"css/display/{name}.css"
                for name in ("colours", "board", "ticket", "aside", "tab", "screen", "undo")
            ),
        ),
        "js/display/display.js",
    ),
}
IMPORT = re.compile(r'^import \{ (\w+(?:, \w+)*) \} from "(\.{1,2}/[\w./-]+)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async function|function|class|const) (\w+))", re.MULTILINE)
UNREAD = re.compile(r"^(?:(?:import|export|await)\b.*)|\bimport(?:\(|\.meta\b)", re.MULTILINE)
CSS_ADDRESS = re.compile(r"url\([\"']?(?!data:|#)([^\"')]+)[\"']?\)")

ReadFile = Callable[[str], str]


class BundleError(ValueError):
    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name} cannot be joined with the page's others: {reason}.")


def style_name(page: str) -> str:
    return f"css/{page}.bundle.css"


def script_name(page: str) -> str:
    return f"js/{page}.bundle.js"


def build_bundles(read: ReadFile) -> dict[str, str]:
    """Text by file name; the same text for the same sources. `read` gives a source's text by its name. Raises
    BundleError."""
    built = {style_name(page): join_styles(files.styles, read) for page, files in PAGES.items()}
    return built | {script_name(page): join_modules(files.script, read) for page, files in PAGES.items()}


def join_styles(names: tuple[str, ...], read: ReadFile) -> str:
    """Addresses in them are made relative to the folder of the joined one, `css/`."""
    return "\n".join(f"/* {name} */\n{_style(name, read)}" for name in names)


def _style(name: str, read: ReadFile) -> str:
    text = read(name)
    if re.search(r"@(?:import|charset)\b", text):
        raise BundleError(name, "@import and @charset are not read")
    folder = posixpath.dirname(name)

    def moved(found: re.Match[str]) -> str:
        return f'url("{posixpath.relpath(posixpath.join(folder, found[1]), "css")}")'

    return CSS_ADDRESS.sub(moved, text)


def join_modules(entry: str, read: ReadFile) -> str:
    """Raises BundleError for an import that comes back to itself, besides what cannot be read."""
    joined: dict[str, str] = {}
    _add_module(entry, read, joined, ())
    return "\n".join(joined.values())


def _add_module(name: str, read: ReadFile, joined: dict[str, str], importers: tuple[str, ...]) -> None:
    if name in importers:
        raise BundleError(name, f"it is imported by {importers[-1]}, which it imports")
    if name in joined:
        return
    text, folder = read(name), posixpath.dirname(name)

    def taken(found: re.Match[str]) -> str:
        source = posixpath.normpath(posixpath.join(folder, found[2]))
        _add_module(source, read, joined, (*importers, name))
        return f"const {{ {found[1]} }} = {_variable(source)};\n"

    body = EXPORT.sub("", IMPORT.sub(taken, text))
    if unread := UNREAD.search(body):
        raise BundleError(name, f"“{unread[0]}” is not read")
    exported = ", ".join(found[1] for found in EXPORT.finditer(text))
    joined[name] = (
        f"// {name}\nconst {_variable(name)} = (() => {{\n{body}\nreturn {{ {exported} }};\n}})();\n"
    )


def _variable(name: str) -> str:
    return "$" + re.sub(r"\W", "_", name.removesuffix(".js"))
