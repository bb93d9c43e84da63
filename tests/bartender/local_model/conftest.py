"""Maya thinks with a model of the bar's own, on a chat server on loopback that follows a script."""

from dataclasses import replace

import pytest
from asgiref.sync import async_to_sync
from prometheus_client import REGISTRY

from bartender.brains.deadlines import LLMTimeouts, TurnDeadline
from bartender.brains.fallback import FallbackBrain
from bartender.brains.openai_compatible.brain import OpenAICompatibleProvider
from bartender.brains.openai_compatible.clients import ClientPool
from bartender.brains.openai_compatible.config import ServerAddress
from bartender.brains.rule_based.brain import RuleBasedBrain
from bartender.conversation.turn import collect_events, take_turn
from tests.vendors.openai_compatible import MODEL, ScriptedChatServer

# Long enough for a busy machine; what waits for a deadline shortens that one.
LONG_DEADLINES = LLMTimeouts(
    connect_seconds=10,
    first_text_seconds=20,
    text_gap_seconds=20,
    turn_seconds=40,
    probe_seconds=20,
    backoff_seconds=0.01,
    min_attempt_seconds=0.05,
)


class LocalBar:
    """A chat server, and a guest's turns with it."""

    def __init__(self, server, visit, clients):
        self.server = server
        self.visit = visit
        self.clients = clients
        self.venue_model = self.at(server.address)
        self.turns = 0

    def at(self, address, key="", model=MODEL):
        return OpenAICompatibleProvider(
            address=ServerAddress(address, key),
            models=(model,),
            timeouts=LONG_DEADLINES,
            client_pool=self.clients,
        )

    def hurry(self, **changes):
        self.venue_model.timeouts = replace(self.venue_model.timeouts, **changes)

    def brain(self):
        patience = TurnDeadline(self.venue_model.timeouts)
        return FallbackBrain(self.venue_model.fallback_candidates(patience), RuleBasedBrain(), patience)

    def say(self, said):
        self.turns += 1
        events = async_to_sync(collect_events)(
            take_turn(self.visit, said, f"turn {self.turns}", self.brain())
        )
        return events[-1]


def failures(kind):
    told = {"provider": "local", "kind": kind}
    return REGISTRY.get_sample_value("maya_provider_failures_total", told) or 0


def the_house_poured(told):
    row = told.bill.merged_lines()
    assert [(one["item"], one["quantity"]) for one in row] == [("Martini", 1)]
    assert (told.brain_name, told.outcome) == ("house", "done")
    assert "one martini at $13.00" in told.reply.lower()


@pytest.fixture(scope="session")
def chat_server():
    with ScriptedChatServer() as server:
        yield server


@pytest.fixture
def server(chat_server):
    chat_server.forget()
    return chat_server


@pytest.fixture(scope="session")
def clients():
    return ClientPool(LONG_DEADLINES.connect_seconds)


@pytest.fixture
def bar(server, ada, clients):
    return LocalBar(server, ada, clients)
