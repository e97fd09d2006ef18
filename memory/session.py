"""The session: what was said, what happened to items, what is wished for; and how a turn changes it.

Nothing is ever deleted inside a session: an event or preference carries the turn it came with and, once taken
back, the turn that withdrew it. The state after any turn can therefore be read off exactly.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

from memory.preferences import Polarity, Preference, Strength, Target, active, contradicts

EventKind = Literal["viewed", "liked", "disliked", "seen", "accepted", "rejected", "asked_about"]
EventSource = Literal["log", "dialogue", "button"]
BUTTON_WORDS = "(button)"  # stands for the words of a wish that came from a button
JOINS_SEQUENCE: frozenset[str] = frozenset({"viewed", "liked", "seen", "accepted"})
KNOWN_TO_PERSON: frozenset[str] = frozenset({"liked", "disliked", "seen", "rejected"})


@dataclass(frozen=True)
class Event:
    """Something that happened to an item. `at` is Unix seconds."""

    id: int
    item_id: str
    kind: EventKind
    source: EventSource
    turn: int
    at: float
    withdrawn_turn: int | None = None


@dataclass(frozen=True)
class Turn:
    """One finished exchange. `slate` holds the ids shown, in order; `answer` what the faces printed."""

    number: int
    utterance: str
    intent: str
    reply: str
    slate: tuple[str, ...]
    at: float
    answer: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Session:
    """A dialogue's whole state; changed only by the functions that return a new one."""

    id: str
    turns: tuple[Turn, ...] = ()
    events: tuple[Event, ...] = ()
    preferences: tuple[Preference, ...] = ()
    catalog: str = ""  # the catalogue it is about; its events and wishes mean nothing in another

    @property
    def next_turn(self) -> int:
        """The number the coming turn will have; turns count from 1."""
        return self.turns[-1].number + 1 if self.turns else 1

    @property
    def wishes(self) -> tuple[Preference, ...]:
        """The preferences that hold now."""
        return active(self.preferences)

    @property
    def live_events(self) -> tuple[Event, ...]:
        """The events that were not taken back."""
        return tuple(e for e in self.events if e.withdrawn_turn is None)

    def sequence(self) -> tuple[str, ...]:
        """Ids of the items the recommender reads, oldest first; an item's latest event decides, and places it."""
        last: dict[str, str] = {}
        for event in self.live_events:
            if event.kind != "asked_about":
                last.pop(event.item_id, None)
                last[event.item_id] = event.kind
        return tuple(item for item, kind in last.items() if kind in JOINS_SEQUENCE)

    def items_with(self, kinds: Iterable[str]) -> tuple[str, ...]:
        """Ids of items with a live event of one of the kinds, first come first."""
        wanted = set(kinds)
        return tuple(dict.fromkeys(e.item_id for e in self.live_events if e.kind in wanted))

    @property
    def last_slate(self) -> tuple[str, ...]:
        """Ids of the items shown last; empty before the first slate."""
        return next((turn.slate for turn in reversed(self.turns) if turn.slate), ())


def add_event(
    session: Session, item_id: str, kind: EventKind, source: EventSource, turn: int, at: float
) -> Session:
    """The session with one event more."""
    event = Event(len(session.events) + 1, item_id, kind, source, turn, at)
    return replace(session, events=(*session.events, event))


def add_preference(
    session: Session, polarity: Polarity, strength: Strength, target: Target, text: str, turn: int
) -> tuple[Session, tuple[Preference, ...]]:
    """The session with one wish more, and the earlier wishes that it replaced."""
    new = Preference(len(session.preferences) + 1, polarity, strength, target, text, turn)
    replaced = tuple(old for old in session.wishes if contradicts(new, old))
    kept = withdraw(session, (old.id for old in replaced), turn)
    return replace(kept, preferences=(*kept.preferences, new)), replaced


def withdraw(session: Session, preference_ids: Iterable[int], turn: int) -> Session:
    """The session with these wishes taken back as of a turn."""
    gone = set(preference_ids)
    return replace(
        session,
        preferences=tuple(
            replace(p, withdrawn_turn=turn) if p.id in gone and p.active else p for p in session.preferences
        ),
    )


def undo_turn(session: Session, number: int, now: int) -> Session:
    """The session as if turn `number` had changed nothing; `now` is the turn that takes it back."""
    return replace(
        session,
        preferences=tuple(_undone(p, number, now) for p in session.preferences),
        events=tuple(_undone(e, number, now) for e in session.events),
    )


Kept = TypeVar("Kept", Preference, Event)


def undo_button(session: Session, pressed: Event, now: int) -> Session:
    """The session without one event that a button made, and without the wish that came with it."""
    came_with = [
        p.id
        for p in session.wishes
        if p.text == BUTTON_WORDS and getattr(p.target, "item_id", "") == pressed.item_id
    ]
    events = tuple(replace(e, withdrawn_turn=now) if e.id == pressed.id else e for e in session.events)
    return withdraw(replace(session, events=events), came_with, now)


def _undone(kept: Kept, number: int, now: int) -> Kept:
    if kept.turn == number and kept.withdrawn_turn is None:
        return replace(kept, withdrawn_turn=now)
    if kept.turn < number and kept.withdrawn_turn == number:
        return replace(kept, withdrawn_turn=None)
    return kept


def clear(session: Session, turn: int) -> Session:
    """The session with every wish and event taken back; its turns stay on record."""
    return replace(
        session,
        preferences=tuple(replace(p, withdrawn_turn=turn) if p.active else p for p in session.preferences),
        events=tuple(
            replace(e, withdrawn_turn=turn) if e.withdrawn_turn is None else e for e in session.events
        ),
    )
