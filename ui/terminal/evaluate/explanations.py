"""`palate evaluate explanations`: runs the check of what is said and shows it."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agent.agent import Agent
from agent.evaluation.explanations import VERDICTS, check_explanations
from ui.presentation import printable
from ui.terminal.benchmark import provenance


def evaluate_explanations(agent: Agent, count: int, seed: int) -> dict[str, Any]:
    """The report of so many reasons and answers about the agent's catalogue."""
    return check_explanations(agent, count, seed) | provenance()


def print_explanations(console: Console, report: dict[str, Any]) -> None:
    """The claims by kind of text and verdict; what is not true, each with its text; what the checker caught."""
    console.print(_claims_table(report))
    for fault in report["faults"]:
        style = "red" if fault["verdict"] == "false" else "yellow"
        why = f" ({fault['why']})" if fault["why"] else ""
        console.print(Text(f"- {fault['verdict']}: {printable(fault['words'])}{printable(why)}", style=style))
        said = f"    {fault['kind']} by {fault['worded_by']}, to “{fault['message']}”: {fault['text']}"
        console.print(Text(printable(said), style="dim"))
    by = ", ".join(f"{count} by {name}" for name, count in sorted(report["worded_by"].items()))
    console.print(f"reasons: {by}")
    made = sum(row["made"] for row in report["corruptions"].values())
    caught = sum(row["caught"] for row in report["corruptions"].values())
    kinds = ", ".join(f"{kind} {row['caught']}/{row['made']}" for kind, row in report["corruptions"].items())
    share = 100 * caught / max(made, 1)
    console.print(f"true texts made false: {caught} of {made} caught, {share:.1f} % (must 99 %): {kinds}")
    for miss in report["missed"]:
        console.print(Text(f"  missed {miss['kind']}: {printable(miss['text'])}", style="yellow"))


def _claims_table(report: dict[str, Any]) -> Table:
    table = Table(
        title=f"{report['explanations']} explanations about {report['catalog']}", title_justify="left"
    )
    table.add_column("kind of text")
    for heading in ("texts", "claims", *VERDICTS):
        table.add_column(heading, justify="right")
    total = dict.fromkeys(VERDICTS, 0)
    for kind, claims in report["claims"].items():
        table.add_row(
            kind,
            str(report["texts"].get(kind, 0)),
            str(sum(claims.values())),
            *(str(claims[v]) for v in VERDICTS),
        )
        total = {v: total[v] + claims[v] for v in VERDICTS}
    table.add_section()
    table.add_row(
        "all",
        str(sum(report["texts"].values())),
        str(sum(total.values())),
        *(str(total[v]) for v in VERDICTS),
    )
    return table
