"""`palate evaluate dialogues`: scripted dialogues, held with the agent or with a running server."""

from pathlib import Path
from typing import Annotated

import typer

from ui.commands.evaluate.group import commands
from ui.commands.options import AsJson, Home, make_console, settings_of

DIALOGUES = Path("tests/dialogues")


@commands.command("dialogues")
def evaluate_dialogues(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PATH]…", help="Dialogue files, or folders of them; tests/dialogues."),
    ] = None,
    url: Annotated[
        str, typer.Option(help="A running palate server to talk to, such as http://127.0.0.1:8000.")
    ] = "",
    junit: Annotated[Path | None, typer.Option(help="JUnit file to write, a test case a dialogue.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the builds and of the intervals.")] = 0,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """What must hold of each answer of scripted dialogues, and hard wishes kept to; 1 when anything fails."""
    from agent.evaluation.report.contents import Report
    from agent.evaluation.scripted.junit import write_junit
    from tools.errors import UserInputError
    from ui.terminal.benchmark import provenance
    from ui.terminal.evaluate import dialogues as face
    from ui.terminal.printing import print_json

    settings = settings_of(home=home)
    if junit is not None and not junit.parent.is_dir():
        raise UserInputError(f"no folder {junit.parent} to write {junit.name} in")
    with make_console(stderr=True).status("Reading the dialogues…") as status:
        section, outcomes = face.evaluate_dialogues(
            paths or [DIALOGUES], settings.home_folder, url, seed, status.update
        )
    if junit is not None:
        write_junit(junit, outcomes)
    if as_json:
        print_json(Report((section,), provenance()).to_json())
    else:
        face.print_dialogues(make_console(), section, outcomes)
    raise typer.Exit(1 if section.failures else 0)
