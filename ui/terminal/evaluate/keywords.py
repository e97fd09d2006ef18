"""`palate evaluate keywords`: runs the measurement and shows it."""

from typing import Any

from rich.console import Console
from rich.table import Table

from agent.agent import Agent
from agent.evaluation.keywords import compare_sources
from ui.terminal.benchmark import provenance
from ui.terminal.evaluate.held_out import demo_interactions


def evaluate_keywords(agent: Agent, seed: int) -> dict[str, Any]:
    """Recall@20 of the sources over the interactions of the demo, or of the catalogue the agent was built from."""
    toolbox, catalog = agent.toolbox, agent.catalog
    table = demo_interactions(agent)
    vectors = toolbox.vectors(range(len(catalog)))
    found = compare_sources(catalog, table, toolbox.graph, vectors, toolbox.embedder.encode, seed)
    return found | provenance()


def print_keywords(console: Console, report: dict[str, Any]) -> None:
    """The sources as a table."""
    users = report["users"]
    title = (
        f"Recall@20 of {users['test']} users by {report['keywords']} keywords, {report['draws']} draws each"
    )
    table = Table(title=title, title_justify="left")
    table.add_column("source")
    for heading in ("Recall@20", "95 % interval"):
        table.add_column(heading, justify="right")
    for name, row in report["recall_at_20"].items():
        table.add_row(name, f"{row['mean']:.4f}", f"{row['low']:.4f}-{row['high']:.4f}")
    console.print(table)
    more = report["fused_less_best_alone"]
    console.print(
        f"fused less the better of the two: {more['mean']:+.4f} ({more['low']:+.4f} to {more['high']:+.4f})"
    )
