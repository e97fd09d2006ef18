"""A walk of two steps from the last two items, its stops ordered by what they have in common with them.

The idea of TGH (github.com/haoyuhan1/GraphRec): candidates are the rings around the last items in the graph of
direct transitions, and inside a ring the likest stand first, an often-used edge helping. There each ring fills a
fixed number of the ten places; here it is a sum, so that every item has a score. Its text vectors are features
here, weighed by rarity.
"""

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from tools.sequence.baselines.item_rows import ItemRows, kept_neighbours, stacked, strongest
from tools.sequence.baselines.popularity import Popularity
from tools.sequence.baselines.similarity import feature_vectors
from tools.sequence.interactions import Floats, Ints, Sequences, batches
from tools.sequence.transitions import TransitionTable, fit_transitions, pattern_sums

SOURCE_DECAY = np.array([1.0, 0.5], dtype=np.float32)  # the last item and the one before it
# Validation NDCG@10 on ML-1M / Beauty (categories) / the demo. Second step 0, .1, .3, 1 without likeness: .1479 /
# .0634 / .0627, .1483 / .0663 / .0685, .1388 / .0678 / .0709, .1126 / .0661 / .0687.
SECOND_STEP = 0.2  # a path of two steps beside a direct one
# At .3 of a second step .1 won .005 / .002 / 0, and words of titles .005 on Beauty; .2 lost .007 / .002 / .005.
LIKENESS = 0.1  # a likeness of 1 beside an edge that everyone takes


class Graph:
    """How near an item lies to the last two in the graph of transitions, and how like them it is."""

    def __init__(self, weights: sparse.csr_array, popularity: Popularity) -> None:
        self.rows = ItemRows(weights, SOURCE_DECAY, popularity.small)

    @classmethod
    def fit(
        cls,
        sequences: Sequences,
        item_count: int,
        features: Sequence[frozenset[str]] = (),
        table: TransitionTable | None = None,
    ) -> "Graph":
        """features: what each item has, by row; without any, the paths alone order the candidates."""
        table = table or fit_transitions(sequences, item_count)
        if len(features) not in (0, item_count):
            raise ValueError(f"features must have one entry for each of {item_count} items")
        popularity = Popularity.fit(sequences, item_count)
        edges = _edges(table)
        likeness = feature_vectors(features) if len(features) else None
        keep, blocks = kept_neighbours(item_count), []
        for part in batches(item_count, 256):
            first = edges[part]
            block = first.toarray() + np.float32(SECOND_STEP) * (first @ edges).toarray()
            if likeness is not None:
                alike = (likeness[part] @ likeness.T).toarray()
                block += np.float32(LIKENESS) * alike
            blocks.append(strongest(block.astype(np.float32), keep))
        return cls(stacked(blocks), popularity)

    def scores(self, history: Ints) -> Floats:
        return self.rows.scores(history)

    def scores_batch(self, histories: list[Ints]) -> Floats:
        return self.rows.scores_batch(histories)


def _edges(table: TransitionTable) -> sparse.csr_array:
    """Direct transitions: the root of the share of those who left the item this way."""
    there = table.next_counts > 0  # the table also holds pairs that always had something between them
    counts, columns = table.next_counts[there].astype(np.float32), table.columns[there]
    ends = np.concatenate([[0], np.cumsum(there)])[table.row_ends]
    left = np.repeat(pattern_sums(ends, counts), np.diff(ends))
    shape = (table.item_count, table.item_count)
    return sparse.csr_array((np.sqrt(counts / left), columns, ends), shape=shape)
