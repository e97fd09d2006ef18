"""Items like the last ones in what is known of them: categories, brands, words."""

from collections import Counter
from collections.abc import Sequence
from math import log

import numpy as np
from scipy import sparse

from tools.sequence.baselines.popularity import Popularity
from tools.sequence.interactions import Floats, Ints, Sequences
from tools.sequence.transitions import weighted_histories

HISTORY_DECAY = (0.5 ** np.arange(10)).astype(np.float32)


def feature_vectors(features: Sequence[frozenset[str]]) -> sparse.csr_array:
    """One row an item, of length 1: rare features weigh more, by log(items / items that have it).

    A row is empty where nothing is known, or only what every item has.
    """
    items_with = Counter(name for names in features for name in names)
    # what every item has would weigh nothing
    told = sorted(name for name, count in items_with.items() if count < len(features))
    weights = {name: log(len(features) / items_with[name]) for name in told}
    place = {name: index for index, name in enumerate(told)}
    rows = [sorted(names & weights.keys()) for names in features]
    flat = [name for row in rows for name in row]
    ends = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    values = np.array([weights[name] for name in flat], dtype=np.float32)
    matrix = sparse.csr_array(
        (values, np.array([place[name] for name in flat], dtype=np.int32), ends),
        shape=(len(rows), max(len(place), 1)),
    )
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(1)).ravel())
    matrix.data /= np.repeat(lengths, np.diff(ends)).astype(np.float32)
    return matrix


class Similarity:
    """The decayed sum of cosines between an item's features and those of the last ten items."""

    def __init__(self, vectors: sparse.csr_array, popularity: Popularity) -> None:
        self.vectors = vectors  # (items, features), rows of length 1 or empty
        self.having = sparse.csr_array(vectors.T.tocsr())  # (features, items)
        self.backoff = popularity.small

    @classmethod
    def fit(
        cls, sequences: Sequences, item_count: int, features: Sequence[frozenset[str]] = ()
    ) -> "Similarity":
        """features: what each item has, by row; without any, popularity alone orders the items."""
        known = features if len(features) else [frozenset[str]()] * item_count
        if len(known) != item_count:
            raise ValueError(f"features must have one entry for each of {item_count} items, not {len(known)}")
        return cls(feature_vectors(known), Popularity.fit(sequences, item_count))

    def scores(self, history: Ints) -> Floats:
        rows = weighted_histories([history], HISTORY_DECAY, len(self.backoff))
        taste = rows @ self.vectors
        out = self.backoff.copy()
        ends, columns, values = self.having.indptr, self.having.indices, self.having.data
        for feature, weight in zip(taste.indices.tolist(), taste.data.tolist(), strict=True):
            row = slice(ends[feature], ends[feature + 1])
            out[columns[row]] += np.float32(weight) * values[row]
        return out

    def scores_batch(self, histories: list[Ints]) -> Floats:
        rows = weighted_histories(histories, HISTORY_DECAY, len(self.backoff))
        tastes = np.ascontiguousarray((rows @ self.vectors).toarray().T)  # (features, batch)
        out: Floats = np.ascontiguousarray((self.vectors @ tastes).T)
        out += self.backoff
        return out
