"""Items had by the same users, whatever the order: cosine neighbours."""

import numpy as np
from scipy import sparse

from tools.sequence.baselines.item_rows import ItemRows, kept_neighbours, stacked, strongest
from tools.sequence.baselines.popularity import Popularity
from tools.sequence.interactions import Floats, Ints, Sequences, batches
from tools.sequence.transitions import user_item_matrix

HISTORY_DECAY = (1.0 / np.arange(1, 11)).astype(np.float32)
# Added to the product of the counts' roots: a pair of rare items needs more than one user to stand out.
SHRINKAGE = 10.0


class ItemKnn:
    """The cosine of two items' columns, shrunk, among the nearest neighbours of the last ten items."""

    def __init__(self, neighbours: sparse.csr_array, popularity: Popularity) -> None:
        self.rows = ItemRows(neighbours, HISTORY_DECAY, popularity.small)

    @classmethod
    def fit(
        cls,
        sequences: Sequences,
        item_count: int,
        neighbours: int | None = None,
        shrinkage: float = SHRINKAGE,
    ) -> "ItemKnn":
        """neighbours: kept for each item; None keeps as many as are affordable, for 200 of ML-1M's 3,416 cost a
        sixth of its NDCG@10. Memory beyond the result is 256 × items × 8 bytes.
        """
        popularity = Popularity.fit(sequences, item_count)
        had = user_item_matrix(sequences, item_count)
        owners = had.T.tocsr()
        roots = np.sqrt(popularity.counts.astype(np.float32))
        keep = kept_neighbours(item_count) if neighbours is None else neighbours
        blocks = []
        for part in batches(item_count, 256):
            together = np.asarray((owners[part] @ had).toarray(), dtype=np.float32)
            # an item is not its own neighbour
            together[np.arange(len(together)), np.arange(part.start, part.stop)] = 0.0
            together /= np.maximum(roots[part, None] * roots + np.float32(shrinkage), np.float32(1e-6))
            blocks.append(strongest(together, keep))
        return cls(stacked(blocks), popularity)

    def scores(self, history: Ints) -> Floats:
        return self.rows.scores(history)

    def scores_batch(self, histories: list[Ints]) -> Floats:
        return self.rows.scores_batch(histories)
