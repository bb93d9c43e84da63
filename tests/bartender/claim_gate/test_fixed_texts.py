"""What is said from facts passes the gate that checks facts: the rule-based brain, and every rendering."""

from pathlib import Path

import pytest
import yaml
from asgiref.sync import async_to_sync

from bartender.brains.rule_based.brain import RuleBasedBrain
from bartender.claim_gate.gate import ClaimGate, UnsupportedClaim
from bartender.conversation.turn import collect_events, take_turn
from bartender.menu.snapshot import Menu
from bartender.services.visits import open_visit

DIALOGUES = sorted((Path(__file__).parents[2] / "dialogues").glob("*.yaml"))


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every sentence that a gate held, whoever said it."""
    found: list[str] = []
    judge = ClaimGate.recheck

    def again(gate, sentences):
        for part in judge(gate, sentences):
            if isinstance(part, UnsupportedClaim):
                found.append(f"{part.kind}: {part.text}")
            yield part

    monkeypatch.setattr(ClaimGate, "recheck", again)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("path", DIALOGUES, ids=lambda path: path.stem)
def test_no_word_of_the_house_brain_is_held(menu: Menu, held: list[str], path: Path):
    for dialogue in yaml.safe_load(path.read_text(encoding="utf-8")):
        visit = open_visit()
        for number, turn in enumerate(dialogue["turns"]):
            async_to_sync(collect_events)(take_turn(visit, turn["say"], f"t{number}", RuleBasedBrain()))

    assert held == []
