"""Does `evaluate` notice? Each seeded breakage is put in, and a shipped scenario must turn red."""

import logging
import time

import pytest
from asgiref.sync import async_to_sync
from django.db import transaction

from bartender.evaluation.registry import load_cases, scenario_files
from bartender.evaluation.scores import run_all_cases
from maya_site.core.evaluation import CaseResult, EvaluationOptions
from tests.bartender.evaluation.mutants import SEEDED, SeededMutant

pytestmark = pytest.mark.usefixtures("menu")
SMOKE = ("tool tips in tenths", "gate lets prices pass", "greeted for ever")


def red(seeded: SeededMutant) -> str:
    """The first scenario that fails, and why; nothing where the breakage got away."""
    paths = [path for path in scenario_files() if path.stem in seeded.detected_by]
    for case in (case for path in paths for case in load_cases(path, EvaluationOptions(brain="house"))):
        score = CaseResult("", case)
        with seeded.applied(), transaction.atomic():
            async_to_sync(run_all_cases)([score], 1, 1, lambda done: None)
            transaction.set_rollback(True)
        if wrong := score.trials[0].failures:
            return f"{case.name}: {wrong[0]}"
    return ""


@pytest.mark.slow
@pytest.mark.parametrize(
    "seeded", [one for one in SEEDED if one.mutant.name in SMOKE], ids=lambda one: one.mutant.name
)
def test_the_evaluation_turns_red(seeded):
    assert red(seeded)


@pytest.mark.slow
@pytest.mark.mutants
def test_no_breakage_gets_away(capsys, request, monkeypatch):
    if "mutants" not in request.config.getoption("markexpr"):
        pytest.skip("takes minutes: ask for it with -m mutants")
    escaped = []
    monkeypatch.setattr(logging.root.manager, "disable", logging.CRITICAL)  # lies by the hundred
    with capsys.disabled():
        print(f"\n{'mutant':36} {'red in':>8}  by")
        for seeded in SEEDED:
            began = time.perf_counter()
            by = red(seeded)
            print(f"{seeded.mutant.name:36} {time.perf_counter() - began:7.1f}s  {by[:110] or 'NOT SEEN'}")
            escaped += [] if by else [seeded.mutant.name]
    assert escaped == []


def test_every_breakage_still_finds_its_line():
    for seeded in SEEDED:
        with seeded.applied():
            pass
