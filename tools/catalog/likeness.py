"""How alike items are by the facet values they share, the rarer the value the more."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tools.catalog.items import Catalog


class FacetLikeness:
    """Cosine of inverse-frequency weighted facet values: a shared director says more than a shared language."""

    def __init__(self, catalog: Catalog) -> None:
        weights: list[NDArray[np.float64]] = []
        columns: list[NDArray[np.int64]] = []
        rows: list[NDArray[np.int64]] = []
        width = 0
        for name, facet in catalog.spec.facets.items():
            if facet.kind != "categorical" or facet.cue_required:
                continue
            for value in catalog.values(name):
                holders = np.flatnonzero(catalog.having(name, [value]))
                if len(holders) < 2:
                    continue
                rows.append(holders)
                columns.append(np.full(len(holders), width))
                weights.append(np.full(len(holders), np.log(len(catalog) / len(holders))))
                width += 1
        shape: Any = (len(catalog), max(width, 1))
        matrix: Any
        if width == 0:
            matrix = sparse.csr_array(shape, dtype=np.float32)
        else:
            entries: Any = (np.concatenate(weights), (np.concatenate(rows), np.concatenate(columns)))
            matrix = sparse.csr_array(entries, shape=shape, dtype=float)
        lengths = np.sqrt(matrix.multiply(matrix).sum(axis=1))
        self._matrix: Any = sparse.csr_array(sparse.diags_array(1.0 / np.maximum(lengths, 1e-9)) @ matrix)

    def to(self, rows: Sequence[int], weights: Sequence[float] | None = None) -> NDArray[np.float32]:
        """Mean likeness of every item to these, weighted where weights are given. (items,) float32 in [0, 1]"""
        if len(rows) == 0:
            return np.zeros(self._matrix.shape[0], np.float32)
        shares = np.ones(len(rows)) if weights is None else np.asarray(weights, float)
        centre = shares @ self._matrix[list(rows)] / shares.sum()
        return np.asarray(self._matrix @ centre, np.float32)

    def between(self, rows: Sequence[int]) -> NDArray[np.float32]:
        """Likeness of each of these items to each. (rows, rows) float32 in [0, 1]"""
        some = self._matrix[list(rows)]
        return np.asarray((some @ some.T).toarray(), np.float32)
