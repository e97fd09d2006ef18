"""Opens whom the dialogues are held with, each catalogue once."""

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from agent.evaluation.scripted.dialogue import Dialogue
from agent.evaluation.scripted.partners.partner import AgentPartner, Partner
from agent.evaluation.scripted.partners.server import Server, ServerPartner
from agent.opening import open_agent
from agent.settings import Settings
from tools.catalog.load import load_catalog
from tools.catalog.spec import read_spec
from tools.demo import DEMO_FOLDER
from tools.errors import UserInputError

DEMO = "films"


class Partners:
    """Partners by catalogue. The demo must be built; another catalogue is built for the occasion under `scratch`.

    url: of a running server, which then is the partner of all dialogues about its catalogue. Closes what it opened.
    """

    def __init__(
        self,
        home: Path,
        scratch: Path,
        url: str = "",
        seed: int = 0,
        tell: Callable[[str], object] = lambda _: None,
    ) -> None:
        """Raises UserInputError where no palate answers at the address."""
        self._home = home
        self._scratch = scratch
        self._seed = seed
        self._tell = tell
        self._server = Server(url) if url else None
        self._open: dict[Path, Partner | None] = {}

    def partner_for(self, dialogue: Dialogue, file: Path) -> Partner | None:
        """Whom this file's dialogue is held with; None where the server is about another catalogue.

        Raises UserInputError when there is no such catalogue, SetupError when it cannot be opened.
        """
        folder = catalog_folder(dialogue.catalog, file)
        if folder not in self._open:
            self._tell(f"Opening {dialogue.catalog}…")
            self._open[folder] = self._opened(folder, dialogue.catalog)
        return self._open[folder]

    def _opened(self, folder: Path, name: str) -> Partner | None:
        if self._server is not None:
            if read_spec(folder / "catalog.toml").catalog.name != self._server.catalog_name:
                return None
            return ServerPartner(self._server, load_catalog(folder))
        place = self._scratch / str(len(self._open))
        place.mkdir(parents=True)
        database = f"sqlite:///{place}/sessions.db"
        if name == DEMO:
            agent = open_agent(Settings(home=self._home, catalog="demo", llm="none", database_url=database))
        else:
            from tools.build import build_artifact  # loads torch, which a server's partner has no use for

            (place / "assets").symlink_to((self._home / "assets").resolve())
            manifest = build_artifact(folder, home=place, seed=self._seed)
            agent = open_agent(Settings(home=place, catalog=manifest.name, llm="none", database_url=database))
        agent.warm_up()
        return AgentPartner(agent, owned=True)

    @property
    def whom(self) -> str:
        """Whom the dialogues are held with, in words."""
        return f"the server at {self._server.url}" if self._server else "agents in this process"

    def elsewhere(self) -> str:
        """Why a dialogue about another catalogue is skipped."""
        return f"the server is about {self._server.catalog_name!r}" if self._server else ""

    def close(self) -> None:
        """Closes the agents, and the connections to the server."""
        for partner in self._open.values():
            if partner is not None:
                partner.close()
        self._open.clear()
        if self._server is not None:
            self._server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def catalog_folder(name: str, file: Path) -> Path:
    """Where a dialogue's catalogue is: "films" is the demo, else a folder beside the file's folder, or a path from the
    file. Raises UserInputError when it is at neither place."""
    if name == DEMO:
        return DEMO_FOLDER
    places = [file.resolve().parents[1] / name, file.resolve().parent / name]
    found = next((place for place in places if (place / "catalog.toml").is_file()), None)
    if found is None:
        looked = " nor in ".join(str(place) for place in dict.fromkeys(places))
        raise UserInputError(f"{file}: catalog: no catalog.toml in {looked}")
    return found.resolve()
