"""People who want a restaurant, for tests of simulated people."""

from collections.abc import Callable
from typing import Any

import pytest

from agent.agent import Agent
from agent.evaluation.simulation.knowledge import Knowledge
from agent.evaluation.simulation.people import Drawn, draw_people
from agent.evaluation.simulation.phrases import Phrases, load_phrases
from tools.catalog.load import InteractionTable, read_interactions


@pytest.fixture(scope="session")
def knowledge(shared_agent: Agent) -> Knowledge:
    return Knowledge(shared_agent.toolbox)


@pytest.fixture(scope="session")
def phrases() -> Phrases:
    return load_phrases()


@pytest.fixture(scope="session")
def common(knowledge: Knowledge, phrases: Phrases) -> frozenset[str]:
    """The words that everybody's sentences are made of."""
    return phrases.vocabulary() | knowledge.vocabulary()


@pytest.fixture(scope="session")
def visits(shared_agent: Agent, restaurants: Any) -> InteractionTable:
    columns = shared_agent.catalog.spec.interactions
    assert columns is not None
    return read_interactions(shared_agent.catalog, columns, restaurants.folder)


@pytest.fixture(scope="session")
def draw(knowledge: Knowledge, phrases: Phrases, visits: InteractionTable) -> Callable[..., Drawn]:
    """People of the small catalogue: its guests, or with `guests=False` nobody in particular."""

    def drawn(count: int = 30, guests: bool = True, **given: Any) -> Drawn:
        return draw_people(knowledge, visits if guests else None, phrases, count, **given)

    return drawn
