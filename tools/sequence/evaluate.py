"""HR@10 and NDCG@10: the target ranked among all items, seen items removed, ties broken fairly."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.sequence.interactions import Cases, Floats, Ints, batches

LOWEST = float(np.finfo(np.float32).min)
ScoreBatch = Callable[[list[Ints]], Floats]  # histories -> (batch, items), higher is better


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


def evaluate(score_batch: ScoreBatch, cases: Cases, batch_size: int = 256) -> Metrics:
    """Metrics of one scorer on these cases. Memory is batch_size × items × 4 bytes and a few masks."""
    return evaluate_all({"": score_batch}, cases, {}, batch_size)[""]


def evaluate_all(
    scorers: Mapping[str, ScoreBatch],
    cases: Cases,
    blends: Mapping[str, Callable[[Mapping[str, Floats]], Floats]],
    batch_size: int = 256,
) -> dict[str, Metrics]:
    """Metrics of several scorers, and of blends made of their scores, each history scored once by each."""
    above: dict[str, list[NDArray[np.int64]]] = {name: [] for name in (*scorers, *blends)}
    level: dict[str, list[NDArray[np.int64]]] = {name: [] for name in above}
    for part in batches(len(cases), batch_size):
        histories = [cases.history(case) for case in range(part.start, part.stop)]
        scores = {name: score(histories) for name, score in scorers.items()}
        scores |= {name: blend(scores) for name, blend in blends.items()}
        for name, given in scores.items():
            # A copy, for seen items are overwritten. A model that breaks down must rank last, not first:
            # every comparison with NaN is false.
            usable = np.nan_to_num(given, nan=LOWEST, neginf=LOWEST)
            higher, equal = target_ranks(usable, histories, cases.targets[part])
            above[name].append(higher)
            level[name].append(equal)
    if not len(cases):
        return {name: Metrics(0.0, 0.0, 0) for name in above}
    results = {}
    for name in above:
        hits, gains = expected_gains(np.concatenate(above[name]), np.concatenate(level[name]))
        results[name] = Metrics(float(hits.mean()), float(gains.mean()), len(cases))
    return results
