"""What is measured of dialogues with simulated people: figures with intervals, by turn, by persona, and between runs."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np

from agent.evaluation.report.contents import Figure, Plot, Series, Table, mean_figure, paired_difference
from agent.evaluation.simulation.dialogue import Held

SUCCESS_AT = (1, 3, 5, 10)
RECALL_AT = (5, 10, 20, 50)
AT_TURNS = (1, 3, 5)
CUT = 10
COMPARED = ("success@5", "turns", "recall@10 at turn 3", "ndcg@10 at turn 3", "violations")


def figures(held: Sequence[Held], seed: int = 0) -> tuple[Figure, ...]:
    """Every figure; a case is a person, and persons of one user belong together."""
    most = max((h.person.patience for h in held), default=0)

    def figure(
        name: str,
        value: Callable[[Held], float],
        better: Literal["higher", "lower", ""] = "higher",
        of: Callable[[Held], bool] = lambda _: True,
    ) -> Figure:
        return mean_figure(
            name, {h.person.id: value(h) for h in held if of(h)}, _groups(held), better, seed=seed
        )

    return (
        *(figure(f"success@{t}", lambda h, t=t: float(succeeded_by(h, t))) for t in SUCCESS_AT),  # type: ignore[misc]
        figure("turns to success", lambda h: float(h.turns), "lower", lambda h: h.taken is not None),
        figure("turns", lambda h: float(h.turns if h.taken is not None else most + 1), "lower"),
        figure("abandonment", lambda h: float(h.taken is None), "lower"),
        *(
            figure(f"recall@{k} at turn {t}", lambda h, k=k, t=t: recall_at(h, k, t))  # type: ignore[misc]
            for t in AT_TURNS
            for k in RECALL_AT
        ),
        *(figure(f"ndcg@10 at turn {t}", lambda h, t=t: ndcg_at(h, t)) for t in AT_TURNS),  # type: ignore[misc]
        figure("violations", lambda h: float(sum(len(e.violations) for e in h.exchanges)), "lower"),
        figure("repeats", lambda h: float(sum(e.repeats for e in h.exchanges)), "lower"),
        figure("questions", lambda h: float(questions(h)), ""),
        figure("taking understood", lambda h: float(h.understood), "higher", lambda h: h.taken is not None),
    )


def _groups(held: Sequence[Held]) -> dict[str, str]:
    return {h.person.id: h.person.user for h in held}


def succeeded_by(held: Held, turn: int) -> bool:
    """Whether the person was shown what they would take within so many turns."""
    return held.taken is not None and held.turns <= turn


def questions(held: Held) -> int:
    """How often palate asked back."""
    return sum(e.answer.question is not None for e in held.exchanges)


def ranks_at(held: Held, turn: int) -> tuple[int, ...]:
    """Places of the targets in the last ranking made up to a turn, from 0; a dialogue that ended keeps its last one."""
    made = [e.ranks for e in held.exchanges[:turn] if e.ranks is not None]
    return made[-1] if made else ()


def recall_at(held: Held, k: int, turn: int) -> float:
    """Share of the targets among the first k of the ranking at a turn."""
    return sum(rank < k for rank in ranks_at(held, turn)) / len(held.person.targets)


def ndcg_at(held: Held, turn: int) -> float:
    """NDCG@10 of the ranking at a turn, every target worth 1."""
    gained = sum(1 / np.log2(rank + 2) for rank in ranks_at(held, turn) if rank < CUT)
    best = sum(1 / np.log2(n + 2) for n in range(min(len(held.person.targets), CUT)))
    return float(gained / best)


def plots(held: Sequence[Held], seed: int = 0) -> tuple[Plot, ...]:
    """Success by turn, the quality of the ranking by turn, and success by persona."""
    turns = range(1, max((h.person.patience for h in held), default=1) + 1)
    ranking = [
        _line("Recall@10", turns, held, lambda h, t: recall_at(h, 10, t), seed),
        _line("NDCG@10", turns, held, ndcg_at, seed),
    ]
    personas = _by_persona(held)
    bars = [
        _means({h.person.id: float(succeeded_by(h, 5)) for h in some}, some, seed)
        for some in personas.values()
    ]
    success = _line("taken", turns, held, lambda h, t: float(succeeded_by(h, t)), seed)
    return (
        Plot("Success by turn", "line", "turn", "share of people", (success,)),
        Plot("Ranking by turn", "line", "turn", "mean", tuple(ranking)),
        Plot("Success within five turns by persona", "bars", "persona", "share of people", (
            Series("success@5", tuple(personas), *(tuple(b[n] for b in bars) for n in range(3))),
        )),
    )  # fmt: skip


def _line(
    name: str, turns: Sequence[int], held: Sequence[Held], value: Callable[[Held, int], float], seed: int
) -> Series:
    points = [_means({h.person.id: value(h, t) for h in held}, held, seed) for t in turns]
    mean, low, high = (tuple(p[n] for p in points) for n in range(3))
    return Series(name, tuple(float(t) for t in turns), mean, low, high)


def _means(cases: Mapping[str, float], held: Sequence[Held], seed: int) -> tuple[float, float, float]:
    figure = mean_figure("", cases, _groups(held), seed=seed)
    return figure.mean, figure.low, figure.high


def _by_persona(held: Sequence[Held]) -> dict[str, list[Held]]:
    found: dict[str, list[Held]] = {}
    for h in held:
        found.setdefault(h.person.persona, []).append(h)
    return dict(sorted(found.items()))


def persona_table(held: Sequence[Held]) -> Table:
    """A row a persona."""
    rows = []
    for persona, some in _by_persona(held).items():
        taken = [h for h in some if h.taken is not None]
        rows.append((
            persona,
            len(some),
            _mean([float(succeeded_by(h, 1)) for h in some]),
            _mean([float(succeeded_by(h, 5)) for h in some]),
            _mean([float(h.taken is None) for h in some]),
            _mean([float(h.turns) for h in taken]),
            _mean([float(questions(h)) for h in some]),
            sum(len(e.violations) for h in some for e in h.exchanges),
            sum(e.repeats for h in some for e in h.exchanges),
        ))  # fmt: skip
    columns = (
        "persona",
        "people",
        "success@1",
        "success@5",
        "left",
        "turns to success",
        "questions",
        "violations",
        "repeats",
    )
    return Table("By persona", columns, tuple(rows))


def said_table(held: Sequence[Held]) -> Table:
    """What people did, how often, and what came of the next turn: how many took something then."""
    counts: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for h in held:
        for n, e in enumerate(h.exchanges, 1):
            counts[e.act.kind] += 1
            taken[e.act.kind] += h.taken is not None and n == h.turns
            wrong[e.act.kind] += any(c.wrong for c in e.act.claims)
    rows = sorted(counts, key=lambda kind: (-counts[kind], kind))
    return Table(
        "What was said",
        ("act", "messages", "wrong on purpose or by mistake", "taken at once"),
        tuple((kind, counts[kind], wrong[kind], taken[kind]) for kind in rows),
    )


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def ablation_table(runs: Mapping[str, Sequence[Held]], seed: int = 0) -> tuple[Table, tuple[Figure, ...]]:
    """The same people with one part off at a time: each figure, and what it is less all parts, on the same persons."""
    names = list(runs)
    by_run = {name: {f.name: f for f in figures(runs[name], seed)} for name in names}
    whole = by_run[names[0]]
    rows: list[tuple[str, ...]] = []
    differences: list[Figure] = []
    for name in names:
        cells = [name]
        for compared in COMPARED:
            figure = by_run[name][compared]
            cell = f"{figure.mean:.3f}"
            gain = paired_difference(whole[compared], figure, seed) if name != names[0] else None
            if gain is not None:
                cell += f" ({gain.mean:+.3f}, {gain.low:+.3f} to {gain.high:+.3f})"
                told = f"{compared}, {name} less {names[0]}"
                differences.append(Figure(
                    told, gain.mean, gain.low, gain.high, gain.count, gain.better, gain.unit, gain.cases, gain.group
                ))  # fmt: skip
            cells.append(cell)
        rows.append(tuple(cells))
    title = (
        "Parts left out (in brackets the difference to all parts on the same people, with its 95 % interval)"
    )
    return Table(title, ("parts", *COMPARED), tuple(rows)), tuple(differences)
