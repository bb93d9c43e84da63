"""A bar whose Gemini obeys an attacker, through the real SDK."""

import pytest

from bartender.brains.chain import Chain
from bartender.brains.gemini.clients import Access, Clients
from bartender.brains.gemini.house import Gemini
from bartender.brains.house.brain import HouseBrain
from bartender.brains.patience import Deadlines, Patience
from tests.vendors.gemini import KEY, MODELS, ScriptedGemini

PATIENT = Deadlines(connect=10, first=20, gap=20, total=60, pause=0.01, least=0.05)


@pytest.fixture(scope="session")
def server():
    with ScriptedGemini() as server:
        yield server


@pytest.fixture(scope="session")
def reached(server):
    return Gemini(
        Access(KEY, base_url=server.address),
        tuple(MODELS),
        deadlines=PATIENT,
        clients=Clients(PATIENT.connect),
    )


@pytest.fixture
def brain(server, reached):
    """Made for each turn, as the house does."""
    server.forget()

    def made():
        for breaker in reached.breakers.values():
            breaker.worked()
        patience = Patience(PATIENT)
        return Chain(reached.links(patience), HouseBrain(), patience)

    return made
