"""`palate evaluate`: how well palate understands, keeps to what was asked, and finds."""

from pathlib import Path
from typing import Annotated

import typer

from ui.commands.options import AsJson, CatalogName, Home, Llm, make_console, open_agent_for, settings_of

commands = typer.Typer(
    help="How well palate understands, keeps to what was asked, and finds; with --json one object is the last line.",
    no_args_is_help=True,
)
LOADING_S = 120.0
DIALOGUES = Path("tests/dialogues")
MODEL_WAIT_S = 300.0  # for a language model to load
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
    from ui.terminal import evaluate as face
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
    from ui.terminal import evaluate as face
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


@commands.command("explanations")
def evaluate_explanations(
    count: Annotated[int, typer.Option(min=1, help="Reasons and answers to check.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the conversations and corruptions.")] = 0,
    as_json: AsJson = False,
    home: Home = None,
    catalog: CatalogName = None,
    llm: Llm = "none",
) -> None:
    """Every claim of what is said in played conversations, held against the catalogue; 1 when any is false."""
    import tempfile

    from ui.terminal import evaluate_explanations as face
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
        print_json(report)
    else:
        face.print_explanations(make_console(), report)
    raise typer.Exit(1 if report["false"] else 0)


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
    from ui.terminal import evaluate_rerank as face
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
