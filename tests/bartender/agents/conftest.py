import pytest

from bartender.models.agents import AgentPairing
from bartender.models.visits import Visit
from tests.bartender.agents.fixtures import open_door, pair_agent


@pytest.fixture
def hal(ada: Visit) -> AgentPairing:
    """Ada's agent: fifty dollars, six standard drinks, an hour."""
    open_door()
    return pair_agent(ada)
