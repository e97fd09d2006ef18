"""`palate benchmark titles`: how long it takes to link the titles of a message, by the size of the catalogue."""

import random
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from agent.evaluation.turns import summary
from agent.parsing import Parser
from tools.catalog import Catalog, CatalogSpec, Item
from tools.catalog.load import load_catalog
from tools.demo import DEMO_FOLDER
from ui.terminal.benchmark import provenance

SEED = 11
MESSAGES = 200
PATTERNS = (
    "something like {slip}",
    "{slip} was great, more please",
    "I loved {title} and {slip}",
    "hated {slip}, not a fan of {title} either",
    "is {title} any good?",
    "have you got anything like {slip} or {slip2}?",
)
SPEC = CatalogSpec.model_validate({"catalog": {"name": "titles", "items": ["none.csv"]}})


def made_titles(count: int, random_: random.Random) -> list[str]:
    """Titles put together of the words of the demo's, as frequent as there; no two alike."""
    real = [item.title.rsplit(" (", 1)[0] for item in load_catalog(DEMO_FOLDER).items]
    words = [word for title in real for word in title.split()]
    lengths = [len(title.split()) for title in real]
    titles = dict.fromkeys(real[:count])
    while len(titles) < count:
        titles[" ".join(random_.choices(words, k=random_.choice(lengths)))] = None
    return list(titles)


def misspelt(title: str, random_: random.Random) -> str:
    """A title with one slip in sixteen letters: one left out, doubled or changed with its neighbour."""
    letters = list(title.lower())
    for _ in range(max(1, len(letters) // 16)):
        place = random_.randrange(1, max(2, len(letters) - 1))
        kind = random_.randrange(3)
        if kind == 0:
            del letters[place]
        elif kind == 1:
            letters.insert(place, letters[place])
        else:
            letters[place - 1], letters[place] = letters[place], letters[place - 1]
    return "".join(letters)


def benchmark_titles(sizes: Sequence[int], tell: Callable[[str], object]) -> dict[str, Any]:
    """For each number of items the milliseconds of reading a message that names titles, and how many were linked."""
    rows = []
    for size in sizes:
        tell(f"{size:,} titles…")
        random_ = random.Random(SEED)
        titles = made_titles(size, random_)
        catalog = Catalog(SPEC, [Item(str(n), title) for n, title in enumerate(titles)])
        start = time.perf_counter()
        parser = Parser(catalog, np.ones(len(catalog)))
        built_s = time.perf_counter() - start
        rows.append({"items": size, "index_s": round(built_s, 2), **_timed(parser, titles, random_)})
    return {
        "benchmark": "titles",
        "seed": SEED,
        "messages": MESSAGES,
        "rows": rows,
        **provenance(),
    }


def _timed(parser: Parser, titles: Sequence[str], random_: random.Random) -> dict[str, Any]:
    long_ones = [t for t in titles if len(t) > 8 and len(t.split()) > 1]
    times, linked, named = [], 0, 0
    for number in range(-5, MESSAGES):  # the first warm up
        title, first, second = random_.sample(long_ones, 3)
        pattern = PATTERNS[number % len(PATTERNS)]
        message = pattern.format(title=title, slip=misspelt(first, random_), slip2=misspelt(second, random_))
        start = time.perf_counter()
        reading = parser.read(message)
        elapsed = (time.perf_counter() - start) * 1000
        if number < 0:
            continue
        times.append(elapsed)
        meant = {
            t for key, t in (("{title}", title), ("{slip}", first), ("{slip2}", second)) if key in pattern
        }
        found = {parser.catalog.items[m.row].title for m in reading.mentions}
        linked, named = linked + len(meant & found), named + len(meant)
    return {**summary(times), "linked": round(linked / named, 3)}


def print_titles(console: Console, report: dict[str, Any]) -> None:
    """The report as a table."""
    table = Table(title=f"Reading {report['messages']} messages that name titles", title_justify="left")
    for heading in ("items", "index s", "p50 ms", "p95 ms", "max ms", "linked"):
        table.add_column(heading, justify="right")
    for row in report["rows"]:
        figures = (row["index_s"], row["p50_ms"], row["p95_ms"], row["max_ms"], row["linked"])
        table.add_row(f"{row['items']:,}", *map(str, figures))
    console.print(table)
