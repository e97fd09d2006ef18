"""The shape of every measurement: sections of figures, tables, plots and traces, from and to JSON.

What a clock gave lies apart, in `timings` and in a plot or table marked `timed`, so that two runs of one seed have the same `digest`.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

FORMAT = 1
Cell = str | int | float | None


@dataclass(frozen=True)
class Figure:
    """A mean over cases with its 95 % interval.

    name: stable, such as "recall@10"; it is what two runs are matched by. cases: the value of each case by its id, which
    two runs of the same cases are compared on, pair by pair; empty where there are none.
    group: what belongs together and is drawn whole in a bootstrap, by case id (the dialogue of a turn, the user of a choice).
    better: which way is good, "" where neither is.
    """

    name: str
    mean: float
    low: float
    high: float
    count: int
    better: Literal["higher", "lower", ""] = "higher"
    unit: str = ""
    cases: Mapping[str, float] = field(default_factory=dict)
    group: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """Rows under headings. timed: its numbers are a clock's."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    timed: bool = False


@dataclass(frozen=True)
class Series:
    """One line or one colour of bars: y over x, with the interval of each y where there is one."""

    name: str
    x: tuple[float | str, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


@dataclass(frozen=True)
class Plot:
    """What is drawn. kind "line" has numbers on x, "bars" names, "histogram" a series' y as the values to be counted."""

    title: str
    kind: Literal["line", "bars", "histogram"]
    x_label: str
    y_label: str
    series: tuple[Series, ...]
    timed: bool = False


@dataclass(frozen=True)
class Step:
    """One utterance or step of a trace: who, what was said, and what else is to be known of it, by name."""

    who: str
    said: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Trace:
    """A dialogue to be read whole. id: of its case. why: the sentence that says what is bad (or good) about it."""

    id: str
    why: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Section:
    """One measurement: `name` is the command's ("dialogues", "simulate", "redial", "steering", "explanations", "cost").

    setup: what it was run with, all that is needed to run it again. failures: what must hold and does not; empty is passed.
    timings: seconds or milliseconds by step, named with their unit.
    """

    name: str
    title: str
    text: str = ""
    setup: Mapping[str, Any] = field(default_factory=dict)
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    plots: tuple[Plot, ...] = ()
    traces: tuple[Trace, ...] = ()
    failures: tuple[str, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """Sections, and where and when they were measured (machine, version, commit, date)."""

    sections: tuple[Section, ...]
    provenance: Mapping[str, str | None] = field(default_factory=dict)

    def untimed(self) -> "Report":
        """The report without what a clock, the machine or the day put into it: two runs of one seed give the same."""
        sections = (
            replace(
                section,
                timings={},
                tables=tuple(t for t in section.tables if not t.timed),
                plots=tuple(p for p in section.plots if not p.timed),
            )
            for section in self.sections
        )
        return Report(tuple(sections))

    def digest(self) -> str:
        """sha256 of everything but clocks and provenance: the same seed on the same machine gives the same one."""
        plain = [_whole(asdict(section)) for section in self.untimed().sections]
        told = json.dumps(plain, sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(told.encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """The report as plain JSON, its digest with it."""
        return {
            "format": FORMAT,
            "digest": self.digest(),
            "provenance": dict(self.provenance),
            "sections": [asdict(section) for section in self.sections],
        }


def _whole(value: Any) -> Any:
    """The value with 2.0 written as 2, which a JSON file may have become on its way through another program."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {str(name): _whole(one) for name, one in value.items()}
    return [_whole(one) for one in value] if isinstance(value, (list, tuple)) else value


def mean_figure(
    name: str,
    cases: Mapping[str, float],
    group: Mapping[str, str] | None = None,
    better: Literal["higher", "lower", ""] = "higher",
    unit: str = "",
    seed: int = 0,
) -> Figure:
    """The mean over cases with a bootstrap interval; cases of one group are drawn whole. No case: zeros, count 0."""
    from tools.ranking.measuring import paired_bootstrap

    ids = list(cases)
    whose = group or {}
    numbers = {name: at for at, name in enumerate(dict.fromkeys(whose.get(i, i) for i in ids))}
    interval = paired_bootstrap([cases[i] for i in ids], [numbers[whose.get(i, i)] for i in ids], seed)
    return Figure(
        name, interval.mean, interval.low, interval.high, len(ids), better, unit, dict(cases), dict(whose)
    )


def paired_difference(before: Figure, after: Figure, seed: int = 0) -> Figure | None:
    """`after` less `before` on the cases both have, with its interval; None where they share none."""
    shared: Sequence[str] = [i for i in before.cases if i in after.cases]
    if not shared:
        return None
    gains = {i: after.cases[i] - before.cases[i] for i in shared}
    group = {i: after.group[i] for i in shared if i in after.group}
    return mean_figure(after.name, gains, group, after.better, after.unit, seed)
