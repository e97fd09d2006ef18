"""The cost of turns and the quality it pays for, as a section of a report."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from agent.evaluation.cost.measuring import HIT, STEPS, Order, Setting
from agent.evaluation.report.contents import (
    Cell,
    Figure,
    Plot,
    Section,
    Series,
    Table,
    mean_figure,
    paired_difference,
)
from agent.evaluation.turns import summary
from agent.llm import Usage


def cost_section(
    settings: Sequence[Setting], orders: Mapping[str, Order], seed: int, catalog: str
) -> Section:
    """The settings side by side, and the quality of the order step by step."""
    here = [one for one in settings if one.here]
    tuned = orders.get(STEPS[1])
    missing = "".join(f" {one.name} is not here: {one.status}" for one in settings if not one.here)
    return Section(
        "cost",
        "What a turn costs, and what it buys",
        "Dialogues made of the catalogue's own words are played in process with each setting of the language model; quality is "
        "of the order, on held-out choices of people nothing was fitted on, where the first twenty are ranked anew."
        + ("" if orders else " This catalogue has no held-out choices, so only cost is measured.")
        + _untried(here)
        + missing,
        {
            "catalog": catalog,
            "seed": seed,
            "settings": [one.name for one in settings],
            "turns": {one.name: len(one.turns) for one in here},
            "choices": len(tuned.ndcg) if tuned else 0,
            "choices asked of a model": {
                one.name: len(one.model_order.ndcg) for one in here if one.model_order is not None
            },
        },
        figures=(*_quality_figures(here, orders), *_call_figures(here)),
        tables=(
            _by_setting(settings, tuned),
            _calls(here),
            _by_quality_step(here, orders),
            _by_tool(here),
            _by_step(here),
            *_by_role(here),
        ),
        plots=_plots(here, orders),
        timings={f"{one.name} p50 ms": summary(_totals(one))["p50_ms"] for one in here if one.turns},
    )


def _untried(settings: Sequence[Setting]) -> str:
    """What the models may do, where there are any; without it nobody would know why one costs nothing."""
    return "".join(f" {one.name}: {one.status}" for one in settings if one.model)


def _totals(setting: Setting) -> list[float]:
    return [turn.total_ms for turn in setting.turns]


def _steps(here: Sequence[Setting], orders: Mapping[str, Order]) -> dict[str, Order]:
    """The order after each step, the models' last."""
    asked = {f"language model, {one.name}": one.model_order for one in here}
    return {**orders, **{name: order for name, order in asked.items() if order is not None and order.ndcg}}


def _quality(name: str, cases: Mapping[str, float], order: Order) -> Figure:
    return mean_figure(name, cases, order.user)


def _quality_figures(here: Sequence[Setting], orders: Mapping[str, Order]) -> list[Figure]:
    found = []
    for step, order in _steps(here, orders).items():
        found.append(_quality(f"NDCG@10, {step}", order.ndcg, order))
        found.append(_quality(f"among the first {HIT}, {step}", order.hit, order))
    return found


def _call_figures(here: Sequence[Setting]) -> list[Figure]:
    """Calls of tools without a language model; with one they are the clock's too, for its time is bounded."""
    return [
        mean_figure(
            f"tool calls a turn, {one.name}",
            {turn.id: float(sum(turn.tools.values())) for turn in one.turns},
            {turn.id: turn.dialogue for turn in one.turns},
            better="lower",
        )
        for one in here
        if not one.model and one.turns
    ]


def _by_setting(settings: Sequence[Setting], tuned: Order | None) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for one in settings:
        if not one.here:
            rows.append((one.name, "not here", *(None,) * 6))
            continue
        own = one.model_order or tuned
        ms = summary(_totals(one)) if one.turns else {}
        quality = (len(own.ndcg), _mean(own.ndcg.values()), _mean(own.hit.values())) if own else (None,) * 3
        turns = (len(one.turns), ms.get("p50_ms"), ms.get("p95_ms"))
        rows.append((one.name, one.model or "none", *quality, *turns))
    columns = ("setting", "model", "choices", "NDCG@10", f"first {HIT}", "turns", "p50 ms", "p95 ms")
    return Table("Quality against cost, by setting of the language model", columns, tuple(rows), timed=True)


def _calls(here: Sequence[Setting]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for one in here:
        usage = [turn.usage for turn in one.turns]
        rows.append(
            (
                one.name,
                _mean(float(sum(turn.tools.values())) for turn in one.turns),
                _mean(float(u.calls) for u in usage),
                _mean(float(u.unanswered) for u in usage),
                _mean(float(u.prompt_tokens) for u in usage),
                _mean(float(u.answer_tokens) for u in usage),
            )
        )
    columns = (
        "setting",
        "tool calls",
        "model calls answered",
        "unanswered",
        "prompt tokens",
        "answer tokens",
    )
    return Table("Calls and tokens a turn", columns, tuple(rows), timed=True)


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return sum(found) / len(found) if found else None


def _by_quality_step(here: Sequence[Setting], orders: Mapping[str, Order]) -> Table:
    """Each step against the one before it, on the same choices."""
    rows: list[tuple[Cell, ...]] = []
    steps = _steps(here, orders)
    for step, order in steps.items():
        now = _quality("NDCG@10", order.ndcg, order)
        before = (
            None if step == STEPS[0] else orders[STEPS[STEPS.index(step) - 1] if step in STEPS else STEPS[1]]
        )
        gain = paired_difference(_quality("NDCG@10", before.ndcg, before), now) if before else None
        told = f"{gain.mean:+.4f} ({gain.low:+.4f} to {gain.high:+.4f})" if gain else None
        rows.append((step, now.count, now.mean, _mean(order.hit.values()), told))
    columns = (
        "after",
        "choices",
        "NDCG@10",
        f"among the first {HIT}",
        "gain in NDCG@10 on the step before, 95 %",
    )
    return Table("Quality by step", columns, tuple(rows))


def _by_tool(here: Sequence[Setting]) -> Table:
    """Which tools are called how often, without a language model: with one that plans, the model's calls are its own."""
    rows: list[tuple[Cell, ...]] = []
    for one in here:
        if one.model:
            continue
        names = sorted({name for turn in one.turns for name in turn.tools})
        for name in names:
            calls = [turn.tools.get(name, 0) for turn in one.turns]
            rows.append((name, sum(calls), sum(calls) / len(calls)))
    return Table("Calls by tool, without a language model", ("tool", "calls", "a turn"), tuple(rows))


def _by_step(here: Sequence[Setting]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for one in here:
        all_ms = sum(_totals(one)) or 1.0
        for step in _step_names(one):
            times = [turn.steps_ms[step] for turn in one.turns if step in turn.steps_ms]
            ms = summary(times)
            rows.append((one.name, step, len(times), ms["p50_ms"], ms["p95_ms"], sum(times) / all_ms))
    columns = ("setting", "step", "turns with it", "p50 ms", "p95 ms", "share of all time")
    return Table("Milliseconds by step", columns, tuple(rows), timed=True)


def _step_names(setting: Setting) -> list[str]:
    return list(dict.fromkeys(step for turn in setting.turns for step in turn.steps_ms))


def _by_role(here: Sequence[Setting]) -> list[Table]:
    """What the models were asked for; no table where there is no model."""
    rows: list[tuple[Cell, ...]] = []
    for one in here:
        count = max(len(one.turns), 1)
        for role in dict.fromkeys(role for turn in one.turns for role in turn.roles):
            used = [turn.roles[role] for turn in one.turns if role in turn.roles]
            all_ = sum(used, Usage())
            rows.append(
                (
                    one.name, role, len(used), all_.calls / count, all_.prompt_tokens / count, all_.answer_tokens / count,
                    1000 * all_.seconds / count,
                )
            )  # fmt: skip
        judged = one.model_order
        if judged is not None and judged.ndcg:
            cases, all_ = len(judged.ndcg), judged.cost
            rows.append(
                (
                    one.name, "rerank, a held-out choice", cases, all_.calls / cases, all_.prompt_tokens / cases,
                    all_.answer_tokens / cases, 1000 * all_.seconds / cases,
                )
            )  # fmt: skip
    columns = ("setting", "asked to", "times", "calls", "prompt tokens", "answer tokens", "ms")
    title = "The language model by role, for each turn played or choice judged"
    return [Table(title, columns, tuple(rows), timed=True)] if any(one.model for one in here) else []


def _plots(here: Sequence[Setting], orders: Mapping[str, Order]) -> tuple[Plot, ...]:
    played = [one for one in here if one.turns]
    latency = tuple(
        Series(one.name, tuple(float(n) for n in range(len(one.turns))), tuple(_totals(one)))
        for one in played
    )
    steps = tuple(
        Series(
            one.name,
            tuple(_step_names(one)),
            tuple(
                sum(turn.steps_ms.get(step, 0.0) for turn in one.turns) / len(one.turns)
                for step in _step_names(one)
            ),
        )
        for one in played
    )
    found = [
        Plot("Milliseconds of a turn", "histogram", "ms", "turns", latency, timed=True),
        Plot("Where the milliseconds go", "bars", "step", "ms a turn", steps, timed=True),
    ]
    if orders:
        found = [_quality_by_step(here, orders), _quality_by_cost(played, orders[STEPS[1]]), *found]
    return tuple(found)


def _quality_by_step(here: Sequence[Setting], orders: Mapping[str, Order]) -> Plot:
    figures = {step: _quality(step, order.ndcg, order) for step, order in _steps(here, orders).items()}
    bars = Series(
        "NDCG@10",
        tuple(figures),
        tuple(f.mean for f in figures.values()),
        tuple(f.low for f in figures.values()),
        tuple(f.high for f in figures.values()),
    )
    return Plot("Quality by step", "bars", "after", "NDCG@10", (bars,))


def _quality_by_cost(played: Sequence[Setting], tuned: Order) -> Plot:
    """A point for each setting."""
    points = []
    for one in played:
        order = one.model_order if one.model_order is not None and one.model_order.ndcg else tuned
        told = replace(_quality(one.name, order.ndcg, order), cases={})
        half = summary(_totals(one))["p50_ms"]
        points.append(Series(one.name, (half,), (told.mean,), (told.low,), (told.high,)))
    return Plot(
        "Quality against cost",
        "line",
        "ms of half of all turns at most",
        "NDCG@10",
        tuple(points),
        timed=True,
    )
