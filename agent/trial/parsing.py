"""The trial of reading: up to twelve messages in the catalogue's own terms, worded as rules find hard, with what they say."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.fuzz import partial_ratio

from agent.llm import BudgetedModel
from agent.llm.reading import ModelReading, read_with_model
from agent.llm.roles import Verdict
from agent.replies.describing import plural
from agent.turn.understanding import TIMEOUT_S, facet_lines
from tools.catalog import Catalog
from tools.errors import ToolFailed

SAME_TITLE = 85  # of 100, by letters: "Matrix" for "Matrix, The (1999)"
MUST = 0.75  # of the messages read whole and without a falsehood


@dataclass(frozen=True)
class Asked:
    """A message, and whether a reading of it says what it says."""

    message: str
    is_right: Callable[[ModelReading], bool]


def try_parsing(model: BudgetedModel, catalog: Catalog, known: NDArray[np.int32], seed: int = 0) -> Verdict:
    """Whether the model reads well and fast enough. known: how well known each item is, (items,)."""
    right = asked = 0
    seconds: list[float] = []
    noun = plural(catalog.spec.catalog.noun)
    messages = list(_messages(catalog, known, seed))
    for one in messages:
        begun = time.monotonic()
        try:
            reading = read_with_model(model, one.message, noun, facet_lines(catalog))
        except ToolFailed:
            if not asked and model.budget.left_s <= 0:
                break
            asked += 1
            continue
        asked += 1
        seconds.append(time.monotonic() - begun)
        right += one.is_right(reading)
        if model.budget.left_s <= 0:
            break
    median_s = float(np.median(seconds)) if seconds else 0.0
    figures = {"right": right, "of": asked, "median_s": round(median_s, 2)}
    if not asked:
        return Verdict(False, "too slow: not one message was read in the time there was", figures)
    passed = right >= MUST * asked and asked == len(messages) and median_s <= TIMEOUT_S
    slow = f", too slow: a turn waits {TIMEOUT_S:.0f} s at most" if median_s > TIMEOUT_S else ""
    left = f", and {len(messages) - asked} were left when its time was over" if asked < len(messages) else ""
    said = f"read {right} of {asked} messages rightly, {median_s:.1f} s each{slow}{left}"
    return Verdict(passed, said, figures)


def _messages(catalog: Catalog, known: NDArray[np.int32], seed: int) -> Iterator[Asked]:
    rng = np.random.default_rng(seed)
    rows = np.argsort(-known, kind="stable")[:200]
    titles = [catalog.items[int(row)].title for row in rng.permutation(rows)[:6]]
    categories = [
        n for n, f in catalog.spec.facets.items() if f.kind == "categorical" and f.role == "" and f.many
    ]
    years = catalog.spec.by_role("year")
    while len(titles) < 6:
        titles += titles
    for frame, feeling in (
        ("{t} bored me to death", "disliked"),
        ("I could go back to {t} any day", "liked"),
        ("sat through {t} last week, no opinion", "seen"),
        ("{t} left me cold", "disliked"),
        ("they gave me {t} for my birthday and it made my year", "liked"),
    ):
        title = titles.pop()
        yield Asked(frame.format(t=title), _feels(title, feeling))
    for facet in categories[:1]:
        values = [str(v) for v in rng.permutation(catalog.values(facet)[:8])]
        yield Asked(f"anything but {values[0]} tonight", _value(facet, values[0], True))
        yield Asked(
            f"I have had my fill of {values[1 % len(values)]}", _value(facet, values[1 % len(values)], True)
        )
        yield Asked(
            f"surprise me with some {values[2 % len(values)]}", _value(facet, values[2 % len(values)], False)
        )
    for facet in years[:1]:
        yield Asked("nothing made after 1979", _range(facet, None, 1979))
        yield Asked("only what came out before 1990", _range(facet, None, 1990))
        yield Asked("keep it to this century", _range(facet, 2000, None))
        yield Asked("from the nineties, please", _range(facet, 1990, 1999))


def _feels(title: str, feeling: str) -> Callable[[ModelReading], bool]:
    def is_right(reading: ModelReading) -> bool:
        if len(reading.titles) != 1 or reading.values or reading.ranges or reading.themes:
            return False
        told = reading.titles[0]
        return (
            told.feeling == feeling and partial_ratio(told.title.casefold(), title.casefold()) >= SAME_TITLE
        )

    return is_right


def _value(facet: str, value: str, refused: bool) -> Callable[[ModelReading], bool]:
    def is_right(reading: ModelReading) -> bool:
        told = [(v.facet, v.value.casefold(), v.refused) for v in reading.values]
        return told == [(facet, value.casefold(), refused)] and not (
            reading.titles or reading.ranges or reading.themes
        )

    return is_right


def _range(facet: str, low: float | None, high: float | None) -> Callable[[ModelReading], bool]:
    """One year more or less is a matter of taste: "before 1990" may end with 1989."""

    def near(told: float | None, meant: float | None) -> bool:
        return told is None if meant is None else told is not None and abs(told - meant) <= 1

    def is_right(reading: ModelReading) -> bool:
        told = [r for r in reading.ranges if near(r.low, low) and near(r.high, high) and r.facet == facet]
        return (
            len(told) == len(reading.ranges) == 1
            and not reading.titles
            and not reading.values
            and not reading.themes
        )

    return is_right
