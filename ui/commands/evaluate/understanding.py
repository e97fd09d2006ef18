"""`palate evaluate parsing` and `keywords`: what is understood of a message, and what keywords find."""

from pathlib import Path
from typing import Annotated

import typer

from ui.commands.evaluate.group import commands
from ui.commands.options import AsJson, CatalogName, Home, make_console, open_agent_for, settings_of

DIALOGUES = Path("tests/dialogues")
Faults = Annotated[bool, typer.Option("--faults", help="List every utterance that was not read as meant.")]


@commands.command("parsing")
def evaluate_parsing(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[PATH]…", help="Files or folders of utterances and dialogues; tests/dialogues."
        ),
    ] = None,
    faults: Faults = False,
    dialogues: Annotated[
        bool, typer.Option("--dialogues/--no-dialogues", help="Play the scripted dialogues too.")
    ] = True,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """Precision, recall and F1 by kind, sentiment and intent accuracy, and constraints kept over scripted dialogues."""
    from ui.terminal.evaluate import parsing as face
    from ui.terminal.printing import print_json

    settings = settings_of(home=home)
    errors = make_console(stderr=True)
    with errors.status("Reading what people say…") as status:
        report = face.evaluate_parsing(paths or [DIALOGUES], settings.home_folder, dialogues, status.update)
    if as_json:
        print_json(face.plain(report))
    else:
        face.print_parsing(make_console(), report, faults)
    raise typer.Exit(1 if report["violations"] else 0)


@commands.command("keywords")
def evaluate_keywords(
    seed: Annotated[int, typer.Option(min=0, help="Seed of the users' halves and keywords.")] = 0,
    as_json: AsJson = False,
    home: Home = None,
    catalog: CatalogName = None,
) -> None:
    """Recall@20 for people described by five keywords: vector search, keyword graph, both fused."""
    from ui.terminal.evaluate import keywords as face
    from ui.terminal.printing import print_json

    settings = settings_of(home=home, catalog=catalog, llm="none")
    with (
        open_agent_for(settings, warm=False) as agent,
        make_console(stderr=True).status("Asking for every user…"),
    ):
        report = face.evaluate_keywords(agent, seed)
    if as_json:
        print_json(report)
    else:
        face.print_keywords(make_console(), report)
