"""The command `palate`. Each command imports what it needs when it runs, so that `--help` answers at once."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from tools.errors import PalateError
from ui.commands import assets, benchmark, data, evaluate, preferences
from ui.commands import llm as llm_commands
from ui.commands.options import (
    AsJson,
    CatalogName,
    Home,
    Host,
    Llm,
    SessionName,
    UserName,
    make_console,
    open_agent_for,
    opened,
    session_id_of,
    settings_of,
    user_id_of,
)

LOADING_S = 30.0  # a local model of 1.1 GB loads in a few seconds; past this a turn goes without it

app = typer.Typer(
    name="palate",
    help="A conversational recommender over your catalogue, with reasons that can be checked.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(assets.commands, name="assets")
app.add_typer(data.commands, name="data")
app.add_typer(preferences.commands, name="preferences")
app.add_typer(benchmark.commands, name="benchmark")
app.add_typer(evaluate.commands, name="evaluate")
app.add_typer(llm_commands.commands, name="llm")


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
    settings = settings_of(host=host, port=port, llm=llm, home=home, catalog=catalog)
    from ui.serving import browse, listen, serve, url_of

    bound = listen(settings.host, settings.port)
    url = url_of(bound, settings.host)

    def ready() -> None:
        print(f"palate is at {url}  (Ctrl-C stops it)", flush=True)
        if open_browser:
            browse(url)

    with bound, open_agent_for(settings, download=True, try_out=True) as agent:
        from ui.page import page_app

        serve(page_app(agent), bound, ready)


@app.command()
def talk(
    session: SessionName = None,
    user: UserName = None,
    as_json: AsJson = False,
    llm: Llm = None,
    home: Home = None,
    catalog: CatalogName = None,
) -> None:
    """Chat in the terminal; with --json one message a line in, one answer a line out, an empty line starts over."""
    session_id, user_id = session_id_of(session), user_id_of(user)
    from ui.terminal import talk as face

    # a program does not wait for its own typing, so the model gets its time before the first turn
    with open_agent_for(
        settings_of(llm=llm, home=home, catalog=catalog),
        wait_s=LOADING_S if as_json else 0,
        try_out=not as_json,
    ) as agent:
        if as_json:
            face.talk_json(agent, sys.stdin.buffer, session_id, user_id)
        else:
            face.talk(agent, make_console(), session_id, user_id)


@app.command()
def ask(
    message: Annotated[str, typer.Argument(help='What you want to say; "-" reads standard input.')],
    session: SessionName = None,
    user: UserName = None,
    as_json: AsJson = False,
    llm: Llm = None,
    home: Home = None,
    catalog: CatalogName = None,
) -> None:
    """One turn."""
    session_id, user_id = session_id_of(session), user_id_of(user)
    if message == "-":
        message = sys.stdin.buffer.read().decode("utf-8", "replace").rstrip("\r\n")
    from ui.terminal import talk as face
    from ui.terminal.printing import print_json

    with open_agent_for(
        settings_of(llm=llm, home=home, catalog=catalog), wait_s=LOADING_S, warm=False
    ) as agent:
        answer = face.answer_to(agent, session_id, message, user_id)
        if as_json:
            print_json(answer.to_json())
        else:
            face.print_answer(make_console(), answer, agent.catalog.spec)


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
    settings = settings_of(host=host, port=port, llm=llm, home=home, catalog=catalog)
    from ui import serving

    bound = serving.listen(settings.host, port)
    url, free_port = serving.url_of(bound, settings.host), bound.getsockname()[1]

    def ready() -> None:
        print(f"palate serves at {url}/v1", flush=True)

    with bound:
        agent = opened(
            settings, warm=workers == 1
        )  # before any worker: a catalogue that is not built is told once
        if workers == 1:
            agent.language_model.start(try_out=settings.llm_try)
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
    settings = settings_of(home=home)
    from tools.build import build_artifact
    from ui.terminal import building
    from ui.terminal.printing import print_json

    with building.step_bars(make_console(stderr=True)) as progress:
        manifest = build_artifact(
            source,
            home=settings.home_folder,
            name=name,
            embedder=settings.embedder,
            seed=seed,
            interactions=interactions,
            progress=progress,
        ).to_json()
    building.print_build(make_console(), manifest)
    if as_json:
        print_json(manifest)


@app.command()
def doctor(as_json: AsJson = False, home: Home = None, catalog: CatalogName = None) -> None:
    """Say what is installed, found and missing, and how to repair it."""
    settings = settings_of(home=home, catalog=catalog)
    from ui.terminal import doctor as face
    from ui.terminal.printing import print_json

    checks = face.examine(settings)
    if as_json:
        print_json(face.checks_json(checks))
    else:
        face.print_checks(make_console(), checks)
    raise typer.Exit(0 if face.healthy(checks) else 1)


if __name__ == "__main__":
    sys.exit(main())
