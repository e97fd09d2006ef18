"""Sessions in a database: SQLite by default, PostgreSQL by URL. One finished turn is one transaction."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    JSON,
    Engine,
    Float,
    ForeignKey,
    Integer,
    String,
    Text,
    create_engine,
    delete,
    event,
    select,
)
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.orm import Session as Transaction

from memory.preferences import Preference, target_from_json, target_json
from memory.session import Event, Session, Turn

SCHEMA_VERSION = "1"


class StoreFailed(Exception):
    """The database cannot be reached or used; the text is one sentence."""


class SessionConflict(Exception):
    """Another process finished a turn of this session in the meantime; nothing was written."""


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
    withdrawn_turn: Mapped[int | None] = mapped_column(Integer)


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
    withdrawn_turn: Mapped[int | None] = mapped_column(Integer)


CHILDREN = (TurnRow, EventRow, PreferenceRow)


class SessionStore:
    """Loads and saves sessions. Safe to share between threads; each call is a transaction of its own."""

    def __init__(self, url: str) -> None:
        """Opens the database and makes the tables where they are missing. Raises StoreFailed."""
        try:
            self._engine: Engine = create_engine(url)
            if self._engine.dialect.name == "sqlite":
                event.listen(self._engine, "connect", _sqlite_settings)
            Base.metadata.create_all(self._engine)
            with Transaction(self._engine) as transaction, transaction.begin():
                version = transaction.get(AboutRow, "schema")
                if version is None:
                    transaction.merge(AboutRow(name="schema", value=SCHEMA_VERSION))
                elif version.value != SCHEMA_VERSION:
                    raise StoreFailed(
                        f"the session database has schema {version.value}, this palate needs {SCHEMA_VERSION}"
                    )
        except (SQLAlchemyError, ImportError) as error:
            raise StoreFailed(f"the session database cannot be opened: {_first_line(error)}") from error

    def load(self, session_id: str) -> Session | None:
        """The session with every finished turn; None when there is none of this id. Raises StoreFailed."""
        try:
            with Transaction(self._engine) as transaction:
                return _read(transaction, session_id)
        except SQLAlchemyError as error:
            raise StoreFailed(f"the session database cannot be read: {_first_line(error)}") from error

    def save(self, session: Session, loaded: Session) -> None:
        """Writes what `session` has beyond `loaded`, whole or not at all.

        Raises SessionConflict when the stored session is no longer `loaded`, StoreFailed on other faults.
        """
        try:
            with Transaction(self._engine) as transaction, transaction.begin():
                stored = _read(transaction, session.id)
                if stored is None:
                    transaction.add(
                        SessionRow(id=session.id, catalog=session.catalog, created_at=time.time())
                    )
                    transaction.flush()
                if (stored or replace(session, turns=(), events=(), preferences=())) != loaded:
                    raise SessionConflict(f"session {session.id!r} went on elsewhere")
                transaction.add_all(_new_rows(session, loaded))
                for row in _changed_rows(session, loaded):
                    transaction.merge(row)
        except IntegrityError as error:
            raise SessionConflict(f"session {session.id!r} went on elsewhere") from error
        except SQLAlchemyError as error:
            raise StoreFailed(f"the session cannot be saved: {_first_line(error)}") from error

    def session_ids(self) -> list[str]:
        """Ids of all sessions, newest first. Raises StoreFailed."""
        try:
            with Transaction(self._engine) as transaction:
                return list(transaction.scalars(select(SessionRow.id).order_by(SessionRow.created_at.desc())))
        except SQLAlchemyError as error:
            raise StoreFailed(f"the session database cannot be read: {_first_line(error)}") from error

    def delete(self, session_id: str) -> bool:
        """Removes a session and all that belongs to it; whether there was one. Raises StoreFailed."""
        try:
            with Transaction(self._engine) as transaction, transaction.begin():
                for table in CHILDREN:
                    transaction.execute(delete(table).where(table.session_id == session_id))
                row = transaction.get(SessionRow, session_id)
                if row is not None:
                    transaction.delete(row)
                return row is not None
        except SQLAlchemyError as error:
            raise StoreFailed(f"the session cannot be deleted: {_first_line(error)}") from error

    def close(self) -> None:
        """Gives the connections back."""
        self._engine.dispose()


def _read(transaction: Transaction, session_id: str) -> Session | None:
    row = transaction.get(SessionRow, session_id)
    if row is None:
        return None
    turns = transaction.scalars(_rows(TurnRow, session_id).order_by(TurnRow.number)).all()
    events = transaction.scalars(_rows(EventRow, session_id).order_by(EventRow.id)).all()
    wishes = transaction.scalars(_rows(PreferenceRow, session_id).order_by(PreferenceRow.id)).all()
    return Session(
        session_id,
        tuple(map(_turn, turns)),
        tuple(map(_event, events)),
        tuple(map(_preference, wishes)),
        row.catalog,
    )


def _sqlite_settings(connection: Any, _record: Any) -> None:
    """WAL lets readers and one writer work at once; `synchronous=FULL` keeps a finished turn through a power cut."""
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _rows(table: Any, session_id: str) -> Any:
    return select(table).where(table.session_id == session_id)


def _turn(row: TurnRow) -> Turn:
    return Turn(row.number, row.utterance, row.intent, row.reply, tuple(row.slate), row.at, row.answer)


def _event(row: EventRow) -> Event:
    return Event(row.id, row.item_id, row.kind, row.source, row.turn, row.at, row.withdrawn_turn)  # type: ignore[arg-type]


def _preference(row: PreferenceRow) -> Preference:
    return Preference(
        row.id,
        row.polarity,  # type: ignore[arg-type]
        row.strength,  # type: ignore[arg-type]
        target_from_json(row.kind, row.value),
        row.text,
        row.turn,
        row.withdrawn_turn,
    )


def _new_rows(session: Session, loaded: Session) -> list[Base]:
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
    rows += [_event_row(session.id, e) for e in session.events[len(loaded.events) :]]
    rows += [_preference_row(session.id, p) for p in session.preferences[len(loaded.preferences) :]]
    return rows


def _changed_rows(session: Session, loaded: Session) -> list[Base]:
    return [
        *(_event_row(session.id, e) for e in _changed(session.events, loaded.events)),
        *(_preference_row(session.id, p) for p in _changed(session.preferences, loaded.preferences)),
    ]


def _changed(now: Sequence[Any], before: Sequence[Any]) -> list[Any]:
    return [new for new, old in zip(now, before, strict=False) if new != old]


def _event_row(session_id: str, e: Event) -> EventRow:
    return EventRow(
        session_id=session_id,
        id=e.id,
        item_id=e.item_id,
        kind=e.kind,
        source=e.source,
        turn=e.turn,
        at=e.at,
        withdrawn_turn=e.withdrawn_turn,
    )


def _preference_row(session_id: str, p: Preference) -> PreferenceRow:
    return PreferenceRow(
        session_id=session_id,
        id=p.id,
        polarity=p.polarity,
        strength=p.strength,
        kind=p.kind,
        value=target_json(p.target),
        text=p.text,
        turn=p.turn,
        withdrawn_turn=p.withdrawn_turn,
    )


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
