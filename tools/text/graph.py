"""The keyword graph: items and keyphrases, joined by how telling a phrase is of an item; wishes spread over it.

After KALM4Rec (keyword-driven retrieval for users without a history): the phrases of item texts and reviews, weighted by
frequency and inverse frequency; a query's phrases are mapped to the graph's nearest in meaning. From them one hop leads
to items; a second, over the phrases that the best of these have in common, to items that are told of in other words.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tools.catalog import Catalog
from tools.catalog.items import Item
from tools.errors import SetupError

LONGEST = 2  # words of an extracted phrase
FEWEST_ITEMS = 3  # that tell of a phrase; a rarer one links nothing
MOST_PHRASES = 3_000  # extracted from texts, beside the catalogue's own keywords
OWN = 2.0  # weight of a keyword the catalogue gives an item,
EXTRACTED = 0.3  # and of a phrase that its text merely holds, against a keyword that its text says
EVENNESS = 0.5  # power of an item's length that its weights are divided by: 1 makes all alike, 0 favours the much told of
NEAREST = 8  # phrases of the graph that one of a query may stand for
MIN_COSINE = 0.5
SHARP = 8.0  # power of the cosine: a phrase nine tenths as near counts 0.43
STARTS = 30  # items the second hop starts from
SECOND_HOP = 1.0  # its share, both hops scaled to a highest score of 1


class KeywordGraph:
    """Phrases with their vectors, and the matrix of items and phrases. Read-only and safe to share between threads."""

    def __init__(
        self, phrases: Sequence[str], vectors: NDArray[np.float32], weights: sparse.csr_array
    ) -> None:
        """vectors: (phrases, dim) unit float32. weights: (items, phrases) float32."""
        self.phrases = tuple(phrases)
        self.vectors = vectors
        self._weights = weights
        self._items_of = sparse.csc_array(weights)
        self._place = {phrase.casefold(): n for n, phrase in enumerate(self.phrases)}

    def query(
        self, vectors: Mapping[str, NDArray[np.float32]], weights: Sequence[float] | None = None
    ) -> NDArray[np.float32]:
        """The graph's phrases that a query's stand for. vectors: of each phrase, (dim,). (phrases,) float32"""
        total = np.zeros(len(self.phrases), np.float32)
        for (phrase, vector), weight in zip(vectors.items(), weights or [1.0] * len(vectors), strict=True):
            cosines = np.asarray(self.vectors @ vector, np.float32)
            exact = self._place.get(phrase.casefold())
            if exact is not None:
                cosines[exact] = 1.0
            nearest = np.argpartition(-cosines, min(NEAREST, len(cosines) - 1))[:NEAREST]
            near = nearest[cosines[nearest] >= MIN_COSINE]
            share = cosines[near] ** SHARP
            if len(near):
                total[near] += np.float32(weight) * share / share.max()
        return total

    def scores(
        self,
        vectors: Mapping[str, NDArray[np.float32]],
        weights: Sequence[float] | None = None,
        second_hop: float = SECOND_HOP,
    ) -> NDArray[np.float32]:
        """How well each item answers a query's phrases, over one hop and two. (items,) float32, 0 where nothing leads.

        vectors: of each phrase, (dim,); weights: of each. second_hop: the second hop's share, 0 leaves it out.
        """
        if not self.phrases or not vectors:
            return np.zeros(self._weights.shape[0], np.float32)
        first = np.asarray(self._items_of @ self.query(vectors, weights), np.float32)
        top = float(first.max(initial=0.0))
        if top <= 0 or second_hop <= 0:
            return first
        starts = np.argpartition(-first, min(STARTS, len(first) - 1))[:STARTS]
        shares = np.zeros_like(first)
        shares[starts] = first[starts] / first[starts].sum()
        second = np.asarray(self._weights @ (self._weights.T @ shares), np.float32)
        return first / top + np.float32(second_hop) * second / max(float(second.max()), 1e-9)

    def centre(self, scores: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The items that best answer a query and how much each weighs among them: what the answer is about, for a search
        by meaning that starts from items instead of words. (STARTS,), (STARTS,); empty where nothing answers."""
        rows = np.argpartition(-scores, min(STARTS, len(scores) - 1))[:STARTS]
        rows = rows[scores[rows] > 0]
        return rows.astype(np.int64), (scores[rows] / max(float(scores[rows].sum()), 1e-9)).astype(np.float32)

    def nearest_told(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """How near what is told of each item comes to each of these phrases: the cosine of the nearest phrase of its keywords
        and texts, 0 where nothing is told. vectors: (phrases, dim) unit. (items, phrases) float32"""
        nearest = np.zeros((self._weights.shape[0], len(vectors)), np.float32)
        starts = self._weights.indptr[:-1]
        held = np.flatnonzero(np.diff(self._weights.indptr))
        if len(held) and len(vectors):
            cosines = np.asarray(self.vectors @ vectors.T, np.float32)
            nearest[held] = np.maximum.reduceat(cosines[self._weights.indices], starts[held], axis=0)
        return nearest

    def phrases_of(self, row: int) -> dict[str, float]:
        """What is told of an item, its keywords among it, each with its weight."""
        start, stop = self._weights.indptr[row : row + 2]
        told = zip(self._weights.indices[start:stop], self._weights.data[start:stop], strict=True)
        return {self.phrases[n]: float(weight) for n, weight in told}

    def save(self, folder: Path) -> None:
        """Writes `graph.json`, `graph.npy` and `graph.npz`."""
        (folder / "graph.json").write_text(json.dumps(self.phrases), encoding="utf-8")
        np.save(folder / "graph.npy", self.vectors)
        sparse.save_npz(folder / "graph.npz", self._weights)

    @classmethod
    def load(cls, folder: Path) -> "KeywordGraph":
        """Reads what `save` wrote. Raises SetupError when it is missing or damaged."""
        try:
            phrases = json.loads((folder / "graph.json").read_text(encoding="utf-8"))
            vectors = np.load(folder / "graph.npy", mmap_mode="r")
            return cls(phrases, vectors, sparse.csr_array(sparse.load_npz(folder / "graph.npz")))
        except (OSError, ValueError, KeyError) as error:
            raise SetupError(f"the keyword graph in {folder} cannot be read; run `palate build`") from error


def extract_phrases(
    catalog: Catalog, keywords: Sequence[str], reviews: Mapping[str, Sequence[str]] | None = None
) -> tuple[list[str], sparse.csr_array]:
    """The graph's phrases, the catalogue's own keywords first, and the matrix (items, phrases) of their weights.

    keywords: the catalogue's own. reviews: texts by item id. A weight is the frequency of the phrase in what is told of
    the item times the log of its inverse frequency over the items, evened out by how much is told of the item.
    """
    texts = [_told(item, (reviews or {}).get(item.id, ())) for item in catalog.items]
    found, counts = _counted(texts, {k.casefold() for k in keywords})
    phrases = [*keywords, *found]
    own = _own(catalog, keywords)
    matrix: Any = sparse.hstack([OWN * own + _said(texts, keywords, catalog), EXTRACTED * counts]).tocsr()
    holders = np.asarray((matrix > 0).sum(axis=0)).ravel()
    rarity = np.log(max(len(catalog), 2) / np.maximum(holders, 1))
    matrix = sparse.csr_array(matrix @ sparse.diags_array(rarity))
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    evened = 1.0 / np.maximum(lengths, 1e-9) ** EVENNESS
    matrix = sparse.csr_array(sparse.diags_array(evened) @ matrix).astype(np.float32)
    return phrases, matrix


def _told(item: Item, reviews: Sequence[str]) -> str:
    return " . ".join([item.text, *reviews]) if reviews else item.text


def _counted(texts: Sequence[str], known: set[str]) -> tuple[list[str], sparse.csr_array]:
    """Words and pairs of words that several texts hold, without stop words, and how often each text holds them."""
    from sklearn.feature_extraction.text import CountVectorizer

    counter = CountVectorizer(
        ngram_range=(1, LONGEST),
        min_df=FEWEST_ITEMS,
        stop_words="english",
        token_pattern=r"(?u)\b[^\W\d_]{3,}\b",
    )
    try:
        counts = sparse.csr_array(counter.fit_transform(texts))
    except ValueError:  # no text at all, or nothing that several share
        return [], sparse.csr_array((len(texts), 0))
    names = [str(name) for name in counter.get_feature_names_out()]
    holders = np.asarray((counts > 0).sum(axis=0)).ravel()
    useful = [n for n, name in enumerate(names) if name not in known]
    useful = sorted(sorted(useful, key=lambda n: -holders[n])[:MOST_PHRASES])
    return [names[n] for n in useful], counts[:, useful]


def _own(catalog: Catalog, keywords: Sequence[str]) -> sparse.csr_array:
    """1 where the catalogue gives an item a keyword. (items, keywords)"""
    place = {k: n for n, k in enumerate(keywords)}
    pairs = [
        (row, place[value])
        for row, item in enumerate(catalog.items)
        for facet in catalog.spec.by_role("keyword")
        for value in item.values(facet)
    ]
    rows, columns = (np.array([p[side] for p in pairs], np.int64) for side in (0, 1))
    shape: Any = (len(catalog), len(keywords))
    entries: Any = (np.ones(len(pairs)), (rows, columns))
    return sparse.csr_array(entries, shape=shape)


def _said(texts: Sequence[str], keywords: Sequence[str], catalog: Catalog) -> sparse.csr_array:
    """How often each text says a keyword of the catalogue. (items, keywords)"""
    shape: Any = (len(catalog), len(keywords))
    if not keywords or not any(texts):
        return sparse.csr_array(shape)
    from sklearn.feature_extraction.text import CountVectorizer

    vocabulary = list(dict.fromkeys(k.casefold() for k in keywords))
    counter = CountVectorizer(ngram_range=(1, 3), vocabulary=vocabulary, token_pattern=r"(?u)\b\w[\w'-]*\b")
    counts = sparse.csc_array(counter.transform(texts))
    place = {k: n for n, k in enumerate(vocabulary)}
    return sparse.csr_array(counts[:, [place[k.casefold()] for k in keywords]])
