"""The documents tell the truth: links lead somewhere, commands exist, and the drawings are of this code."""

import ast
import re
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from tests.rules.document_tables import settings
from tests.rules.tree import files, parse

pytestmark = pytest.mark.any_database

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(path for path in files(ROOT, ".md") if "rag/corpus" not in path.as_posix())
README_LINES = 140

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
SHELL = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
NODE = re.compile(r'(\w+)\["([\w/]+\.py)<br/>([\w.]+)"\]')
EDGE = re.compile(r'(\w+)(?:\["[^"]+"\])? (-->|-\.->)(?:\|[^|]+\|)? (\w+)')
NAMED_PATH = re.compile(
    r"`((?:bartender|deploy|docs|maya_site|payments|rag|requirements|static|tests)/[\w/.-]*)`"
)


def page_id(page):
    return str(page.relative_to(ROOT))


def anchors(page):
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def shell_lines(page):
    """The commands of a page's blocks, one a line, without what `#` says of them."""
    blocks = SHELL.findall(page.read_text(encoding="utf-8"))
    return [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()]


def definitions(path, scope=None):
    """Functions and classes of a file by name, those of classes as Class.name."""
    found = {}
    for node in scope.body if scope else parse(path).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found[node.name] = node
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{name}": inner for name, inner in definitions(path, node).items()}
    return found


def names_in(node):
    return {
        one.id if isinstance(one, ast.Name) else one.attr
        for one in ast.walk(node)
        if isinstance(one, ast.Name | ast.Attribute)
    }


def reached_names(path, name):
    """All names that a function mentions, itself or through the helpers of its file."""
    known = definitions(path)
    by_last: dict[str, list[ast.AST]] = {}
    for full, node in known.items():
        by_last.setdefault(full.split(".")[-1], []).append(node)
    seen: set[str] = set()
    waiting: list[ast.AST] = [known[name]]
    while waiting:
        for found in names_in(waiting.pop()) - seen:
            seen.add(found)
            waiting += [node for node in by_last.get(found, []) if not isinstance(node, ast.ClassDef)]
    return seen


def drawings():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    found = re.findall(r"^## ([^\n]+)\n(?:(?!^## ).)*?```mermaid\n(.*?)```", text, re.MULTILINE | re.DOTALL)
    return [pytest.param(drawing, id=title) for title, drawing in found]


def test_there_are_the_three_drawings():
    assert [one.id for one in drawings()] == ["A turn", "A tapped order", "A spoken turn"]


@pytest.mark.parametrize("drawing", drawings())
def test_every_station_of_a_drawing_is_in_the_code(drawing):
    stations = NODE.findall(drawing)

    assert len(stations) > 15
    assert [f"{path} {name}" for _, path, name in stations if name not in definitions(ROOT / path)] == []


@pytest.mark.parametrize("drawing", drawings())
def test_every_solid_arrow_of_a_drawing_is_a_call(drawing):
    stations = {key: (path, name) for key, path, name in NODE.findall(drawing)}
    calls = [(stations[a], stations[b]) for a, kind, b in EDGE.findall(drawing) if kind == "-->"]

    assert len(calls) > 10
    assert [
        f"{path} {name} does not name {called}"
        for (path, name), (_, called) in calls
        if called.split(".")[-1] not in reached_names(ROOT / path, name)
    ] == []


def test_an_arrow_that_is_no_call_is_noticed():
    assert "fire_ticket" not in reached_names(ROOT / "payments" / "ledger.py", "charge")
    assert "tab_changed" in reached_names(ROOT / "payments" / "ledger.py", "charge")


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_link_of_a_page_leads_somewhere(page):
    dead = []
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        if not path.exists() or (anchor and anchor not in anchors(path)):
            dead.append(target)

    assert dead == []


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_path_that_a_page_names_is_there(page):
    made = re.compile(r"deploy/compose\.env|static/vendor/|requirements/[a-z]+\.txt")
    named = NAMED_PATH.findall(page.read_text(encoding="utf-8"))

    assert [path for path in named if not (ROOT / path).exists() and not made.fullmatch(path)] == []


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_command_that_a_page_shows_exists(page):
    unknown = []
    for line in shell_lines(page):
        if found := re.search(r"manage\.py (\w+)(.*)", line):
            unknown += unknown_options(*found.groups())
        if found := re.search(r"python -m ((?:tests|deploy|bartender)[\w.]*)", line):
            path = ROOT / found[1].replace(".", "/")
            unknown += (
                [] if path.with_suffix(".py").exists() or (path / "__main__.py").exists() else [found[1]]
            )
    assert unknown == []


def unknown_options(name, rest):
    if name not in get_commands():
        return [name]
    app = get_commands()[name]
    parser = load_command_class(app, name).create_parser("manage.py", name)
    known = parser.format_help()
    return [
        f"{name} {option}"
        for option in re.findall(r"(?<!\S)(--[a-z-]+)", rest.split("|")[0])
        if option not in known
    ]


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= README_LINES


def test_every_setting_says_what_it_means():
    assert [one.name for one in settings(ROOT) if not one.meaning] == []


def test_the_example_shows_the_default_that_the_code_uses():
    code = (ROOT / "maya_site" / "settings.py").read_text(encoding="utf-8")
    used = re.findall(r'env\.\w+\(\s*"(\w+)",\s*default=([^)]+?)\s*\)', code)
    words = {"True": "on", "False": "off", "None": "", "[]": ""}
    defaults = {name: words.get(text, text.strip("\"'")) for name, text in used}

    assert {one.name: one.default for one in settings(ROOT) if one.name in defaults} == {
        one.name: defaults[one.name] for one in settings(ROOT) if one.name in defaults
    }
