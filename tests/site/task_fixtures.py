"""Two jobs for tests, and a registry that is as it was afterwards."""

from collections.abc import Iterator

import pytest

from maya_site.tasks.registry import PERIODIC_TASKS, TASKS, task

poured: list[object] = []


@pytest.fixture(autouse=True)
def own_jobs() -> Iterator[None]:
    before, clocks = dict(TASKS), dict(PERIODIC_TASKS)
    poured.clear()
    task("pour")(pour)
    task("spill")(spill)
    PERIODIC_TASKS.clear()
    yield
    TASKS.clear()
    TASKS.update(before)
    PERIODIC_TASKS.clear()
    PERIODIC_TASKS.update(clocks)


def pour(drink):
    poured.append(drink)


def spill():
    raise RuntimeError("all over sk_" + "live_abcdef")
