"""The session: what was said, what happened to items, what is wished for; and how each change alters it.

Nothing is ever deleted inside a session. Whatever alters wishes or events (a message, a button, an edit) is a
`Change`; an event or preference carries the change that brought it and, once taken back, the one that withdrew it.
Taking the last change back therefore restores the state before it exactly, ids included.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from memory.preferences import ItemTarget, Polarity, Preference, Strength, Target, active, contradicts

EventKind = Literal["viewed", "liked", "disliked", "seen", "accepted", "rejected", "asked_about"]
EventSource = Literal["log", "dialogue", "button"]
ChangeKind = Literal[
    "said",
    "forgotten",  # "forget everything about me": the profile goes too
    "button",
    "removed",
    "edited",
    "undone",
    "profile",
    "catalog",
    "nothing",  # a turn of schema 1 in which nothing came or went
]
BUTTON_WORDS = "(button)"  # stands for the words of a wish that came from a button
JOINS_SEQUENCE: frozenset[str] = frozenset({"viewed", "liked", "seen", "accepted"})
KNOWN_TO_PERSON: frozenset[str] = frozenset({"liked", "disliked", "seen", "rejected"})
# changes that "undo" takes back
PERSONS_OWN: frozenset[str] = frozenset({"said", "forgotten", "button", "removed", "edited"})


@dataclass(frozen=True)
class Change:
    """One step that altered wishes or events. `words` say what it was; `undoes` is the change that an undo took back."""

    id: int
    kind: ChangeKind
    turn: int
    words: str
    undoes: int | None = None


@dataclass(frozen=True)
class Event:
    """Something that happened to an item. `at` is Unix seconds; `change`, `withdrawn` as in `Preference`.

    lasting: it belongs to the person's profile, and not to this session alone.
    """

    id: int
    item_id: str
    kind: EventKind
    source: EventSource
    turn: int
    at: float
    change: int = 0
    withdrawn: int | None = None
    lasting: bool = False


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
    changes: tuple[Change, ...] = ()
    user: str = ""  # whose profile it reads and writes; empty: nobody's

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
        return tuple(e for e in self.events if e.withdrawn is None)

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

    @property
    def item_spoken_of(self) -> str:
        """Id of the item that the last message asked about, which "it" now means; empty when there is none."""
        asked = (e for e in reversed(self.live_events) if e.kind == "asked_about")
        return next((e.item_id for e in asked if e.turn == self.next_turn - 1), "")


def begin_change(session: Session, kind: ChangeKind, words: str, undoes: int | None = None) -> Session:
    """The session with a change begun, to which all that follows belongs until the next is begun."""
    between = kind in ("button", "removed", "edited")  # these happen after a turn, a message begins the next
    turn = max(session.next_turn - 1, 0) if between else session.next_turn
    return replace(
        session, changes=(*session.changes, Change(len(session.changes) + 1, kind, turn, words, undoes))
    )


def drop_empty_change(session: Session) -> Session:
    """The session without its last change, when that altered nothing. To forget alters the profile at least."""
    if not session.changes or session.changes[-1].kind in ("undone", "forgotten"):
        return session
    last = session.changes[-1].id
    kept: list[Event | Preference] = [*session.events, *session.preferences]
    altered = any(last in (k.change, k.withdrawn) for k in kept)
    return session if altered else replace(session, changes=session.changes[:-1])


def _now(session: Session) -> Change:
    if not session.changes:
        raise ValueError("nothing can be altered before a change was begun")
    return session.changes[-1]


def add_event(
    session: Session, item_id: str, kind: EventKind, source: EventSource, at: float, lasting: bool = False
) -> Session:
    """The session with one event more."""
    now = _now(session)
    event = Event(len(session.events) + 1, item_id, kind, source, now.turn, at, now.id, None, lasting)
    return replace(session, events=(*session.events, event))


def add_preference(
    session: Session,
    polarity: Polarity,
    strength: Strength,
    target: Target,
    text: str,
    lasting: bool = False,
    insisted: bool = False,
) -> tuple[Session, tuple[Preference, ...]]:
    """The session with one wish more, and the earlier wishes that it replaced."""
    now = _now(session)
    number = len(session.preferences) + 1
    new = Preference(number, polarity, strength, target, text, now.turn, now.id, None, lasting, insisted)
    replaced = tuple(old for old in session.wishes if contradicts(new, old))
    kept = withdraw(session, (old.id for old in replaced))
    return replace(kept, preferences=(*kept.preferences, new)), replaced


def withdraw(session: Session, preference_ids: Iterable[int]) -> Session:
    """The session with these wishes taken back."""
    gone, now = set(preference_ids), _now(session).id
    return replace(
        session,
        preferences=tuple(
            replace(p, withdrawn=now) if p.id in gone and p.active else p for p in session.preferences
        ),
    )


def withdraw_events(session: Session, event_ids: Iterable[int]) -> Session:
    """The session with these events taken back."""
    gone, now = set(event_ids), _now(session).id
    return replace(
        session,
        events=tuple(
            replace(e, withdrawn=now) if e.id in gone and e.withdrawn is None else e for e in session.events
        ),
    )


def restore(session: Session, preference: Preference) -> Session:
    """The session with a wish that this very change took back in force again."""
    return replace(
        session,
        preferences=tuple(
            replace(p, withdrawn=None) if p.id == preference.id else p for p in session.preferences
        ),
    )


def last_change(session: Session) -> Change | None:
    """The person's last change that was not taken back; None when there is none."""
    undone = {change.undoes for change in session.changes}
    own = (c for c in reversed(session.changes) if c.kind in PERSONS_OWN and c.id not in undone)
    return next(own, None)


def undo(session: Session, change: Change, words: str) -> Session:
    """The session as it was before its last change that was not taken back."""
    session = begin_change(session, "undone", words, change.id)
    now = _now(session).id
    return replace(
        session,
        preferences=tuple(
            replace(p, withdrawn=_after_undo(p.change, p.withdrawn, change.id, now))
            for p in session.preferences
        ),
        events=tuple(
            replace(e, withdrawn=_after_undo(e.change, e.withdrawn, change.id, now)) for e in session.events
        ),
    )


def _after_undo(brought: int, withdrawn: int | None, undone: int, now: int) -> int | None:
    """By which change something is withdrawn after an undo: by the undo what came, by none what went."""
    if brought == undone and withdrawn is None:
        return now
    return None if brought < undone and withdrawn == undone else withdrawn


def set_aside(session: Session, by_catalog: bool = False) -> tuple[Preference, ...]:
    """Tastes that gave way to a wish about tonight and were not taken back since: they hold again after tonight.

    by_catalog: also those that mean nothing in the catalogue as it is now.
    """
    undone = {change.undoes for change in session.changes}
    standing = [c for c in session.changes if c.id not in undone]
    forgotten = max((c.id for c in standing if c.kind == "forgotten"), default=0)
    tonight = [p for p in session.preferences if not p.lasting]
    tastes = [
        p for p in session.preferences if p.lasting and p.change not in undone and p.change >= forgotten
    ]
    liked = [e for e in session.events if e.kind == "liked" and e.lasting and e.change not in undone]

    def gave_way(taste: Preference) -> bool:
        if taste.withdrawn is None:
            return False
        if session.changes[taste.withdrawn - 1].kind == "catalog":
            return by_catalog
        return any(p.change == taste.withdrawn and contradicts(p, taste) for p in tonight)

    def outdated(taste: Preference) -> bool:
        return any(later.id > taste.id and contradicts(later, taste) for later in tastes) or any(
            e.change > taste.change and refuses(taste, e.item_id) for e in liked
        )

    return tuple(taste for taste in tastes if gave_way(taste) and not outdated(taste))


def refuses(preference: Preference, item_id: str) -> bool:
    """Whether it says "never" of this item."""
    target = preference.target
    return preference.polarity == "-" and isinstance(target, ItemTarget) and target.item_id == item_id


def clear(session: Session, keep_lasting: bool = False) -> Session:
    """The session with every wish and event taken back; its turns stay on record.

    keep_lasting: but not tastes, and those that a wish about tonight had set aside hold again.
    """
    again = set_aside(session) if keep_lasting else ()
    ids = [p.id for p in session.preferences if not (keep_lasting and p.lasting)]
    events = [e.id for e in session.events if not (keep_lasting and e.lasting)]
    session = withdraw_events(withdraw(session, ids), events)
    for p in again:  # said anew, so that an undo restores the state before exactly
        session, _ = add_preference(session, p.polarity, p.strength, p.target, p.text, True, p.insisted)
    return session
