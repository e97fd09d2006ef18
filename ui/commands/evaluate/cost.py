"""`palate evaluate cost`: what a turn costs, and what it buys."""

from typing import Annotated

import typer

from ui.commands.evaluate.group import commands
from ui.commands.options import AsIfPassed, AsJson, CatalogName, Home, make_console


@commands.command("cost")
def evaluate_cost(
    llm: Annotated[
        str,
        typer.Option(help="Settings of the language model to measure, between commas: none, local, remote."),
    ] = "none",
    turns: Annotated[int, typer.Option(min=1, help="Turns without a language model.")] = 200,
    llm_turns: Annotated[int, typer.Option(min=1, help="Turns with each language model.")] = 5,
    choices: Annotated[
        int, typer.Option(min=1, help="Held-out choices whose order is measured, at most.")
    ] = 500,
    llm_choices: Annotated[
        int, typer.Option(min=0, help="Choices that each language model which re-ranks is asked about.")
    ] = 5,
    as_if_passed: AsIfPassed = False,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the dialogues and choices.")] = 0,
    as_json: AsJson = False,
    home: Home = None,
    catalog: CatalogName = None,
) -> None:
    """Milliseconds, calls and tokens a turn, by step and role, and the quality of the order they pay for."""
    from agent.evaluation.report.contents import Report
    from ui.terminal.benchmark import provenance
    from ui.terminal.evaluate import cost as face
    from ui.terminal.evaluate.sections import print_section
    from ui.terminal.printing import print_json

    names = face.parse_settings(llm)
    run = face.CostRun(turns, llm_turns, choices, llm_choices, as_if_passed, seed)
    with make_console(stderr=True).status("Opening the catalogue…") as status:
        section = face.evaluate_cost(names, {"home": home, "catalog": catalog}, run, status.update)
    if as_json:
        print_json(Report((section,), provenance()).to_json())
    else:
        print_section(make_console(), section)
    raise typer.Exit(1 if section.failures else 0)
