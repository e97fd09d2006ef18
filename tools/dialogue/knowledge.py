"""What is known of the items of a dialogue set: their text, facets, years and titles, as matrices that are quick to compare."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp

from tools.dialogue.counts import Floats
from tools.dialogue.recorded import PEOPLE, RecordedItem
from tools.dialogue.titles import title_key

COMMON_DIRECTIONS = 3  # of the text vectors: what all plots share says nothing of one
UNKNOWN_AGE = 20.0
OLDEST = 60.0
SMALL_WORDS = frozenset("the a an of and in to on at for part ii iii iv 2 3 4 vs".split())
NAMED_WORD = 1.0
OTHER_PEOPLE = 0.7  # of a match by director or writer, beside one by a star


@dataclass(frozen=True)
class ItemKnowledge:
    """The items as matrices, rows in their order.

    texts: (items, dim) unit vectors of name, genres and plot. plain: the same without the directions all share, unit again.
    genres: (items, genres) 0 or 1; genre_weights: (genres,) inverse frequency. people, words: unit rows by name and by word of the
    title. years: (items,), 0 where unknown; newest: the last of them.
    """

    items: tuple[RecordedItem, ...]
    texts: Floats
    plain: Floats
    genre_rows: dict[str, int]
    genres: Floats
    genre_weights: Floats
    genre_units: Floats
    people: dict[str, sp.csr_matrix]
    named_people: dict[str, tuple[tuple[str, int], ...]]
    has_person: dict[str, sp.csc_matrix]
    words: sp.csr_matrix
    years: Floats
    newest: float
    _ages: list[Floats] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.items)

    @property
    def names(self) -> list[str]:
        return [item.name for item in self.items]

    @property
    def ages(self) -> Floats:
        """Years before the newest item, at most OLDEST; UNKNOWN_AGE where the year is not told. (items,)"""
        if not self._ages:
            ages = np.where(self.years > 0, np.clip(self.newest - self.years, 0, OLDEST), UNKNOWN_AGE)
            self._ages.append(ages.astype(np.float32))
        return self._ages[0]

    def people_named(self, names: Sequence[str]) -> tuple[Floats, Floats]:
        """How well each item answers to the people among these names: to any of them, and to the last. (items,) each"""
        best = np.zeros(len(self), np.float32)
        last = np.zeros(len(self), np.float32)
        for name in names:
            places = self.named_people.get(name.lower().strip())
            if places is None:
                continue
            found = np.zeros(len(self), np.float32)
            for role, column in places:
                share = NAMED_WORD if role == "star" else OTHER_PEOPLE
                found[self.has_person[role][:, column].indices] += share
            best, last = np.maximum(best, found), found
        return best, last


def item_text(item: RecordedItem) -> str:
    """What is embedded of an item."""
    return f"{item.name}. {', '.join(item.genre)}. {item.plot or ''}"


def know(items: Sequence[RecordedItem], texts: Floats) -> ItemKnowledge:
    """The items with their text vectors (of `item_text`) made ready to compare."""
    genres, genre_names = _incidence([i.genre for i in items])
    weights = _rarity(genres)
    people, has = {}, {}
    named: dict[str, list[tuple[str, int]]] = {}
    for role in PEOPLE:
        matrix, names = _incidence([getattr(i, role) for i in items])
        people[role], has[role] = _units(matrix), matrix.tocsc()
        for name, column in names.items():
            named.setdefault(name, []).append((role, column))
    words, _ = _incidence([_title_words(i.name) for i in items])
    years = np.array([i.year or 0 for i in items], np.float32)
    dense = np.asarray(genres.todense(), np.float32)
    weighted = dense * weights
    return ItemKnowledge(
        tuple(items),
        texts,
        _without_common(texts),
        genre_names,
        dense,
        weights,
        weighted / (np.linalg.norm(weighted, axis=1, keepdims=True) + 1e-6),
        people,
        {name: tuple(places) for name, places in named.items()},
        has,
        _units(words),
        years,
        float(years.max(initial=0)),
    )


def _title_words(name: str) -> list[str]:
    return sorted(set(re.findall(r"[a-z0-9]+", title_key(name))) - SMALL_WORDS)


def _incidence(values: Iterable[Sequence[str]]) -> tuple[sp.csr_matrix, dict[str, int]]:
    """Which item has which value, in lower case. (items, values) and the column of each value"""
    columns: dict[str, int] = {}
    held = [sorted({columns.setdefault(v.lower(), len(columns)) for v in of_one}) for of_one in values]
    ends = np.cumsum([0, *(len(h) for h in held)])
    flat = np.array([c for h in held for c in h], np.int64)
    ones = np.ones(len(flat), np.float32)
    return sp.csr_matrix((ones, flat, ends), shape=(len(held), max(len(columns), 1))), columns


def _rarity(matrix: sp.csr_matrix) -> Floats:
    """The log of one over the share of items that have each value, at least 0. (values,)"""
    having = np.asarray(matrix.sum(0), np.float32).ravel()
    return np.asarray(np.log(matrix.shape[0] / (1 + having)).clip(0), np.float32)


def _units(matrix: sp.csr_matrix) -> sp.csr_matrix:
    """Rows weighted by rarity and made of unit length; rows without values stay zero."""
    weighted = sp.csr_matrix(matrix @ sp.diags(_rarity(matrix)))
    lengths = np.sqrt(np.asarray(weighted.multiply(weighted).sum(1), np.float32)).ravel() + 1e-6
    return sp.csr_matrix(sp.diags(1 / lengths) @ weighted).astype(np.float32)


def _without_common(texts: Floats) -> Floats:
    centred = texts - texts.mean(0)
    axes = np.linalg.eigh(centred.T @ centred)[1][:, -COMMON_DIRECTIONS:]
    left = centred - (centred @ axes) @ axes.T
    return np.asarray(left / (np.linalg.norm(left, axis=1, keepdims=True) + 1e-6), np.float32)
