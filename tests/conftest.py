"""What all tests share: no network beyond this machine, a small catalogue whose right answers are known, real parts."""

import csv
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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
from tools.catalog.load import load_catalog, read_interactions
from tools.errors import SetupError

HERE = Path(__file__).parent
# The gate must give the same verdict twice; timings live in benchmarks.
settings.register_profile("palate", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("palate")

CHAINS = (
    (14, ("r01", "r02", "r03", "r04", "r05", "r06")),  # guests of the Italian places, in this order
    (12, ("r07", "r08", "r09", "r10", "r11", "r12")),
    (8, ("r13", "r14", "r15", "r16", "r17")),
    (6, ("r18", "r19", "r20", "r21", "r22")),
)
OTHERS = ("r23", "r24", "r25", "r26", "r27", "r28", "r29", "r30")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """No test reaches further than this machine."""
    config.option.allow_hosts = "127.0.0.1,::1"
    config.option.allow_unix_socket = True


def visits() -> list[tuple[str, str, int, int]]:
    """(guest, restaurant, time, stars): each of 40 guests walks one chain in order; every third ends elsewhere."""
    rows = []
    guest = 0
    for guests, chain in CHAINS:
        for number in range(guests):
            stops = list(chain[number % 2 : len(chain) - number // 2 % 2])
            if number % 3 == 0:
                stops.append(OTHERS[guest % len(OTHERS)])
            rows += [
                (f"g{guest:02}", stop, 1000 * guest + place, 2 if stop in OTHERS and number % 2 else 5)
                for place, stop in enumerate(stops)
            ]
            guest += 1
    return rows


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
    folder = tmp_path_factory.mktemp("restaurants")
    for name in ("catalog.toml", "restaurants.csv"):
        shutil.copy(HERE / "restaurants" / name, folder / name)
    with (folder / "visits.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("guest", "restaurant", "time", "stars"), *visits()])
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


def _parser(folder: Path) -> Parser:
    import numpy as np

    catalog = load_catalog(folder)
    assert catalog.spec.interactions is not None
    table = read_interactions(catalog, catalog.spec.interactions, folder)
    return Parser(catalog, np.bincount(table.rows, minlength=len(catalog)))


@pytest.fixture(scope="session")
def film_parser() -> Parser:
    """The parser over the demo's films; nothing is built for it."""
    from tools.demo import DEMO_FOLDER

    return _parser(DEMO_FOLDER)


@pytest.fixture(scope="session")
def restaurant_parser(restaurants: Restaurants) -> Parser:
    """The parser over the small catalogue."""
    return _parser(restaurants.folder)
