"""`palate data`: interactions to learn from and to measure on."""

from typing import Annotated

import typer

from ui.commands.options import (
    AsJson,
    Core,
    Home,
    ItemColumn,
    TimeColumn,
    UserColumn,
    make_console,
    settings_of,
)

commands = typer.Typer(help="Interactions to learn from and to measure on.", no_args_is_help=True)


@commands.command("list")
def data_list(as_json: AsJson = False, home: Home = None) -> None:
    """The data sets known by name: counts, licence, source, and whether each is here."""
    from ui.terminal import data as face
    from ui.terminal.printing import print_json

    found = face.known(settings_of(home=home).home_folder)
    if as_json:
        print_json({"datasets": found})
    else:
        face.print_known(make_console(), found)


@commands.command("fetch")
def data_fetch(name: Annotated[str, typer.Argument(help="Which data set.")], home: Home = None) -> None:
    """Bring one data set; a stopped fetch goes on where it was."""
    from ui.terminal import data as face

    face.fetch_data(make_console(stderr=True), settings_of(home=home).home_folder, name)


@commands.command("show")
def data_show(
    spec: Annotated[
        str, typer.Argument(help="A name, a folder with sequences.txt, or a .csv, .tsv or .parquet table.")
    ],
    user_column: UserColumn = None,
    item_column: ItemColumn = None,
    time_column: TimeColumn = None,
    core: Core = 0,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """Read a data set and say what it holds."""
    from tools.sequence.datasets import load_dataset
    from ui.terminal import data as face
    from ui.terminal.printing import print_json

    folder = settings_of(home=home).home_folder
    with make_console(stderr=True).status("Reading the data…"):
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
        face.print_summary(make_console(), face.summary(made))
