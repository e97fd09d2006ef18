"""`palate preferences`: the wishes of a session, and what lasts of a user; listed, removed, edited, undone."""

import json
from typing import Annotated, Any

import typer

from tools.errors import UserInputError
from ui.commands.options import (
    AsJson,
    CatalogName,
    Home,
    make_console,
    open_agent_for,
    session_id_of,
    settings_of,
    user_id_of,
)

commands = typer.Typer(help="The wishes of a session, and what lasts of a user.")
Session = Annotated[str, typer.Option("--session", help="The session.")]
User = Annotated[str, typer.Option("--user", help="The user.")]
Number = Annotated[int, typer.Argument(help="The wish's number, as listed.")]


@commands.callback(invoke_without_command=True)
def listed(
    context: typer.Context,
    session: Annotated[str | None, typer.Option("--session", help="The session.")] = None,
    as_json: AsJson = False,
    home: Home = None,
    catalog: CatalogName = None,
) -> None:
    """List the wishes that hold in a session; with a command, change them."""
    if context.invoked_subcommand is not None:
        return
    if session is None:
        raise UserInputError("which session? give --session")
    show(session, as_json, home, catalog)


@commands.command("list")
def show(session: Session, as_json: AsJson = False, home: Home = None, catalog: CatalogName = None) -> None:
    """List the wishes that hold in a session."""
    session_id = session_id_of(session)
    from ui.terminal import talk as face
    from ui.terminal.printing import print_json

    with open_agent_for(settings_of(llm="none", home=home, catalog=catalog), warm=False) as agent:
        found = agent.session(session_id)
        if found is None:
            raise UserInputError(f"no session {session_id!r}")
        if as_json:
            print_json({"session": session_id, "preferences": [wish.to_json() for wish in found.wishes]})
        else:
            face.print_wishes(make_console(), agent, session_id)


@commands.command("remove")
def remove(number: Number, session: Session, home: Home = None, catalog: CatalogName = None) -> None:
    """Take one wish back, and with a liked or refused item what was said of it."""
    _change(session, home, catalog, lambda agent, session_id: agent.forget(session_id, number))


@commands.command("edit")
def edit(
    number: Number,
    session: Session,
    strength: Annotated[str | None, typer.Option(help="must or prefer; of a refusal never or avoid.")] = None,
    polarity: Annotated[str | None, typer.Option(help="+ wished for, - refused.")] = None,
    value: Annotated[
        str | None, typer.Option(help='What it is about: a value, or JSON such as {"min": 90, "max": 120}.')
    ] = None,
    home: Home = None,
    catalog: CatalogName = None,
) -> None:
    """Change one wish: how firmly it is meant, wished for or refused, or what it is about."""
    from agent.editing import Edit

    changed = Edit(strength, polarity, _value(value))
    _change(session, home, catalog, lambda agent, session_id: agent.edit(session_id, number, changed))


def _value(text: str | None) -> Any:
    """JSON where it is an object or a list, else the text as it stands."""
    if text is None or not text.lstrip().startswith(("{", "[")):
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        raise UserInputError(f"--value is no JSON: {error}") from None


@commands.command("undo")
def undo(session: Session, home: Home = None, catalog: CatalogName = None) -> None:
    """Take back the last change: the wishes are as they were before it."""

    def back(agent: Any, session_id: str) -> None:
        _, undone = agent.undo(session_id)
        print(f"taken back: {undone}")

    _change(session, home, catalog, back)


def _change(session: str, home: Any, catalog: str | None, change: Any) -> None:
    session_id = session_id_of(session)
    from ui.terminal import talk as face

    with open_agent_for(settings_of(llm="none", home=home, catalog=catalog), warm=False) as agent:
        if agent.session(session_id) is None:
            raise UserInputError(f"no session {session_id!r}")
        change(agent, session_id)
        face.print_wishes(make_console(), agent, session_id)


@commands.command("profile")
def profile(user: User, home: Home = None, catalog: CatalogName = None) -> None:
    """What lasts of a user, as JSON: tastes, and what they have met with."""
    user_id = user_id_of(user)
    from ui.terminal.printing import print_json

    with open_agent_for(settings_of(llm="none", home=home, catalog=catalog), warm=False) as agent:
        print_json(agent.profile(user_id))


@commands.command("forget-user")
def forget_user(user: User, home: Home = None, catalog: CatalogName = None) -> None:
    """Remove a user for good: profile, sessions and all that was said in them."""
    user_id = user_id_of(user)
    with open_agent_for(settings_of(llm="none", home=home, catalog=catalog), warm=False) as agent:
        if not agent.delete_user(user_id):
            raise UserInputError(f"nothing is known of a user {user_id!r}")
