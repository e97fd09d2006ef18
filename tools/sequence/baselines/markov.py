"""What came straight after the last item."""

import numpy as np

from tools.sequence.baselines.item_rows import ItemRows, scaled
from tools.sequence.baselines.popularity import Popularity
from tools.sequence.interactions import Floats, Ints, Sequences
from tools.sequence.transitions import TransitionTable, fit_transitions


class Markov:
    """The share of users who went from the last item straight to this one; popularity breaks ties."""

    def __init__(self, table: TransitionTable, popularity: Popularity) -> None:
        self.table = table
        shares = scaled(table.matrix(table.next_counts), rows=1.0 / np.maximum(popularity.counts, 1))
        self.rows = ItemRows(shares, np.ones(1, np.float32), popularity.small)

    @classmethod
    def fit(cls, sequences: Sequences, item_count: int) -> "Markov":
        return cls(fit_transitions(sequences, item_count), Popularity.fit(sequences, item_count))

    def scores(self, history: Ints) -> Floats:
        return self.rows.scores(history)

    def scores_batch(self, histories: list[Ints]) -> Floats:
        return self.rows.scores_batch(histories)
