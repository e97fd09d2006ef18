"""The section: each model's figures on each axis, what reading both gains, and the axes on which it does not."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

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
from agent.evaluation.steering.held_out import EVENTS, HISTORY, HeldOut
from agent.evaluation.steering.protocols import (
    AXES,
    SENTIMENT_ALONE,
    Question,
    Told,
    questions,
    tell,
)
from agent.evaluation.steering.recommenders import (
    BOTH,
    HISTORY_ONLY,
    MODELS,
    POPULARITY,
    TEXT_ONLY,
    Recommenders,
)
from agent.evaluation.steering.wishes import LATEST, TASTES, WISHED, Teller
from tools.errors import UserInputError

FIRST = 10  # items looked at
CUTS = (5, FIRST)
MAIN = "ndcg@10"  # an axis is won by it: where either model finds 96 of 100 among ten, their order is what is left
BESIDE = "recall@10"  # an axis is lost by it only where that is no chance
FAR = 10_000  # the place of what is not among the first
TEXT = (
    "Of each held-out event, an item that the person liked, three models see the same case: the history without the wish, the wish without the history, and both, as "
    "a dialogue has them. Wishes are sentences made of film notes and keywords, never of a title: tastes read off what was liked (of "
    "five the one nearest to the item that came next, or, knowing nothing of it, the one nearest to the history), and wishes for an "
    "item in other words than its own. Steering asks for one item with the history of somebody who went on to another; sentiment asks "
    "that an item comes when it is wished for and does not when the same is refused."
)


@dataclass(frozen=True)
class Scores:
    """Every metric of every case of one axis and model, by case id, and whose history each is."""

    metrics: Mapping[str, Mapping[str, float]]
    users: Mapping[str, str]


def place_among(first: Sequence[int], target: int) -> int:
    """The place of the target among the first items, 0 being the first; FAR when it is not among them."""
    return first.index(target) if target in first else FAR


def hits(place: int, refused_place: int | None = None) -> dict[str, float]:
    """Recall and NDCG at each cut. refused_place: where the item is when it is refused; it must not be within the cut."""
    found: dict[str, float] = {}
    for cut in CUTS:
        within = place < cut and not (refused_place is not None and refused_place < cut)
        found[f"recall@{cut}"] = float(within)
        found[f"ndcg@{cut}"] = float(1 / np.log2(place + 2)) if within else 0.0
    return found


def measure(
    asked: Iterable[Question], first: Callable[[str, Question], dict[str, float]]
) -> dict[tuple[str, str], Scores]:
    """(axis, model) → scores. first: the metrics of one model on one question."""
    found: dict[tuple[str, str], tuple[dict[str, dict[str, float]], dict[str, str]]] = {}
    for question in asked:
        for model in MODELS:
            metrics, users = found.setdefault((question.axis, model), ({}, {}))
            users[question.id] = question.user
            for name, value in first(model, question).items():
                metrics.setdefault(name, {})[question.id] = value
    return {key: Scores(metrics, users) for key, (metrics, users) in found.items()}


def metrics_of(recommenders: Recommenders, model: str, question: Question) -> dict[str, float]:
    """What one model makes of one question."""
    place = place_among(recommenders.first(model, question.asked, FIRST), question.target)
    if question.unwanted is None:
        return hits(place)
    return hits(place, place_among(recommenders.first(model, question.unwanted, FIRST), question.target))


def steering(
    recommenders: Recommenders,
    teller: Teller,
    events: Sequence[HeldOut],
    count: int = 600,
    seed: int = 0,
    tell_progress: Callable[[str], object] = lambda _sentence: None,
) -> Section:
    """Mender's five protocols on the first `count` of these held-out events, drawn anew by the seed.

    Raises UserInputError when there is nothing to ask, ToolFailed.
    """
    drawn = [events[n] for n in np.random.default_rng(seed).permutation(len(events))]
    told = tell(drawn, count, teller, recommenders.toolbox, seed)
    asked = list(questions(told, recommenders.toolbox))
    if not any(question.axis == "fine steering" for question in asked):
        raise UserInputError(
            "too few held-out events of items with keywords; this catalogue cannot be measured so"
        )
    recommenders.prepare(a for q in asked for a in (q.asked, q.unwanted) if a is not None)
    done = 0

    def one(model: str, question: Question) -> dict[str, float]:
        nonlocal done
        done += 1
        if done % 100 == 0:
            tell_progress(f"{done} of {len(MODELS) * len(asked)} rankings…")
        return metrics_of(recommenders, model, question)

    return section_of(measure(asked, one), told, seed)


def section_of(scores: Mapping[tuple[str, str], Scores], told: Sequence[Told], seed: int) -> Section:
    """The section of these scores."""
    figures = {
        (axis, model, metric): mean_figure(f"{axis}/{model}/{metric}", cases, group=found.users, seed=seed)
        for (axis, model), found in scores.items()
        for metric, cases in found.metrics.items()
    }
    axes = [axis for axis in AXES if (axis, BOTH) in scores]
    gains = _gains(figures, axes, seed)
    kept = [
        f for (_, model, metric), f in figures.items() if metric.endswith(f"@{FIRST}") and model != POPULARITY
    ]
    return Section(
        name="steering",
        title=f"Preference steering: Mender's protocols on {len(told)} held-out events",
        text=TEXT,
        setup=_setup(scores, told, seed),
        figures=tuple(kept),
        tables=(_means(figures, axes), gains),
        plots=(_bars(figures, axes),),
        failures=_failures(figures, axes, seed),
    )


def _setup(scores: Mapping[tuple[str, str], Scores], told: Sequence[Told], seed: int) -> dict[str, object]:
    same = sum(one.oracle == one.honest for one in told)
    return {
        "seed": seed,
        "events": len(told),
        "users": len({one.event.user for one in told}),
        "cases": {axis: len(found.users) for (axis, model), found in scores.items() if model == BOTH},
        "history": f"the last {HISTORY} events before the held-out one that were not disliked; all before it are not recommended again",
        "tastes": f"up to {TASTES}, of the last {LATEST} that were liked before the held-out one",
        "wish": f"{WISHED} phrases: other keywords than its own, of like meaning, where there are; never its title",
        "oracle": "the taste whose sentence is nearest in meaning to title and text of the item that came next",
        "honest": "the taste whose sentence is nearest to the mean text of the history",
        "oracle_is_honest": same,
        "held_out": f"what was liked of up to the last {EVENTS + 1} events of each user, a tenth of what they did; the sequence model has seen none of them, and the weights of fusion and "
        "tuned re-ranker were fitted on other users",
    }


def _means(figures: Mapping[tuple[str, str, str], Figure], axes: Sequence[str]) -> Table:
    metrics = [f"{name}@{cut}" for name in ("recall", "ndcg") for cut in CUTS]
    rows: list[tuple[Cell, ...]] = [
        (axis, model, figures[axis, model, MAIN].count, *(_told(figures[axis, model, m]) for m in metrics))
        for axis in axes
        for model in MODELS
    ]
    columns = ("axis", "model", "cases", *metrics)
    return Table("Means with 95 % intervals, users drawn whole", columns, tuple(rows))


def _gains(figures: Mapping[tuple[str, str, str], Figure], axes: Sequence[str], seed: int) -> Table:
    """What both gain on either alone, case by case."""
    rows: list[tuple[Cell, ...]] = []
    for axis in axes:
        for other in (HISTORY_ONLY, TEXT_ONLY):
            gains = [
                paired_difference(figures[axis, other, m], figures[axis, BOTH, m], seed)
                for m in (MAIN, BESIDE)
            ]
            sure = [g is not None and g.low > 0 for g in gains]
            worse = [g is not None and g.high < 0 for g in gains]
            verdict = "surely better" if all(sure) else "surely worse" if all(worse) else "within chance"
            if any(sure) and not all(sure):
                verdict = "surely better by one"
            if not any(g is not None and (g.low or g.high) for g in gains):
                verdict = "the same"
            rows.append((axis, other, *(_told(g) if g else "" for g in gains), verdict))
    columns = ("axis", "both less", MAIN, BESIDE, "verdict")
    return Table("What reading both gains, paired", columns, tuple(rows))


def _told(figure: Figure) -> str:
    return f"{figure.mean:.3f} ({figure.low:.3f} to {figure.high:.3f})"


def _bars(figures: Mapping[tuple[str, str, str], Figure], axes: Sequence[str]) -> Plot:
    series = tuple(
        Series(
            model,
            tuple(axes),
            tuple(figures[axis, model, MAIN].mean for axis in axes),
            tuple(figures[axis, model, MAIN].low for axis in axes),
            tuple(figures[axis, model, MAIN].high for axis in axes),
        )
        for model in MODELS
    )
    return Plot(f"{MAIN} by axis", "bars", "axis", MAIN, series)


def _failures(
    figures: Mapping[tuple[str, str, str], Figure], axes: Sequence[str], seed: int
) -> tuple[str, ...]:
    """The axes on which reading both does not beat the better of the two in the mean of MAIN, or surely falls behind it in
    BESIDE. Without a history there is nothing to read but the words, so the two are one there."""
    found = []
    for axis in (a for a in axes if a != SENTIMENT_ALONE):
        for metric, lost in ((MAIN, "do not beat"), (BESIDE, "surely fall behind")):
            better = _better(figures, axis, metric)
            both, other = figures[axis, BOTH, metric], figures[axis, better, metric]
            gain = paired_difference(other, both, seed)
            if gain is not None and (gain.mean <= 0 if metric == MAIN else gain.high < 0):
                found.append(f"{axis}: both {both.mean:.4f} {lost} {better} {other.mean:.4f} in {metric}")
    return tuple(found)


def _better(figures: Mapping[tuple[str, str, str], Figure], axis: str, metric: str) -> str:
    """The better of the two that read one thing."""
    return max((HISTORY_ONLY, TEXT_ONLY), key=lambda model: figures[axis, model, metric].mean)
