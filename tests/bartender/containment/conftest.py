"""A bar whose Gemini obeys an attacker, through the real SDK."""

import pytest

from bartender.brains.deadlines import LLMTimeouts, TurnDeadline
from bartender.brains.fallback import FallbackBrain
from bartender.brains.gemini.brain import GeminiProvider
from bartender.brains.gemini.clients import ClientPool
from bartender.brains.gemini.config import GeminiCredentials
from bartender.brains.rule_based.brain import RuleBasedBrain
from tests.vendors.gemini import KEY, MODELS, ScriptedGemini

LONG_DEADLINES = LLMTimeouts(
    connect_seconds=10,
    first_text_seconds=20,
    text_gap_seconds=20,
    turn_seconds=60,
    backoff_seconds=0.01,
    min_attempt_seconds=0.05,
)


@pytest.fixture(scope="session")
def server():
    with ScriptedGemini() as server:
        yield server


@pytest.fixture(scope="session")
def reached(server):
    return GeminiProvider(
        credentials=GeminiCredentials(KEY, base_url=server.address),
        models=tuple(MODELS),
        timeouts=LONG_DEADLINES,
        client_pool=ClientPool(LONG_DEADLINES.connect_seconds),
    )


@pytest.fixture
def brain(server, reached):
    """Made for each turn, as the bar does."""
    server.forget()

    def made():
        for breaker in reached.circuit_breakers.values():
            breaker.record_success()
        patience = TurnDeadline(LONG_DEADLINES)
        return FallbackBrain(reached.fallback_candidates(patience), RuleBasedBrain(), patience)

    return made
