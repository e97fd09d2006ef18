"""`palate llm`: the language model that is in use, and what it may do."""

from typing import Annotated

import typer

from ui.commands.options import AsJson, CatalogName, Home, Llm, make_console, open_agent_for, settings_of

commands = typer.Typer(
    help="The language model in use: what it can do and which roles it is given.", no_args_is_help=True
)
LOADING_S = 120.0


@commands.command("check")
def check(
    seconds: Annotated[
        float, typer.Option(min=10, max=86_400, help="How long it may take; more makes the weights surer.")
    ] = 120.0,
    strategies: Annotated[
        str | None,
        typer.Option(help="Ways to re-rank, between commas; those that suit the model when left out."),
    ] = None,
    known: Annotated[bool, typer.Option("--known", help="Only show what the last trial found.")] = False,
    as_json: AsJson = False,
    llm: Llm = None,
    home: Home = None,
    catalog: CatalogName = None,
) -> None:
    """Say which model is in use, try what it can do and how fast, and give it the roles it passes on this catalogue."""
    from ui.terminal import llm as face
    from ui.terminal.printing import print_json

    chosen = face.parse_strategies(strategies)
    settings = settings_of(llm=llm, home=home, catalog=catalog)
    with open_agent_for(settings, wait_s=LOADING_S, warm=False) as agent:
        model = agent.language_model.current()
        if model is None:
            status = agent.llm_status()
            if as_json:
                print_json({"state": status.state, "text": status.sentence})
            else:
                make_console().print(status.sentence)
            raise typer.Exit(0 if settings.llm in ("none", "auto") and status.state == "absent" else 1)
        if known:
            roles = agent.language_model.roles()
        else:
            with make_console(stderr=True).status("") as status_line:
                roles = face.try_out(agent, model, seconds, chosen, status_line.update)
        if as_json:
            print_json(roles.to_json())
        else:
            face.print_roles(make_console(), roles, model.where)
