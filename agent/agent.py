"""The agent: one message in, turn events out."""

from collections.abc import Iterator

from agent.events import TurnEvent
from agent.settings import Settings
from memory.session import EventKind, Session


class Agent:
    """Answers messages about one built catalogue. Holds no dialogue state: each turn reads and saves its session."""

    settings: Settings

    def reply(self, session_id: str, message: str) -> Iterator[TurnEvent]:
        """One turn, as events; the last is `Done`, after which the turn is saved."""
        raise NotImplementedError

    def react(self, session_id: str, item_id: str, kind: EventKind) -> Session:
        """A button pressed on an item: liked, rejected or seen. Raises UserInputError on an unknown item."""
        raise NotImplementedError

    def session(self, session_id: str) -> Session | None:
        """A saved session; None when there is none."""
        raise NotImplementedError

    def close(self) -> None:
        """Gives back what the agent holds open."""
        raise NotImplementedError
