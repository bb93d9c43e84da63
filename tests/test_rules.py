"""Maya keeps the house rules, and every rule can tell."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.rules import habits, imports, promises, sizes

ROOT = Path(__file__).resolve().parent.parent
RULES: list[Callable[[Path], list[str]]] = [
    imports.forbidden_imports,
    imports.stray_sdks,
    sizes.too_long_files,
    sizes.too_long_functions,
    sizes.too_deep_functions,
    habits.swallowed_exceptions,
    habits.broad_excepts,
    habits.ambient_state,
    habits.prints,
    habits.environment_readers,
    promises.environment_differences,
    promises.missing_in_readme,
    promises.inline_code,
    promises.machine_paths,
    promises.committed_links,
]
LOGGED = "try:\n    serve()\nexcept Exception:\n    logger.exception('went wrong')\n"

NESTED = "def f():\n if a:\n  if b:\n   if c:\n    if d:\n     if e: g()"
CASES = "def f():\n if a: g()\n elif b: g()\n elif c: g()\n elif d: g()\n elif e: g()"
NAMES_SETTINGS = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'x')"

BROKEN = [
    (imports.forbidden_imports, "payments/a.py", "from bartender.models import Visit"),
    (imports.forbidden_imports, "payments/a.py", "def late():\n    import bartender"),
    (imports.forbidden_imports, "bartender/conversation/a.py", "from payments import ledger"),
    (imports.forbidden_imports, "bartender/a.py", "import maya_site.settings"),
    (imports.forbidden_imports, "maya_site/lib/a.py", "from ..jobs import outbox"),
    (imports.forbidden_imports, "maya_site/a.py", "from deploy import serve"),
    (imports.stray_sdks, "payments/ledger.py", "import stripe"),
    (imports.stray_sdks, "bartender/tools/a.py", "from google import genai"),
    (imports.stray_sdks, "maya_site/a.py", "import modal"),
    (imports.stray_sdks, "bartender/conversation/a.py", "from channels.layers import get_channel_layer"),
    (sizes.too_long_files, "rag/a.py", "x = 1\n" * 401),
    (sizes.too_long_files, "static/js/a.js", "next();\n" * 201),
    (sizes.too_long_files, "static/css/a.css", "p {}\n" * 201),
    (sizes.too_long_functions, "rag/a.py", "def f():\n" + "    x = 1\n" * 50),
    (sizes.too_deep_functions, "rag/a.py", NESTED),
    (habits.swallowed_exceptions, "rag/a.py", "try:\n    f()\nexcept:\n    logger.exception('')"),
    (habits.swallowed_exceptions, "rag/a.py", "try:\n    f()\nexcept Exception:\n    x = 1"),
    (habits.swallowed_exceptions, "rag/a.py", "try:\n    f()\nexcept (KeyError, Exception):\n    x = 1"),
    (habits.swallowed_exceptions, "rag/a.py", "try:\n    f()\nexcept BaseException:\n    raise"),
    (habits.swallowed_exceptions, "rag/a.py", "try:\n    f()\nexcept KeyError:\n    pass"),
    (habits.swallowed_exceptions, "rag/a.py", "with suppress(Exception):\n    f()"),
    (habits.broad_excepts, "rag/a.py", LOGGED * 4),
    (habits.ambient_state, "rag/a.py", "def f():\n    global x\n    x = 1"),
    (habits.ambient_state, "rag/a.py", "import threading\nhere = threading.local()"),
    (habits.ambient_state, "rag/a.py", "from threading import local"),
    (habits.prints, "rag/a.py", "print('hello')"),
    (habits.environment_readers, "rag/a.py", "import os\nkey = os.environ['KEY']"),
    (habits.environment_readers, "rag/a.py", "import os\nkey = os.environ.get('KEY')"),
    (habits.environment_readers, "rag/a.py", "import os\nos.environ.setdefault('KEY', 'x')"),
    (habits.environment_readers, "rag/a.py", "from os import getenv"),
    (habits.environment_readers, "rag/a.py", "import environ"),
    (promises.inline_code, "templates/a.html", "<script>alert(1)</script>"),
    (promises.inline_code, "templates/a.html", "<script type=module>go()</script>"),
    (promises.inline_code, "templates/a.html", '<p style="color: red">'),
    (promises.inline_code, "templates/a.html", "<style>p {}</style>"),
    (promises.inline_code, "templates/a.html", '<button type="button"\n onclick="pay()">'),
    (promises.inline_code, "templates/a.html", '<a href="javascript:pay()">'),
    (promises.machine_paths, "README.md", "see /" + "home/ada/maya"),
    (promises.machine_paths, "requirements/base.txt", "--index-url https://" + "pypi.org/simple"),
]  # fmt: skip

FINE = [
    (imports.forbidden_imports, "payments/a.py", "from maya_site.lib import money\nfrom . import models"),
    (imports.forbidden_imports, "bartender/conversation/a.py", "from bartender.services import orders"),
    (imports.forbidden_imports, "maya_site/lib/a.py", "from maya_site.lib.errors import MayaError"),
    (imports.stray_sdks, "payments/providers/stripe_api.py", "import stripe"),
    (sizes.too_long_files, "static/vendor/a.js", "next();\n" * 201),
    (sizes.too_deep_functions, "rag/a.py", "def f():\n    if x:\n        def g():\n            if y: z"),
    (sizes.too_deep_functions, "rag/a.py", CASES),
    (habits.swallowed_exceptions, "rag/a.py", LOGGED),
    (habits.broad_excepts, "rag/a.py", LOGGED * 3),
    (habits.environment_readers, "manage.py", NAMES_SETTINGS),
    (habits.environment_readers, "maya_site/settings.py", "import environ"),
    (promises.inline_code, "templates/a.html", '<script type="module" src="bar.js" nonce="x"></script>'),
    (promises.machine_paths, "README.md", "open http://localhost:8000/healthz, or docs/" "work/a.md"),
]  # fmt: skip


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_maya_keeps_the_rule(rule):
    assert rule(ROOT) == []


@pytest.mark.parametrize("rule, name, text", BROKEN)
def test_the_rule_sees_what_breaks_it(tmp_path, rule, name, text):
    write(tmp_path, name, text)

    assert len(rule(tmp_path)) >= 1


@pytest.mark.parametrize("rule, name, text", FINE)
def test_the_rule_leaves_honest_code_alone(tmp_path, rule, name, text):
    write(tmp_path, name, text)

    assert rule(tmp_path) == []


def test_a_setting_that_nobody_shows_and_an_example_that_nobody_reads_are_both_found(tmp_path):
    write(tmp_path, "maya_site/settings.py", 'A = env.str("READ_ONLY_HERE")\nB = env("IN_BOTH")')
    write(tmp_path, ".env.example", "IN_BOTH=\n# SHOWN_ONLY_HERE=1\n# a comment, not a name")

    assert promises.environment_differences(tmp_path) == [
        "READ_ONLY_HERE is read, not shown",
        "SHOWN_ONLY_HERE is shown, not read",
    ]


def test_a_command_a_metric_and_a_file_that_the_readme_forgets_are_found(tmp_path):
    write(tmp_path, "bartender/management/commands/pour.py", "")
    write(tmp_path, "maya_site/metrics.py", 'Counter("maya_glasses", "help")\nGauge("maya_turns", "help")')
    write(tmp_path, "bartender/management/commands/chat.py", "")
    write(tmp_path, ".gitignore", "*.sqlite3\n")
    write(tmp_path, "maya.sqlite3", "")
    write(tmp_path, "README.md", "`chat`, `maya_turns_total`, .gitignore, bartender, maya_site")

    assert promises.missing_in_readme(tmp_path) == ["pour", "maya_glasses"]


def test_a_link_that_was_committed_is_found(tmp_path):
    (tmp_path / "elsewhere").symlink_to("/tmp")
    for words in (["init", "-q"], ["add", "elsewhere"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)

    assert promises.committed_links(tmp_path) == ["elsewhere"]


@pytest.mark.parametrize("name", ["base", "dev", "deploy"])
def test_a_lock_pins_and_hashes_everything_and_names_no_index(name):
    lock = (ROOT / "requirements" / f"{name}.txt").read_text()

    for wanted in re.findall(r"^[a-z].*(?:\n    --hash=\S+(?: \\)?)*", lock, re.MULTILINE):
        assert re.match(r"\S+==\S+", wanted), wanted
        assert "--hash=sha256:" in wanted, wanted
    assert "://" not in lock
    assert not re.search(r"^--(?!hash)", lock, re.MULTILINE)


@pytest.mark.parametrize("name", ["dev", "deploy"])
def test_every_lock_has_what_the_bar_runs_on(name):
    def pins(which):
        return set(
            re.findall(r"^([a-z]\S+==\S+)", (ROOT / "requirements" / f"{which}.txt").read_text(), re.M)
        )

    assert pins("base") <= pins(name)
