"""`palate evaluate simulate`: people who have something in mind, and whether palate finds it."""

from pathlib import Path
from typing import Annotated

import typer

from ui.commands.evaluate.group import commands
from ui.commands.options import AsJson, CatalogName, Home, Llm, make_console, settings_of


@commands.command("simulate")
def evaluate_simulate(
    people: Annotated[int, typer.Option(min=1, help="How many people.")] = 100,
    kind: Annotated[
        str, typer.Option(help="target: one item in mind; taste: any of what a user liked last.")
    ] = "target",
    personas: Annotated[str, typer.Option(help="Which, between commas; all when left out.")] = "",
    patience: Annotated[int, typer.Option(min=2, max=50, help="Messages after which they leave.")] = 8,
    noise: Annotated[
        float, typer.Option(min=0, max=1, help="How often they mistype, forget, or say something wrong.")
    ] = 0.1,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the people and all they do.")] = 0,
    without: Annotated[
        str, typer.Option(help="Parts to leave out: sequence, keywords, vectors, rerank, ask, wishes.")
    ] = "",
    only_history: Annotated[
        bool, typer.Option("--only-history", help="Only the history speaks, as without wishes.")
    ] = False,
    ablations: Annotated[
        bool, typer.Option("--ablations", help="The same people again with each part left out in turn.")
    ] = False,
    source: Annotated[
        Path | None, typer.Option(help="The catalogue's folder with its interactions; the demo's is known.")
    ] = None,
    served: Annotated[
        bool,
        typer.Option(
            "--served",
            help="Use the sequence model as served, which has learnt what people have in mind; else one fitted without it.",
        ),
    ] = False,
    llm: Llm = "none",
    agent_llm: Annotated[
        bool, typer.Option("--agent-llm", help="palate uses the language model too, and not only people.")
    ] = False,
    as_json: AsJson = False,
    home: Home = None,
    catalog: CatalogName = None,
) -> None:
    """Success by turn, quality of the ranking, repeats, questions and who leaves, over dialogues with simulated people.

    With --llm a language model words what people say; what it loses or gives away is said in palate's own templates.
    """
    from agent.evaluation.report.contents import Report
    from agent.retrieval.switches import Switches
    from tools.errors import UserInputError
    from ui.terminal.benchmark import provenance
    from ui.terminal.evaluate import simulate as face
    from ui.terminal.evaluate.measured import measured_agent
    from ui.terminal.evaluate.sections import print_section
    from ui.terminal.printing import print_json

    switches = Switches.without(f"{without},wishes" if only_history else without)
    if ablations and switches != Switches():
        raise UserInputError("--ablations leaves out every part in turn; give it without --without")
    if agent_llm and llm == "none":
        raise UserInputError("--agent-llm needs a language model: --llm auto, remote or local")
    names = tuple(name.strip() for name in personas.split(",") if name.strip())
    wanted = face.Wanted(
        people, kind, names, patience, noise, seed, switches, ablations, source, served, llm != "none", agent_llm
    )  # fmt: skip
    settings = settings_of(home=home, catalog=catalog, llm=llm)
    with (
        make_console(stderr=True).status("Drawing people…") as status,
        measured_agent(settings) as agent,
    ):
        section = face.evaluate_simulate(agent, wanted, status.update)
    if as_json:
        print_json(Report((section,), provenance()).to_json())
    else:
        print_section(make_console(), section)
    raise typer.Exit(1 if section.failures else 0)
