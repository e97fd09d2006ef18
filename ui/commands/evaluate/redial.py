"""`palate evaluate redial`: recorded dialogues between people."""

from pathlib import Path
from typing import Annotated

import typer

from ui.commands.evaluate.group import commands
from ui.commands.options import AsJson, Home, make_console, settings_of


@commands.command("redial")
def evaluate_redial(
    folder: Annotated[
        Path,
        typer.Argument(
            help="Folder with id2info.json and test_data_processed.jsonl, as iEvaLM prepares ReDial."
        ),
    ],
    learn_from: Annotated[
        Path | None,
        typer.Option(help="Folder whose valid_data_processed.jsonl is learnt from; FOLDER when left out."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the learning and the intervals.")] = 0,
    anew: Annotated[bool, typer.Option("--anew", help="Learn again, though it was learnt before.")] = False,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """Recall on recorded dialogues, zero-shot protocol, without a language model; the first run learns, which takes minutes."""
    from agent.evaluation.report.contents import Report
    from ui.terminal.benchmark import provenance
    from ui.terminal.evaluate import redial as face
    from ui.terminal.evaluate.sections import print_section
    from ui.terminal.printing import print_json

    settings = settings_of(home=home)
    with make_console(stderr=True).status("Reading the dialogues…") as status:
        section = face.evaluate_redial(folder, learn_from, settings.home_folder, seed, anew, status.update)
    if as_json:
        print_json(Report((section,), provenance()).to_json())
    else:
        print_section(make_console(), section)
