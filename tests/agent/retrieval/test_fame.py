"""How well known an item is to be: counted by people, for whom no text speaks."""

from collections.abc import Callable
from typing import Literal

import numpy as np
import pytest

from agent.agent import Agent
from agent.events import final_answer
from agent.retrieval.querying import Comparison
from agent.retrieval.ranking import COMPARED, _by_fame
from memory.preferences import FAME
from tools.toolbox import FEW


@pytest.fixture(scope="module")
def agent(opened: Callable[..., Agent]) -> Agent:
    return opened()


def test_less_well_known_than_what_was_shown_is_so_by_count(agent: Agent) -> None:
    counts = agent.toolbox.sequence.popularity
    before = final_answer(agent.reply("fame", "recommend something"))
    after = final_answer(agent.reply("fame", "something less well known"))
    known = [[int(counts[agent.catalog.rows[i.id]]) for i in answer.slate] for answer in (before, after)]
    assert len(known[0]) == len(known[1]) == 5
    assert max(known[1]) < np.median(known[0])
    assert "less well known" in after.reply
    texts = [reason.text for item in after.slate for reason in item.reasons]
    assert any("people here have it in their history" in text for text in texts)


@pytest.mark.parametrize("direction", [-1, 1])
@pytest.mark.parametrize("than", [(), (3, 8)])
def test_what_few_had_and_what_is_compared_with_gains_nothing(
    agent: Agent, direction: Literal[-1, 1], than: tuple[int, ...]
) -> None:
    rows = np.arange(len(agent.catalog))
    counts = agent.toolbox.sequence.popularity
    gained = _by_fame(Comparison(FAME, direction, than), rows, agent.toolbox)
    assert gained.max() <= COMPARED
    assert (gained[counts < FEW] <= 0).all()
    assert (gained[list(than)] < 0).all()
    enough = rows[(counts >= FEW) & ~np.isin(rows, than)]
    order = enough[np.argsort(direction * counts[enough], kind="stable")]
    assert (np.diff(gained[order]) >= -1e-9).all()  # the more, the better, the way that was asked for
