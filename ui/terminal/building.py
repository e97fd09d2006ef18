"""`palate build`: a progress bar for each step, then how good each model is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

StepProgress = Callable[[str, float], None]


@contextmanager
def step_bars(console: Console) -> Iterator[StepProgress]:
    """A function of (step, fraction 0..1) that draws one bar a step; a new step ends the one before it."""
    columns = (TextColumn("{task.description:<28}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        tasks: dict[str, TaskID] = {}

        def advance(step: str, fraction: float) -> None:
            if step not in tasks:
                for earlier in tasks.values():
                    progress.update(earlier, completed=1.0)
                tasks[step] = progress.add_task(step, total=1.0)
            progress.update(tasks[step], completed=min(max(fraction, 0.0), 1.0))

        yield advance


def print_build(console: Console, manifest: dict[str, Any]) -> None:
    """What was built, and the table of the sequence models."""
    counted = manifest.get("counts", {}).items()
    counts = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counted if count)
    seconds = manifest.get("seconds", {})
    total = seconds.get("total", sum(seconds.values())) if isinstance(seconds, dict) else float(seconds)
    console.print(
        Text(
            f"Built {manifest.get('name', '')}: {counts}; {total:.0f} s, peak {manifest.get('peak_mb', 0):,.0f} MB"
        )
    )
    rows = manifest.get("sequence", {}).get("rows", [])
    if not rows:
        console.print(Text("No interactions were given, so no sequence model was trained.", style="dim"))
        return
    table = Table(
        title="Next item, leave-one-out, whole catalogue ranked, seen items removed", title_justify="left"
    )
    table.add_column("model")
    for heading in ("HR@10", "NDCG@10", "seconds"):
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(
            Text(str(row["name"])),
            f"{row['hr10']:.4f}",
            f"{row['ndcg10']:.4f}",
            f"{row.get('train_s') or 0:.1f}",
        )
    console.print(table)
