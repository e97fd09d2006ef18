"""How good an order of candidates is: the place of the item that was taken, and how sure a difference of means is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

RESAMPLES = 2_000
CUT = 10


@dataclass(frozen=True)
class Interval:
    """A mean with its 95 % interval."""

    mean: float
    low: float
    high: float

    def to_json(self) -> dict[str, float]:
        """Four decimals of each."""
        return {"mean": round(self.mean, 4), "low": round(self.low, 4), "high": round(self.high, 4)}


def place_of(scores: NDArray[np.float64], taken: int) -> int:
    """How many candidates come before the taken one, highest score first.

    scores: (candidates,) in the retriever's order, which decides among equal ones.
    """
    return int((scores > scores[taken]).sum() + (scores[:taken] == scores[taken]).sum())


def ndcg_at_10(place: int) -> float:
    """NDCG@10 of one taken item in this place, 0 being the first."""
    return float(1.0 / np.log2(place + 2)) if place < CUT else 0.0


def paired_bootstrap(differences: ArrayLike, users: Sequence[int], seed: int = 0) -> Interval:
    """The mean over cases of what one order gains on another, with its interval: users drawn whole.

    differences: (cases,), of the same cases under both orders. users: of each case. Zero where there are no cases.
    """
    gains = np.asarray(differences, np.float64)
    if not len(gains):
        return Interval(0.0, 0.0, 0.0)
    _, owner = np.unique(np.asarray(users), return_inverse=True)
    totals, counts = np.bincount(owner, gains), np.bincount(owner)
    drawn = np.random.default_rng(seed).integers(0, len(totals), (RESAMPLES, len(totals)))
    means = totals[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.percentile(means, (2.5, 97.5))
    return Interval(float(gains.mean()), float(low), float(high))
