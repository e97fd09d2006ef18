"""What a run of dialogues gives, as a section of a report."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from agent.evaluation.report.contents import Figure, Plot, Section, Series, Step, Table, Trace, mean_figure
from agent.evaluation.scripted.playing import PlayedTurn
from agent.evaluation.scripted.running import Outcome

FEW_TRACES = 3  # of dialogues that went well, where none failed
VERDICTS = ("passed", "failed", "expected to fail", "passed unexpectedly", "skipped")


def dialogues_section(outcomes: Sequence[Outcome], setup: Mapping[str, Any], seed: int = 0) -> Section:
    """Shares passed and kept to, a row a dialogue, how long turns took, and the dialogues that failed, whole."""
    played = [o for o in outcomes if o.played is not None]
    turns = [t.elapsed_ms for o in played if o.played for t in o.played.turns if t.answer]
    return Section(
        "dialogues",
        "Scripted dialogues",
        "A dialogue passes when all that its file expects holds, and no item shown goes against a hard wish untold. "
        "Constraint satisfaction counts each item shown against each hard wish that held, those that gave way with a "
        "notice included.",
        setup={**setup, "seed": seed},
        figures=_figures(played, seed),
        tables=(_table(outcomes), _times(played)),
        plots=(_latencies(played),),
        traces=_traces(played),
        failures=tuple(f"{o.name}: {fault}" for o in outcomes for fault in o.faults),
        timings={"turns_s": sum(turns) / 1000, **_quantiles(turns)},
    )


def counts(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """How many dialogues went how, every verdict named."""
    return {verdict: sum(o.verdict == verdict for o in outcomes) for verdict in VERDICTS}


def _figures(played: Sequence[Outcome], seed: int) -> tuple[Figure, ...]:
    pairs: dict[str, float] = {}
    group: dict[str, str] = {}
    for o in played:
        for turn in o.played.turns if o.played else ():
            for at, met in enumerate(turn.kept.met):
                case = f"{o.name}/{turn.number}/{at}"
                pairs[case], group[case] = float(met), o.name
    passed = {o.name: float(o.verdict in ("passed", "passed unexpectedly")) for o in played}
    broken = {o.name: float(len(o.played.violations)) for o in played if o.played}
    return (
        mean_figure("dialogues passed", passed, seed=seed),
        mean_figure("constraint satisfaction", pairs, group, seed=seed),
        mean_figure("violations a dialogue", broken, better="lower", seed=seed),
    )


def _table(outcomes: Sequence[Outcome]) -> Table:
    rows = []
    for o in outcomes:
        turns = len(o.played.turns) if o.played else 0
        shown = o.played.shown if o.played else 0
        violations = len(o.played.violations) if o.played else 0
        rows.append((o.name, o.dialogue.catalog, turns, shown, violations, o.verdict))
    columns = ("dialogue", "catalogue", "turns", "items shown", "violations", "result")
    return Table("Dialogues", columns, tuple(rows))


def _times(played: Sequence[Outcome]) -> Table:
    rows = tuple(
        (o.name, round(o.played.elapsed_ms, 1), round(max(t.elapsed_ms for t in o.played.turns), 1))
        for o in played
        if o.played
    )
    return Table("Milliseconds", ("dialogue", "all turns", "slowest turn"), rows, timed=True)


def _latencies(played: Sequence[Outcome]) -> Plot:
    """How long answers took, by catalogue."""
    by_catalog: dict[str, list[float]] = {}
    for o in played:
        took = [round(t.elapsed_ms, 2) for t in o.played.turns if t.answer] if o.played else []
        by_catalog.setdefault(o.dialogue.catalog, []).extend(took)
    series = tuple(Series(name, (), tuple(by_catalog[name])) for name in sorted(by_catalog))
    return Plot("How long a turn takes", "histogram", "ms", "turns", series, timed=True)


def _quantiles(times: Sequence[float]) -> dict[str, float]:
    if not times:
        return {}
    ordered = sorted(times)
    return {
        f"turn_p{share}_ms": round(ordered[max(ceil(share / 100 * len(ordered)), 1) - 1], 2)
        for share in (50, 95, 100)
    }


def _traces(played: Sequence[Outcome]) -> tuple[Trace, ...]:
    """Those that failed, unexpectedly first; where none did, those with most notices."""
    failed = sorted(
        (o for o in played if o.verdict in ("failed", "expected to fail")),
        key=lambda o: o.verdict != "failed",
    )
    if failed:
        return tuple(_trace(o, _why(o)) for o in failed)
    noticed = {
        o.name: sum(len(t.answer["notices"]) for t in o.played.turns if t.answer) for o in played if o.played
    }
    most = sorted(played, key=lambda o: (-noticed[o.name], o.name))[:FEW_TRACES]
    return tuple(_trace(o, f"{noticed[o.name]} notices, none of them a fault") for o in most)


def _why(outcome: Outcome) -> str:
    if outcome.verdict == "expected to fail":
        return f"expected to fail: {outcome.dialogue.broken}"
    return "; ".join(outcome.faults)


def _trace(outcome: Outcome, why: str) -> Trace:
    turns = outcome.played.turns if outcome.played else ()
    return Trace(outcome.name, why, tuple(step for turn in turns for step in _steps(turn)))


def _steps(turn: PlayedTurn) -> tuple[Step, ...]:
    """What the person did, and what came of it."""
    details: dict[str, Any] = {"preferences": list(turn.wishes)}
    if turn.answer is not None:
        details |= {"slate": list(turn.slate), "notices": [n["code"] for n in turn.answer["notices"]]}
    details |= {"failures": list(turn.faults)} if turn.faults else {}
    reply = turn.answer["reply"] if turn.answer else ""
    return (Step("person", turn.said), Step("palate", reply, details))
