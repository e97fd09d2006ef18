"""Items had by the same users, whatever the order: EASE (Steck 2019), exact and in few dimensions."""

import numpy as np
from scipy import sparse

from tools.sequence.baselines.item_rows import DENSE_ITEMS, ItemRows, empty_rows, stacked, strongest
from tools.sequence.interactions import Floats, Ints, Sequences, batches
from tools.sequence.transitions import user_item_matrix, weighted_histories

# Co-occurrence reads further back: 1/(1+k) over 50 gave NDCG@10 .075 on three cuts of the demo, .9^k .073, all
# alike .049.
COOCCURRENCE_DECAY = (1.0 / np.arange(1, 51)).astype(np.float32)
FEW_NEIGHBOURS = 500
MOST_EXACT_ITEMS = 15_000  # their inverse takes 900 MB while it is fitted


class Ease:
    """The regression of every item on all others, ridge-damped, with its diagonal held at zero.

    Exact: the inverse of the items × items Gram matrix, of which an item's strongest weights are kept. Validation
    NDCG@10 against Cooccurrence's 128 dimensions: ML-1M .129 / .119, Beauty .061 / .034, demo .073 / .069. One
    ridge for all: 200, 500, 1,000, 2,000 gave .1236, .1294, .1309, .1295 on ML-1M; 50 and 200 .0615 and .0612 on
    Beauty; 50, 200 and 1,000 .0661, .0720 and .0705 on the demo.
    """

    def __init__(self, weights: sparse.csr_array) -> None:
        """weights: row i says how much having item i speaks for every other."""
        size = weights.shape[0]
        self.rows = ItemRows(weights, COOCCURRENCE_DECAY, np.zeros(size, np.float32))

    @classmethod
    def fit(
        cls, sequences: Sequences, item_count: int, ridge: float = 500.0, neighbours: int | None = None
    ) -> "Ease":
        """neighbours: kept for each item; None keeps all up to DENSE_ITEMS and 500 of a larger catalogue, which
        lost nothing on Beauty and .0015 of .0731 validation NDCG@10 on the demo (200: 0 and .003).
        Cost: items³ multiplications: 2 s for 3,416 items on one core, 24 s for 12,101.

        Raises ValueError beyond MOST_EXACT_ITEMS.
        """
        if item_count > MOST_EXACT_ITEMS:
            raise ValueError(f"exact EASE takes up to {MOST_EXACT_ITEMS} items; Cooccurrence takes more")
        if not item_count:
            return cls(empty_rows(0))
        inverse = _gram_inverse(sequences, item_count, ridge)
        own = np.diag(inverse).copy()
        keep = neighbours or (item_count if item_count <= DENSE_ITEMS else FEW_NEIGHBOURS)
        blocks = []
        for part in batches(item_count, 512):
            weights = inverse[part] / -own
            weights[np.arange(len(weights)), np.arange(part.start, part.stop)] = 0.0
            blocks.append(strongest(weights, keep))
        return cls(stacked(blocks))

    def scores(self, history: Ints) -> Floats:
        return self.rows.scores(history)

    def scores_batch(self, histories: list[Ints]) -> Floats:
        return self.rows.scores_batch(histories)


def _gram_inverse(sequences: Sequences, item_count: int, ridge: float) -> Floats:
    """(X'X + ridge)⁻¹, by Cholesky in place: one items × items float32 array at a time."""
    from scipy.linalg import lapack  # not needed to serve

    had = user_item_matrix(sequences, item_count)
    owners = had.T.tocsr()
    gram = np.empty((item_count, item_count), np.float32, order="F")
    for part in batches(item_count, 512):
        gram[:, part] = (owners[part] @ had).toarray().T
    gram.flat[:: item_count + 1] += np.float32(ridge)
    factor, failed = lapack.spotrf(gram, lower=1, overwrite_a=1)
    if failed:
        raise ValueError(f"EASE needs a ridge above 0, not {ridge}")
    inverse, _ = lapack.spotri(factor, lower=1, overwrite_c=1)
    for part in batches(item_count, 512):  # only the lower half was written
        square = np.tril(inverse[part, part])
        inverse[part, part] = square + np.tril(square, -1).T
        inverse[part, part.stop :] = inverse[part.stop :, part].T
    out: Floats = inverse
    return out


class Cooccurrence:
    """Items liked by the same users, whatever the order: EASE (Steck 2019) in `rank` dimensions.

    With X = U S V' the inverse that EASE needs is diagonal in V, so no items × items matrix is ever made:
    B = V f V' / diag, f = s² / (s² + ridge).
    """

    def __init__(self, vectors: Floats, filters: Floats, scale: Floats) -> None:
        self.vectors = vectors  # (items, rank)
        self.filters = filters  # (rank,)
        self.scale = scale  # (items,)

    @classmethod
    def fit(
        cls, sequences: Sequences, item_count: int, rank: int = 128, ridge: float = 500.0, seed: int = 0
    ) -> "Cooccurrence":
        had = user_item_matrix(sequences, item_count)
        rank = min(rank, min(had.shape) - 1)
        if rank < 1 or had.nnz == 0:
            return cls(
                np.zeros((item_count, 1), np.float32),
                np.zeros(1, np.float32),
                np.ones(item_count, np.float32),
            )
        from scipy.sparse.linalg import svds  # not needed to serve

        start = np.random.default_rng(seed).normal(size=min(had.shape))
        _, strengths, right = svds(had.astype(np.float64), k=rank, v0=start)
        filters = strengths**2 / (strengths**2 + ridge)
        own = (right**2 * filters[:, None]).sum(0)  # how well an item is explained by itself
        return cls(
            np.ascontiguousarray(right.T, dtype=np.float32),
            filters.astype(np.float32),
            (1.0 / np.maximum(1.0 - own, 0.05)).astype(np.float32),
        )

    def scores(self, history: Ints) -> Floats:
        recent = history[: -len(COOCCURRENCE_DECAY) - 1 : -1]
        taste = np.einsum("h,hr->r", COOCCURRENCE_DECAY[: len(recent)], self.vectors[recent])  # (rank,)
        # einsum, not @: see forward.py
        out: Floats = np.einsum("ir,r->i", self.vectors, taste * self.filters) * self.scale
        return out

    def scores_batch(self, histories: list[Ints]) -> Floats:
        rows = weighted_histories(histories, COOCCURRENCE_DECAY, len(self.vectors))
        out: Floats = ((rows @ self.vectors) * self.filters) @ self.vectors.T * self.scale
        return out
