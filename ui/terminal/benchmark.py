"""`palate benchmark turns`: how long a warm turn takes, over dialogues made of the catalogue's own words."""

import os
import platform
import random
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from math import ceil
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from agent.agent import Agent
from agent.events import final_answer
from agent.opening import new_session_id
from tools.catalog.items import Catalog
from tools.version import palate_version

WARM_UP = 5
SEED = 7

OPENINGS = (
    "I loved {title} and {title2}. Something similar, please",
    "Something like {title}, but no {category}",
    "I feel like {category} tonight",
    "{category} or {category2} from the 90s",
    "Recommend me something by {person}",
    "a {category} about {keyword}",
    "I hated {title}. What else is there?",
    "surprise me",
)
FOLLOW_UPS = (
    "I have seen the second one",
    "make it newer",
    "shorter, and no {category}",
    "under two hours",
    "more like the first one",
    "why the first one?",
    "not the third, and something with {person}",
    "only {category}",
    "forget that, anything from the 80s",
    "something about {keyword}",
)


def dialogues(catalog: Catalog, seed: int = SEED) -> Iterator[tuple[str, ...]]:
    """Dialogues of two to five messages, without end; the same seed gives the same ones."""
    rng = random.Random(seed)
    titles = [item.title for item in catalog.items if item.text] or [item.title for item in catalog.items]
    facets = catalog.spec.facets.items()

    def values(wanted: Callable[[str], bool], limit: int) -> list[str]:
        names = [name for name, facet in facets if facet.kind == "categorical" and wanted(facet.role)]
        return [value for name in names[:1] for value in catalog.values(name)[:limit]] or ["anything"]

    categories = values(lambda role: not role, 20)
    people = values(lambda role: role == "person", 200)
    keywords = values(lambda role: role == "keyword", 300)
    while True:
        patterns = (rng.choice(OPENINGS), *rng.sample(FOLLOW_UPS, rng.randint(1, 4)))
        yield tuple(
            pattern.format(
                title=rng.choice(titles),
                title2=rng.choice(titles),
                category=rng.choice(categories),
                category2=rng.choice(categories),
                person=rng.choice(people),
                keyword=rng.choice(keywords),
            )
            for pattern in patterns
        )


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


def summary(times: list[float]) -> dict[str, float]:
    """Half, 95 of 100 and all of the times are at most so long."""
    ordered = sorted(times)

    def rank(share: float) -> float:
        return round(ordered[max(ceil(share * len(ordered)), 1) - 1], 2)

    return {"p50_ms": rank(0.5), "p95_ms": rank(0.95), "max_ms": rank(1.0)}


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
