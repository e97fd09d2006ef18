"""The check of explanations as a section of a report."""

from collections.abc import Mapping
from typing import Any

from agent.evaluation.explanations.sources import CATALOGUE, HISTORY, SEQUENCES, SHOWN, WISHES
from agent.evaluation.report.contents import Cell, Section, Table, mean_figure

MUST_CATCH = 0.99
SOURCES = (CATALOGUE, SEQUENCES, HISTORY, SHOWN, WISHES)


def explanations_section(report: Mapping[str, Any]) -> Section:
    """report: what `check_explanations` gives."""
    claims = {
        verdict: sum(row[verdict] for row in report["by_claim"].values()) for verdict in _verdicts(report)
    }
    said = sum(claims.values())
    group = {case["id"]: f"conversation {case['conversation']}" for case in report["cases"]}
    made = sum(row["made"] for row in report["corruptions"].values())
    caught = sum(row["caught"] for row in report["corruptions"].values())
    by_model = {name: n for name, n in report["worded_by"].items() if name != "template"}
    return Section(
        "explanations",
        "Is what palate says so?",
        f"{report['explanations']} reasons and answers, and the replies around them, read claim by claim by a checker that sees "
        "the words, the catalogue and the interactions, and nothing of how the text was made. "
        f"{claims['true'] + claims['false']} of {said} claims are verifiable, {claims['false']} are false{_bound(claims, report)}. "
        f"Of {made} true texts made false on purpose the checker caught {caught}.",
        {
            "catalog": report["catalog"],
            "seed": report["seed"],
            "explanations": report["explanations"],
            "worded by": sorted(by_model) or "templates alone",
        },
        figures=tuple(
            mean_figure(name, {case["id"]: float(case[key]) for case in report["cases"]}, group)
            for name, key in (
                ("texts of which every claim is verifiable", "verifiable"),
                ("texts of which every claim is true", "true"),
            )
        ),
        tables=(
            _by_source(report),
            _by_claim(report),
            _by_text(report),
            _corruptions(report),
            *_wording(report),
        ),
        failures=_failures(report, made, caught),
    )


def _verdicts(report: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(next(iter(report["claims"].values())))


def _bound(claims: Mapping[str, int], report: Mapping[str, Any]) -> str:
    """How many may be false where none was found: the rule of three, over texts, since claims of one text go together."""
    if claims["false"] or not report["explanations"]:
        return ""
    return f" (at 95 % fewer than 1 text in {report['explanations'] // 3}, were texts independent)"


def _share(true: int, false: int, unverifiable: int) -> Cell:
    said = true + false + unverifiable
    return (true + false) / said if said else None


def _by_source(report: Mapping[str, Any]) -> Table:
    """What is said of items apart from what is said of sequences, of the person and of the session."""
    totals: dict[str, list[int]] = {name: [0, 0, 0] for name in SOURCES}
    for row in report["by_claim"].values():
        held = totals.setdefault(row["against"], [0, 0, 0])
        for at, verdict in enumerate(_verdicts(report)):
            held[at] += row[verdict]
    rows = tuple((name, sum(held), *held, _share(*held)) for name, held in totals.items())
    columns = ("held against", "claims", *_verdicts(report), "share verifiable")
    return Table("Claims by what they are held against", columns, rows)


def _by_claim(report: Mapping[str, Any]) -> Table:
    rows = tuple(
        (kind, row["against"], sum(row[v] for v in _verdicts(report)), *(row[v] for v in _verdicts(report)))
        for kind, row in report["by_claim"].items()
    )
    return Table("Claims by kind", ("kind of claim", "held against", "claims", *_verdicts(report)), rows)


def _by_text(report: Mapping[str, Any]) -> Table:
    rows = tuple(
        (kind, report["texts"].get(kind, 0), sum(row.values()), *(row[v] for v in _verdicts(report)))
        for kind, row in report["claims"].items()
    )
    return Table("Claims by kind of text", ("kind of text", "texts", "claims", *_verdicts(report)), rows)


def _corruptions(report: Mapping[str, Any]) -> Table:
    rows = tuple((kind, row["made"], row["caught"]) for kind, row in report["corruptions"].items())
    return Table("True texts made false", ("made false in its", "made", "caught"), rows)


def _wording(report: Mapping[str, Any]) -> tuple[Table, ...]:
    """A model's answers hang on its speed, for a turn's time is bounded; so the table is the clock's where it spoke."""
    told = report["wording"]
    timed = told["asked"] > 0
    outcome = Table(
        "Sentences of the language model" + ("" if timed else ": none was asked for"),
        ("became of it", "sentences"),
        (
            ("asked for", told["asked"]),
            ("shown as it was", told["kept"]),
            ("corrected: the template stands", told["corrected"]),
            ("no answer", told["failed"]),
        ),
        timed=timed,
    )
    why = tuple((kind, count) for kind, count in told["corrected_for"].items())
    reasons = Table("Corrected for", ("what was not covered by the facts", "sentences"), why, timed=timed)
    return (outcome, reasons) if why else (outcome,)


def _failures(report: Mapping[str, Any], made: int, caught: int) -> tuple[str, ...]:
    """Nothing false and nothing that cannot be verified may be shown, and the checker must notice what is made false."""
    found = [
        f"{fault['verdict']}: {fault['words']}{_why(fault)}, in a {fault['kind']} by {fault['worded_by']} to “{fault['message']}”: {fault['text']}"
        for fault in report["faults"]
    ]
    if caught < MUST_CATCH * made:
        found.append(
            f"the checker caught {caught} of {made} texts made false, and must catch {MUST_CATCH:.0%}"
        )
    return tuple(found)


def _why(fault: Mapping[str, str]) -> str:
    return f" ({fault['why']})" if fault["why"] else ""
