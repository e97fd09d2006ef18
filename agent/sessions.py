"""Sessions between the turns: read, saved, and changed by buttons and edits; one message of a session at a time."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakValueDictionary

from agent.editing import Edit, edited
from agent.turn.remembering import add_feeling
from agent.turn.withdrawing import change_in_words, forget_wishes
from memory.preferences import Preference, RangeTarget, facets_of
from memory.profile import open_with_profile
from memory.session import (
    BUTTON_WORDS,
    EventKind,
    Session,
    add_preference,
    begin_change,
    drop_empty_change,
    last_change,
    undo,
    withdraw,
)
from memory.store import SessionConflict, SessionStore, StoreFailed
from tools.catalog import Catalog
from tools.errors import SetupError, UserInputError

BUSY_S = 60.0
REACTIONS = ("liked", "disliked", "seen", "rejected", "accepted")


class Sessions:
    """The sessions about one catalogue, in one store. Safe to share between threads."""

    def __init__(self, store: SessionStore, catalog: Catalog, name: str) -> None:
        """name: what the catalogue is called in the settings; a session about another one is refused."""
        self._store = store
        self._catalog = catalog
        self._name = name
        self._locks: WeakValueDictionary[str, threading.Lock] = WeakValueDictionary()
        self._interrupts: dict[str, Callable[[], object]] = {}  # of the turns at work
        self._waiting: Counter[str] = Counter()  # for their turn
        self._guard = threading.Lock()

    @contextmanager
    def turn_of(self, session_id: str, interrupt: Callable[[], object] | None = None) -> Iterator[None]:
        """One message of a session at a time; different sessions do not wait for each other. Raises UserInputError.

        interrupt: called when another one waits, so that a turn that only goes on improving what is shown ends now.
        """
        with self._guard:
            lock = self._locks.setdefault(session_id, threading.Lock())
            running = self._interrupts.get(session_id)
            self._waiting[session_id] += 1
        if running is not None:
            running()
        acquired = lock.acquire(timeout=BUSY_S)
        with self._guard:
            self._waiting[session_id] -= 1
            others = self._waiting[session_id] > 0
            if not others:
                del self._waiting[session_id]
            if acquired and interrupt is not None:
                self._interrupts[session_id] = interrupt
        if not acquired:
            raise UserInputError("Your last message is still being answered; try again in a moment.")
        if others and interrupt is not None:
            interrupt()
        try:
            yield
        finally:
            with self._guard:
                self._interrupts.pop(session_id, None)
            lock.release()

    def read(self, session_id: str) -> Session | None:
        """A saved session; None when there is none. Raises SetupError."""
        with _told():
            return self._store.load(session_id)

    def load(self, session_id: str, user: str = "") -> tuple[Session, Session]:
        """(the session as stored, the session to work on): the second knows what lasts of its user, and has no wish that
        means nothing any more. Raises UserInputError when the session is about another catalogue or another user's."""
        stored = self.read(session_id)
        if stored is None:
            stored = Session(session_id, catalog=self._name, user=user)
            with _told():
                profile = self._store.profile(user, self._name) if user else None
            return stored, self._still_meaningful(open_with_profile(stored, profile) if profile else stored)
        if stored.catalog != self._name:
            raise UserInputError(
                f"session {session_id!r} is about the catalogue {stored.catalog!r}, not {self._name!r}"
            )
        if user and stored.user and stored.user != user:  # a session of nobody goes on, without a profile
            raise UserInputError(f"session {session_id!r} is not one of this user's")
        return stored, self._still_meaningful(stored)

    def _still_meaningful(self, session: Session) -> Session:
        """Without the wishes on facets that the catalogue, built anew, no longer has, or has as another kind."""
        facets = self._catalog.spec.facets

        def fits(wish: Preference) -> bool:
            is_range = isinstance(wish.target, RangeTarget)
            return all(
                f in facets and (facets[f].kind == "numeric") == is_range for f in facets_of(wish.target)
            )

        gone = [p.id for p in session.wishes if not fits(p)]
        return withdraw(begin_change(session, "catalog", ""), gone) if gone else session

    def save(self, session: Session, stored: Session) -> None:
        """Writes what changed. Raises UserInputError when the session went on elsewhere, SetupError on other faults."""
        try:
            with _told():
                self._store.save(session, stored)
        except SessionConflict as error:
            raise UserInputError(
                "This conversation went on elsewhere in the meantime; say it once more."
            ) from error

    def begin(self, session_id: str, user: str) -> Session:
        """Keeps a new session of a known user before anything is said. Raises UserInputError when the id is taken."""
        with self.turn_of(session_id):
            if self.read(session_id) is not None:
                raise UserInputError(f"there is a session {session_id!r} already")
            stored, session = self.load(session_id, user)
            self.save(session, stored)
            return session

    def react(self, session_id: str, item_id: str, kind: EventKind, user: str = "") -> Session:
        """A button pressed on an item: liked, rejected or seen. Raises UserInputError on an unknown item or kind."""
        if item_id not in self._catalog.rows:
            raise UserInputError(f"no item {item_id!r} in this catalogue")
        if kind not in REACTIONS:
            raise UserInputError(f"no reaction {kind!r}; there are: {', '.join(REACTIONS)}")
        item = self._catalog.item(item_id)

        def press(session: Session) -> Session:
            session = begin_change(session, "button", f"{kind} {item.title}")
            return add_feeling(session, item, kind, "button", BUTTON_WORDS, time.time(), lasting=True)

        return self._changed(session_id, press, user)

    def forget(self, session_id: str, preference_id: int) -> Session:
        """Takes back one wish, and with a liked or refused item what was said of it. UserInputError when unknown."""

        def remove(session: Session) -> Session:
            wish = _wish(session, preference_id)
            return forget_wishes(begin_change(session, "removed", wish.text), [wish])

        return self._changed(session_id, remove)

    def edit(self, session_id: str, preference_id: int, edit: Edit) -> Session:
        """Puts a changed wish in the place of one; it keeps the words it came from. UserInputError when it cannot be."""

        def change(session: Session) -> Session:
            wish = _wish(session, preference_id)
            polarity, strength, target = edited(wish, edit, self._catalog)
            session = withdraw(begin_change(session, "edited", wish.text), [wish.id])
            insisted = wish.insisted and strength == "must"
            return add_preference(session, polarity, strength, target, wish.text, wish.lasting, insisted)[0]

        return self._changed(session_id, change)

    def undo(self, session_id: str) -> tuple[Session, str]:
        """Takes back the last change that still stands: the session as it was before, and what was taken back.

        Raises UserInputError when there is nothing to take back.
        """
        said = ""

        def back(session: Session) -> Session:
            nonlocal said
            change = last_change(session)
            if change is None:
                raise UserInputError("there is nothing to take back")
            said = change_in_words(session, change, self._catalog)
            return undo(session, change, "")

        return self._changed(session_id, back), said

    def _changed(self, session_id: str, change: Callable[[Session], Session], user: str = "") -> Session:
        with self.turn_of(session_id):
            stored, session = self.load(session_id, user)
            session = drop_empty_change(change(session))
            self.save(session, stored)
            return session

    def delete(self, session_id: str) -> bool:
        """Removes a session for good; whether there was one. Raises SetupError."""
        with _told():
            return self._store.delete(session_id)

    def delete_user(self, user: str) -> bool:
        """Removes a user's profiles and sessions for good; whether there was anything. Raises SetupError."""
        with _told():
            return self._store.delete_user(user)

    def profile_json(self, user: str) -> dict[str, Any]:
        """What lasts of a user with this catalogue. Raises SetupError."""
        with _told():
            profile = self._store.profile(user, self._name)
        return {
            "user": user,
            "catalog": self._name,
            "preferences": [
                {name: value for name, value in p.to_json().items() if name not in ("id", "turn", "lasting")}
                for p in profile.preferences
            ],
            "events": [{"item_id": e.item_id, "kind": e.kind, "source": e.source} for e in profile.events],
        }

    def close(self) -> None:
        """Gives the database's connections back."""
        self._store.close()


def _wish(session: Session, preference_id: int) -> Preference:
    wish = next((p for p in session.wishes if p.id == preference_id), None)
    if wish is None:
        raise UserInputError(f"this session has no wish number {preference_id}")
    return wish


@contextmanager
def _told() -> Iterator[None]:
    """A store that fails is a fault of set-up, told with what to do."""
    try:
        yield
    except StoreFailed as error:
        raise SetupError(f"{error}; check PALATE_DATABASE_URL, or run `palate doctor`") from error
