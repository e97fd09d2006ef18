"""What came after what: one table of transitions, read by the last-item Markov model and the rules.

The same table is the agent's evidence: its counts are users, so "23 people who watched X went on to
watch Y" can be said as it stands.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tools.sequence.interactions import Floats, Ints, Longs, Sequences

# Events looked ahead, and a pair d apart counts 1 / d. NDCG@10 of 5, 10, 15 and 20 lay within .0015 on each
# of ML-1M, Beauty and the demo; 1/sqrt(d) lost .003 on ML-1M and the demo and won .0007 on Beauty.
WINDOW = 10


@dataclass(frozen=True)
class TransitionTable:
    """Rows are the earlier item, in CSR layout; three values for every pair that occurs."""

    row_ends: Longs  # (items + 1,)
    columns: Ints  # (pairs,) ascending within a row
    weights: Floats  # (pairs,) sum of 1 / (how many events later)
    counts: Ints  # (pairs,) users in whose history the pair occurs within the window
    next_counts: Ints  # (pairs,) users in whose history it occurs without anything between

    @property
    def item_count(self) -> int:
        return len(self.row_ends) - 1

    def row(self, item: int) -> slice:
        return slice(int(self.row_ends[item]), int(self.row_ends[item + 1]))

    def count(self, from_item: int, to_item: int) -> int:
        if not 0 <= from_item < self.item_count:
            return 0
        row = self.row(from_item)
        place = row.start + int(np.searchsorted(self.columns[row], to_item))
        return int(self.counts[place]) if place < row.stop and self.columns[place] == to_item else 0

    def matrix(self, values: NDArray[np.float32] | NDArray[np.int32]) -> sparse.csr_array:
        """One of the three values as a sparse matrix (items, items) that shares this table's arrays."""
        shape = (self.item_count, self.item_count)
        return sparse.csr_array((values, self.columns, self.row_ends), shape=shape, copy=False)


def fit_transitions(sequences: Sequences, item_count: int, window: int = WINDOW) -> TransitionTable:
    """The table of these sequences, in which a user has an item at most once (Interactions sees to it).

    Cost: window × events pairs, sorted once.
    """
    owners = sequences.owners()
    # One number a pair and its offset: they are sorted by themselves, without an index to carry along.
    keys = [np.zeros(0, np.int64)]
    for offset in range(1, window + 1):
        together = owners[offset:] == owners[:-offset]
        earlier = sequences.items[:-offset][together].astype(np.int64)
        keys.append((earlier * item_count + sequences.items[offset:][together]) * window + (offset - 1))
    key = np.concatenate(keys)
    key.sort()
    pairs, gaps = key // window, key % window + 1
    starts = np.flatnonzero(np.diff(pairs, prepend=-1))
    ends = np.append(starts, len(pairs))
    pairs = pairs[starts]
    return TransitionTable(
        row_ends=np.searchsorted(pairs, np.arange(item_count + 1, dtype=np.int64) * item_count).astype(
            np.int64
        ),
        columns=(pairs % max(item_count, 1)).astype(np.int32),
        weights=pattern_sums(ends, 1.0 / gaps),
        counts=np.diff(ends).astype(np.int32),  # a user has a pair at most once
        next_counts=pattern_sums(ends, gaps == 1).astype(np.int32),
    )


def pattern_sums(ends: Longs, values: NDArray[Any]) -> Floats:
    """The sum of values[ends[r]:ends[r + 1]] for every r, 0 where that is empty."""
    starts = ends[:-1]
    sums = np.add.reduceat(np.append(values, 0), starts, dtype=np.float64) if len(starts) else np.zeros(0)
    return np.where(np.diff(ends) > 0, sums, 0.0).astype(np.float32)


def user_item_matrix(sequences: Sequences, item_count: int) -> sparse.csr_array:
    """Who had what: (users, items), 1 where an event is, float32."""
    ones = np.ones(len(sequences.items), np.float32)
    shape = (sequences.user_count, item_count)
    return sparse.csr_array((ones, sequences.items, sequences.offsets), shape=shape)


def weighted_histories(histories: list[Ints], weights: Floats, item_count: int) -> sparse.csr_array:
    """Histories as sparse rows (batch, items): the last item weighs weights[0], the one before weights[1] …"""
    columns = [history[: -len(weights) - 1 : -1] for history in histories]
    sizes = np.array([len(row) for row in columns], dtype=np.int64)
    values = [weights[:size] for size in sizes]
    return sparse.csr_array(
        (
            np.concatenate([*values, np.zeros(0, np.float32)]),
            np.concatenate([*columns, np.zeros(0, np.int32)]),
            np.concatenate([[0], np.cumsum(sizes)]),
        ),
        shape=(len(histories), item_count),
    )
