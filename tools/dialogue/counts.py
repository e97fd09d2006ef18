"""How often items go together: in what users liked, and in recorded dialogues."""

from collections.abc import Iterable, Sequence

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class Together:
    """Counts over sets of items: users' liked items, or all that was named in a dialogue.

    counts: (items,) in how many sets each is. Rows are kept once made.
    """

    def __init__(self, sets: Iterable[Sequence[int]], items: int) -> None:
        held = [sorted(set(rows)) for rows in sets]
        ends = np.cumsum([0, *(len(rows) for rows in held)])
        columns = np.fromiter((row for rows in held for row in rows), np.int64, ends[-1])
        ones = np.ones(len(columns), np.float32)
        self._sets = sp.csr_matrix((ones, columns, ends), shape=(len(held), items))
        self._items = self._sets.T.tocsr()
        self.counts: Floats = np.asarray(self._sets.sum(0), np.float32).ravel()
        self._rows: dict[int, Floats] = {}

    def row(self, item: int) -> Floats:
        """In how many sets each item is with this one; 0 for itself. (items,), not to be changed"""
        if item not in self._rows:
            made = np.asarray((self._items[item] @ self._sets).todense(), np.float32).ravel()
            made[item] = 0
            self._rows[item] = made
        return self._rows[item]

    def cosine(self, item: int, shrink: float) -> Floats:
        """The counts over the root of how often each is there; `shrink` is added to both. (items,)"""
        often = np.sqrt((self.counts[item] + shrink) * (self.counts + shrink))
        return np.asarray(self.row(item) / often, np.float32)


class Following:
    """How many dialogues name an item some time after another."""

    def __init__(self, dialogues: Iterable[Sequence[int]], items: int) -> None:
        first: list[int] = []
        later: list[int] = []
        for rows in dialogues:
            for at, row in enumerate(rows):
                first += [row] * (len(rows) - at - 1)
                later += rows[at + 1 :]
        ones = np.ones(len(first), np.float32)
        self._counts = sp.csr_matrix((ones, (first, later)), shape=(items, items))
        self._rows: dict[int, Floats] = {}

    def row(self, item: int) -> Floats:
        """(items,), not to be changed"""
        if item not in self._rows:
            self._rows[item] = np.asarray(self._counts[item].todense(), np.float32).ravel()
        return self._rows[item]
