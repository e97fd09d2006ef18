"""A plot as one inline SVG: the page's own colours in light and dark, readable by a screen reader, the same bytes each time."""

import io
import re
import warnings
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from agent.evaluation.report.contents import Plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# matplotlib draws in these, and the page's style sheet says what each is in light and in dark
INK, GRID = "#010101", "#020202"
COLOURS = tuple(f"#0{n}0{n}0a" for n in range(1, 7))
_PAGE = {INK: "var(--ink)", GRID: "var(--line)"} | {c: f"var(--c{n})" for n, c in enumerate(COLOURS, 1)}
MARKERS = ("o", "s", "^", "D", "v", "P")
STROKES = ("-", "--", ":", "-.")
BINS = 24
LONG_NAME = 9  # characters of a name under a bar; longer ones, or many, stand sideways
SIZE_IN = (5.6, 3.5)  # at 72 to the inch: about as wide as a phone, so that letters keep their size
_SETTINGS: dict[Any, Any] = {
    "svg.hashsalt": "palate",
    "svg.fonttype": "none",  # text stays text
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # matplotlib brings it; the page sets its own over it
    "text.parse_math": False,  # a dollar sign is a dollar sign
    "font.size": 10.5,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": False,
}
_SVG = "{http://www.w3.org/2000/svg}"
_HREF = "{http://www.w3.org/1999/xlink}href"


def svg_of(plot: Plot, name: str) -> str:
    """The plot as `<svg>`. name: unique on the page; the ids of its parts begin with it."""
    import matplotlib
    from matplotlib.figure import Figure as Drawing

    with matplotlib.rc_context(_SETTINGS):
        drawing = Drawing(figsize=SIZE_IN, layout="constrained")
        axes = drawing.add_subplot()
        draw: dict[str, Any] = {"line": _lines, "bars": _bars, "histogram": _histogram}
        draw[plot.kind](axes, plot)
        axes.set_xlabel(_printable(plot.x_label))
        axes.set_ylabel(_printable(plot.y_label))
        axes.grid(visible=True, axis="y" if plot.kind != "line" else "both", color=GRID, linewidth=0.7)
        axes.set_axisbelow(True)
        handles, labels = axes.get_legend_handles_labels()
        if len(plot.series) > 1 and handles:
            drawing.legend(
                handles, labels, loc="outside upper left", ncols=2 if len(labels) > 2 else 1, frameon=False
            )
        written = io.StringIO()
        with warnings.catch_warnings():  # a letter that matplotlib's font lacks: the reader's own has it
            warnings.filterwarnings("ignore", message="Glyph .* missing from font")
            drawing.savefig(written, format="svg", transparent=True, metadata={"Date": None})
    return _inline(written.getvalue(), name, plot)


def _lines(axes: "Axes", plot: Plot) -> None:
    for at, one in enumerate(plot.series):
        colour = COLOURS[at % len(COLOURS)]
        axes.plot(
            one.x,
            one.y,
            color=colour,
            label=_printable(one.name),
            marker=MARKERS[at % len(MARKERS)],
            markersize=5,
            linestyle=STROKES[at // len(COLOURS) % len(STROKES)],
        )
        if one.low and one.high:
            below = [y - low for y, low in zip(one.y, one.low, strict=True)]
            above = [high - y for y, high in zip(one.y, one.high, strict=True)]
            axes.errorbar(one.x, one.y, yerr=(below, above), fmt="none", ecolor=colour, capsize=3)
    xs = {x for one in plot.series for x in one.x}
    if xs and len(xs) <= 12 and all(isinstance(x, (int, float)) and float(x).is_integer() for x in xs):
        axes.set_xticks(sorted(xs))
    if len(xs) == 1 and isinstance(x := next(iter(xs)), float) and x > 0:
        axes.set_xlim(0, 2 * x)
    if all(y >= 0 for one in plot.series for y in one.y):
        axes.set_ylim(bottom=0)


def _bars(axes: "Axes", plot: Plot) -> None:
    names = list(dict.fromkeys(str(x) for one in plot.series for x in one.x))
    width = 0.8 / max(len(plot.series), 1)
    for at, one in enumerate(plot.series):
        places = [names.index(str(x)) + width * (at - (len(plot.series) - 1) / 2) for x in one.x]
        errors: Any = None
        if one.low and one.high:
            errors = (
                [max(y - low, 0.0) for y, low in zip(one.y, one.low, strict=True)],
                [max(high - y, 0.0) for y, high in zip(one.y, one.high, strict=True)],
            )
        axes.bar(
            places,
            one.y,
            width * 0.92,
            yerr=errors,
            capsize=2.5,
            color=COLOURS[at % len(COLOURS)],
            ecolor=INK,
            label=_printable(one.name),
        )
    sideways = len(names) > 6 or max((len(n) for n in names), default=0) * len(names) > 7 * LONG_NAME
    axes.set_xticks(
        range(len(names)),
        [_short(_printable(n)) for n in names],
        rotation=40 if sideways else 0,
        ha="right" if sideways else "center",
        rotation_mode="anchor" if sideways else "default",
    )
    axes.axhline(0, color=INK, linewidth=0.8)


def _histogram(axes: "Axes", plot: Plot) -> None:
    values = [v for one in plot.series for v in one.y]
    if not values:
        return
    low, high = min(values), max(values)
    for at, one in enumerate(plot.series):
        axes.hist(
            one.y,
            bins=BINS,
            range=(low, high if high > low else low + 1.0),
            color=COLOURS[at % len(COLOURS)],
            alpha=0.75 if len(plot.series) > 1 else 1.0,
            label=_printable(one.name),
        )


def _inline(svg: str, name: str, plot: Plot) -> str:
    """The drawing as a part of a page: names of its own, the page's colours, a title for who cannot see it."""
    root = ElementTree.fromstring(svg)
    for element in root.iter():
        element.tag = str(element.tag).removeprefix(_SVG)
        given = dict(element.attrib)
        element.attrib.clear()
        for key, value in given.items():
            plain = "href" if key == _HREF else key
            element.set(plain, _renamed(plain, value, name))
        if element.tag != "text":
            element.text, element.tail = None, None
        else:
            element.tail = None
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in ("metadata", "style"):
                parent.remove(child)
    across, up = root.attrib["viewBox"].split()[2:]
    root.attrib.clear()
    root.attrib.update(
        {"viewBox": f"0 0 {across} {up}", "class": "plot", "role": "img", "aria-labelledby": f"{name}-title"}
    )
    title = ElementTree.Element("title", {"id": f"{name}-title"})
    title.text = _printable(f"{plot.title}: {plot.y_label} by {plot.x_label}")
    root.insert(0, title)
    return ElementTree.tostring(root, encoding="unicode")


def _renamed(key: str, value: str, name: str) -> str:
    if key == "id":
        return f"{name}-{value}"
    if key == "href" and value.startswith("#"):
        return f"#{name}-{value[1:]}"
    value = re.sub(r"url\(#", f"url(#{name}-", value)
    return re.sub("|".join(_PAGE), lambda found: _PAGE[found.group()], value) if key == "style" else value


def _printable(text: str) -> str:
    """Text that XML can hold, in one line."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _short(text: str) -> str:
    return text if len(text) <= 24 else f"{text[:23]}…"
