"""A page's files are joined when they are collected, and do there what they do one by one."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.test import Client

from maya_site.edge import bundles, collected_static
from maya_site.edge.bundles import BundleError, build_bundles, join_modules, join_styles

STATIC = Path(settings.BASE_DIR) / "static"
needs_node = pytest.mark.skipif(not shutil.which("node"), reason="no node to run modules")


def read_source(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


def run_node(script: str, folder: Path) -> str:
    file = folder / "run.mjs"
    file.write_text(script, encoding="utf-8")
    return subprocess.run(["node", file], capture_output=True, check=True, text=True, timeout=60).stdout


def join(**modules: str) -> str:
    return join_modules("entry.js", lambda name: modules[name.removesuffix(".js").replace("/", "_")])


def test_every_page_is_joined_the_same_way_each_time() -> None:
    once, again = build_bundles(read_source), build_bundles(read_source)
    assert once == again
    assert set(once) == {
        f"{kind}/{page}.bundle.{kind}" for kind in ("css", "js") for page in ("bar", "display")
    }


@needs_node
def test_joined_scripts_of_every_page_are_read_by_a_javascript_engine(tmp_path: Path) -> None:
    for name, text in build_bundles(read_source).items():
        if name.endswith(".js"):
            file = tmp_path / "page.mjs"
            file.write_text(text, encoding="utf-8")
            subprocess.run(["node", "--check", file], check=True, timeout=60)


@needs_node
def test_each_module_keeps_its_names_to_itself_and_runs_once(tmp_path: Path) -> None:
    joined = join(
        entry='import { a } from "./left.js";\nimport { b } from "./right.js";\n'
        'import { LOADED } from "./base.js";\n'
        "const RATE = 3;\nconsole.log(JSON.stringify([a(), b(), RATE, LOADED]));\n",
        left='import { LOADED } from "./base.js";\nconst RATE = 1;\nLOADED.push("left");\n'
        "export function a() {\n  return RATE;\n}\n",
        right='import { LOADED } from "./base.js";\nconst RATE = 2;\nLOADED.push("right");\n'
        "export class Unused {}\nexport const b = () => RATE;\nexport async function c() {}\n",
        base='export const LOADED = ["base"];\n',
    )
    assert json.loads(run_node(joined, tmp_path)) == [1, 2, 3, ["base", "left", "right"]]


@pytest.mark.parametrize(
    "text",
    [
        'import * as all from "./left.js";',
        'import left from "./left.js";',
        'import "./left.js";',
        'import { a as b } from "./left.js";',
        "export default 1;",
        "export { a };",
        "export let a = 1;",
        'const late = () => import("./left.js");',
        "const here = import.meta.url;",
        "await 1;",
    ],
)
def test_what_is_not_read_stops_the_collecting_with_the_modules_name(text: str) -> None:
    with pytest.raises(BundleError, match=r"entry\.js"):
        join(entry=f"{text}\n", left="export const a = 1;\n")


def test_modules_that_import_each_other_are_refused() -> None:
    with pytest.raises(BundleError, match=r"imported by left\.js"):
        join(entry='import { a } from "./left.js";\n', left='import { b } from "./entry.js";\n')


def test_styles_keep_their_order_and_their_pictures() -> None:
    texts = {
        "css/base.css": 'a { background: url("../img/icon.svg"); }',
        "css/display/tab.css": "b { mask: url('../../img/glasses.svg') } c { d: url(data:x) }",
    }
    joined = join_styles(tuple(texts), texts.__getitem__)
    assert re.findall(r"url\([^)]*\)", joined) == [
        'url("../img/icon.svg")',
        'url("../img/glasses.svg")',
        "url(data:x)",
    ]
    with pytest.raises(BundleError, match=r"late\.css"):
        join_styles(("css/late.css",), lambda _name: '@import "other.css";')


@pytest.mark.django_db
@pytest.mark.parametrize("collected, scripts, styles", [(True, 1, 1), (False, 1, 7)])
def test_a_page_links_what_is_there(
    menu: object, monkeypatch: pytest.MonkeyPatch, *, collected: bool, scripts: int, styles: int
) -> None:
    in_use = SimpleNamespace(is_in_use=lambda: collected)
    monkeypatch.setattr("maya_site.templatetags.page_files.collected_static", in_use)
    monkeypatch.setattr("maya_site.templatetags.page_files.static", lambda name: f"/static/{name}")
    page = Client().get("/").text
    linked = re.findall(r'<script type="module" src="/static/([^"]+)"', page)
    assert linked == [bundles.script_name("bar") if collected else "js/bar.js"]
    assert len(linked) == scripts
    assert page.count('rel="stylesheet"') == styles


def test_the_files_are_collected_anew_when_they_are_joined_in_another_way(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = collected_static.source_digest()
    (tmp_path / "bundles.py").write_text("# another way")
    monkeypatch.setattr(bundles, "__file__", str(tmp_path / "bundles.py"))
    assert collected_static.source_digest() != before
