"""`palate evaluate explanations`: runs the check of what is said and shows it."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agent.evaluation.explanations import VERDICTS, check_explanations, explanations_section
from agent.evaluation.given import WORDING
from agent.evaluation.report.contents import Report
from agent.settings import Settings
from ui.presentation import printable
from ui.terminal.benchmark import provenance
from ui.terminal.evaluate.measured import measured_agent


def evaluate_explanations(settings: Settings, count: int, seed: int, given: bool) -> dict[str, Any]:
    """The report of so many reasons and answers about a catalogue. given: the language model words reasons, whatever its trial
    found."""
    with measured_agent(settings, WORDING if given else ()) as agent:
        return check_explanations(agent, count, seed) | provenance()


def told_as_json(report: dict[str, Any]) -> dict[str, Any]:
    """The counts as they always stood, and beside them the report that `palate evaluate compare` reads."""
    plain = {name: value for name, value in report.items() if name != "cases"}
    kept: dict[str, str | None] = {
        name: report[name] for name in ("machine", "palate", "commit", "date") if name in report
    }
    return plain | Report((explanations_section(report),), kept).to_json()


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
    console.print(wording_line(report["wording"]))
    for against, row in _by_source(report).items():
        counts = ", ".join(f"{row[verdict]} {verdict}" for verdict in VERDICTS)
        console.print(f"claims held against {against}: {counts}")
    made = sum(row["made"] for row in report["corruptions"].values())
    caught = sum(row["caught"] for row in report["corruptions"].values())
    kinds = ", ".join(f"{kind} {row['caught']}/{row['made']}" for kind, row in report["corruptions"].items())
    share = 100 * caught / max(made, 1)
    console.print(f"true texts made false: {caught} of {made} caught, {share:.1f} % (must 99 %): {kinds}")
    for miss in report["missed"]:
        console.print(Text(f"  missed {miss['kind']}: {printable(miss['text'])}", style="yellow"))


def wording_line(wording: dict[str, Any]) -> str:
    """How often a language model's sentence was shown, corrected, or did not come."""
    if not wording["asked"]:
        return "sentences of a language model: 0 of 0, for none was asked for any"
    why = ", ".join(f"{kind} {count}" for kind, count in wording["corrected_for"].items())
    return (
        f"sentences of a language model: {wording['asked']} asked for, {wording['kept']} shown, "
        f"{wording['corrected']} corrected{f' ({why})' if why else ''}, {wording['failed']} did not come"
    )


def _by_source(report: dict[str, Any]) -> dict[str, dict[str, int]]:
    """Counts of verdicts by what claims are held against."""
    found: dict[str, dict[str, int]] = {}
    for row in report["by_claim"].values():
        counts = found.setdefault(row["against"], dict.fromkeys(VERDICTS, 0))
        for verdict in VERDICTS:
            counts[verdict] += row[verdict]
    return dict(sorted(found.items()))


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
