"""The quick lane: every test that is cheap by measurement, in an order that its printed seed gives again.

    ./run_maya.sh test --quick                  the lane
    ./run_maya.sh test --rest                   all other tests: lane and rest are the whole suite
    python -m tests.quick_lane [FOLDER ...]     measure and write the list of costly tests anew (some 15
    minutes)

Nobody chooses. `costly_tests.txt` lists the functions that took more than LIMIT_SECONDS of processor time
when they were last measured; whatever is not listed runs, so a new test is in the lane until it is measured.
The lane fails when a test in it has become costly, when the list names one that is gone, when an application
has none, and when all of it takes more processor time than two cores have in two minutes. Processor time,
since a busy machine does not change it much.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

LIST = Path(__file__).with_name("costly_tests.txt")
LIMIT_SECONDS = 0.2
# What one test may take before it must be listed: the first in a process pays for imports and models.
TOO_COSTLY_SECONDS = 6.0
WORKER_BUDGET_SECONDS = 90.0
ELSEWHERE = ("slow", "browser", "prometheus", "alertmanager", "mutants", "postgres")
APPLICATIONS = ("bartender", "payments", "rag", "site", "deploy")
MEASURE_AGAIN = "Write the list anew: .venv/bin/python -m tests.quick_lane"


def function_of(nodeid: str) -> str:
    return nodeid.split("[", 1)[0]


def costly_functions(text: str) -> dict[str, float]:
    rows = (line.split(None, 1) for line in text.splitlines() if line and not line.startswith("#"))
    return {name: float(seconds) for seconds, name in rows}


def list_of(measured: Iterable[tuple[str, float]]) -> str:
    """The text of the list, from the seconds of every test that ran."""
    spent: Counter[str] = Counter()
    for nodeid, seconds in measured:
        spent[function_of(nodeid)] += seconds  # type: ignore[assignment]  # Counter adds up any number
    rows = [f"{seconds:6.1f} {name}" for name, seconds in sorted(spent.items()) if seconds > LIMIT_SECONDS]
    head = (
        f"# Functions over {LIMIT_SECONDS} s of processor time, all cases together. By tests/quick_lane.py.\n"
    )
    return head + "\n".join(rows) + "\n"


class Lane:
    """Chooses, measures, and refuses what has become costly. `rest` is what the lane leaves."""

    def __init__(self, rest: bool = False) -> None:
        self.rest, self.costly = rest, costly_functions(LIST.read_text())
        self.spent, self.complaint = 0.0, ""

    def is_quick(self, item: pytest.Item) -> bool:
        marked = any(item.get_closest_marker(name) for name in ELSEWHERE)
        return not marked and function_of(item.nodeid) not in self.costly

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        chosen = [item for item in items if self.is_quick(item) is not self.rest]
        whole = not config.getoption("keyword") and config.args == config.getini("testpaths")
        if whole and not self.rest:
            self.complaint = self._what_is_stale(items, chosen)
        config.hook.pytest_deselected(items=[item for item in items if item not in set(chosen)])
        items[:] = chosen

    def _what_is_stale(self, items: list[pytest.Item], chosen: list[pytest.Item]) -> str:
        """Told when the tests are over: a worker of xdist that ends before it began says nothing."""
        if gone := set(self.costly) - {function_of(item.nodeid) for item in items}:
            return f"{LIST.name} names tests that are gone; delete their lines: {sorted(gone)}"
        covered = {item.nodeid.split("/")[1] for item in chosen}
        missing = sorted(set(APPLICATIONS) - covered)
        return f"the quick lane has no test of {missing}" if missing else ""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self) -> Iterator[Any]:
        before = processor_seconds()
        try:
            return (yield)
        finally:
            self.spent += processor_seconds() - before

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Iterator[None]:
        before = processor_seconds()
        yield
        seconds = processor_seconds() - before
        if seconds > TOO_COSTLY_SECONDS and not self.rest:
            pytest.fail(
                f"took {seconds:.1f} s of processor time, too much for the quick lane. {MEASURE_AGAIN}"
            )

    @pytest.fixture(autouse=True, scope="session")
    def _the_lane_is_quick(self) -> Iterator[None]:
        yield
        if self.complaint:
            pytest.fail(self.complaint)
        if not self.rest and self.spent > WORKER_BUDGET_SECONDS:
            pytest.fail(
                f"the quick lane took {self.spent:.0f} s of processor time on this core, over "
                f"{WORKER_BUDGET_SECONDS:.0f}: lower LIMIT_SECONDS in tests/quick_lane.py. {MEASURE_AGAIN}"
            )


class Measure:
    """Writes down what each test takes with its fixtures, but for the database that is made for all tests."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / f"{os.getpid()}.jsonl"
        self.began = 0.0

    @pytest.fixture(autouse=True, scope="session")
    def _the_database_belongs_to_nobody(self, request: pytest.FixtureRequest) -> None:
        if request.config.pluginmanager.hasplugin("django"):
            request.getfixturevalue("django_db_setup")
        self.began = processor_seconds()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[Any]:
        self.began = processor_seconds()
        try:
            return (yield)
        finally:
            with self.file.open("a") as rows:
                rows.write(json.dumps([item.nodeid, round(processor_seconds() - self.began, 4)]) + "\n")


def processor_seconds() -> float:
    """Of this process, all its threads, and the children that it has waited for."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("quick lane")
    group.addoption("--quick", action="store_true", help="only tests that are cheap by measurement")
    group.addoption("--rest", action="store_true", help="only what the quick lane leaves out")
    group.addoption("--measure-into", metavar="FOLDER", help="write down what each test takes")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("quick") or config.getoption("rest"):
        config.pluginmanager.register(Lane(rest=bool(config.getoption("rest"))), "maya-quick-lane")
    if folder := config.getoption("measure_into"):
        config.pluginmanager.register(Measure(Path(folder)), "maya-measure")


def measured(folders: Iterable[Path]) -> Iterator[tuple[str, float]]:
    for folder in folders:
        for file in sorted(folder.glob("*.jsonl")):
            for row in file.read_text().splitlines():
                nodeid, seconds = json.loads(row)[:2]
                yield nodeid, seconds


def main(folders: list[str]) -> None:
    with tempfile.TemporaryDirectory() as made:
        if not folders:
            elsewhere = " and ".join(f"not {mark}" for mark in ELSEWHERE)
            run: list[Any] = [sys.executable, "-m", "pytest", "-n", "2", "-q", "-m", elsewhere]
            subprocess.run([*run, "--measure-into", made], check=True)
        LIST.write_text(list_of(measured(Path(folder) for folder in folders or [made])))


if __name__ == "__main__":
    main(sys.argv[1:])
