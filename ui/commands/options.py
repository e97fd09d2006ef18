"""What commands share: their options, the console, and how they open settings and an agent."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from agent.agent import Agent
    from agent.settings import Settings

Home = Annotated[Path | None, typer.Option(help="Folder of artifacts, assets and sessions. (PALATE_HOME)")]
CatalogName = Annotated[
    str | None, typer.Option("--catalog", help="Built catalogue to talk about. (PALATE_CATALOG)")
]
Llm = Annotated[str | None, typer.Option(help="auto, remote, local or none. (PALATE_LLM)")]
Host = Annotated[str | None, typer.Option(help="Address to listen on. (PALATE_HOST)")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
SessionName = Annotated[
    str | None, typer.Option("--session", help="Continue this session, or begin one of that name.")
]
UserName = Annotated[
    str | None,
    typer.Option(
        "--user", help="Whose lasting tastes a new session reads and writes; nobody's when left out."
    ),
]
AsIfPassed = Annotated[
    bool,
    typer.Option(
        "--as-if-passed",
        help="Give the language model roles that no trial gave it, to see what it does and costs.",
    ),
]
UserColumn = Annotated[str | None, typer.Option(help="The table's column of users.")]
ItemColumn = Annotated[str | None, typer.Option(help="The table's column of items.")]
TimeColumn = Annotated[str | None, typer.Option(help="The table's column of times.")]
Core = Annotated[
    int, typer.Option(min=0, help="Drop a table's users and items with fewer interactions; 0 keeps all.")
]


def make_console(stderr: bool = False) -> "Console":
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, emoji=False, markup=False)


def settings_of(**overrides: object) -> "Settings":
    from agent.settings import read_settings

    return read_settings(**overrides)


def opened(settings: "Settings", warm: bool = False) -> "Agent":
    """The agent; warm: with everything loaded, for a face that answers more than one message."""
    from agent.opening import open_agent

    with make_console(stderr=True).status("Opening the catalogue…"):
        agent = open_agent(settings)
        if warm:
            agent.warm_up()
        return agent


@contextmanager
def open_agent_for(
    settings: "Settings", download: bool = False, wait_s: float = 0, warm: bool = True, try_out: bool = False
) -> Iterator["Agent"]:
    """An open agent whose language model is on its way; a missing one is downloaded only if allowed.

    try_out: a face that stays open tries a model that is new to the catalogue, unless the settings say not to.
    """
    agent = opened(settings, warm)
    try:
        agent.language_model.start(download=download, try_out=try_out and settings.llm_try)
        if wait_s:
            with make_console(stderr=True).status("Loading the language model…"):
                agent.language_model.wait(wait_s)
        yield agent
    finally:
        agent.close()


def session_id_of(name: str | None) -> str:
    from agent.opening import check_session_id, new_session_id

    return new_session_id() if name is None else check_session_id(name)


def user_id_of(name: str | None) -> str:
    from agent.opening import check_user_id

    return "" if name is None else check_user_id(name)
