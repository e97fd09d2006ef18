"""`palate benchmark turns`: how long a warm turn takes, over dialogues made of the catalogue's own words."""

import os
import platform
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from agent.agent import Agent
from agent.evaluation.turns import SEED, WARM_UP, dialogues, summary
from agent.events import final_answer
from agent.opening import new_session_id
from tools.version import palate_version


def benchmark_turns(agent: Agent, turns: int, progress: Callable[[int], None]) -> dict[str, Any]:
    """Times of `turns` turns after WARM_UP uncounted ones, one at a time, in milliseconds."""
    totals: list[float] = []
    steps: dict[str, list[float]] = {}
    done = -WARM_UP
    for dialogue in dialogues(agent.catalog):
        session = new_session_id()
        for message in dialogue:
            started = time.perf_counter()
            answer = final_answer(agent.reply(session, message))
            elapsed = 1000 * (time.perf_counter() - started)
            done += 1
            if done <= 0:
                continue
            totals.append(elapsed)
            for step, took in answer.timings_ms.items():
                steps.setdefault(step, []).append(took)
            progress(done)
            if done == turns:
                return _report(agent, totals, steps)
    raise RuntimeError("dialogues ended")


def _report(agent: Agent, totals: list[float], steps: dict[str, list[float]]) -> dict[str, Any]:
    return {
        "benchmark": "turns",
        "catalog": agent.catalog.spec.catalog.name,
        "items": len(agent.catalog),
        "turns": len(totals),
        "warm_up": WARM_UP,
        "seed": SEED,
        "llm": agent.settings.llm,
        **summary(totals),
        "steps": {step: {"turns": len(times), **summary(times)} for step, times in steps.items()},
        **provenance(),
    }


def provenance() -> dict[str, str | None]:
    """What a figure was measured with: machine, version, commit and date."""
    return {
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "palate": palate_version(),
        "commit": _commit(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _commit() -> str | None:
    """The commit of the source tree this runs from; None where there is none."""
    try:
        found = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=5,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip() or None if found.returncode == 0 else None


def print_report(console: Console, report: dict[str, Any]) -> None:
    """The report as a table."""
    table = Table(title=f"{report['turns']} warm turns without a language model, ms", title_justify="left")
    table.add_column("step")
    for heading in ("p50", "p95", "max"):
        table.add_column(heading, justify="right")
    steps = {step: row for step, row in report["steps"].items() if step != "total"}
    for step, row in {**steps, "whole turn": report}.items():
        table.add_row(step, *(f"{row[key]:.1f}" for key in ("p50_ms", "p95_ms", "max_ms")))
    console.print(table)
