"""Decayed sequential rules: what came up to ten events after each of the last items."""

import numpy as np

from tools.sequence.baselines.item_rows import ItemRows, scaled
from tools.sequence.baselines.popularity import Popularity
from tools.sequence.interactions import Floats, Ints, Sequences
from tools.sequence.transitions import TransitionTable, fit_transitions, pattern_sums

# One setting for every data set, chosen on validation targets of ML-1M / Amazon Beauty / the demo (4,500 /
# 4,500 / 1,860 cases): NDCG@10 rose from .1489 / .0676 / .0845 to .1758 / .0721 / .0929. Losses below in that order.
HISTORY_DECAY = (1.0 / np.arange(1, 16)).astype(
    np.float32
)  # .7^k lost .002 / .001 / .003, .5^k .010 / 0 / .009
# The root of a share: an item that several history items point to beats one that a single one shouts for.
SHARE_POWER = 0.5  # 1 lost .012 / .0015 / .005; .3 won .004 and lost .002 / .002
ROW_PRIOR = 100.0  # seldom seen items say less: 30 lost 0 / .001 / .002
POPULARITY_POWER = 0.075  # 0 lost .0035 / .0005 / .001; .2 instead of .1 lost .003 on Beauty


class Transitions:
    """The root of the smoothed share of what came after an item, summed over the last fifteen items."""

    def __init__(self, table: TransitionTable, popularity: Popularity) -> None:
        self.table = table
        self.popularity = popularity
        weights = table.matrix(table.weights)
        row_sums = pattern_sums(table.row_ends, table.weights)
        shares = scaled(weights, rows=1.0 / (row_sums + ROW_PRIOR))
        np.power(shares.data, np.float32(SHARE_POWER), out=shares.data)
        discount = (popularity.counts + 1.0) ** -POPULARITY_POWER
        self.rows = ItemRows(scaled(shares, columns=discount), HISTORY_DECAY, popularity.small)

    @classmethod
    def fit(cls, sequences: Sequences, item_count: int) -> "Transitions":
        return cls(fit_transitions(sequences, item_count), Popularity.fit(sequences, item_count))

    def scores(self, history: Ints) -> Floats:
        return self.rows.scores(history)

    def scores_batch(self, histories: list[Ints]) -> Floats:
        return self.rows.scores_batch(histories)

    def transition_count(self, from_item: int, to_item: int) -> int:
        """In how many users' histories to_item came after from_item within the window."""
        return self.table.count(from_item, to_item)

    def support(self, item: int) -> int:
        """How many users had the item."""
        return int(self.popularity.counts[item]) if 0 <= item < len(self.popularity.counts) else 0
