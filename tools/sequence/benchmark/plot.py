"""NDCG@10 against training seconds: each model a labelled point, what trained with its validation curve."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.transforms import Bbox

Curve = tuple[tuple[float, float], ...]  # (seconds, validation NDCG@10)
CURVE = "validation, while training"
LEAST_S = 0.01  # a logarithmic axis has no zero, and what a shorter fit took is chance
# where a label may stand beside its point, in points: the first place that hides nothing is taken
PLACES: tuple[tuple[int, int], ...] = (
    *((7, 0), (-7, 0), (0, 9), (0, -9), (7, 9), (-7, 9), (7, -9), (-7, -9)),
    *((7 * side, 14 * step) for step in (1, -1, 2, -2, 3, -3) for side in (1, -1)),
)


def draw(report: dict[str, Any], curves: Mapping[str, Curve], path: Path) -> None:
    """Writes the plot as PNG; failed models are left out."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter

    rows = [row for row in report["models"] if row["ndcg10"] is not None]
    figure = Figure(figsize=(9, 5.5), dpi=120, layout="constrained")
    axes = figure.add_subplot()
    axes.set_xscale("log")
    points = []
    for place, row in enumerate(rows):
        seconds = max(row["train_s"], LEAST_S)
        deviation = row.get("ndcg10_sd")
        axes.errorbar(
            seconds, row["ndcg10"], yerr=deviation, fmt="o", color=f"C{place % 10}", capsize=3, zorder=3
        )
        points.append((row["name"], seconds, row["ndcg10"], f"C{place % 10}"))
        if curve := curves.get(row["name"]):
            axes.plot(
                [max(second, LEAST_S) for second, _ in curve],
                [ndcg for _, ndcg in curve],
                color=f"C{place % 10}",
                linewidth=0.9,
                alpha=0.7,
                label=CURVE if CURVE not in axes.get_legend_handles_labels()[1] else None,
                zorder=2,
            )
    axes.set_title(f"{report['dataset']}, {'leave-one-out' if report['split'] == 'loo' else 'time split'}")
    axes.set_xlabel("training seconds (wall clock)")
    axes.set_ylabel("NDCG@10, all items ranked")
    axes.set_ylim(bottom=0)
    axes.margins(x=0.12)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda seconds, _place: f"{seconds:g}"))
    axes.grid(visible=True, which="major", alpha=0.3)
    if curves:
        axes.legend(loc="lower right", frameon=False)
    figure.draw_without_rendering()  # the labels' places need the axes' final size
    _label(axes, points)
    figure.savefig(path, metadata={"Software": None})


def _label(axes: "Axes", points: list[tuple[str, float, float, str]]) -> None:
    """A name beside each point, over no other point and no other name where there is room."""
    from matplotlib.transforms import Bbox

    taken: list[Bbox] = []
    for _, x, y, _ in points:
        across, up = axes.transData.transform((x, y))
        taken.append(Bbox.from_extents(across - 6, up - 6, across + 6, up + 6))
    for name, x, y, colour in points:
        for place in PLACES:
            text = axes.annotate(
                name,
                (x, y),
                xytext=place,
                textcoords="offset points",
                ha="left" if place[0] > 0 else "right" if place[0] < 0 else "center",
                va="bottom" if place[1] > 0 else "top" if place[1] < 0 else "center",
                fontsize=9,
                color=colour,
            )
            box = text.get_window_extent()
            if place == PLACES[-1] or _free(box, taken, axes.bbox):
                taken.append(box)
                break
            text.remove()


def _free(box: "Bbox", taken: "list[Bbox]", frame: "Bbox") -> bool:
    inside = frame.x0 < box.x0 and box.x1 < frame.x1 and frame.y0 < box.y0 and box.y1 < frame.y1
    return inside and not any(box.overlaps(other) for other in taken)
