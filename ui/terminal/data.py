"""`palate data`: the data sets known by name, brought, and what any one holds."""

from pathlib import Path
from typing import Any

import numpy as np
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tools.errors import UserInputError
from tools.sequence.datasets import NAMED, Dataset
from ui.terminal.assets import STYLES, fetch_asset

INSIDE = "in the package"


def known(home: Path) -> list[dict[str, Any]]:
    """Every named data set: its counts, licence, source and whether it is here."""
    from tools.assets import states

    here = {asset.name: asset.state for asset in states(home)}
    return [
        {
            "name": each.name,
            **each.counts._asdict(),
            "licence": each.licence,
            "source": each.source,
            "state": here[each.asset] if each.asset else INSIDE,
        }
        for each in NAMED.values()
    ]


def print_known(console: Console, found: list[dict[str, Any]]) -> None:
    """One row a data set."""
    table = Table(box=SIMPLE, pad_edge=False)
    for name in ("name", "state"):
        table.add_column(name, no_wrap=True)
    for name in ("users", "items", "interactions"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("licence, and where it is from", overflow="fold")
    for row in found:
        table.add_row(
            row["name"],
            Text(row["state"], STYLES.get(row["state"], "green")),
            *(f"{row[name]:,}" for name in ("users", "items", "interactions")),
            f"{row['licence']}\n{row['source']}",
        )
    console.print(table)


def fetch_data(console: Console, home: Path, name: str) -> None:
    """Brings a named data set; says so of one that needs no bringing."""
    if name not in NAMED:
        raise UserInputError(f"no data set {name!r}; there are: {', '.join(NAMED)}")
    if NAMED[name].asset:
        fetch_asset(console, home, NAMED[name].asset)
    else:
        console.print(Text(f"{name} is inside the package; there is nothing to fetch"))


def summary(data: Dataset) -> dict[str, Any]:
    """What `palate data show` tells."""
    from tools.sequence.datasets.columns import same_time_neighbours

    lengths = data.interactions.sequences().lengths()
    return {
        "name": data.name,
        **data.counts._asdict(),
        "median_history": float(np.median(lengths)) if len(lengths) else 0.0,
        "items_with_text": sum(bool(text) for text in data.item_texts),
        "items_with_features": sum(bool(features) for features in data.item_features),
        "timed": data.timed,
        "ties": same_time_neighbours(data.interactions) if data.timed else None,
        "notes": list(data.notes),
    }


def print_summary(console: Console, found: dict[str, Any]) -> None:
    """A line a fact, the notes below."""
    ties = "no times, only an order" if found["ties"] is None else f"{found['ties']:,}"
    table = Table(title=found["name"], title_justify="left", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name in ("users", "items", "interactions"):
        table.add_row(name, f"{found[name]:,}")
    table.add_row("median history", f"{found['median_history']:g} items")
    table.add_row("items with text", f"{found['items_with_text']:,}")
    table.add_row("items with features", f"{found['items_with_features']:,}")
    table.add_row("events at one time", ties)
    console.print(table)
    for note in found["notes"]:
        console.print(Text(f"- {note}"))
