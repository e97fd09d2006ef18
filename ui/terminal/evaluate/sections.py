"""A section of a report on the terminal."""

from rich.console import Console
from rich.table import Table as Shown
from rich.text import Text

from agent.evaluation.report.contents import Cell, Section, Table
from ui.presentation import printable

MANY_FAILURES = 40


def print_section(console: Console, section: Section) -> None:
    """Title, figures with their intervals, tables, and what failed; plots and traces are for the HTML file."""
    console.print(Text(section.title, style="bold"))
    if section.text:
        console.print(Text(printable(section.text)))
    if section.figures:
        shown = Shown()
        shown.add_column("figure")
        for heading in ("mean", "95 % interval", "cases"):
            shown.add_column(heading, justify="right")
        for figure in section.figures:
            unit = f" {figure.unit}" if figure.unit else ""
            between = f"{figure.low:.4f} to {figure.high:.4f}"
            shown.add_row(figure.name, f"{figure.mean:.4f}{unit}", between, str(figure.count))
        console.print(shown)
    for table in section.tables:
        console.print(_shown(table))
    for failure in section.failures[:MANY_FAILURES]:
        console.print(Text(f"  {printable(failure)}", style="red"))
    if len(section.failures) > MANY_FAILURES:
        console.print(Text(f"  … and {len(section.failures) - MANY_FAILURES} more", style="red"))


def _shown(table: Table) -> Shown:
    shown = Shown(title=table.title, title_justify="left")
    for at, heading in enumerate(table.columns):
        shown.add_column(heading, justify="left" if at == 0 else "right")
    for row in table.rows:
        shown.add_row(*(Text(printable(_cell(cell))) for cell in row))
    return shown


def _cell(cell: Cell) -> str:
    if cell is None:
        return ""
    return f"{cell:.4f}" if isinstance(cell, float) else str(cell)
