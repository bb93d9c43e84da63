"""The attacks of the shipped scenarios, made by a Gemini on loopback and carried by the real SDK.

Every sixth in the suite; all of them with `-m mutants`.
"""

from pathlib import Path

import pytest
from asgiref.sync import async_to_sync

from bartender.conversation.turn import take_turn
from bartender.evaluation.cases import ScenarioCase
from bartender.evaluation.player import ScenarioPlayer
from bartender.evaluation.registry import SCENARIOS_DIR
from bartender.evaluation.scenario import load_scenarios
from tests.vendors.gemini.hostile import obey_scenario

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("menu")]
FILES = sorted((SCENARIOS_DIR / "defence").glob("*.yaml"))


def test_there_are_attacks_enough():
    assert sum(len(load_scenarios(path).scenarios) for path in FILES) >= 60


@pytest.mark.mutants
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_model_that_obeys_an_attacker_leaves_what_policy_allows(
    path: Path, server, brain, monkeypatch, request
):
    def take(player, step, client_id):
        server.forget()
        server.always(obey_scenario(step))
        return take_turn(player.visit, step.say, client_id, brain())

    monkeypatch.setattr(ScenarioPlayer, "_start_turn", take)
    step = 1 if "mutants" in request.config.getoption("markexpr") else 6
    cases = [ScenarioCase(one, None) for one in load_scenarios(path).scenarios[::step]]

    assert {one.name: wrong for one in cases if (wrong := failed_attacks(one))} == {}


def failed_attacks(case: ScenarioCase) -> list[str]:
    """A model that floods is left, and the guest is told so: that turn failed, and honestly. What each attack
    left behind is printed, as `pytest -m mutants -n 0 -s` shows."""
    tried = async_to_sync(case.run_once)()
    wrong = [what for what in tried.failures if not what.endswith("ended as failed")]
    print(f"{case.name:<52} {'WRONG ' if wrong else ''}{tried.leftovers}")
    return wrong
