"""Scores that are a decayed sum of rows: one row of scores for each of the last items of a history."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tools.sequence.interactions import Floats, Ints
from tools.sequence.transitions import weighted_histories

# Up to so many items the rows are kept dense: 64 MB, and adding one is a straight run through memory.
DENSE_ITEMS = 4096
# What a fitted model keeps at most; neighbours beyond it are cut off, the weakest first.
KEPT_VALUES = DENSE_ITEMS**2


class ItemRows:
    """What each item says about what goes with it or follows it, as a matrix (items, items)."""

    def __init__(self, matrix: sparse.csr_array, decay: Floats, backoff: Floats) -> None:
        """matrix: float32, a column at most once in a row. decay: how much the k-th last item counts."""
        self.item_count = len(backoff)
        self.decay = decay
        self.backoff = backoff  # (items,) the score of an item that no row mentions
        self.matrix = matrix
        self.dense: Floats | None = None
        # sparse rows need 8 bytes a value, dense ones 4: dense from a quarter full, and never for large ones
        if self.item_count <= DENSE_ITEMS and matrix.nnz > self.item_count**2 // 4:
            self.dense = matrix.toarray()
            self.matrix = empty_rows(self.item_count)  # not kept twice

    def scores(self, history: Ints) -> Floats:
        """backoff + the rows of the last items, decayed: (items,) float32."""
        recent = history[: -len(self.decay) - 1 : -1]
        if self.dense is not None:
            # einsum, not @: see forward.py
            summed: Floats = np.einsum("h,hi->i", self.decay[: len(recent)], self.dense[recent])
            return summed + self.backoff
        out = self.backoff.copy()
        ends, columns, values = self.matrix.indptr, self.matrix.indices, self.matrix.data
        for item, weight in zip(recent.tolist(), self.decay.tolist(), strict=False):
            row = slice(ends[item], ends[item + 1])
            out[columns[row]] += np.float32(weight) * values[row]
        return out

    def scores_batch(self, histories: list[Ints]) -> Floats:
        """(batch, items) float32."""
        rows = weighted_histories(histories, self.decay, self.item_count)
        out: Floats = rows @ self.dense if self.dense is not None else (rows @ self.matrix).toarray()
        out += self.backoff
        return out


def scaled(
    matrix: sparse.csr_array, rows: NDArray[Any] | None = None, columns: NDArray[Any] | None = None
) -> sparse.csr_array:
    """The matrix in float32 with each row and each column multiplied by its factor; shares its pattern."""
    data = matrix.data.astype(np.float32)
    if rows is not None:
        data *= np.repeat(rows.astype(np.float32), np.diff(matrix.indptr))
    if columns is not None:
        data *= columns.astype(np.float32)[matrix.indices]
    return sparse.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape, copy=False)


def empty_rows(item_count: int) -> sparse.csr_array:
    """A matrix (items, items) in which no item says anything."""
    shape = (item_count, item_count)
    ends = np.zeros(item_count + 1, np.int64)
    return sparse.csr_array((np.zeros(0, np.float32), np.zeros(0, np.int32), ends), shape=shape)


def stacked(blocks: list[sparse.csr_array]) -> sparse.csr_array:
    """Blocks of rows as one matrix (items, items)."""
    return sparse.csr_array(sparse.vstack(blocks, format="csr")) if blocks else empty_rows(0)


def strongest(block: Floats, keep: int) -> sparse.csr_array:
    """The `keep` values of each row that lie furthest from zero; zeros never. block: (rows, items)."""
    if keep >= block.shape[1]:
        return sparse.csr_array(block)
    size = np.abs(block)
    columns = np.sort(np.argpartition(-size, keep - 1, axis=1)[:, :keep], axis=1)
    values = np.take_along_axis(block, columns, axis=1)
    there = values != 0
    ends = np.concatenate([[0], np.cumsum(there.sum(1))])
    return sparse.csr_array((values[there], columns[there].astype(np.int32), ends), shape=block.shape)


def kept_neighbours(item_count: int) -> int:
    """How many neighbours of each item fit into KEPT_VALUES: all of 4,096 items, 1,386 each of 12,101."""
    return max(KEPT_VALUES // max(item_count, 1), 100)
