"""Whom a scripted dialogue is held with, and the one in this process: an agent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from agent.agent import Agent
from agent.events import final_answer
from agent.opening import new_session_id
from memory.preferences import Preference, target_from_json
from memory.session import EventKind, Session
from tools.catalog import Catalog, Item


@dataclass(frozen=True)
class State:
    """A session between two turns: the wishes that hold, and what happened to items as (item id, kind)."""

    preferences: tuple[Preference, ...] = ()
    events: tuple[tuple[str, str], ...] = ()

    def items_with(self, kinds: Sequence[str]) -> set[str]:
        """Ids of items with an event of one of the kinds."""
        return {item for item, kind in self.events if kind in kinds}


class Partner(Protocol):
    """One side of a dialogue. What it refuses it tells by a PalateError."""

    catalog: Catalog

    def begin(self, user: str) -> str:
        """The id of a new session, of nobody where `user` is empty."""

    def say(self, session: str, message: str) -> Mapping[str, Any]:
        """The answer to a message, as JSON."""

    def press(self, session: str, item_id: str, kind: str) -> None:
        """A button on an item."""

    def take_back(self, session: str, preference_id: int) -> None:
        """Takes one wish back."""

    def undo(self, session: str) -> None:
        """Takes the last change back."""

    def state(self, session: str) -> State:
        """What the session holds now."""

    def item(self, shown: Mapping[str, Any]) -> Item:
        """The facts that an item of a slate is judged by."""

    def forget(self, sessions: Sequence[str], user: str) -> None:
        """Removes what the dialogue left behind."""

    def close(self) -> None:
        """Gives back what was opened for it."""


class AgentPartner:
    """An agent in this process; items are judged by its catalogue. owned: it is closed with the partner."""

    def __init__(self, agent: Agent, owned: bool = False) -> None:
        self.catalog = agent.catalog
        self._agent = agent
        self._owned = owned

    def begin(self, user: str) -> str:
        session = new_session_id()
        if user:
            self._agent.begin(session, user)
        return session

    def say(self, session: str, message: str) -> Mapping[str, Any]:
        return final_answer(self._agent.reply(session, message)).to_json()

    def press(self, session: str, item_id: str, kind: str) -> None:
        self._agent.react(session, item_id, _event_kind(kind))

    def take_back(self, session: str, preference_id: int) -> None:
        self._agent.forget(session, preference_id)

    def undo(self, session: str) -> None:
        self._agent.undo(session)

    def state(self, session: str) -> State:
        held = self._agent.session(session) or Session(session)
        return State(held.wishes, tuple((e.item_id, e.kind) for e in held.live_events))

    def item(self, shown: Mapping[str, Any]) -> Item:
        return self.catalog.item(shown["id"])

    def forget(self, sessions: Sequence[str], user: str) -> None:
        for session in sessions:
            self._agent.delete(session)
        if user:
            self._agent.delete_user(user)

    def close(self) -> None:
        if self._owned:
            self._agent.close()


def preferences_from_json(told: Sequence[Mapping[str, Any]]) -> tuple[Preference, ...]:
    """The wishes that an answer or a session lists."""
    return tuple(
        Preference(
            p["id"],
            p["polarity"],
            p["strength"],
            target_from_json(p["kind"], p["value"]),
            p["text"],
            p["turn"],
            lasting=p["lasting"],
        )
        for p in told
    )


def _event_kind(kind: str) -> EventKind:
    kinds: dict[str, EventKind] = {"liked": "liked", "rejected": "rejected", "seen": "seen"}
    return kinds[kind]
