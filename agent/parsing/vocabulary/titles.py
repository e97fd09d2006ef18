"""Finds items by name: exact, without article or subtitle, misspelt, or in part."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from agent.parsing.words import name_key
from tools.catalog import Catalog

ARTICLES = frozenset({"the", "a", "an", "le", "la", "les", "el", "il", "das", "der", "die"})
SMALL_WORDS = ARTICLES | frozenset(
    "of and in on at to for with from by or is it i my me you we her him his she he they this that what who no not up "
    "so as be do if us one two all out go now them those these there".split()
)
TRAILING_YEAR = re.compile(r"\s*\((\d{4})\)\s*$")
MISSPELT = (
    84.0  # rapidfuzz ratio: "shawshenk redemtion" ~ "shawshank redemption" 92; unrelated names stay under 75
)
NEAR = 70.0


@dataclass(frozen=True)
class TitleMatch:
    """Rows of the items a name stands for, best known first; `score` 0–100, 100 for the very name."""

    rows: tuple[int, ...]
    score: float


class TitleIndex:
    """All names of all items. popularity: (items,) counts; the better known item is meant by a shared name."""

    def __init__(self, catalog: Catalog, popularity: NDArray[np.integer] | NDArray[np.floating]) -> None:
        self._popularity = popularity
        full: dict[str, list[int]] = {}
        loose: dict[str, list[int]] = {}  # without the article
        partial: dict[str, list[int]] = {}  # a series or subtitle
        years = catalog.spec.by_role("year")
        for row, item in enumerate(catalog.items):
            plain = TRAILING_YEAR.sub("", item.title)
            for name in (plain, *item.other_names):
                key = name_key(name)
                _add(full, key, row)
                if key.split()[:1] and key.split()[0] in ARTICLES:
                    _add(loose, " ".join(key.split()[1:]), row)
                for part in re.split(r":| - ", name) if ":" in name or " - " in name else ():
                    if len([w for w in name_key(part).split() if w not in SMALL_WORDS]) >= 2:
                        _add(partial, name_key(part), row)
            if years and (year := item.number(years[0])) is not None:
                _add(full, f"{name_key(plain)} {year:.0f}", row)
        self._full = {name: self._by_fame(rows) for name, rows in full.items()}
        for name, rows in loose.items():
            self._full.setdefault(name, self._by_fame(rows))
        self._partial = {
            name: self._by_fame(rows) for name, rows in partial.items() if name not in self._full
        }
        self._names = list(self._full)
        self.first_words = {name.split()[0] for name in (*self._full, *self._partial)}
        self._holders: dict[str, set[str]] = {}
        for name in self._names:
            for word in name.split():
                self._holders.setdefault(word, set()).add(name)

    def _by_fame(self, rows: Sequence[int]) -> tuple[int, ...]:
        return tuple(sorted(rows, key=lambda row: (-self._popularity[row], row)))

    def exact(self, name: str) -> TitleMatch | None:
        """Items of this very name, or of this series or subtitle ("Star Wars")."""
        key = name_key(name)
        if key in self._full:
            return TitleMatch(self._full[key], 100.0)
        if key in self._partial:
            return TitleMatch(self._partial[key][:1], 95.0)
        return None

    def fame(self, match: TitleMatch) -> float:
        """How many interactions the best known item of this name has."""
        return float(self._popularity[match.rows[0]])

    def misspelt(self, name: str) -> TitleMatch | None:
        """The nearest name by spelling; None when none is near enough."""
        key = name_key(name)
        if len(key) < 4:
            return None
        # A short name tolerates no slip: one letter of four turns "heat" into "heart".
        cutoff = MISSPELT if len(key) >= 9 else 88.0
        found = process.extract(key, self._names, scorer=fuzz.ratio, score_cutoff=cutoff, limit=3)
        if not found:
            return None
        best = found[0][1]
        rows = [row for text, score, _ in found if score == best for row in self._full[text]]
        return TitleMatch(self._by_fame(rows), best)

    def part(self, name: str) -> TitleMatch | None:
        """The best known item whose name holds all these words ("lost ark"); they must be two or more."""
        words = [w for w in name_key(name).split() if w not in SMALL_WORDS]
        if len(words) < 2:
            return None
        names = set.intersection(*(self._holders.get(w, set()) for w in words))
        rows = {row for n in names for row in self._full[n]}
        return TitleMatch(self._by_fame(sorted(rows))[:1], 90.0) if rows else None

    def near(self, name: str, k: int = 3) -> list[int]:
        """Rows of the items whose names look most like this one, for "did you mean"."""
        found = process.extract(
            name_key(name), self._names, scorer=fuzz.ratio, score_cutoff=NEAR, limit=k * 3
        )
        rows = list(dict.fromkeys(self._full[text][0] for text, _, _ in found))
        return rows[:k]


def _add(names: dict[str, list[int]], key: str, row: int) -> None:
    rows = names.setdefault(key, []) if key else []
    if row not in rows:
        rows.append(row)
