"""How many users had each item: a recommender of its own, and what breaks the ties of the others."""

import numpy as np

from tools.sequence.interactions import Floats, Ints, Sequences

# Pairs that never occurred still need an order: popularity, too small to overrule a transition.
BACKOFF = 1e-3


class Popularity:
    """The logarithm of how many users had the item, whatever the history."""

    def __init__(self, counts: Ints) -> None:
        self.counts = counts
        self.logs: Floats = np.log1p(counts.astype(np.float32))

    @classmethod
    def fit(cls, sequences: Sequences, item_count: int) -> "Popularity":
        return cls(np.bincount(sequences.items, minlength=item_count).astype(np.int32))

    @property
    def small(self) -> Floats:
        """Popularity between 0 and BACKOFF, for models that break their ties by it."""
        top = float(self.logs.max(initial=0.0))
        return self.logs * np.float32(BACKOFF / top if top else 0.0)

    def scores(self, history: Ints) -> Floats:  # noqa: ARG002 - the protocol's shape
        return self.logs.copy()

    def scores_batch(self, histories: list[Ints]) -> Floats:
        return np.tile(self.logs, (len(histories), 1))
