"""The quick lane chooses by measurement alone, and says so when the measurement no longer holds."""

import subprocess
import sys
import textwrap

import pytest

from tests.live_server import ROOT
from tests.quick_lane import LIMIT_SECONDS, LIST, costly_functions, list_of

FILE = """
    import time, pytest

    def test_new(): pass

    @pytest.mark.parametrize("case", [1, 2])
    def test_costly(case): pass

    @pytest.mark.slow
    def test_marked(): pass
"""
LISTED = "# a comment\n   3.0 test_bar.py::test_costly\n"


@pytest.fixture
def suite(tmp_path):
    """Another suite with three functions, one listed and one marked. Runs it and gives what it said."""
    (tmp_path / "test_bar.py").write_text(textwrap.dedent(FILE))
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = slow\n")
    (tmp_path / "costly.txt").write_text(LISTED)
    listed = str(tmp_path / "costly.txt")
    chosen = f"import tests.quick_lane as lane, pathlib; lane.LIST = pathlib.Path({listed!r})"

    def run(*words, before="pass"):
        arguments = ["-v", "-p", "no:cacheprovider", "-p", "no:django", "-p", "tests.quick_lane", *words]
        arguments += ["-c", str(tmp_path / "pytest.ini"), f"--rootdir={tmp_path}", str(tmp_path)]
        code = f"{chosen}; {before}; import pytest; raise SystemExit(pytest.main({arguments!r}))"
        run = [sys.executable, "-c", code]
        done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    return run


def test_lane_and_rest_are_the_whole_suite_and_share_nothing(suite):
    quick, rest = suite("--quick")[1], suite("--rest")[1]

    assert [name for name in ("test_new", "test_costly", "test_marked") if name in quick] == ["test_new"]
    assert "test_new" not in rest
    assert all(f"{name} PASSED" in rest for name in ("test_costly[1]", "test_costly[2]", "test_marked"))


def test_a_test_that_has_become_costly_fails_the_lane_and_says_what_to_do(suite):
    code, said = suite("--quick", before="lane.TOO_COSTLY_SECONDS = -1.0")

    assert code == 1
    assert "too much for the quick lane. Write the list anew" in said
    assert suite("--rest", before="lane.TOO_COSTLY_SECONDS = -1.0")[0] == 0


def test_a_lane_that_has_grown_too_long_fails(suite):
    code, said = suite("--quick", before="lane.WORKER_BUDGET_SECONDS = -1.0")

    assert code == 1
    assert "lower LIMIT_SECONDS" in said


def test_all_cases_of_a_function_count_together_and_the_list_is_read_as_it_was_written():
    share = LIMIT_SECONDS * 0.6
    measured = [("a.py::one[x]", share), ("a.py::one[y]", share), ("a.py::two", share), ("b.py::three", 9.0)]

    assert costly_functions(list_of(measured)) == {
        "a.py::one": pytest.approx(2 * share, abs=0.06),
        "b.py::three": 9.0,
    }


def test_what_is_measured_is_written_down(suite, tmp_path):
    folder = tmp_path / "measured"
    folder.mkdir()
    assert suite("--measure-into", str(folder))[0] == 0

    (file,) = folder.glob("*.jsonl")
    assert len(file.read_text().splitlines()) == 4


def test_the_list_names_files_that_there_are():
    assert costly_functions(LIST.read_text())
    for name in costly_functions(LIST.read_text()):
        assert (ROOT / name.split("::")[0]).exists(), name
