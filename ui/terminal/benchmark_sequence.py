"""`palate benchmark sequence`: what is typed as a plan, progress while it runs, the table and the switches."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from tools.errors import UserInputError
from tools.sequence.benchmark.report import (
    COLD_HEADINGS,
    HEADINGS,
    cold_heading_of,
    cold_table_of,
    heading_of,
    switch_lines,
    table_of,
)

UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}
A_LINE_EVERY_S = 10.0
ModelProgress = Callable[[str, float, str], None]  # (model, share of its job done, message)


def parse_budget(text: str | None) -> float | None:
    """ "90s", "15m", "1h" or plain seconds, in seconds; UserInputError for anything else."""
    if text is None:
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh]?)", text.strip().lower(), re.ASCII)
    seconds = float(match[1]) * UNITS[match[2]] if match else 0.0
    if not 0 < seconds < float("inf"):
        raise UserInputError(f"a budget is a time such as 90s, 15m, 1h or 900, not {text!r}")
    return seconds


def parse_models(text: str | None) -> tuple[str, ...]:
    """Names between commas; UserInputError when something was typed that names none."""
    if text is None:
        return ()
    names = tuple(name for part in text.split(",") if (name := part.strip()))
    if not names:
        raise UserInputError(f"--models names no model: {text!r}; leave it out to run all")
    return names


def folder_for(home: Path, dataset: str, split: str, targets: str, seed: int) -> Path:
    """Where results go without --out."""
    asked = split if targets == "last" else f"{split}-{targets}"
    name = re.sub(r"[^\w.-]+", "-", dataset).strip("-.") or "data"
    return home / "benchmarks" / f"{name}-{asked}-{seed}"


@contextmanager
def model_progress(console: Console) -> Iterator[ModelProgress]:
    """A bar a model on a terminal; elsewhere a line now and then."""
    if not console.is_terminal:
        yield _lines(console)
        return
    columns = (
        TextColumn("{task.description:<16}"),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        TextColumn("{task.fields[message]}"),
    )
    with Progress(*columns, console=console) as progress:
        tasks: dict[str, TaskID] = {}

        def advance(model: str, share: float, message: str) -> None:
            if not model:
                progress.console.print(Text(message))
                return
            if model not in tasks:
                tasks[model] = progress.add_task(escape(model), total=1.0, message="")
            progress.update(tasks[model], completed=min(max(share, 0.0), 1.0), message=escape(message))

        yield advance


def _lines(console: Console) -> ModelProgress:
    last = -A_LINE_EVERY_S

    def advance(model: str, share: float, message: str) -> None:
        nonlocal last
        now = time.monotonic()
        if model and now - last < A_LINE_EVERY_S:
            return
        last = now if model else last
        console.print(Text(f"{model}: {share:.0%}, {message}" if model else message), soft_wrap=True)

    return advance


def print_report(console: Console, report: dict[str, Any], folder: Path) -> None:
    """The table, the cold table where one was asked for, every switch, and where the files are."""
    _print_table(console, heading_of(report), HEADINGS, table_of(report))
    if "cold" in report:
        _print_table(console, cold_heading_of(report), COLD_HEADINGS, cold_table_of(report))
    for name, value in switch_lines(report):
        console.print(Text.assemble((f"{name}: ", "dim"), value), soft_wrap=True)
    console.print(Text(f"Results, table and plot are in {folder}"), soft_wrap=True)


def _print_table(
    console: Console, title: str, headings: tuple[str, ...], rows: list[tuple[str, ...]]
) -> None:
    """The table without its last column, the notes: a line each below it, for they can be long."""
    console.print(Text(title), soft_wrap=True)
    table = Table(*headings[:1], pad_edge=False)
    for heading in headings[1:-1]:
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(*map(Text, row[:-1]))
    console.print(table)
    for name, *_, notes in rows:
        if notes:
            console.print(Text(f"{name}: {notes}"), soft_wrap=True)
