"""An agent to be measured: with sessions of its own, and its language model loaded where one is asked for."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from agent.settings import Settings

if TYPE_CHECKING:
    from agent.agent import Agent
    from agent.llm.roles import Role

LOADING_S = 300.0  # for a language model to load


@contextmanager
def measured_agent(settings: Settings, given: "Sequence[Role]" = ()) -> "Iterator[Agent]":
    """Open and warm; nobody's sessions are read or touched. given: roles that its language model acts in, whatever its trial found.

    Raises what `open_agent` raises.
    """
    from agent.evaluation.given import GivenRoles
    from agent.opening import open_agent

    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{Path(folder) / 'sessions.db'}"
        agent = open_agent(settings.model_copy(update={"database_url": database}))
        try:
            agent.warm_up()
            if given:
                agent.language_model.trials = GivenRoles(given)
            agent.language_model.start()
            agent.language_model.wait(LOADING_S)
            yield agent
        finally:
            agent.close()
