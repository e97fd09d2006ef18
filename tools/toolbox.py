"""The tools the agent calls: each takes what is looked for and the items that may be shown, and proposes items."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tools.catalog import Catalog
from tools.catalog.items import Mask
from tools.catalog.likeness import FacetLikeness
from tools.ranking.fusion import standardise
from tools.ranking.tuned import TunedReranker, WishMatch, wish_match
from tools.sequence.serve import SequenceModel
from tools.text.embedder import Embedder
from tools.text.graph import KeywordGraph
from tools.text.keywords import KeywordIndex, KeywordMatch
from tools.text.mentions import MentionIndex
from tools.text.store import TextStore, text_trust

Scored = list[tuple[int, float]]
KEPT_PHRASES = 500
FEW = 5  # people; fewer had what nobody can say more of
KIND_SAMPLE = 300  # items with a category, and without, whose texts tell what it is
Result = TypeVar("Result")


@dataclass
class Toolbox:
    """One built catalogue with everything that proposes items from it. Rows are positions in the catalogue."""

    catalog: Catalog
    sequence: SequenceModel
    text: TextStore
    keywords: KeywordIndex
    graph: KeywordGraph
    likeness: FacetLikeness
    embedder: Embedder
    users: int  # whose interactions the sequence model was fitted on
    tuned: TunedReranker | None = None  # None leaves the retriever's order
    _phrases: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    _axes: dict[tuple[str, str], NDArray[np.float32]] = field(default_factory=dict)
    _spread: tuple[Any, NDArray[np.float32]] | None = (
        None  # the last query of the graph, which one turn asks thrice
    )

    def __post_init__(self) -> None:
        self.text_trust = text_trust(self.catalog)
        self.mentions = MentionIndex(self.catalog)

    def next_items(self, history: Sequence[int], k: int, allowed: Mask) -> Scored:
        """What the sequence model expects after these items, among those allowed; without any, the best known."""
        return self.sequence.next_items(history, k, allowed=allowed)

    def search_items(self, words: str, k: int, allowed: Mask) -> Scored:
        """Items whose text is nearest in meaning to the words, among those allowed."""
        rows = np.flatnonzero(allowed)
        among = None if len(rows) == len(self.catalog) else [self.catalog.items[row].id for row in rows]
        found = self.text.search(self.vector(words), k, among)
        rows_found = [self.catalog.rows[item_id] for item_id, _ in found]
        trusted = self.text_trust[rows_found] * np.array([cosine for _, cosine in found], np.float32)
        return sorted(zip(rows_found, trusted.tolist(), strict=True), key=lambda rc: (-rc[1], rc[0]))

    def keyword_items(
        self, phrases: Sequence[str], k: int, allowed: Mask, weights: Sequence[float] | None = None
    ) -> Scored:
        """Items that the keyword graph leads to from the phrases, over one hop and two, among those allowed."""
        scores = self.graph_scores(phrases, weights)
        return [(row, score) for row, score in _top(scores, k, allowed) if score > 0]

    def graph_scores(
        self, phrases: Sequence[str], weights: Sequence[float] | None = None
    ) -> NDArray[np.float32]:
        """What the keyword graph says of every item. (items,), not to be changed"""
        asked = (tuple(phrases), tuple(weights or ()))
        kept = self._spread  # replaced whole, never changed: other threads may be reading it
        if kept is not None and kept[0] == asked:
            return kept[1]
        vectors = self._embed(phrases)
        scores = self.graph.scores({phrase: vectors[phrase] for phrase in phrases}, weights)
        self._spread = (asked, scores)
        return scores

    def graph_centre(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """The mean text vector of the items that best answer a query of the graph, of unit length. (dim,)

        Zero where nothing answers. Raises ToolFailed.
        """
        rows, shares = self.graph.centre(scores)
        if len(rows) == 0:
            return np.zeros(self.keywords.vectors.shape[1], np.float32)
        centre = shares @ self.vectors(rows.tolist())
        return np.asarray(centre / max(float(np.linalg.norm(centre)), 1e-9), np.float32)

    def similar_items(
        self, rows: Sequence[int], k: int, allowed: Mask, weights: Sequence[float] | None = None
    ) -> Scored:
        """Items that share the most telling facet values with these, among those allowed."""
        return [(row, score) for row, score in _top(self.likeness.to(rows, weights), k, allowed) if score > 0]

    def match_keywords(self, phrases: Sequence[str]) -> Mapping[str, list[KeywordMatch]]:
        """For each phrase the catalogue's keywords that mean the same, nearest first."""
        vectors = self._embed(phrases)
        return {phrase: self.keywords.match(phrase, vectors[phrase]) for phrase in phrases}

    def nearest_keywords(self, phrases: Sequence[str]) -> Mapping[str, float]:
        """For each phrase the cosine of the catalogue's keyword nearest in meaning; 1 for a keyword itself."""
        vectors = self._embed(phrases)
        return {phrase: self.keywords.nearest(phrase, vectors[phrase]) for phrase in phrases}

    def wish_match(
        self, phrases: Sequence[str], rows: Sequence[int], weights: Sequence[float] | None = None
    ) -> WishMatch:
        """How well what is told of these items meets every phrase, as the tuned re-ranker looks at it."""
        return wish_match(self.told_match(phrases, rows), [p in self.keywords for p in phrases], weights)

    def told_match(self, phrases: Sequence[str], rows: Sequence[int]) -> NDArray[np.float32]:
        """The cosine of each phrase and the nearest of what is told of each item. (rows, phrases)"""
        vectors = self._embed(phrases)
        return self.graph.nearest_told(np.stack([vectors[p] for p in phrases]))[list(rows)]

    def ends(self, quality: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Phrases of the high and the low end of a quality: of a scale of the catalogue, else the word itself and none."""
        scale = self.catalog.spec.scales.get(quality)
        return (scale.high, scale.low) if scale else ((quality,), ())

    def along(self, quality: str, texts: NDArray[np.float32]) -> NDArray[np.float32]:
        """Where texts lie along a quality: of one that names a category ("romantic"), how near they are to that category's
        texts; else how near they are to its high end rather than its low one.

        texts: (rows, dim) unit vectors. (rows,), differences of cosines. Raises ToolFailed.
        """
        kind = self.kind_of(quality)
        if kind is not None:
            return np.asarray(texts @ self._kind_axis(*kind), np.float32)
        high, low = self.ends(quality)
        toward = texts @ np.mean([self.vector(p) for p in high], axis=0)
        away = (
            texts @ np.mean([self.vector(p) for p in low], axis=0)
            if low
            else np.zeros(len(texts), np.float32)
        )
        return np.asarray(toward - away, np.float32)

    def fame(self, rows: Sequence[int]) -> NDArray[np.float32]:
        """How well known items are: the logarithm of how many people had them. (rows,)"""
        return np.log1p(self.sequence.popularity[list(rows)]).astype(np.float32)

    def by_fame(self, direction: int, k: int, allowed: Mask) -> Scored:
        """Of the items allowed that FEW people had at least the k best known (1), or k of the less known half, evenly (-1)."""
        rows = np.flatnonzero(allowed & (self.sequence.popularity >= FEW))
        rows = rows[np.argsort(-self.sequence.popularity[rows], kind="stable")]
        chosen = rows[:k].tolist() if direction > 0 else _evenly(rows[len(rows) // 2 :], k)
        return list(zip(chosen, self.fame(chosen).tolist(), strict=True))

    def kind_of(self, quality: str) -> tuple[str, str] | None:
        """Facet and value of the category that a quality names, itself or by a word for it; None when it names none."""
        for name, facet in self.catalog.spec.facets.items():
            if facet.of_kinds:
                for value in self.catalog.values(name):
                    if quality in (value.casefold(), *facet.words.get(value, ())):
                        return name, value
        return None

    def typical(
        self, facet: str, value: str, rows: Sequence[int], texts: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """How much items are of a category, for of those that have it some have it on paper only: where their texts lie between
        those with it and those without, and how few others they are of. texts: (rows, dim). (rows,), in deviations.

        Raises ToolFailed.
        """
        others = [max(len(self.catalog.items[row].values(facet)), 1) for row in rows]
        places = texts @ self._kind_axis(facet, value) * self.text_trust[list(rows)]
        return (standardise(places) + standardise(1.0 / np.array(others))) / 2

    def _kind_axis(self, facet: str, value: str) -> NDArray[np.float32]:
        """From the texts without a category to those with it, by some of each. (dim,)"""
        if (facet, value) not in self._axes:
            has = self.catalog.having(facet, [value])
            sides = [
                self.vectors(_evenly(np.flatnonzero(side), KIND_SAMPLE)).mean(axis=0)
                for side in (has, ~has)
                if side.any()
            ]
            axis = sides[0] - sides[-1]
            self._axes[facet, value] = axis / max(float(np.linalg.norm(axis)), 1e-9)
        return self._axes[facet, value]

    def vectors(self, rows: Sequence[int]) -> NDArray[np.float32]:
        """Text vectors of these items. (len(rows), dim)"""
        return self.text.vectors([self.catalog.items[row].id for row in rows])

    def vector(self, words: str) -> NDArray[np.float32]:
        """The unit vector of a text. (dim,)"""
        return self._embed([words])[words]

    def _embed(self, phrases: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """The vectors of these phrases; what is new is embedded at once, and the last few hundred are kept."""
        kept = self._phrases  # replaced whole, never changed: other threads may be reading it
        vectors = {p: kept[p] for p in phrases if p in kept}
        new = [p for p in dict.fromkeys(phrases) if p not in vectors]
        if new:
            vectors.update(zip(new, self.embedder.encode(new), strict=True))
            self._phrases = {**kept, **vectors} if len(kept) + len(new) <= KEPT_PHRASES else vectors
        return vectors

    def warm_up(self) -> None:
        """Loads what is loaded at first use, so that the first turn is as quick as the others."""
        self.search_items("warm", 1, np.ones(len(self.catalog), bool))
        self.mentions.in_keywords("warm")
        self.mentions.in_text("warm")
        self.mentions.in_titles("warm")
        self.wish_match(["warm"], [0])

    def close(self) -> None:
        """Gives back what the tools hold open."""
        self.text.close()


def timed(call: Callable[[], Result]) -> tuple[Result, float]:
    """A call's result and its milliseconds."""
    start = time.perf_counter()
    result = call()
    return result, (time.perf_counter() - start) * 1000


def _evenly(rows: NDArray[np.int64], count: int) -> list[int]:
    """So many of the rows at most, evenly spread."""
    return [int(r) for r in rows[np.unique(np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(int))]]


def _top(scores: NDArray[np.float32], k: int, allowed: Mask) -> Scored:
    """The k allowed rows of highest score, ties by row."""
    rows = np.flatnonzero(allowed)
    if len(rows) > k:
        rows = rows[np.argpartition(-scores[rows], k - 1)[:k]]
    rows = rows[np.lexsort((rows, -scores[rows]))]
    return [(int(row), float(scores[row])) for row in rows]
