"""`manage.py evaluate` beside an open bar: its exit code is the verdict, and it opens nothing of the bar."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
pytestmark = [pytest.mark.slow, pytest.mark.any_database]
EVENING = """
kind: conversation
scenarios:
  - name: the right tab
    about: ordering
    turns: [{say: two negronis}, {say: close me out}, {press: confirm}, {press: till_approves}]
    end: {status: paid, paid: 22.00}
  - name: the wrong tab
    about: sums
    turns: [{say: two negronis, order: {Negroni: 3}}]
"""


@pytest.fixture
def evaluate(tmp_path):
    """The bar's database is a file that no database would open."""
    bar = tmp_path / "bar.sqlite3"
    bar.write_text("Ada owes $22.00")
    (tmp_path / "evening.yaml").write_text(EVENING, encoding="utf-8")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"DATABASE_URL": f"sqlite:///{bar}", "REDIS_URL": "redis://127.0.0.1:1/0"}
        ended = subprocess.run(
            [sys.executable, "manage.py", "evaluate", *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert bar.read_text() == "Ada owes $22.00"
        return ended

    return run


def test_it_judges_reports_and_exits_by_its_verdict_without_touching_the_bar(evaluate, tmp_path):
    file, report = str(tmp_path / "evening.yaml"), tmp_path / "report.json"
    ended = evaluate(file, "--times", "2", "--report", str(report))

    assert ended.returncode == 1
    assert "the wrong tab: 2 of 2 failed" in ended.stdout
    assert "50.0 % pass 2 of 2 times, 100 % were asked for." in ended.stderr
    told = json.loads(report.read_text(encoding="utf-8"))
    assert told["pass_at_1"] == 0.5
    assert told["results"][0]["trials"][0]["turns"][-1]["tab"]["paid_cents"] == 2200


def test_only_some_as_json(evaluate, tmp_path):
    ended = evaluate(str(tmp_path / "evening.yaml"), "--only", "right", "--json")

    assert (ended.returncode, json.loads(ended.stdout)["cases"]) == (0, 1)


def test_a_bad_file_is_one_line_on_stderr(evaluate, tmp_path):
    (tmp_path / "bad.yaml").write_text("scenarios:\n  - name: x\n", encoding="utf-8")
    ended = evaluate(str(tmp_path / "bad.yaml"))

    assert ended.returncode == 1
    assert ended.stderr.strip() == "CommandError: bad.yaml, line 2: scenarios.0.about: Field required."
