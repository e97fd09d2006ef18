"""`palate assets`: the pinned weights and data, how each stands, brought and checked."""

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

if TYPE_CHECKING:
    from tools.assets import AssetState

STYLES = {"ready": "green", "damaged": "red", "partial": "yellow", "missing": "dim"}


def asset_states(home: Path) -> "list[AssetState]":
    """How every asset stands."""
    from tools.assets import states

    return states(home)


def print_assets(console: Console, found: "list[AssetState]") -> None:
    """Every asset: name, state, size and licence, then what it is and where it is from."""
    for asset in found:
        state: str = asset.state
        if state == "partial":
            state += f" {100 * asset.bytes_here // max(asset.size, 1)} %"
        console.print(
            Text.assemble(
                (f"{asset.name:<12}", "bold"),
                (f"{state:<14}", STYLES[asset.state]),
                f"{asset.size / 1e6:>7,.0f} MB   {asset.licence}",
            )
        )
        console.print(Padding(Text(f"{asset.description}; from {asset.source}", style="dim"), (0, 0, 0, 12)))


def fetch_asset(console: Console, home: Path, name: str) -> Path:
    """Brings one asset with a bar; its folder."""
    from tools.assets import fetch, find_asset

    find_asset(name)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(name, total=None)

        def advance(done: int, total: int, message: str) -> None:
            progress.update(task, completed=done, total=total or None, description=f"{name}: {message}")

        folder = fetch(home, name, advance)
    console.print(Text(f"{name} is ready in {folder}"))
    return folder


def verify_assets(console: Console, home: Path, name: str | None) -> dict[str, str]:
    """Hashes one asset, or all that are here, again; state by name."""
    from tools.assets import find_asset, states, verify

    names = [find_asset(name).name] if name else [a.name for a in states(home) if a.state != "missing"]
    checked: dict[str, str] = {each: verify(home, each) for each in names}
    for each, state in checked.items():
        console.print(Text.assemble(f"{each}: ", (state, STYLES[state])))
    if not checked:
        console.print(Text("No asset is here yet; `palate assets list` shows what there is.", style="dim"))
    return checked
