"""The group that the commands of this folder add themselves to."""

import typer

commands = typer.Typer(
    help="How well palate understands, keeps to what was asked, and finds; with --json one object is the last line.",
    no_args_is_help=True,
)
