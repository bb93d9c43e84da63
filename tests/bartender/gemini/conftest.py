"""Maya thinks with a Gemini on loopback that follows a script."""

from dataclasses import replace

import pytest
from asgiref.sync import async_to_sync

from bartender.brains.chain import Chain
from bartender.brains.gemini.clients import Access, Clients
from bartender.brains.gemini.house import Gemini
from bartender.brains.house.brain import HouseBrain
from bartender.brains.patience import Deadlines, Patience
from bartender.conversation.turn import collect, take_turn
from tests.vendors.gemini import KEY, ScriptedGemini

# Long enough for a busy machine; what waits for a deadline shortens that one.
PATIENT = Deadlines(connect=10, first=20, gap=20, total=40, pause=0.01, least=0.05)
MODELS = ("gemini-3.8-flash", "gemini-3.5-flash-lite")


class Bar:
    """A Gemini, and a guest's turns with it."""

    def __init__(self, server, visit, clients):
        self.server = server
        self.visit = visit
        self.clients = clients
        self.house = self.at(server.address)
        self.turns = 0

    def at(self, address, key=KEY, models=MODELS):
        return Gemini(Access(key, base_url=address), models, deadlines=PATIENT, clients=self.clients)

    def hurry(self, **changes):
        self.house.deadlines = replace(self.house.deadlines, **changes)

    def brain(self):
        patience = Patience(self.house.deadlines)
        return Chain(self.house.links(patience), HouseBrain(), patience)

    def events(self, said):
        self.turns += 1
        return async_to_sync(collect)(take_turn(self.visit, said, f"turn {self.turns}", self.brain()))

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
    return Clients(PATIENT.connect)


@pytest.fixture
def bar(gemini, ada, clients):
    return Bar(gemini, ada, clients)
