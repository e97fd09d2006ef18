"""`palate evaluate explanations`: whether what is said is true."""

from typing import Annotated

import typer

from ui.commands.evaluate.group import commands
from ui.commands.options import AsJson, CatalogName, Home, Llm, make_console, open_agent_for, settings_of

MODEL_WAIT_S = 300.0  # for a language model to load


@commands.command("explanations")
def evaluate_explanations(
    count: Annotated[int, typer.Option(min=1, help="Reasons and answers to check.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the conversations and corruptions.")] = 0,
    as_json: AsJson = False,
    home: Home = None,
    catalog: CatalogName = None,
    llm: Llm = "none",
) -> None:
    """Every claim of what is said in played conversations, held against the catalogue; 1 when any is false or cannot be verified."""
    import tempfile

    from ui.terminal.evaluate import explanations as face
    from ui.terminal.printing import print_json

    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{folder}/sessions.db"
        settings = settings_of(home=home, catalog=catalog, llm=llm, database_url=database)
        with (
            open_agent_for(settings, wait_s=MODEL_WAIT_S if llm != "none" else 0) as agent,
            make_console(stderr=True).status("Talking, and checking what is said…"),
        ):
            report = face.evaluate_explanations(agent, count, seed)
    if as_json:
        print_json(face.told_as_json(report))
    else:
        face.print_explanations(make_console(), report)
    unheld = report["false"] or sum(row["unverifiable"] for row in report["claims"].values())
    raise typer.Exit(1 if unheld else 0)
