"""`palate evaluate rerank`: what re-ranking gains on held-out choices."""

from pathlib import Path
from typing import Annotated

import typer

from ui.commands.evaluate.group import commands
from ui.commands.options import AsJson, CatalogName, Home, Llm, make_console, open_agent_for, settings_of

LOADING_S = 120.0


@commands.command("rerank")
def evaluate_rerank(
    strategies: Annotated[
        str | None,
        typer.Option(help="Ways to ask the language model, between commas; none when left out."),
    ] = None,
    cases: Annotated[int, typer.Option(min=1, help="Held-out choices of the test users, at most.")] = 500,
    fit_cases: Annotated[
        int, typer.Option(min=0, help="Choices of other users that the weights are fitted on.")
    ] = 100,
    out: Annotated[
        Path | None, typer.Option(help="Folder of judgements; a run goes on where it stopped.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draw of cases.")] = 0,
    as_json: AsJson = False,
    llm: Llm = None,
    home: Home = None,
    catalog: CatalogName = None,
) -> None:
    """NDCG@10 on held-out choices: retriever, tuned re-ranker, and a language model's strategies fused with them."""
    from ui.terminal.evaluate import rerank as face
    from ui.terminal.llm import parse_strategies
    from ui.terminal.printing import print_json

    chosen = parse_strategies(strategies)
    settings = settings_of(home=home, catalog=catalog, llm=llm if chosen else "none")
    with (
        open_agent_for(settings, warm=False, wait_s=LOADING_S) as agent,
        make_console(stderr=True).status("Reading the choices…") as status,
    ):
        report = face.evaluate_rerank(agent, chosen, cases, fit_cases, out, seed, status.update)
    if as_json:
        print_json(report)
    else:
        face.print_rerank(make_console(), report)
