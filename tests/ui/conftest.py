"""A scripted agent over a small catalogue with a hostile item, for tests of the faces."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from agent.answer import Answer, Evidence, Notice, Reason, SlateItem
from agent.events import Done, NoticeGiven, Parsed, SlateShown, TextGiven, ToolCalled, TurnEvent
from agent.settings import Settings
from memory.preferences import FacetTarget, RangeTarget
from memory.session import Session, Turn, add_event, add_preference, begin_change, last_change, undo, withdraw
from tools.catalog.items import Catalog, Item
from tools.catalog.spec import CatalogSpec
from tools.errors import UserInputError

SPEC = CatalogSpec.model_validate(
    {
        "catalog": {"name": "demo", "items": ["films.jsonl"], "noun": "film", "nouns": ["film", "films"]},
        "facets": {
            "genres": {"kind": "categorical", "column": "genres", "many": True, "label": "genre"},
            "year": {"kind": "numeric", "column": "year", "role": "year"},
            "runtime_min": {"kind": "numeric", "column": "m", "role": "duration", "label": "runtime"},
            "certificate": {"kind": "categorical", "column": "c", "cue_required": True},
            "country": {"kind": "categorical", "column": "country"},
            "directors": {"kind": "categorical", "column": "d", "many": True, "role": "person"},
            "keywords": {"kind": "categorical", "column": "k", "many": True, "role": "keyword"},
        },
    }
)


def _film(key: str, title: str, year: int, genres: str, minutes: int, director: str, text: str) -> Item:
    facets: dict[str, Any] = {
        "genres": tuple(genres.split("|")),
        "year": year,
        "runtime_min": minutes,
        "certificate": "R",
        "country": "USA",
        "directors": (director,),
        "keywords": ("heist",),
    }
    return Item(key, title, text, (), facets)


HOSTILE = _film(
    "6\"'><img src=x onerror=alert(1)>",
    "<script>alert('pwned')</script> ${alert(1)} {{value}} [bold]not markup[/bold] \x1b[31mred",
    1999,
    "Thriller|<b>Bold</b>",
    101,
    '"><svg onload=alert(1)>',
    "A synopsis with <img src=x onerror=alert(1)> inside & an ampersand.",
)
FILMS = (
    _film(
        "1",
        "Ronin (1998)",
        1998,
        "Action|Crime|Thriller",
        122,
        "John Frankenheimer",
        "Former agents hired to steal a heavily guarded briefcase find that somebody on the team is playing another game.",
    ),
    _film(
        "2",
        "Point Break (1991)",
        1991,
        "Action|Crime|Thriller",
        120,
        "Kathryn Bigelow",
        "A young agent goes under cover among surfers who rob banks, and comes to admire the man he hunts.",
    ),
    _film(
        "3",
        "Donnie Brasco (1997)",
        1997,
        "Crime|Drama",
        127,
        "Mike Newell",
        "An agent wins the trust of an ageing gangster and begins to lose sight of which life is his own.",
    ),
    _film(
        "4",
        "The Usual Suspects (1995)",
        1995,
        "Crime|Mystery|Thriller",
        106,
        "Bryan Singer",
        "The lone survivor of a bloody night on a boat tells how five crooks met in a police line-up.",
    ),
    _film(
        "5",
        "A Simple Plan (1998)",
        1998,
        "Crime|Drama|Thriller",
        121,
        "Sam Raimi",
        "Three men find a crashed plane with four million dollars in it and agree to keep quiet.",
    ),
    HOSTILE,
)
CATALOG = Catalog(SPEC, FILMS)


def slate_of(*rows: int) -> tuple[SlateItem, ...]:
    """Films of the small catalogue as slate items, with two reasons each."""
    return tuple(
        SlateItem(
            id=film.id,
            title=film.title,
            facets=film.facets,
            score=0.9,
            sources={"sequence": 0.5},
            reasons=(
                Reason(
                    "7 of 24 people who watched Heat went on to this one.",
                    (Evidence("transition", film.id, with_item_id="h", count=7, of=24),),
                ),
                Reason(
                    f"Also Crime, and from {film.facets['year']}.",
                    (Evidence("facet", film.id, "genres", "Crime"),),
                ),
            ),
            text=film.text,
        )
        for film in (FILMS[row] for row in rows)
    )


@dataclass(frozen=True)
class ModelStatus:
    """As `LanguageModelStatus`."""

    state: str = "downloading"
    sentence: str = "Qwen2.5 is being downloaded: 340 of 1,117 MB."
    model: str = "qwen"
    fraction: float = 0.3
    roles: tuple[str, ...] = ()


class FakeSlot:
    """The language model's place; notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    def start(self, download: bool = False, try_out: bool = False) -> None:
        self.asked.append(("start", download, try_out))

    def wait(self, timeout_s: float) -> None:
        self.asked.append(("wait", timeout_s))


class FakeAgent:
    """Answers from a queue of slates, errors or whole event lists; keeps sessions in memory as the real one would."""

    def __init__(self) -> None:
        self.settings = Settings(llm="none")
        self.catalog = CATALOG
        self.script: list[Any] = []
        self.heard: list[tuple[str, str]] = []
        self.heard_without_llm: list[str] = []
        self.sessions: dict[str, Session] = {}
        self.closed = False
        self.status = ModelStatus()
        self.language_model = FakeSlot()
        self.delay_s = 0.0
        self._lock = threading.RLock()

    def reply(self, session_id: str, message: str, user: str = "", llm: bool = True) -> Iterator[TurnEvent]:
        with self._lock:
            self.heard.append((session_id, message))
            self.heard_without_llm += [] if llm else [message]
            step = self.script.pop(0) if self.script else slate_of(0, 1, 2, 3, 5)
        session = self.session(session_id) or Session(session_id, user=user)
        turn = session.next_turn
        session = begin_change(session, "said", message)
        if "no war" in message:
            session, _ = add_preference(
                session, "-", "never", FacetTarget(("genres",), ("War",)), "no war films"
            )
        if "90s" in message:
            session, _ = add_preference(session, "+", "must", RangeTarget("year", 1990, 1999), "from the 90s")
        yield Parsed("recommend", session.wishes)
        time.sleep(self.delay_s)
        if isinstance(step, Exception):
            raise step
        notice = Notice("year_relaxed", "Nothing fits <b>all</b> of that; I let go of the year.")
        yield ToolCalled("next_items", {"count": 50}, 50, 1.5)
        yield SlateShown(step)
        yield NoticeGiven(notice)
        yield TextGiven("Here is what comes close to Heat.")
        answer = Answer(
            session_id,
            turn,
            "recommend",
            session.wishes,
            step,
            "Here is what comes close to Heat.",
            (notice,),
            {"parse": 1.0, "rank": 2.5, "total": 5.0},
        )
        kept = Turn(
            turn, message, "recommend", answer.reply, tuple(i.id for i in step), 0.0, answer.to_json()
        )
        with self._lock:
            self.sessions[session_id] = replace(session, turns=(*session.turns, kept))
        yield Done(answer)

    def react(self, session_id: str, item_id: str, kind: Any, user: str = "") -> Session:
        if item_id not in CATALOG.rows:
            raise UserInputError(f"no film {item_id!r} in this catalogue")
        with self._lock:
            session = self.sessions.get(session_id) or Session(session_id, user=user)
            session = begin_change(session, "button", kind)
            session = add_event(session, item_id, kind, "button", 0.0)
            self.sessions[session_id] = session
        return session

    def forget(self, session_id: str, preference_id: int) -> Session:
        with self._lock:
            session = self.sessions.get(session_id)
            if session is None or preference_id not in {p.id for p in session.wishes}:
                raise UserInputError(f"no wish {preference_id} in this session")
            self.sessions[session_id] = withdraw(begin_change(session, "removed", ""), [preference_id])
            return self.sessions[session_id]

    def edit(self, session_id: str, preference_id: int, edit: Any) -> Session:
        with self._lock:
            session = begin_change(self.sessions[session_id], "edited", "")
            changed = tuple(
                replace(p, strength=edit.strength) if p.id == preference_id else p
                for p in session.preferences
            )
            self.sessions[session_id] = replace(session, preferences=changed)
            return self.sessions[session_id]

    def undo(self, session_id: str) -> tuple[Session, str]:
        with self._lock:
            session = self.sessions.get(session_id)
            change = last_change(session) if session else None
            if session is None or change is None:
                raise UserInputError("there is nothing to take back")
            self.sessions[session_id] = undo(session, change, "")
            return self.sessions[session_id], f"“{change.words}”"

    def begin(self, session_id: str, user: str) -> Session:
        with self._lock:
            return self.sessions.setdefault(session_id, Session(session_id, user=user))

    def is_known(self, user: str) -> bool:
        return any(s.user == user for s in self.sessions.values())

    def profile(self, user: str) -> dict[str, Any]:
        return {"user": user, "catalog": "demo", "preferences": [], "events": []}

    def delete_user(self, user: str) -> bool:
        with self._lock:
            mine = [i for i, s in self.sessions.items() if s.user == user]
            for session_id in mine:
                del self.sessions[session_id]
            return bool(mine)

    def session(self, session_id: str) -> Session | None:
        return self.sessions.get(session_id)

    def delete(self, session_id: str) -> bool:
        with self._lock:
            return self.sessions.pop(session_id, None) is not None

    def llm_status(self) -> ModelStatus:
        return self.status

    def warm_up(self) -> None:
        """Nothing to load."""

    def close(self) -> None:
        self.closed = True


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """The address of an app that a real uvicorn serves on a free port."""
    import uvicorn

    from ui.serving import listen, url_of

    bound = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    try:
        yield url_of(bound, "127.0.0.1")
    finally:
        server.should_exit = True
        thread.join(5)
        bound.close()


@pytest.fixture
def agent() -> FakeAgent:
    return FakeAgent()


@pytest.fixture
def slates() -> Callable[..., tuple[SlateItem, ...]]:
    return slate_of


@pytest.fixture
def hostile() -> Item:
    return HOSTILE


@pytest.fixture
def spec() -> CatalogSpec:
    return SPEC


@pytest.fixture(scope="session")
def make_agent() -> Callable[[], FakeAgent]:
    return FakeAgent


@pytest.fixture(scope="session")
def served() -> Callable[[Any], Any]:
    return serving
