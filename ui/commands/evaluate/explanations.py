"""`palate evaluate explanations`: whether what is said is true."""

from typing import Annotated

import typer

from ui.commands.evaluate.group import commands
from ui.commands.options import AsIfPassed, AsJson, CatalogName, Home, Llm, make_console, settings_of


@commands.command("explanations")
def evaluate_explanations(
    count: Annotated[int, typer.Option(min=1, help="Reasons and answers to check.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the conversations and corruptions.")] = 0,
    as_json: AsJson = False,
    home: Home = None,
    catalog: CatalogName = None,
    llm: Llm = "none",
    as_if_passed: AsIfPassed = False,
) -> None:
    """Every claim of what is said in played conversations, held against the catalogue; 1 when any is false or cannot be verified."""
    from ui.terminal.evaluate import explanations as face
    from ui.terminal.printing import print_json

    settings = settings_of(home=home, catalog=catalog, llm=llm)
    with make_console(stderr=True).status("Talking, and checking what is said…"):
        report = face.evaluate_explanations(settings, count, seed, as_if_passed)
    if as_json:
        print_json(face.told_as_json(report))
    else:
        face.print_explanations(make_console(), report)
    unheld = report["false"] or sum(row["unverifiable"] for row in report["claims"].values())
    raise typer.Exit(1 if unheld else 0)
