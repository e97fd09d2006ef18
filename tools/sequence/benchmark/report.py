"""The report: one row a model in the registry's order, every switch, and both as Markdown."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from tools.sequence.benchmark.apart import Outcome
from tools.sequence.benchmark.cold import random_recall
from tools.sequence.benchmark.plan import Plan
from tools.sequence.datasets.dataset import Dataset
from tools.sequence.interactions import Cases

FIGURES = ("hr10", "ndcg10", "coverage", "train_s", "ms_per_user", "peak_mb", "validation_ndcg10")
# of the models that have them: before the validation events were learnt, and as they are served
FURTHER = ("hr10_before_update", "ndcg10_before_update", "one_user_p50_ms", "users_per_s")
COLD_FIGURES = ("recall10", "recall50", "train_s", "peak_mb")
HEADINGS = ("model", "HR@10", "NDCG@10", "coverage", "train s", "ms/user", "peak MB", "notes")
COLD_HEADINGS = ("model", "Recall@10", "Recall@50", "train s", "notes")
Finished = Mapping[tuple[str, str, int], Outcome]  # by (question, model, seed)


@dataclass(frozen=True)
class ColdFacts:
    """The question about withheld items: its name, how many they are, who is asked."""

    question: str
    items: int
    cases: Cases


def report_of(
    data: Dataset,
    plan: Plan,
    names: list[str],
    switches: dict[str, Any],
    finished: Finished,
    cold: ColdFacts | None = None,
) -> dict[str, Any]:
    """What is printed, and written as results.json: the models that have run so far, in order."""
    report: dict[str, Any] = {
        "dataset": data.name,
        **data.counts._asdict(),
        "split": plan.split,
        "switches": {**switches, "notes_of_the_data": list(data.notes)},
        "models": [row for name in names if (row := _row(name, "test", plan, finished, FIGURES))],
    }
    if cold is not None:
        rows = [_row(name, cold.question, plan, finished, COLD_FIGURES) for name in names]
        report["cold"] = {
            "items": cold.items,
            "cases": len(cold.cases),
            "random_recall10": random_recall(cold.cases, data.interactions.item_count),
            "models": [row for row in rows if row],
        }
    return report


def _row(
    name: str, question: str, plan: Plan, finished: Finished, figures: tuple[str, ...]
) -> dict[str, Any] | None:
    """Means over the seeds, with deviations where there are several; None where nothing has run."""
    wanted = range(plan.seed, plan.seed + plan.seeds)
    runs = [run for seed in wanted if (run := finished.get((question, name, seed))) is not None]
    if not runs:
        return None
    row: dict[str, Any] = {"name": name, **dict.fromkeys(figures)}
    failed = [run.failed for run in runs if run.failed]
    if failed:
        return {**row, "failed": failed[0], "seeds": [run.seed for run in runs]}
    for figure in figures:
        values = [run.figures[figure] for run in runs if figure in run.figures]
        row[figure] = fmean(values) if values else None
    if len(runs) > 1:
        for figure in figures[:2]:
            row[f"{figure}_sd"] = stdev(run.figures[figure] for run in runs)
        row["runs"] = [{"seed": run.seed, **run.figures, "about": run.about} for run in runs]
    for figure in FURTHER:
        values = [run.figures[figure] for run in runs if figure in run.figures]
        if values:
            row[figure] = fmean(values)
    if runs[0].weights:
        row["weights"] = runs[0].weights
    once = name in plan.without_chance()
    return {
        **row,
        "about": runs[0].about,
        "seeds": [run.seed for run in runs],
        "without_chance": once,
        "finished": runs[-1].finished,
    }


def table_of(report: dict[str, Any]) -> list[tuple[str, ...]]:
    """The cells of the table under HEADINGS."""
    several = len(report["switches"]["seeds"]) > 1
    return [
        (
            row["name"],
            _figure(row, "hr10", 4),
            _figure(row, "ndcg10", 4),
            _figure(row, "coverage", 3),
            _seconds(row["train_s"]),
            _figure(row, "ms_per_user", 2),
            _figure(row, "peak_mb", 0),
            _notes(row, several),
        )
        for row in report["models"]
    ]


def cold_table_of(report: dict[str, Any]) -> list[tuple[str, ...]]:
    """The cells of the cold table under COLD_HEADINGS, what chance gives in its first row."""
    cold, several = report["cold"], len(report["switches"]["seeds"]) > 1
    chance = "" if cold["random_recall10"] is None else f"{cold['random_recall10']:.4f}"
    rows: list[tuple[str, ...]] = [("random order", chance, "", "", "")]
    for row in cold["models"]:
        rows.append(
            (
                row["name"],
                _figure(row, "recall10", 4),
                _figure(row, "recall50", 4),
                _seconds(row["train_s"]),
                _notes(row, several),
            )
        )
    return rows


def heading_of(report: dict[str, Any]) -> str:
    return (
        f"{report['dataset']}: {report['users']:,} users, {report['items']:,} items, "
        f"{report['interactions']:,} interactions"
    )


def cold_heading_of(report: dict[str, Any]) -> str:
    cold = report["cold"]
    return f"Cold items: {cold['items']:,} withheld, {cold['cases']:,} cases, ranked among all items"


def switch_lines(report: dict[str, Any]) -> list[tuple[str, str]]:
    """(name, value) of every switch, as text."""
    return [(name.replace("_", " "), _said(value)) for name, value in report["switches"].items()]


def markdown(report: dict[str, Any], plot: str) -> str:
    """The same table and switches as Markdown."""
    parts = [f"# {heading_of(report)}", _markdown_table(HEADINGS, table_of(report)), f"![]({plot})"]
    if "cold" in report:
        parts += [f"## {cold_heading_of(report)}", _markdown_table(COLD_HEADINGS, cold_table_of(report))]
    parts.append("## Switches")
    parts.append("\n".join(f"- {name}: {value}" for name, value in switch_lines(report)))
    return "\n\n".join(parts) + "\n"


def _markdown_table(headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    aligned = ["---", *["--:"] * (len(headings) - 2), "---"]
    lines = [headings, aligned, *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _figure(row: dict[str, Any], name: str, places: int) -> str:
    if row[name] is None:
        return ""
    deviation = f" ±{row[f'{name}_sd']:.{places}f}" if f"{name}_sd" in row else ""
    return f"{row[name]:,.{places}f}{deviation}"


def _seconds(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"{seconds:,.2f}" if seconds < 10 else f"{seconds:,.0f}"


def _notes(row: dict[str, Any], several: bool) -> str:
    once = "without chance, run once" if several and row.get("without_chance") else ""
    before = served = ""
    if row.get("ndcg10_before_update") is not None:
        hits, gains = row["hr10_before_update"], row["ndcg10_before_update"]
        before = f"HR {hits:.4f} NDCG {gains:.4f} before it learnt the validation events"
    if row.get("users_per_s") is not None:
        served = f"one user's top 10 in {row['one_user_p50_ms']:.2f} ms (median), top 100 of {row['users_per_s']:,.0f} users a second"
    return row.get("failed") or "; ".join(part for part in (row["about"], before, served, once) if part)


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "not set"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list):
        return "; ".join(str(part) for part in value) or "none"
    return str(value)
