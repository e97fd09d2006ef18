"""`palate evaluate steering`: whether words and history together serve better than either."""

from typing import Annotated

import typer

from ui.commands.evaluate.group import commands
from ui.commands.options import AsJson, CatalogName, Home, make_console, open_agent_for, settings_of


@commands.command("steering")
def evaluate_steering(
    cases: Annotated[int, typer.Option(min=2, help="Held-out events of the test users, at most.")] = 600,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draw of events and wishes.")] = 0,
    as_json: AsJson = False,
    home: Home = None,
    catalog: CatalogName = None,
) -> None:
    """Mender's five protocols: history alone, words alone, and both; 1 when both lose on an axis."""
    from agent.evaluation.report.contents import Report
    from ui.terminal.benchmark import provenance
    from ui.terminal.evaluate import steering as face
    from ui.terminal.evaluate.sections import print_section
    from ui.terminal.printing import print_json

    settings = settings_of(home=home, catalog=catalog, llm="none")
    with (
        open_agent_for(settings, warm=False) as agent,
        make_console(stderr=True).status("Reading the held-out events…") as status,
    ):
        section = face.evaluate_steering(agent, cases, seed, status.update)
    if as_json:
        print_json(Report((section,), provenance()).to_json())
    else:
        print_section(make_console(), section)
    raise typer.Exit(1 if section.failures else 0)
