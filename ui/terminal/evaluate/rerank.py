"""`palate evaluate rerank`: runs the measurement and shows it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from agent.agent import Agent
from agent.evaluation.reranking import measure_reranking
from tools.errors import SetupError
from ui.terminal.benchmark import provenance


def evaluate_rerank(
    agent: Agent,
    strategies: Sequence[str],
    cases: int,
    fit_cases: int,
    out: Path | None,
    seed: int,
    tell: Callable[[str], object],
) -> dict[str, Any]:
    """The table on the choices of the built catalogue. Raises SetupError when strategies are asked of no model."""
    model = agent.language_model.current()
    if strategies and model is None:
        raise SetupError(agent.llm_status().sentence)
    choices = agent.trial.choices()
    report = measure_reranking(choices, agent.toolbox, model, strategies, cases, fit_cases, out, tell, seed)
    return report | provenance()


def print_rerank(console: Console, report: dict[str, Any]) -> None:
    """The orders as a table; below it the gain by kind of wish, and quality against calls."""
    title = f"NDCG@10 of {report['test_cases']} held-out choices" + (
        f", {report['model']}" if report["model"] else ""
    )
    table = Table(title=title, title_justify="left")
    table.add_column("order")
    for heading in ("cases", "NDCG@10", "gain on the retriever, 95 %", "weight", "s", "calls", "tokens"):
        table.add_column(heading, justify="right")
    for row in report["rows"]:
        gain = row["gain"]
        share = gain["mean"] / max(row["ndcg10"] - gain["mean"], 1e-9)
        table.add_row(
            row["name"],
            str(row["cases"]),
            f"{row['ndcg10']:.4f}",
            f"{gain['mean']:+.4f} ({gain['low']:+.4f} to {gain['high']:+.4f}), {share:+.1%}"
            if row["name"] != "retriever"
            else "",
            *("" if row[k] is None else f"{row[k]:g}" for k in ("weight", "seconds", "calls", "tokens")),
        )
    console.print(table)
    for kind, told in report["by_kind_of_wish"].items():
        words = {
            "own": "the item's own keywords",
            "near": "others of like meaning",
            "text": "words of its text",
        }
        console.print(
            f"wishes in {words[kind]}: {told['cases']} cases, retriever {told['retriever']:.4f}, tuned {told['tuned']:.4f}"
        )
    for strategy, told in report["strategies"].items():
        console.print(
            f"{strategy}, alone: NDCG@10 {told['alone']}; without the guard that sets the weight to 0: weight {told['unguarded_weight']:g}, "
            f"NDCG@10 {told['unguarded']['ndcg10']:.4f} ({told['unguarded']['gain']['mean']:+.4f})"
        )
        curve = ", ".join(f"{p['asked']:.0%}: {p['ndcg10']:.4f}" for p in told["quality_against_calls"])
        console.print(
            f"  NDCG@10 by share of cases asked for, the retriever's surest left out first: {curve}"
        )
