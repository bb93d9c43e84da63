"""Two jobs for tests, and a registry that is as it was afterwards."""

from collections.abc import Iterator

import pytest

from maya_site.jobs.registry import JOBS, PERIODIC, job

poured: list[object] = []


@pytest.fixture(autouse=True)
def own_jobs() -> Iterator[None]:
    before, clocks = dict(JOBS), dict(PERIODIC)
    poured.clear()
    job("pour")(pour)
    job("spill")(spill)
    PERIODIC.clear()
    yield
    JOBS.clear()
    JOBS.update(before)
    PERIODIC.clear()
    PERIODIC.update(clocks)


def pour(drink):
    poured.append(drink)


def spill():
    raise RuntimeError("all over sk_" + "live_abcdef")
