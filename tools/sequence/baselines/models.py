"""Recommenders without training: popularity, last-item Markov, decayed rules, co-occurrence.

Each is fitted in seconds, scores a history or a batch of them, and is a few arrays on disk.
"""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tools.sequence.interactions import Floats, Ints, Sequences
from tools.sequence.transitions import TransitionTable, fit_transitions, weighted_histories

# Pairs that never occurred still need an order: popularity, too small to overrule a transition.
BACKOFF = 1e-3
# How much the k-th last item counts: best of .8^k, .9^k, .95^k and 1/(1+k) for the rules on three cuts.
RULE_DECAY = (0.8 ** np.arange(10)).astype(np.float32)
# Co-occurrence reads further back: 1/(1+k) over 50 gave NDCG@10 .075 on those cuts, .9^k .073, all alike .049.
COOCCURRENCE_DECAY = (1.0 / np.arange(1, 51)).astype(np.float32)


class Recommender(Protocol):
    """A score for every item after a history; higher is better; seen items are not removed here."""

    def scores(self, history: Ints) -> Floats:
        """(items,) float32."""

    def scores_batch(self, histories: list[Ints]) -> Floats:
        """(batch, items) float32."""


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


class Markov:
    """The share of users who went from the last item straight to this one; popularity breaks ties."""

    def __init__(self, table: TransitionTable, popularity: Popularity) -> None:
        self.table = table
        self.backoff = popularity.small
        self.matrix = _rows_scaled(table.matrix(table.next_counts), popularity.counts, 1.0)

    @classmethod
    def fit(cls, sequences: Sequences, item_count: int) -> "Markov":
        return cls(fit_transitions(sequences, item_count), Popularity.fit(sequences, item_count))

    def scores(self, history: Ints) -> Floats:
        return _weighted_rows(self.matrix, history, np.ones(1, np.float32), self.backoff)

    def scores_batch(self, histories: list[Ints]) -> Floats:
        return _weighted_rows_batch(self.matrix, histories, np.ones(1, np.float32), self.backoff)


class Transitions:
    """Decayed sequential rules: what came up to ten events after each of the last ten items."""

    def __init__(self, table: TransitionTable, popularity: Popularity) -> None:
        self.table = table
        self.popularity = popularity
        self.backoff = popularity.small
        # A row divided by the root of its sum: by the sum itself rare items shout, undivided common ones do.
        row_sums = np.add.reduceat(np.append(table.weights, 0), table.row_ends[:-1]) * (
            np.diff(table.row_ends) > 0
        )
        self.matrix = _rows_scaled(table.matrix(table.weights), row_sums + 1.0, 0.5)

    @classmethod
    def fit(cls, sequences: Sequences, item_count: int) -> "Transitions":
        return cls(fit_transitions(sequences, item_count), Popularity.fit(sequences, item_count))

    def scores(self, history: Ints) -> Floats:
        return _weighted_rows(self.matrix, history, RULE_DECAY, self.backoff)

    def scores_batch(self, histories: list[Ints]) -> Floats:
        return _weighted_rows_batch(self.matrix, histories, RULE_DECAY, self.backoff)

    def transition_count(self, from_item: int, to_item: int) -> int:
        """In how many users' histories to_item came after from_item within the window."""
        return self.table.count(from_item, to_item)

    def support(self, item: int) -> int:
        """How many users had the item."""
        return int(self.popularity.counts[item]) if 0 <= item < len(self.popularity.counts) else 0


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
        cls, sequences: Sequences, item_count: int, rank: int = 128, ridge: float = 200.0, seed: int = 0
    ) -> "Cooccurrence":
        shape = (sequences.user_count, item_count)
        cells = (sequences.owners(), sequences.items)
        matrix = sparse.csr_array((np.ones(len(sequences.items)), cells), shape=shape)
        rank = min(rank, min(shape) - 1)
        if rank < 1 or matrix.nnz == 0:
            return cls(
                np.zeros((item_count, 1), np.float32),
                np.zeros(1, np.float32),
                np.ones(item_count, np.float32),
            )
        from scipy.sparse.linalg import svds  # not needed to serve

        start = np.random.default_rng(seed).normal(size=min(shape))
        _, strengths, right = svds(matrix, k=rank, v0=start)
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


def _rows_scaled(matrix: sparse.csr_array, by: NDArray[Any], power: float) -> sparse.csr_array:
    """The matrix with row r divided by by[r] ** power, in float32."""
    factors = np.maximum(by, 1).astype(np.float32) ** np.float32(-power)
    data = matrix.data.astype(np.float32) * np.repeat(factors, np.diff(matrix.indptr))
    return sparse.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape, copy=False)


def _weighted_rows(matrix: sparse.csr_array, history: Ints, decay: Floats, backoff: Floats) -> Floats:
    """backoff + the rows of the last items, decayed: (items,). Ten row reads, no matrix product."""
    out = backoff.copy()
    for item, weight in zip(history[: -len(decay) - 1 : -1], decay, strict=False):
        row = slice(matrix.indptr[item], matrix.indptr[item + 1])
        out[matrix.indices[row]] += weight * matrix.data[row]  # a row holds a column once
    return out


def _weighted_rows_batch(
    matrix: sparse.csr_array, histories: list[Ints], decay: Floats, backoff: Floats
) -> Floats:
    rows = weighted_histories(histories, decay, matrix.shape[0])
    out: Floats = (rows @ matrix).toarray() + backoff
    return out
