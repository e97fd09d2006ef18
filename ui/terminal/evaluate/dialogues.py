"""`palate evaluate dialogues`: plays the files and shows what came of them."""

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agent.evaluation.report.contents import Section
from agent.evaluation.scripted.dialogue import find_dialogues
from agent.evaluation.scripted.partners import Partners
from agent.evaluation.scripted.running import Outcome, run_dialogues
from agent.evaluation.scripted.section import counts, dialogues_section
from ui.presentation import printable

STYLES = {"failed": "red", "passed unexpectedly": "red", "passed": "green"}


def evaluate_dialogues(
    paths: Sequence[Path], home: Path, url: str, seed: int, tell: Callable[[str], object]
) -> tuple[Section, list[Outcome]]:
    """Plays every dialogue under these paths, with agents opened for it or with the server at the address."""
    files = find_dialogues(paths)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, Partners(home, Path(folder), url, seed, tell) as partners:
        outcomes = run_dialogues(files, partners, tell)
        setup = {
            "dialogues": len(outcomes),
            "catalogues": sorted({o.dialogue.catalog for o in outcomes if o.played}),
            "held with": partners.whom,
            "language model": "as the server has it" if url else "none",
        }
    section = dialogues_section(outcomes, setup, seed)
    whole = {**section.timings, "run_s": round(time.perf_counter() - started, 2)}
    return replace(section, timings=whole), outcomes


def print_dialogues(console: Console, section: Section, outcomes: Sequence[Outcome]) -> None:
    """A row a dialogue; below it what failed, with what was said; then the figures."""
    console.print(f"{len(outcomes)} dialogues with {section.setup['held with']}")
    table = Table()
    table.add_column("dialogue")
    for heading in ("turns", "ms"):
        table.add_column(heading, justify="right")
    table.add_column("result")
    for o in outcomes:
        turns, ms = (len(o.played.turns), f"{o.played.elapsed_ms:.0f}") if o.played else (0, "")
        result = Text(o.verdict, style=STYLES.get(o.verdict, "yellow"))
        table.add_row(Text(printable(o.name)), str(turns), ms, result)
    console.print(table)
    for o in outcomes:
        _print_faults(console, o)
    for figure in section.figures:
        between = f"95 % from {figure.low:.4f} to {figure.high:.4f}"
        console.print(f"{figure.name}: {figure.mean:.4f} ({between}, {figure.count} cases)")
    went = ", ".join(f"{count} {verdict}" for verdict, count in counts(outcomes).items() if count)
    turns = sum(len(o.played.turns) for o in outcomes if o.played)
    console.print(f"{went}; {turns} turns in {section.timings['run_s']:.1f} s")


def _print_faults(console: Console, outcome: Outcome) -> None:
    """What failed of a dialogue, and what palate had said in those turns."""
    if outcome.verdict == "skipped":
        console.print(Text(f"{printable(outcome.name)}: skipped: {outcome.skipped}", style="yellow"))
    if outcome.verdict == "expected to fail":
        text = f"{outcome.name}: expected to fail: {outcome.dialogue.broken}"
        console.print(Text(printable(text), style="yellow"))
    if not outcome.faults or outcome.played is None:
        return
    title = f" ({outcome.dialogue.title})" if outcome.dialogue.title else ""
    console.print(Text(printable(f"{outcome.name}{title}"), style="bold"))
    if outcome.verdict == "passed unexpectedly":
        console.print(Text(f"  {printable(outcome.faults[0])}", style="red"))
    for turn in outcome.played.turns:
        if not turn.faults:
            continue
        console.print(Text(f"  {printable(turn.place)}"))
        if turn.answer is not None:
            console.print(Text(f"    said: {printable(turn.answer['reply'])}", style="dim"))
            console.print(Text(f"    showed: {printable(', '.join(turn.slate)) or 'nothing'}", style="dim"))
        for fault in turn.faults:
            console.print(Text(f"    {printable(fault)}", style="red"))
