"""A report as one HTML file that needs nothing else: no request leaves it, and all that was measured is data, never markup."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from agent.evaluation.report.contents import Figure, Plot, Report, Table
from agent.evaluation.report.drawing import svg_of
from agent.evaluation.report.numbers import cell, number

if TYPE_CHECKING:
    from jinja2 import Template

HERE = Path(__file__).parent
TITLE = "palate, measured"
LONG_TABLE = 25  # rows; a longer one is folded
FEW = 10  # failures that stand unfolded
SHORT = 140  # letters of what is said of a trace before it is opened
PERSON = frozenset({"person", "user", "you", "seeker"})
# characters that turn a line around; text of a catalogue may hold them
TURNING = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def write_html(report: Report, path: Path, title: str = TITLE) -> None:
    """Writes the page; the folder is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render_html(report, title), encoding="utf-8")


def render_html(report: Report, title: str = TITLE) -> str:
    """The page of a report: the same bytes for the same report."""
    from markupsafe import Markup

    return _template().render(
        report=report,
        title=title,
        style=Markup((HERE / "page.css").read_text(encoding="utf-8")),
    )


@cache
def _template() -> "Template":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    page = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page.filters |= {"cell": cell, "number": number, "place": lambda place: f"{place:g}", "zipped": _zipped}
    page.globals |= {
        "svg": lambda plot, name: Markup(svg_of(plot, name)),
        "numbers": numbers_of,
        "whiskers": whiskers,
        "is_person": lambda who: who.casefold() in PERSON,
        "is_map": lambda value: isinstance(value, Mapping),
        "is_list": lambda value: isinstance(value, Sequence) and not isinstance(value, str),
        "LONG_TABLE": LONG_TABLE,
        "FEW": FEW,
        "SHORT": SHORT,
    }
    return page.get_template("page.html")


def _zipped(drawn: Sequence["Whisker | None"], figures: Sequence[Figure]) -> Any:
    return zip(figures, drawn, strict=True)


def _shown(value: Any) -> Any:
    """What may stand on the page: no control character, nothing that turns a line around."""
    if value is None:
        return ""
    if isinstance(value, float):
        return number(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    text = value.translate(TURNING).encode("utf-8", "replace").decode("utf-8")
    return "".join(c for c in text if c in "\n\t" or not (ord(c) < 32 or 127 <= ord(c) < 160))


@dataclass(frozen=True)
class Whisker:
    """A mean with its interval, and zero, as places from 0 to 100 on the scale of the figures beside it."""

    low: float
    mean: float
    high: float
    zero: float


def whiskers(figures: Sequence[Figure]) -> list[Whisker | None]:
    """Where each figure is drawn. Those of one unit share a scale: 0 to 1 for shares, about 0 where any is negative;
    None where there is no span to draw on."""
    groups: dict[tuple[str, bool], list[Figure]] = {}
    for figure in figures:
        groups.setdefault(_scale_of(figure), []).append(figure)
    scales = {key: _span(key, those) for key, those in groups.items()}
    return [_whisker(figure, *scales[_scale_of(figure)]) for figure in figures]


def _scale_of(figure: Figure) -> tuple[str, bool]:
    return figure.unit, max(abs(figure.low), abs(figure.high), abs(figure.mean)) <= 1


def _span(key: tuple[str, bool], figures: Sequence[Figure]) -> tuple[float, float]:
    low = min(0.0, *(min(f.low, f.mean) for f in figures))
    high = max(0.0, *(max(f.high, f.mean) for f in figures))
    if low < 0:
        most = max(-low, high)
        return -most, most
    return (0.0, 1.0) if key == ("", True) else (low, high)


def _whisker(figure: Figure, low: float, high: float) -> Whisker | None:
    if not high > low:
        return None
    places = [
        round(100 * (value - low) / (high - low), 2) for value in (figure.low, figure.mean, figure.high, 0.0)
    ]
    return Whisker(*places)


def numbers_of(plot: Plot) -> Table:
    """What a plot draws, as a table for those who cannot see it, or want the numbers."""
    if plot.kind == "histogram":
        rows = tuple((s.name, len(s.y), *_quantiles(s.y)) for s in plot.series)
        return Table(plot.title, ("series", "count", "half at most", "95 % at most", "greatest"), rows)
    bounds = any(s.low and s.high for s in plot.series)
    lines: list[tuple[str | float | None, ...]] = []
    for one in plot.series:
        for at, (x, y) in enumerate(zip(one.x, one.y, strict=True)):
            ends = (one.low[at], one.high[at]) if one.low and one.high else (None, None)
            lines.append((one.name, _whole(x), y, *(ends if bounds else ())))
    columns = ("series", plot.x_label, plot.y_label, *(("from", "to") if bounds else ()))
    return Table(plot.title, columns, tuple(lines))


def _whole(x: float | str) -> float | str:
    """Turn 2, not turn 2.000."""
    return int(x) if isinstance(x, float) and x.is_integer() else x


def _quantiles(values: Sequence[float]) -> tuple[float | None, ...]:
    if not values:
        return (None, None, None)
    half, most, all_ = np.quantile(values, (0.5, 0.95, 1.0), method="inverted_cdf")
    return float(half), float(most), float(all_)
