"""The store on a real SQLite file: what is saved comes back, whole or not at all, whoever else is at work."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from memory.preferences import FacetTarget, ItemTarget, KeywordTarget, RangeTarget
from memory.session import Session, Turn, add_event, add_preference, begin_change, clear, last_change, undo
from memory.store import SessionConflict, SessionStore, StoreFailed
from memory.tables import Base

ROOT = Path(__file__).parents[2]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "sessions.db"


@pytest.fixture
def store(database: Path) -> Iterator[SessionStore]:
    store = SessionStore(f"sqlite:///{database}")
    yield store
    store.close()


def _next(session: Session, utterance: str = "hello") -> Session:
    """The session a turn later, with an event and a wish of every kind."""
    number = session.next_turn
    session = begin_change(session, "said", utterance)
    session = add_event(session, f"item {number}", "liked", "dialogue", 12.5)
    for polarity, strength, target in (
        ("+", "prefer", ItemTarget(f"item {number}", "Amélie “quoted”")),
        ("+", "must", FacetTarget(("country", "language"), ("France", "French"))),
        ("-", "never", KeywordTarget(f"gore {number}")),
        ("+", "must", RangeTarget("year", None, 1990.0 + number)),
    ):
        session, _ = add_preference(session, polarity, strength, target, utterance)  # type: ignore[arg-type]
    turn = Turn(number, utterance, "recommend", "Five films.", ("a", "b"), 99.25, {"slate": [{"id": "a"}]})
    return replace(session, turns=(*session.turns, turn))


def _saved(store: SessionStore, name: str, turns: int) -> Session:
    session = Session(name, catalog="demo")
    for _ in range(turns):
        later = _next(session)
        store.save(later, session)
        session = later
    return session


def test_what_is_saved_comes_back_equal(store: SessionStore, database: Path) -> None:
    session = _saved(store, "s", 3)
    assert store.load("s") == session
    again = SessionStore(f"sqlite:///{database}")
    assert again.load("s") == session
    again.close()


def test_a_wish_taken_back_is_saved_as_such(store: SessionStore) -> None:
    session = _saved(store, "s", 2)
    cleared = clear(begin_change(session, "removed", ""))
    store.save(cleared, session)
    loaded = store.load("s")
    assert loaded == cleared
    assert loaded is not None
    assert loaded.wishes == ()


def test_an_unknown_session_is_none(store: SessionStore) -> None:
    assert store.load("nobody") is None


def test_two_sessions_stay_apart(store: SessionStore) -> None:
    first, second = _saved(store, "first", 2), _saved(store, "second", 1)
    assert store.load("first") == first
    assert store.load("second") == second
    assert store.delete("first")
    assert store.load("first") is None
    assert store.load("second") == second
    assert store.session_ids() == ["second"]


def test_deleting_leaves_no_row_behind(store: SessionStore, database: Path) -> None:
    _saved(store, "s", 2)
    assert store.delete("s")
    assert not store.delete("s")
    with sqlite3.connect(database) as plain:
        counts = [
            plain.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("sessions", "changes", "turns", "events", "preferences")
        ]
    assert counts == [0, 0, 0, 0, 0]


def test_a_turn_is_one_transaction(store: SessionStore) -> None:
    commits: list[Any] = []
    event.listen(store._engine, "commit", commits.append)
    session = Session("s")
    store.save(_next(session), session)
    assert len(commits) == 1


def test_who_comes_second_is_told_and_changes_nothing(store: SessionStore) -> None:
    loaded = _saved(store, "s", 1)
    first, second = _next(loaded, "from here"), _next(loaded, "from elsewhere")
    store.save(first, loaded)
    with pytest.raises(SessionConflict, match="'s'"):
        store.save(second, loaded)
    assert store.load("s") == first


def test_of_many_writers_at_once_one_wins_each_turn(store: SessionStore, database: Path) -> None:
    loaded = _saved(store, "s", 1)
    outcomes: list[str] = []
    barrier = threading.Barrier(6)

    def write(number: int) -> None:
        own = SessionStore(f"sqlite:///{database}")
        barrier.wait()
        try:
            own.save(_next(loaded, f"writer {number}"), loaded)
            outcomes.append(f"writer {number}")
        except SessionConflict:
            outcomes.append("conflict")
        finally:
            own.close()

    threads = [threading.Thread(target=write, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes)[:5] == ["conflict"] * 5
    saved = store.load("s")
    assert saved is not None
    assert [t.utterance for t in saved.turns[1:]] == [o for o in outcomes if o != "conflict"]


def test_a_changed_wish_is_no_longer_what_another_loaded(store: SessionStore) -> None:
    """A wish taken back on one page must not come back, or be lost, by a turn that did not know of it."""
    loaded = _saved(store, "s", 1)
    store.save(clear(begin_change(loaded, "removed", "")), loaded)
    later = replace(loaded, turns=(*loaded.turns, Turn(2, "x", "recommend", "", (), 0.0)))
    with pytest.raises(SessionConflict):
        store.save(later, loaded)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SessionStore]:
    store = SessionStore(f"sqlite:///{tmp_path_factory.mktemp('many')}/sessions.db")
    yield store
    store.close()


@given(text=st.text(max_size=200))
def test_any_words_come_back(many: SessionStore, text: str) -> None:
    session = Session(f"s{len(many.session_ids())}")
    later = _next(session, text)
    many.save(later, session)
    assert many.load(session.id) == later


def test_a_file_that_is_no_database_is_refused_in_one_sentence(database: Path) -> None:
    database.write_bytes(b"this is no database at all, however long it may be" * 50)
    with pytest.raises(StoreFailed, match="cannot be opened") as refused:
        SessionStore(f"sqlite:///{database}")
    assert "\n" not in str(refused.value)


def test_a_database_of_another_schema_is_refused(store: SessionStore, database: Path) -> None:
    assert store.session_ids() == []
    with sqlite3.connect(database) as plain:
        plain.execute("UPDATE about SET value = '99'")
    with pytest.raises(StoreFailed, match="schema 99"):
        SessionStore(f"sqlite:///{database}")


WRITER = """
import os, signal, sys
from dataclasses import replace
from sqlalchemy import event
from memory.preferences import KeywordTarget
from memory.session import Session, Turn, add_event, add_preference, begin_change
from memory.store import SessionStore

url, after, moment = sys.argv[1], int(sys.argv[2]), sys.argv[3]
store = SessionStore(url)
statements = 0

def kill(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def count(connection, cursor, statement, *_):
    global statements
    if statement.startswith("INSERT"):
        statements += 1
        if moment == "statement" and session.next_turn > after and statements > 1:
            kill()

event.listen(store._engine, "after_cursor_execute", count)
session = Session("s", catalog="demo")
while True:
    number = session.next_turn
    if number > after and moment == "commit":
        event.listen(store._engine, "commit", kill)
    statements = 0
    later = add_event(begin_change(session, "said", "said"), f"item {number}", "liked", "dialogue", 1.0)
    later, _ = add_preference(later, "+", "prefer", KeywordTarget(f"word {number}"), "said")
    later = replace(later, turns=(*later.turns, Turn(number, "said", "recommend", "reply", ("a",), 1.0)))
    store.save(later, session)
    print(number, flush=True)
    session = later
"""


def _whole(session: Session | None, turns: int) -> bool:
    """Every turn has its event and its wish, and nothing has a turn to come."""
    return session is not None and [t.number for t in session.turns] == [e.turn for e in session.events] == [
        p.turn for p in session.preferences
    ] == list(range(1, turns + 1))


@pytest.mark.parametrize("moment", ["statement", "commit"])
def test_a_process_killed_within_a_save_leaves_every_finished_turn_and_nothing_half(
    database: Path, moment: str
) -> None:
    url = f"sqlite:///{database}"
    command = [sys.executable, "-c", WRITER, url, "3", moment]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == -signal.SIGKILL, run.stderr
    assert run.stdout.split() == ["1", "2", "3"]
    store = SessionStore(url)
    session = store.load("s")
    assert _whole(session, 3)
    assert session is not None
    store.save(_next(session), session)  # and it goes on
    store.close()


def test_a_process_killed_from_outside_leaves_all_that_it_reported(database: Path) -> None:
    url = f"sqlite:///{database}"
    for _ in range(3):
        database.unlink(missing_ok=True)
        for rest in database.parent.glob("sessions.db-*"):
            rest.unlink()
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, url, "1000000", "never"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert writer.stdout is not None
        reported = int(writer.stdout.readline())
        for _ in range(10):
            reported = int(writer.stdout.readline())
        os.kill(writer.pid, signal.SIGKILL)
        tail = writer.stdout.read().split()
        writer.wait()
        writer.stdout.close()
        reported = int(tail[-1]) if tail else reported
        store = SessionStore(url)
        session = store.load("s")
        store.close()
        assert session is not None
        assert len(session.turns) in (reported, reported + 1)  # one may be saved and not reported yet
        assert _whole(session, len(session.turns))


SCHEMA_1 = """
CREATE TABLE about (name VARCHAR(32) PRIMARY KEY, value VARCHAR(64) NOT NULL);
INSERT INTO about VALUES ('schema', '1');
CREATE TABLE sessions (id VARCHAR(64) PRIMARY KEY, catalog VARCHAR(64) NOT NULL, created_at FLOAT NOT NULL);
CREATE TABLE turns (session_id VARCHAR(64) NOT NULL REFERENCES sessions (id) ON DELETE CASCADE, number INTEGER NOT NULL,
  utterance TEXT NOT NULL, intent VARCHAR(32) NOT NULL, reply TEXT NOT NULL, slate JSON NOT NULL, answer JSON NOT NULL,
  at FLOAT NOT NULL, PRIMARY KEY (session_id, number));
CREATE TABLE events (session_id VARCHAR(64) NOT NULL REFERENCES sessions (id) ON DELETE CASCADE, id INTEGER NOT NULL,
  item_id TEXT NOT NULL, kind VARCHAR(16) NOT NULL, source VARCHAR(16) NOT NULL, turn INTEGER NOT NULL, at FLOAT NOT NULL,
  withdrawn_turn INTEGER, PRIMARY KEY (session_id, id));
CREATE TABLE preferences (session_id VARCHAR(64) NOT NULL REFERENCES sessions (id) ON DELETE CASCADE, id INTEGER NOT NULL,
  polarity VARCHAR(1) NOT NULL, strength VARCHAR(8) NOT NULL, kind VARCHAR(16) NOT NULL, value JSON NOT NULL,
  text TEXT NOT NULL, turn INTEGER NOT NULL, withdrawn_turn INTEGER, PRIMARY KEY (session_id, id));
INSERT INTO sessions VALUES ('old', 'demo', 1.0);
INSERT INTO turns VALUES ('old', 1, 'no gore', 'recommend', 'Five films.', '["a"]', '{}', 1.0);
INSERT INTO turns VALUES ('old', 2, 'gore is fine, a heist', 'refine', 'Five films.', '["b"]', '{}', 2.0);
INSERT INTO events VALUES ('old', 1, 'a', 'liked', 'button', 1, 1.0, NULL);
INSERT INTO preferences VALUES ('old', 1, '-', 'never', 'keyword', '"gore"', 'no gore', 1, 2);
INSERT INTO preferences VALUES ('old', 2, '+', 'prefer', 'keyword', '"heist"', 'a heist', 2, NULL);
"""


def test_a_database_of_the_first_schema_is_brought_along_with_all_that_it_held(database: Path) -> None:
    with sqlite3.connect(database) as plain:
        plain.executescript(SCHEMA_1)
    store = SessionStore(f"sqlite:///{database}")
    session = store.load("old")
    assert session is not None
    assert [p.text for p in session.wishes] == ["a heist"]
    assert [e.item_id for e in session.live_events] == ["a"]
    assert [c.words for c in session.changes] == ["", "no gore", "gore is fine, a heist"]
    change = last_change(session)
    assert change is not None
    assert [p.text for p in undo(session, change, "").wishes] == ["no gore"]
    store.save(_next(session), session)  # and it goes on
    store.close()
    again = SessionStore(f"sqlite:///{database}")
    assert len(again.load("old").turns) == 3  # type: ignore[union-attr]
    again.close()


@pytest.mark.parametrize("schema", [SCHEMA_1, ""])
def test_an_interrupted_migration_leaves_the_database_as_it_was(
    database: Path, monkeypatch: pytest.MonkeyPatch, schema: str
) -> None:
    with sqlite3.connect(database) as plain:
        plain.executescript(schema)

    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("alembic.op.batch_alter_table", interrupted)  # near the end of the second step
        with pytest.raises(KeyboardInterrupt):
            SessionStore(f"sqlite:///{database}")
    with sqlite3.connect(database) as plain:
        tables = {name for (name,) in plain.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert "changes" not in tables
    store = SessionStore(f"sqlite:///{database}")
    session = store.load("old")
    assert session is None if not schema else [p.text for p in session.wishes] == ["a heist"]  # type: ignore[union-attr]
    store.close()


def test_after_an_upgrade_undo_takes_back_only_turns_in_which_something_came_or_went(database: Path) -> None:
    with sqlite3.connect(database) as plain:
        plain.executescript(SCHEMA_1)
        plain.execute("INSERT INTO turns VALUES ('old', 3, 'thanks', 'thanks', 'Enjoy.', '[]', '{}', 3.0)")
    store = SessionStore(f"sqlite:///{database}")
    session = store.load("old")
    store.close()
    assert session is not None
    assert [(c.id, c.kind) for c in session.changes] == [
        (1, "nothing"),
        (2, "said"),
        (3, "said"),
        (4, "nothing"),
    ]
    undone = []
    while change := last_change(session):
        undone.append(change.words)
        session = undo(session, change, "")
    assert undone == ["gore is fine, a heist", "no gore"]
    assert session.wishes == ()


def test_many_may_upgrade_an_old_database_at_once(database: Path) -> None:
    with sqlite3.connect(database) as plain:
        plain.executescript(SCHEMA_1)
    command = [
        sys.executable,
        "-c",
        "import sys; from memory.store import SessionStore; SessionStore(sys.argv[1])",
    ]
    url = f"sqlite:///{database}"
    openers = [
        subprocess.Popen([*command, url], cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    assert [(opener.communicate()[1], opener.returncode) for opener in openers] == [("", 0)] * 3


def test_the_migrations_lead_to_the_tables_that_the_code_reads(store: SessionStore) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with store._engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    assert [change for change in found if change[0] not in ("remove_table",)] == []


def test_many_may_open_a_new_database_at_once(database: Path) -> None:
    failed: list[Exception] = []
    barrier = threading.Barrier(4)

    def open_it() -> None:
        barrier.wait()
        try:
            SessionStore(f"sqlite:///{database}").close()
        except StoreFailed as error:
            failed.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
