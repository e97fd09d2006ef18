"""Sessions in a database: SQLite by default, PostgreSQL by URL. One finished turn is one transaction."""

import time
from typing import Any

from sqlalchemy import Engine, create_engine, delete, event, select, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session as Transaction

from memory.migrations import HEAD, migrate, schema_of
from memory.profile import Profile, mirrored
from memory.session import Session
from memory.tables import (
    CHILDREN,
    PROFILE,
    SessionRow,
    changed_rows,
    new_rows,
    read_profile,
    read_session,
    write_profile,
)

# begins a migration: whoever else wants to migrate the same database waits until it is done
ALONE = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "SELECT pg_advisory_xact_lock(hashtext('migration'))"}


class StoreFailed(Exception):
    """The database cannot be reached or used; the text is one sentence."""


class SessionConflict(Exception):
    """Another process finished a turn of this session in the meantime; nothing was written."""


class SessionStore:
    """Loads and saves sessions. Safe to share between threads; each call is a transaction of its own."""

    def __init__(self, url: str) -> None:
        """Opens the database and brings its tables to this palate's schema. Raises StoreFailed."""
        try:
            self._engine: Engine = create_engine(url)
            if self._engine.dialect.name == "sqlite":
                event.listen(self._engine, "connect", _sqlite_settings)
            self._bring_to_head()
        except (SQLAlchemyError, ImportError, ValueError) as error:
            raise StoreFailed(f"the session database cannot be opened: {_first_line(error)}") from error

    def _bring_to_head(self) -> None:
        with self._engine.connect() as connection:
            if schema_of(connection) == HEAD:
                return
        engine, dialect = self._engine, self._engine.dialect.name
        if dialect == "sqlite":  # whose driver begins no transaction of its own before a CREATE TABLE
            engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        with engine.begin() as connection:
            if dialect in ALONE:
                connection.exec_driver_sql(ALONE[dialect])
            migrate(connection)

    def load(self, session_id: str) -> Session | None:
        """The session with every finished turn; None when there is none of this id. Raises StoreFailed."""
        try:
            with Transaction(self._engine) as transaction:
                return read_session(transaction, session_id)
        except SQLAlchemyError as error:
            raise StoreFailed(f"the session database cannot be read: {_first_line(error)}") from error

    def save(self, session: Session, loaded: Session) -> None:
        """Writes what `session` has beyond `loaded`, and what lasts of it into its user's profile; whole or not at all.

        Raises SessionConflict when the stored session is no longer `loaded`, StoreFailed on other faults.
        """
        try:
            with Transaction(self._engine) as transaction, transaction.begin():
                if session.user and self._engine.dialect.name == "postgresql":
                    # one turn of a user at a time, for the profile's sake; SQLite has one writer anyway
                    lock = text("SELECT pg_advisory_xact_lock(hashtext(:user))")
                    transaction.execute(lock, {"user": session.user})
                stored = read_session(transaction, session.id)
                if stored is None:
                    transaction.add(
                        SessionRow(
                            id=session.id,
                            catalog=session.catalog,
                            created_at=time.time(),
                            user_id=session.user,
                        )
                    )
                    transaction.flush()
                    stored = Session(session.id, catalog=session.catalog, user=session.user)
                if stored != loaded:
                    raise SessionConflict(f"session {session.id!r} went on elsewhere")
                transaction.add_all(new_rows(session, loaded))
                for row in changed_rows(session, loaded):
                    transaction.merge(row)
                if session.user:
                    profile = read_profile(transaction, session.user, session.catalog)
                    changed = mirrored(profile, loaded, session)
                    if changed != profile:
                        write_profile(transaction, changed)
        except IntegrityError as error:
            raise SessionConflict(f"session {session.id!r} went on elsewhere") from error
        except SQLAlchemyError as error:
            raise StoreFailed(f"the session cannot be saved: {_first_line(error)}") from error

    def profile(self, user: str, catalog: str) -> Profile:
        """What lasts of a user; empty for one who is not known. Raises StoreFailed."""
        try:
            with Transaction(self._engine) as transaction:
                return read_profile(transaction, user, catalog)
        except SQLAlchemyError as error:
            raise StoreFailed(f"the session database cannot be read: {_first_line(error)}") from error

    def delete_user(self, user: str) -> bool:
        """Removes a user's profiles and sessions and all that belongs to them; whether there was anything."""
        try:
            with Transaction(self._engine) as transaction, transaction.begin():
                mine = select(SessionRow.id).where(SessionRow.user_id == user)
                gone = sum(
                    transaction.execute(delete(table).where(table.user_id == user)).rowcount  # type: ignore[attr-defined]
                    for table in PROFILE
                )
                for table in CHILDREN:
                    transaction.execute(delete(table).where(table.session_id.in_(mine)))
                found = transaction.execute(delete(SessionRow).where(SessionRow.user_id == user))
                return bool(gone + found.rowcount)  # type: ignore[attr-defined]
        except SQLAlchemyError as error:
            raise StoreFailed(f"the user cannot be deleted: {_first_line(error)}") from error

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


def _sqlite_settings(connection: Any, _record: Any) -> None:
    """WAL lets readers and one writer work at once; `synchronous=FULL` keeps a finished turn through a power cut."""
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
