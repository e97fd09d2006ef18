"""The tables of the session database, and how sessions and profiles are read from and written to their rows."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import JSON, Boolean, Float, ForeignKey, Integer, String, Text, delete, false, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.orm import Session as Transaction

from memory.preferences import Preference, target_from_json, target_json
from memory.profile import Profile
from memory.session import Change, Event, Session, Turn


class Base(DeclarativeBase):
    """The tables."""


class AboutRow(Base):
    __tablename__ = "about"
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[str] = mapped_column(String(64))


class SessionRow(Base):
    __tablename__ = "sessions"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    catalog: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[float] = mapped_column(Float)
    user_id: Mapped[str] = mapped_column(String(128), server_default="")


class ChangeRow(Base):
    __tablename__ = "changes"
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    turn: Mapped[int] = mapped_column(Integer)
    words: Mapped[str] = mapped_column(Text)
    undoes: Mapped[int | None] = mapped_column(Integer)


class TurnRow(Base):
    __tablename__ = "turns"
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    utterance: Mapped[str] = mapped_column(Text)
    intent: Mapped[str] = mapped_column(String(32))
    reply: Mapped[str] = mapped_column(Text)
    slate: Mapped[list[str]] = mapped_column(JSON)
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[float] = mapped_column(Float)


class EventRow(Base):
    __tablename__ = "events"
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    item_id: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(String(16))
    turn: Mapped[int] = mapped_column(Integer)
    at: Mapped[float] = mapped_column(Float)
    change: Mapped[int] = mapped_column(Integer, server_default="0")
    withdrawn: Mapped[int | None] = mapped_column(Integer)
    lasting: Mapped[bool] = mapped_column(Boolean, server_default=false())


class PreferenceRow(Base):
    __tablename__ = "preferences"
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    polarity: Mapped[str] = mapped_column(String(1))
    strength: Mapped[str] = mapped_column(String(8))
    kind: Mapped[str] = mapped_column(String(16))
    value: Mapped[Any] = mapped_column(JSON)
    text: Mapped[str] = mapped_column(Text)
    turn: Mapped[int] = mapped_column(Integer)
    change: Mapped[int] = mapped_column(Integer, server_default="0")
    withdrawn: Mapped[int | None] = mapped_column(Integer)
    lasting: Mapped[bool] = mapped_column(Boolean, server_default=false())
    insisted: Mapped[bool] = mapped_column(Boolean, server_default=false())


class ProfilePreferenceRow(Base):
    __tablename__ = "profile_preferences"
    user_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    catalog: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    polarity: Mapped[str] = mapped_column(String(1))
    strength: Mapped[str] = mapped_column(String(8))
    insisted: Mapped[bool] = mapped_column(Boolean)
    kind: Mapped[str] = mapped_column(String(16))
    value: Mapped[Any] = mapped_column(JSON)
    text: Mapped[str] = mapped_column(Text)


class ProfileEventRow(Base):
    __tablename__ = "profile_events"
    user_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    catalog: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    item_id: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(String(16))
    at: Mapped[float] = mapped_column(Float)


CHILDREN = (ChangeRow, TurnRow, EventRow, PreferenceRow)
PROFILE = (ProfilePreferenceRow, ProfileEventRow)


def read_session(transaction: Transaction, session_id: str) -> Session | None:
    """The stored session; None when there is none of this id."""
    row = transaction.get(SessionRow, session_id)
    if row is None:
        return None

    def rows(table: Any, order: Any) -> Sequence[Any]:
        return transaction.scalars(select(table).where(table.session_id == session_id).order_by(order)).all()

    return Session(
        session_id,
        tuple(map(_turn, rows(TurnRow, TurnRow.number))),
        tuple(map(_event, rows(EventRow, EventRow.id))),
        tuple(map(_preference, rows(PreferenceRow, PreferenceRow.id))),
        row.catalog,
        tuple(map(_change, rows(ChangeRow, ChangeRow.id))),
        row.user_id,
    )


def read_profile(transaction: Transaction, user: str, catalog: str) -> Profile:
    """The stored profile; an empty one when there is none."""

    def rows(table: Any) -> Sequence[Any]:
        mine = select(table).where(table.user_id == user, table.catalog == catalog)
        return transaction.scalars(mine.order_by(table.position)).all()

    preferences = tuple(
        Preference(
            0,
            row.polarity,
            row.strength,
            target_from_json(row.kind, row.value),
            row.text,
            0,
            lasting=True,
            insisted=row.insisted,
        )
        for row in rows(ProfilePreferenceRow)
    )
    events = tuple(
        Event(0, row.item_id, row.kind, row.source, 0, row.at, lasting=True) for row in rows(ProfileEventRow)
    )
    return Profile(user, catalog, preferences, events)


def write_profile(transaction: Transaction, profile: Profile) -> None:
    """Puts a profile in the place of the stored one."""
    for table in PROFILE:
        mine = (table.user_id == profile.user, table.catalog == profile.catalog)
        transaction.execute(delete(table).where(*mine))
    whose = {"user_id": profile.user, "catalog": profile.catalog}
    transaction.add_all(
        ProfilePreferenceRow(
            **whose,
            position=position,
            polarity=p.polarity,
            strength=p.strength,
            insisted=p.insisted,
            kind=p.kind,
            value=target_json(p.target),
            text=p.text,
        )
        for position, p in enumerate(profile.preferences)
    )
    transaction.add_all(
        ProfileEventRow(**whose, position=position, item_id=e.item_id, kind=e.kind, source=e.source, at=e.at)
        for position, e in enumerate(profile.events)
    )


def new_rows(session: Session, loaded: Session) -> list[Base]:
    """Rows of what `session` has beyond `loaded`."""
    rows: list[Base] = [
        TurnRow(
            session_id=session.id,
            number=turn.number,
            utterance=turn.utterance,
            intent=turn.intent,
            reply=turn.reply,
            slate=list(turn.slate),
            answer=turn.answer,
            at=turn.at,
        )
        for turn in session.turns[len(loaded.turns) :]
    ]
    rows += [ChangeRow(session_id=session.id, **vars(c)) for c in session.changes[len(loaded.changes) :]]
    rows += [EventRow(session_id=session.id, **vars(e)) for e in session.events[len(loaded.events) :]]
    rows += [_preference_row(session.id, p) for p in session.preferences[len(loaded.preferences) :]]
    return rows


def changed_rows(session: Session, loaded: Session) -> list[Base]:
    """Rows of what both have, and differently."""
    return [
        *(EventRow(session_id=session.id, **vars(e)) for e in _changed(session.events, loaded.events)),
        *(_preference_row(session.id, p) for p in _changed(session.preferences, loaded.preferences)),
    ]


def _changed(now: Sequence[Any], before: Sequence[Any]) -> list[Any]:
    return [new for new, old in zip(now, before, strict=False) if new != old]


def _turn(row: TurnRow) -> Turn:
    return Turn(row.number, row.utterance, row.intent, row.reply, tuple(row.slate), row.at, row.answer)


def _change(row: ChangeRow) -> Change:
    return Change(row.id, row.kind, row.turn, row.words, row.undoes)  # type: ignore[arg-type]


def _event(row: EventRow) -> Event:
    return Event(
        row.id,
        row.item_id,
        row.kind,  # type: ignore[arg-type]
        row.source,  # type: ignore[arg-type]
        row.turn,
        row.at,
        row.change,
        row.withdrawn,
        row.lasting,
    )


def _preference(row: PreferenceRow) -> Preference:
    return Preference(
        row.id,
        row.polarity,  # type: ignore[arg-type]
        row.strength,  # type: ignore[arg-type]
        target_from_json(row.kind, row.value),
        row.text,
        row.turn,
        row.change,
        row.withdrawn,
        row.lasting,
        row.insisted,
    )


def _preference_row(session_id: str, p: Preference) -> PreferenceRow:
    plain = {name: value for name, value in vars(p).items() if name != "target"}
    return PreferenceRow(session_id=session_id, kind=p.kind, value=target_json(p.target), **plain)
