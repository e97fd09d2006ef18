"""What all tests share: no network beyond this machine, a small catalogue whose right answers are known, real parts."""

import csv
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from agent.agent import Agent
from agent.answer import Answer
from agent.events import Done, TurnEvent
from agent.opening import open_agent
from agent.parsing import Parser
from agent.settings import Settings
from tools.artifact import Manifest
from tools.errors import SetupError

HERE = Path(__file__).parent
# The gate must give the same verdict twice; timings live in benchmarks.
settings.register_profile("palate", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("palate")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """No test reaches further than this machine."""
    config.option.allow_hosts = "127.0.0.1,::1"
    config.option.allow_unix_socket = True


@dataclass(frozen=True)
class Restaurants:
    """The small catalogue as its files say it, read without the code under test."""

    folder: Path
    rows: dict[str, dict[str, str]]

    def ids(self, keep: Callable[[dict[str, Any]], bool]) -> set[str]:
        """The ids of the rows that `keep` accepts; cells as text, `cuisine`, `chef` and `keywords` as lists."""
        return {key for key, row in self.rows.items() if keep(self.facts(key))}

    def facts(self, key: str) -> dict[str, Any]:
        row: dict[str, Any] = dict(self.rows[key])
        for name in ("cuisine", "chef", "keywords"):
            row[name] = [part for part in row[name].split("|") if part]
        for name in ("price", "opened"):
            row[name] = float(row[name]) if row[name] else None
        return row

    def id_of(self, name: str) -> str:
        return next(key for key, row in self.rows.items() if row["name"] == name)


@pytest.fixture(scope="session")
def restaurants(tmp_path_factory: pytest.TempPathFactory) -> Restaurants:
    """The files of the small catalogue with its visits, in a folder of their own."""
    folder = shutil.copytree(HERE / "restaurants", tmp_path_factory.mktemp("catalogs") / "restaurants")
    with (folder / "restaurants.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    return Restaurants(folder, rows)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of its own that borrows the text embedder of the real one; skips where that is missing."""
    from tools.text.embedder import find_embedder

    real = Path(os.environ.get("PALATE_HOME", "~/.palate")).expanduser().resolve()
    try:
        find_embedder(real, "minilm")
    except SetupError:
        pytest.skip("no text embedder here; `palate assets fetch minilm` brings it")
    folder = tmp_path_factory.mktemp("home")
    (folder / "assets").mkdir()
    shutil.copytree(
        real / "assets" / "minilm",
        folder / "assets" / "minilm",
        copy_function=os.symlink,
    )
    return folder


@pytest.fixture(scope="session")
def manifest(home: Path, restaurants: Restaurants) -> Manifest:
    """The small catalogue really built: embedded, in Chroma, trained."""
    from tools.build import build_artifact

    return build_artifact(restaurants.folder, home=home)


@pytest.fixture(scope="session")
def build_folder(home: Path, manifest: Manifest) -> Path:
    """`<home>/artifacts/restaurants`, built; not to be changed by a test."""
    return home / "artifacts" / manifest.name


OpenAgent = Callable[..., Agent]


@pytest.fixture(scope="session")
def opened(home: Path, manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenAgent]:
    """Opens agents on the small catalogue without a language model, each on a database of its own or on a given one."""
    agents: list[Agent] = []

    def open_one(database: Path | None = None, **given: Any) -> Agent:
        path = database or tmp_path_factory.mktemp("sessions") / "sessions.db"
        given = {"catalog": manifest.name, "llm": "none", "database_url": f"sqlite:///{path}", **given}
        agents.append(open_agent(Settings(home=home, **given)))
        return agents[-1]

    yield open_one
    for agent in agents:
        agent.close()


@pytest.fixture(scope="session")
def shared_agent(opened: OpenAgent) -> Agent:
    """One agent for all tests that keep to sessions of their own."""
    return opened()


_sessions = iter(range(1_000_000))


class Talk:
    """A dialogue with an agent: says a message, gives the answer; `events` are those of the last turn."""

    def __init__(self, agent: Agent, session: str = "") -> None:
        self.agent = agent
        self.session = session or f"s{next(_sessions)}"
        self.events: list[TurnEvent] = []

    def __call__(self, message: str) -> Answer:
        self.events = list(self.agent.reply(self.session, message))
        done = self.events[-1]
        assert isinstance(done, Done)
        return done.answer


@pytest.fixture
def talk(shared_agent: Agent) -> Talk:
    """A new dialogue about the restaurants."""
    return Talk(shared_agent)


@pytest.fixture(scope="session")
def talks(shared_agent: Agent) -> Callable[..., Talk]:
    """Begins dialogues, with the shared agent unless another is given."""
    return lambda agent=None, session="": Talk(agent or shared_agent, session)


@pytest.fixture(scope="session")
def parser_of() -> Callable[[Path], Parser]:
    """The parser over a catalogue's folder, by its words alone; nothing is built for it."""
    from agent.evaluation.parsing import open_parser

    return cache(open_parser)


@pytest.fixture(scope="session")
def film_parser(parser_of: Callable[[Path], Parser]) -> Parser:
    """The parser over the demo's films."""
    from tools.demo import DEMO_FOLDER

    return parser_of(DEMO_FOLDER)


@pytest.fixture(scope="session")
def restaurant_parser(parser_of: Callable[[Path], Parser]) -> Parser:
    """The parser over the small catalogue."""
    return parser_of(HERE / "restaurants")
