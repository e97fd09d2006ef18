"""`palate benchmark`: measurements."""

from pathlib import Path
from typing import Annotated, Any, cast

import typer

from ui.commands.options import (
    AsJson,
    CatalogName,
    Core,
    Home,
    ItemColumn,
    TimeColumn,
    UserColumn,
    make_console,
    open_agent_for,
    settings_of,
)

commands = typer.Typer(
    help="Measurements; with --json one JSON object is the last line.", no_args_is_help=True
)


@commands.command("turns")
def benchmark_turns(
    turns: Annotated[int, typer.Option(min=1, help="Turns to time.")] = 200,
    as_json: AsJson = False,
    home: Home = None,
    catalog: CatalogName = None,
) -> None:
    """Time warm turns in process, without a language model."""
    import tempfile

    from ui.terminal import benchmark as face
    from ui.terminal.printing import print_json

    with tempfile.TemporaryDirectory() as folder:  # the sessions of a benchmark are nobody's
        settings = settings_of(
            home=home, catalog=catalog, llm="none", database_url=f"sqlite:///{folder}/sessions.db"
        )
        with open_agent_for(settings) as agent, make_console(stderr=True).status("") as status:
            report = face.benchmark_turns(
                agent, turns, lambda done: status.update(f"{done} of {turns} turns")
            )
    if as_json:
        print_json(report)
    else:
        face.print_report(make_console(), report)


@commands.command("titles")
def benchmark_titles(
    items: Annotated[
        list[int] | None,
        typer.Option(min=10, help="Titles in the catalogue; may be given again. 10,000 and 200,000."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Time the reading of messages that name titles, misspelt ones too, by the size of the catalogue."""
    from ui.terminal import benchmark_titles as face
    from ui.terminal.printing import print_json

    with make_console(stderr=True).status("") as status:
        report = face.benchmark_titles(items or [10_000, 200_000], status.update)
    if as_json:
        print_json(report)
    else:
        face.print_titles(make_console(), report)


@commands.command("sequence")
def benchmark_sequence(
    dataset: Annotated[
        str, typer.Option(help="A name, a folder with sequences.txt, or a .csv, .tsv or .parquet table.")
    ],
    models: Annotated[str | None, typer.Option(help="Names between commas; all when left out.")] = None,
    split: Annotated[
        str, typer.Option(help="loo: each user's last event; time: a cut at one time for all.")
    ] = "loo",
    targets: Annotated[
        str, typer.Option(help="After a time's cut: last, or successive for each event.")
    ] = "last",
    budget: Annotated[
        str | None, typer.Option(help="Time for each model that trains: 90s, 15m, 1h; its own when left out.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the first run.")] = 0,
    seeds: Annotated[int, typer.Option(min=1, help="Runs of each model in which there is chance.")] = 1,
    cold: Annotated[
        float | None, typer.Option(help="Share of the items to withhold and ask for, such as 0.05.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of results; a run goes on where it stopped.")
    ] = None,
    user_column: UserColumn = None,
    item_column: ItemColumn = None,
    time_column: TimeColumn = None,
    core: Core = 0,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """Fit sequence models and ask them for held-out events: HR@10, NDCG@10, coverage, seconds, memory."""
    from tools.sequence.benchmark import Plan, run_benchmark
    from tools.sequence.datasets import load_dataset
    from ui.terminal import benchmark_sequence as face
    from ui.terminal.printing import print_json

    plan = Plan(
        models=face.parse_models(models),
        split=cast("Any", split),  # refused by Plan when it is none
        targets=cast("Any", targets),
        budget_s=face.parse_budget(budget),
        seed=seed,
        seeds=seeds,
        cold=cold,
    )
    plan.chosen()  # a wrong name is told before a large file is read
    folder = settings_of(home=home).home_folder
    errors = make_console(stderr=True)
    with errors.status("Reading the data…"):
        made = load_dataset(
            dataset,
            folder,
            user_column=user_column,
            item_column=item_column,
            time_column=time_column,
            core=core,
        )
    place = out or face.folder_for(folder, made.name, split, targets, seed)
    with face.model_progress(errors) as progress:
        report = run_benchmark(made, plan, place, progress)
    if as_json:
        print_json(report)
    else:
        face.print_report(make_console(), report, place)
