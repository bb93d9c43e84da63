"""Maya thinks with a Gemini on loopback that follows a script."""

from dataclasses import replace

import pytest
from asgiref.sync import async_to_sync

from bartender.brains.deadlines import LLMTimeouts, TurnDeadline
from bartender.brains.fallback import FallbackBrain
from bartender.brains.gemini.brain import GeminiProvider
from bartender.brains.gemini.clients import ClientPool
from bartender.brains.gemini.config import GeminiCredentials
from bartender.brains.rule_based.brain import RuleBasedBrain
from bartender.conversation.turn import collect_events, take_turn
from tests.vendors.gemini import KEY, ScriptedGemini

# Long enough for a busy machine; what waits for a deadline shortens that one.
LONG_DEADLINES = LLMTimeouts(
    connect_seconds=10,
    first_text_seconds=20,
    text_gap_seconds=20,
    turn_seconds=40,
    backoff_seconds=0.01,
    min_attempt_seconds=0.05,
)
MODELS = ("gemini-3.8-flash", "gemini-3.5-flash-lite")


class GeminiBar:
    """A Gemini, and a guest's turns with it."""

    def __init__(self, server, visit, clients):
        self.server = server
        self.visit = visit
        self.clients = clients
        self.venue_model = self.at(server.address)
        self.turns = 0

    def at(self, address, key=KEY, models=MODELS):
        return GeminiProvider(
            credentials=GeminiCredentials(key, base_url=address),
            models=models,
            timeouts=LONG_DEADLINES,
            client_pool=self.clients,
        )

    def hurry(self, **changes):
        self.venue_model.timeouts = replace(self.venue_model.timeouts, **changes)

    def brain(self):
        patience = TurnDeadline(self.venue_model.timeouts)
        return FallbackBrain(self.venue_model.fallback_candidates(patience), RuleBasedBrain(), patience)

    def events(self, said):
        self.turns += 1
        return async_to_sync(collect_events)(take_turn(self.visit, said, f"turn {self.turns}", self.brain()))

    def say(self, said):
        return self.events(said)[-1]


@pytest.fixture(scope="session")
def server():
    with ScriptedGemini() as server:
        yield server


@pytest.fixture
def gemini(server):
    server.forget()
    return server


@pytest.fixture(scope="session")
def clients():
    return ClientPool(LONG_DEADLINES.connect_seconds)


@pytest.fixture
def bar(gemini, ada, clients):
    return GeminiBar(gemini, ada, clients)
