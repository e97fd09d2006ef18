"""HR@10 and NDCG@10: the target ranked among all items, seen items removed, ties broken fairly."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.sequence.baselines.recommender import Recommender, TimedRecommender
from tools.sequence.interactions import Cases, Floats, Ints, Longs, batches

LOWEST = float(np.finfo(np.float32).min)
ScoreCases = Callable[[Cases], Floats]  # cases -> (cases, items), higher is better


def scorer(recommender: Recommender) -> ScoreCases:
    """A recommender that reads items alone, as something that scores cases."""
    return lambda cases: recommender.scores_batch(cases.histories())


def timed_scorer(recommender: TimedRecommender) -> ScoreCases:
    """A recommender that reads when events were as well, as something that scores cases."""
    return lambda cases: recommender.scores_batch(cases.histories(), cases.times())


@dataclass(frozen=True)
class Metrics:
    hr10: float
    ndcg10: float
    cases: int


def target_ranks(scores: Floats, histories: list[Ints], targets: Ints) -> tuple[NDArray[np.int64], ...]:
    """How many unseen items stand above each target, and how many others stand level with it.

    scores: (batch, items), finite, overwritten at seen items. The target itself is never removed.
    """
    rows = np.arange(len(targets))
    own = scores[rows, targets].copy()
    for row, history in enumerate(histories):
        scores[row, history] = -np.inf
    scores[rows, targets] = -np.inf
    above = (scores > own[:, None]).sum(1)
    level = (scores == own[:, None]).sum(1)
    return above, level


def expected_gains(
    above: NDArray[np.int64], level: NDArray[np.int64], top: int = 10
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Each case's expected hit and NDCG at `top` over every order of the tied items.

    A target with a items above it and t level stands on each of the places a .. a + t with the same chance;
    so neither the sort's luck nor a seed enters the figure.
    """
    gains = np.concatenate([[0.0], np.cumsum(1.0 / np.log2(np.arange(top) + 2.0))])
    first = np.minimum(above, top)
    last = np.minimum(above + level + 1, top)
    return (last - first) / (level + 1), (gains[last] - gains[first]) / (level + 1)


def evaluate(score: ScoreCases, cases: Cases, batch_size: int = 256) -> Metrics:
    """Metrics of one scorer on these cases. Memory is batch_size × items × 4 bytes and a few masks."""
    return evaluate_all({"": score}, cases, {}, batch_size)[""]


def evaluate_all(
    scorers: Mapping[str, ScoreCases],
    cases: Cases,
    blends: Mapping[str, Callable[[Mapping[str, Floats], Longs], Floats]],
    batch_size: int = 256,
) -> dict[str, Metrics]:
    """Metrics of several scorers, and of blends made of their scores, each history scored once by each."""
    above: dict[str, list[NDArray[np.int64]]] = {name: [] for name in (*scorers, *blends)}
    level: dict[str, list[NDArray[np.int64]]] = {name: [] for name in above}
    for part in batches(len(cases), batch_size):
        asked = cases.part(part)
        histories = asked.histories()
        scores = {name: score(asked) for name, score in scorers.items()}
        scores |= {name: blend(scores, asked.lengths()) for name, blend in blends.items()}
        for name, given in scores.items():
            # A copy, for seen items are overwritten. A model that breaks down must rank last, not first:
            # every comparison with NaN is false.
            usable = np.nan_to_num(given, nan=LOWEST, neginf=LOWEST)
            higher, equal = target_ranks(usable, histories, asked.targets)
            above[name].append(higher)
            level[name].append(equal)
    if not len(cases):
        return {name: Metrics(0.0, 0.0, 0) for name in above}
    results = {}
    for name in above:
        hits, gains = expected_gains(np.concatenate(above[name]), np.concatenate(level[name]))
        results[name] = Metrics(float(hits.mean()), float(gains.mean()), len(cases))
    return results


@dataclass(frozen=True)
class Ranks:
    """Where each case's target stands, and which items stand in anybody's top."""

    above: NDArray[np.int64]  # (cases,) unseen items above the target
    level: NDArray[np.int64]  # (cases,) others level with it
    in_a_top: NDArray[np.bool_]  # (items,)


def rank_cases(
    score: ScoreCases,
    cases: Cases,
    item_count: int,
    top: int = 10,
    progress: Callable[[float], None] | None = None,
    batch_size: int = 256,
) -> Ranks:
    """The targets' ranks as `evaluate` counts them, and the items that somebody's `top` best unseen ones hold.

    Items tied for a top's last places enter it in the catalogue's order.
    """
    above: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
    level: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
    in_a_top = np.zeros(item_count, bool)
    for part in batches(len(cases), batch_size):
        asked = cases.part(part)
        histories = asked.histories()
        usable = np.nan_to_num(score(asked), nan=LOWEST, neginf=LOWEST)
        in_a_top |= _in_top(usable, histories, top)
        higher, equal = target_ranks(usable, histories, asked.targets)
        above.append(higher)
        level.append(equal)
        if progress is not None:
            progress(part.stop / len(cases))
    return Ranks(np.concatenate(above), np.concatenate(level), in_a_top)


def _in_top(scores: Floats, histories: list[Ints], top: int) -> NDArray[np.bool_]:
    """Which items stand among the `top` best unseen ones of any row. (items,)"""
    unseen = scores.copy()
    for row, history in enumerate(histories):
        unseen[row, history] = -np.inf
    top = min(top, unseen.shape[1])
    least = np.partition(unseen, -top, axis=1)[:, -top, None]
    higher, equal = unseen > least, unseen == least
    room = top - higher.sum(1, keepdims=True)
    chosen = higher | (equal & (np.cumsum(equal, axis=1) <= room))
    return np.asarray((chosen & (unseen > -np.inf)).any(0))
