"""Maya keeps the rules of the code, and every rule finds what breaks it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.rules import document_tables, facts, habits, hooks, names, promises, sizes, vendors
from tests.rules.tree import product

pytestmark = pytest.mark.any_database

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = Path(sys.executable).parent
RULES: list[Callable[[Path], list[str]]] = [
    sizes.too_long_files,
    sizes.too_long_lines,
    sizes.too_long_functions,
    habits.swallowed_exceptions,
    habits.broad_excepts,
    habits.links_by_header,
    habits.detached_punctuation,
    names.banned_names,
    names.banned_local_names,
    vendors.stray_vendors,
    facts.fact_kind_strings,
    names.banned_script_names,
    hooks.template_hook_differences,
    promises.environment_differences,
    promises.glossary_differences,
    promises.missing_in_architecture,
    document_tables.stale_tables,
    promises.unknown_errors,
    promises.inline_code,
    promises.machine_paths,
    promises.committed_links,
]
LOGGED = "try:\n    serve()\nexcept Exception:\n    logger.exception('went wrong')\n"

# What only ruff reads: a file, a line that breaks a rule, and which.
RUFF = [
    ("rag/a.py", "try:\n    f()\nexcept:\n    logger.exception('')", "bare-except"),
    ("rag/a.py", "try:\n    f()\nexcept Exception:\n    x = 1", "blind-except"),
    ("rag/a.py", "try:\n    f()\nexcept (KeyError, Exception):\n    x = 1", "blind-except"),
    ("rag/a.py", "try:\n    f()\nexcept BaseException:\n    x = 1", "blind-except"),
    ("rag/a.py", "try:\n    f()\nexcept KeyError:\n    pass", "suppressible-exception"),
    ("rag/a.py", "def f() -> None:\n    global x\n    x = 1", "global-statement"),
    ("rag/a.py", "import threading\n\nhere = threading.local()", "banned-api"),
    ("rag/a.py", "from threading import local", "banned-api"),
    ("rag/a.py", "from asgiref.local import Local", "banned-api"),
    ("rag/a.py", "print('hello')", "print"),
    ("rag/a.py", "import os\n\nkey = os.environ['KEY']", "banned-api"),
    ("rag/a.py", "import os\n\nkey = os.environ.get('KEY')", "banned-api"),
    ("maya_site/core/a.py", "from os import getenv", "banned-api"),
    ("bartender/a.py", "import environ", "banned-api"),
    (
        "rag/a.py",
        "def f() -> None:\n if a:\n  for b in a:\n   if c:\n    with d:\n     if e: g()",
        "too-many-nested-blocks",
    ),
]

# By the contract of pyproject.toml that sees it: a file, an import it may not have, and what is said of it.
STRAY_IMPORTS = {
    "applications": [
        ("payments/stray.py", "from bartender.models import Visit", "payments.stray -> bartender.models"),
        ("rag/stray.py", "def late():\n    import bartender.errors", "rag.stray -> bartender.errors"),
        ("bartender/errors.py", "import maya_site.settings", "bartender.errors -> maya_site.settings"),
        ("maya_site/core/money.py", "from ..tasks import enqueue", "maya_site.core.money -> maya_site.tasks"),
        ("maya_site/ops/stray.py", "from deploy import serve", "maya_site.ops.stray -> deploy.serve"),
    ],
    "bar": [
        (
            "bartender/services/stray.py",
            "import bartender.web.guest",
            "services.stray -> bartender.web.guest",
        ),
        (
            "bartender/models/stray.py",
            "if TYPE_CHECKING:\n    import bartender.menu",
            "bartender.models.stray",
        ),
        ("bartender/dialogue/stray.py", "from bartender import models", "bartender.dialogue.stray"),
    ],
    "money": [("payments/posting_rules.py", "from payments import checkout", "payments.posting_rules ->")],
    "cycles": [("bartender/menu/alcohol.py", "from bartender.menu import snapshot", "in bartender.menu.")],
    "vendors": [
        ("payments/ledger.py", "import stripe", "payments.ledger -> stripe"),
        ("bartender/tools/stray.py", "from google import genai", "bartender.tools.stray -> google"),
        ("maya_site/edge/stray.py", "import modal", "maya_site.edge.stray -> modal"),
    ],
    "sockets": [("bartender/tools/stray.py", "from channels import layers", "tools.stray -> channels")],
    "conversation": [("bartender/conversation/turn.py", "from payments import ledger", "-> payments.ledger")],
    "deployment": [("deploy/serve.py", "from bartender import errors", "deploy.serve -> bartender.errors")],
}

BROKEN = [
    (sizes.too_long_files, "rag/a.py", "x = 1\n" * 461),
    (sizes.too_long_files, "static/js/a.js", "next();\n" * 251),
    (sizes.too_long_files, "static/css/a.css", "p {}\n" * 251),
    (sizes.too_long_lines, "templates/a.html", "<p>" + "a" * 114 + "</p>"),
    (sizes.too_long_lines, "static/css/a.css", "p { color: " + "a" * 120),
    (sizes.too_long_functions, "rag/a.py", "def f():\n" + "    x = 1\n" * 50),
    (habits.swallowed_exceptions, "rag/a.py", "with suppress(Exception):\n    f()"),
    (habits.broad_excepts, "rag/a.py", LOGGED * 4),
    (habits.links_by_header, "bartender/a.py", "link = request.build_absolute_uri('/')"),
    (habits.links_by_header, "bartender/a.py", "link = 'https://' + request.get_host()"),
    (habits.detached_punctuation, "templates/a.html", 'Start<span class="unseen">: ticket</span>'),
    (names.banned_local_names, "rag/a.py", "def f(given: str) -> str:\n    told = given\n    return told\n"),
    (names.banned_names, "bartender/house.py", ""),
    (names.banned_names, "rag/a.py", "class HouseMemory:\n    pass"),
    (names.banned_names, "rag/a.py", "def f():\n    def told():\n        pass"),
    (names.banned_names, "rag/a.py", "class A:\n    MOST_ROWS = 8"),
    (vendors.stray_vendors, "payments/ledger.py", "class StripeEvent:\n    pass"),
    (vendors.stray_vendors, "bartender/services/a.py", "if voice.name == 'cartesia':\n    f()"),
    (vendors.stray_vendors, "payments/webhooks/a.py", "# as Stripe calls it"),
    (vendors.stray_vendors, "templates/a.html", "{% if ears.name == 'moonshine' %}"),
    (vendors.stray_vendors, "maya_site/core/metrics.py", "Counter('maya_gemini_turns')"),
    (names.banned_script_names, "static/js/hearing/ears.js", ""),
    (names.banned_script_names, "static/js/a.js", "export class Ears {}"),
    (names.banned_script_names, "static/js/a.js", "const A = { makeWay() { this.#kept = 1; } };"),
    (names.banned_script_names, "static/js/a.js", "say(`${troubles} left`);"),
    (promises.glossary_differences, "docs/glossary.md", "| tab | an account | `payments/gone.py` `Tab` |"),
    (hooks.template_hook_differences, "static/js/a.js", 'find("[data-gone]");'),
    (hooks.template_hook_differences, "templates/a.html", "{# data-hooks: gone #}\n<p>"),
    (hooks.template_hook_differences, "templates/a.html", "{# data-hooks: tab #}\n<p data-tab>"),
    (promises.unknown_errors, "rag/a.py", 'def f():\n    """Reads. Raises ValueError or BadIndex."""'),
    (promises.unknown_errors, "rag/a.py", 'def f():\n    """Reads. Raises\n    BadIndex."""'),
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
    (sizes.too_long_files, "static/vendor/a.js", "next();\n" * 251),
    (habits.broad_excepts, "rag/a.py", LOGGED * 3),
    (names.banned_names, "rag/a.py", "def f():\n    told = almost_warehouse()\n    return told"),
    (vendors.stray_vendors, "payments/providers/stripe/api.py", "class StripeProvider:\n    pass"),
    (vendors.stray_vendors, "bartender/speech/stt/cartesia.py", "NAME = 'cartesia'"),
    (vendors.stray_vendors, "maya_site/settings.py", "GEMINI_API_KEY = ''"),
    (vendors.stray_vendors, "docs/voice.md", "Cartesia speaks"),
    (vendors.stray_vendors, "maya_site/core/metrics.py", "Counter('maya_stripe_events')"),
    (names.banned_script_names, "static/js/a.js", "// what was told\nt('is here', /hear/); turn.text;"),
    (promises.unknown_errors, "rag/a.py", 'class Bad(Exception):\n    """Raises Bad or KeyError."""'),
    (promises.inline_code, "templates/a.html", '<script type="module" src="bar.js" nonce="x"></script>'),
    (promises.machine_paths, "README.md", "open http://localhost:8000/healthz, or docs/" "work/a.md"),
]  # fmt: skip


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def lint_imports(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAMS / "lint-imports", "--config", ROOT / "pyproject.toml", "--no-cache", *words],
        cwd=root,
        env={"PATH": os.defpath, "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_who_imports_whom_is_as_the_contracts_say():
    judged = lint_imports(ROOT)

    assert judged.returncode == 0, judged.stdout + judged.stderr


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """A copy of the product's Python files."""
    copy = tmp_path_factory.mktemp("sources")
    for path in product(ROOT):
        write(copy, path.relative_to(ROOT).as_posix(), path.read_text())
    return copy


@pytest.mark.parametrize("contract", STRAY_IMPORTS)
def test_a_contract_sees_the_imports_that_break_it(sources, tmp_path, contract):
    shutil.copytree(sources, tmp_path, dirs_exist_ok=True)
    for name, text, _said in STRAY_IMPORTS[contract]:
        with (tmp_path / name).open("a") as file:
            file.write(f"\n{text}\n")

    judged = lint_imports(tmp_path, "--contract", contract)

    assert judged.returncode == 1
    assert [said for _name, _text, said in STRAY_IMPORTS[contract] if said not in judged.stdout] == []


def test_ruff_keeps_the_other_rules():
    assert ruff("check", ".") == ""


@pytest.mark.parametrize("name, text, rule", RUFF)
def test_ruff_sees_what_breaks_its_rule(name, text, rule):
    assert f" {rule}:" in ruff("check", "--stdin-filename", name, "-", stdin=f"{text}\n")


def ruff(*words: str, stdin: str = "") -> str:
    format = ["--output-format", "concise", "--quiet", "--no-cache"]
    return subprocess.run(
        [PROGRAMS / "ruff", *words, *format],
        cwd=ROOT,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    ).stdout


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


def test_a_file_that_the_architecture_page_forgets_is_found(tmp_path):
    write(tmp_path, ".gitignore", "*.sqlite3\n")
    write(tmp_path, "maya.sqlite3", "")
    write(tmp_path, "bartender/models.py", "")
    write(tmp_path, "cellar/models.py", "")
    write(tmp_path, "docs/architecture.md", "`docs`, .gitignore, bartender")

    assert promises.missing_in_architecture(tmp_path) == ["cellar"]


def test_a_command_a_metric_a_setting_and_a_check_are_written_into_the_tables(tmp_path):
    write(tmp_path, "bartender/management/commands/pour.py", 'help = "Pour. Example: manage.py pour --neat"')
    write(tmp_path, "maya_site/ops/metrics.py", 'Counter("maya_glasses", "Glasses filled", ["size"])')
    write(tmp_path, "maya_site/ops/checks.py", 'Error(f"{name} is empty.", id="maya_site.E001")')
    write(tmp_path, ".env.example", "# --- The bar ---\n# How many ice cubes.\nICE=3")
    tables = document_tables.pages(tmp_path)

    assert "| `pour` | Pour. | `manage.py pour --neat` |" in tables["commands.md"]
    assert "| `maya_glasses_total` | counter | size | Glasses filled |" in tables["metrics.md"]
    assert "| `maya_site.E001` | error | `<name>` is empty. |" in tables["checks.md"]
    assert "## The bar\n" in tables["settings.md"]
    assert "| `ICE` | `3` | How many ice cubes. |" in tables["settings.md"]


def test_a_table_that_was_not_written_anew_is_found(tmp_path):
    write(tmp_path, "maya_site/ops/checks.py", "")
    write(tmp_path, ".env.example", "")
    for name, text in document_tables.pages(tmp_path).items():
        write(tmp_path, f"docs/reference/{name}", text)
    assert document_tables.stale_tables(tmp_path) == []

    write(tmp_path, "bartender/management/commands/pour.py", 'help = "Pour. Example: manage.py pour"')

    assert [found.split()[0] for found in document_tables.stale_tables(tmp_path)] == [
        "docs/reference/commands.md"
    ]


def test_a_hook_that_a_template_renders_and_does_not_list_is_found(tmp_path):
    write(tmp_path, "static/js/a.js", 'const { heldUntil, turn } = row.dataset; row.dataset.state = "on";')
    write(tmp_path, "templates/a.html", "{# data-hooks: turn #}\n<p data-held-until='1' data-turn='2'>")

    assert hooks.template_hook_differences(tmp_path) == [
        "templates/a.html: scripts need data-held-until; list it"
    ]


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


@pytest.mark.parametrize(
    "text, found",
    [
        ('done = result.facts["kind"] == "added"', True),
        ('done = str(row.get("kind")) in {"added", "menu"}', True),
        ("done = fact.kind", True),
        ('TOLD = ("added", "sent")', True),
        ('TOLD = {"added": 1, "sent": 2}', True),
        ('done = pending.get("kind") == "which"', False),
        ('done = line.status == "sent"', False),
        ('VERBS = ("added", "poured")', False),
        ("done = isinstance(fact, LineAdded)", False),
    ],
)
def test_whoever_tells_a_fact_by_its_kind_outside_its_home_is_found(tmp_path, text, found):
    for kind in ("added", "sent"):
        write(tmp_path, f"bartender/facts/{kind}.py", f'class A:\n    kind = "{kind}"\n\n{text}')
    write(tmp_path, "bartender/conversation/a.py", text)

    assert {one.partition(":")[0] for one in facts.fact_kind_strings(tmp_path)} == (
        {"bartender/conversation/a.py"} if found else set()
    )
