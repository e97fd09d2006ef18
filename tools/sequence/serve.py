"""The sequence model as it is served: arrays mapped from disk, numpy only, a few milliseconds a call."""

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.errors import SetupError
from tools.sequence.blend import BlendWeights, standardised
from tools.sequence.interactions import (
    Cases,
    Floats,
    History,
    Ints,
    Times,
    batches,
    known_events,
    known_items,
)
from tools.sequence.neural.forward import one_thread_each
from tools.sequence.parts import POPULARITY, RULES, SIMILARITY, Parts, network_name

TOGETHER = 256  # cases scored at once: 12 MB of scores for 12,000 items


class SequenceModel:
    """What comes next after a history: the blend of popularity, rules, similarity and networks.

    Thread-safe: nothing changes after it is loaded.
    """

    def __init__(self, parts: Parts, blend: BlendWeights) -> None:
        self.parts = parts
        self.blend = blend
        self._used = frozenset(blend.used())

    @classmethod
    def load(cls, folder: Path) -> "SequenceModel":
        """The model a build wrote. Raises SetupError, naming the repair, for a missing or damaged file."""
        parts, blend = Parts.load(folder), BlendWeights.load(folder / "blend.json")
        if blend.parts != parts.names():
            raise SetupError(f"{folder / 'blend.json'} belongs to other parts; run `palate build`")
        return cls(parts, blend)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.parts.save(folder)
        self.blend.save(folder / "blend.json")

    @property
    def item_count(self) -> int:
        return len(self.popularity)

    @property
    def popularity(self) -> Ints:
        """How many users had each item: (items,) int32."""
        return self.parts.popularity.counts

    def scores(self, history: History, times: Times = None) -> Floats:
        """A score for every item of the catalogue, higher is better: (items,) float32.

        z-scores: mean 0 and deviation 1 over the catalogue, so that 3 means "three deviations above this
        catalogue's average item for this history" in every call. Unknown items in the history are ignored;
        with none left the scores are those of popularity. Items of the history keep their score here.
        times: when each event of the history was, in the unit of the training data, where that is known.
        """
        known, when = known_events(history, times, self.item_count)
        if not len(known):
            return standardised(self.parts.popularity.scores(known))
        scores = {}
        if POPULARITY in self._used:
            scores[POPULARITY] = self.parts.popularity.logs
        if RULES in self._used:
            scores[RULES] = self.parts.rules.scores(known)
        if self.parts.similarity is not None and SIMILARITY in self._used:
            scores[SIMILARITY] = self.parts.similarity.scores(known)
        for place, network in enumerate(self.parts.networks):
            if network_name(place) in self._used:
                scores[network_name(place)] = network.scores(known, when)
        return standardised(self.blend.combine(scores, len(known)))

    def score_cases(self, cases: Cases) -> Floats:
        """Blended scores of these cases, by what their users did before: (cases, items) float32."""
        scores = {name: score(cases) for name, score in self.parts.scorers().items() if name in self._used}
        return self.blend.combine(scores, cases.lengths())

    def next_items(
        self,
        history: History,
        k: int,
        exclude: Iterable[int] = (),
        allowed: NDArray[np.bool_] | None = None,
        times: Times = None,
    ) -> list[tuple[int, float]]:
        """The k best items with their scores, best first; equal scores by catalogue row.

        Never one of the history or of `exclude`. allowed: (items,) bool, applied before the cut at k, so
        fewer than k come back only when fewer are left. Raises ValueError for a mask of another length.
        """
        open_items = np.ones(self.item_count, bool) if allowed is None else np.array(allowed, dtype=bool)
        if open_items.shape != (self.item_count,):
            raise ValueError(f"allowed must have one entry for each of {self.item_count} items")
        open_items[known_items(history, self.item_count)] = False
        open_items[known_items(exclude, self.item_count)] = False
        rows = np.flatnonzero(open_items)
        scores = self.scores(history, times)[rows]
        if 0 < k < len(rows):
            edge = np.partition(scores, len(scores) - k)[len(scores) - k]
            kept = scores >= edge  # all that tie at the edge, so that the order below decides among them
            rows, scores = rows[kept], scores[kept]
        order = np.lexsort((rows, -scores))[: max(k, 0)]
        return [(int(rows[place]), float(scores[place])) for place in order]

    def top_items(self, cases: Cases, k: int) -> Ints:
        """The k best items of each case that are not in its history, best first: (cases, k) int32.

        k is cut to what every case has left. For lists made ahead of time: batches of TOGETHER cases, one on
        each core at a time.
        """
        kept = max(min(k, self.item_count - int(cases.lengths().max(initial=0))), 0)
        out = np.zeros((len(cases), kept), np.int32)

        def fill(part: slice) -> None:
            asked = cases.part(part)
            scores = self.score_cases(asked)
            for row, history in enumerate(asked.histories()):
                scores[row, history] = -np.inf
            best = np.argpartition(scores, -kept, axis=1)[:, -kept:]
            order = np.argsort(-np.take_along_axis(scores, best, 1), axis=1, kind="stable")
            out[part] = np.take_along_axis(best, order, 1)

        if kept:
            with ThreadPoolExecutor(os.cpu_count(), initializer=one_thread_each) as pool:
                list(pool.map(fill, batches(len(cases), TOGETHER)))
        return out

    def transition_count(self, from_item: int, to_item: int) -> int:
        """In how many users' histories to_item came within ten events after from_item."""
        return self.parts.rules.transition_count(from_item, to_item)

    def support(self, item: int) -> int:
        """How many users had the item; 0 for an unknown one."""
        return self.parts.rules.support(item)
