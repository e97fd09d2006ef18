"""Which of the items shown a description fits: "with De Niro", "french", "cheapest", "the 90s one"."""

from collections.abc import Sequence

import numpy as np

from agent.parsing.english.intents import Extremes
from agent.parsing.english.ranges import find_ranges
from agent.parsing.vocabulary.lexicon import Lexicon
from agent.parsing.words import name_key, split_words
from tools.catalog import Catalog


class Describer:
    """Holds descriptions against the items of a slate."""

    def __init__(self, catalog: Catalog, lexicon: Lexicon, extremes: Extremes) -> None:
        self.catalog = catalog
        self.lexicon = lexicon
        self.extremes = extremes

    def places(self, description: str, shown: Sequence[int]) -> tuple[int, ...]:
        """Places in the slate that a description fits; nothing unless it is one, and clear which."""
        if description in self.extremes:
            facet, sign = self.extremes.facet(description)
            known = [(n, self.catalog.items[row].number(facet)) for n, row in enumerate(shown)]
            ranked = [(sign * value, -n) for n, value in known if value is not None]
            return (-max(ranked)[1],) if ranked else ()
        fits = np.ones(len(shown), bool)
        told = False
        for test in (self._by_values, self._by_range, self._by_words):
            held = test(description, shown)
            if held is not None and held.any():
                fits &= held
                told = True
                if fits.sum() == 1:
                    break
        chosen = np.flatnonzero(fits)
        return (int(chosen[0]),) if told and len(chosen) == 1 else ()

    def _by_values(self, description: str, shown: Sequence[int]) -> np.ndarray | None:
        held: np.ndarray | None = None
        taken = 0
        for first, last, phrases in self.lexicon.spans(split_words(description), description):
            if first < taken:
                continue
            taken = last
            has = np.array(
                [any(p.value in self.catalog.items[row].values(p.facet) for p in phrases) for row in shown]
            )
            held = has if held is None else held & has
        return held

    def _by_range(self, description: str, shown: Sequence[int]) -> np.ndarray | None:
        for span in find_ranges(description, self.catalog):
            numbers = self.catalog.numbers(span.target.facet)[list(shown)]
            low = -np.inf if span.target.low is None else span.target.low
            high = np.inf if span.target.high is None else span.target.high
            with np.errstate(invalid="ignore"):
                return (numbers >= low) & (numbers <= high)
        return None

    def _by_words(self, description: str, shown: Sequence[int]) -> np.ndarray | None:
        """Items whose title, values or text hold the description's telling words."""
        words = [
            k for w in split_words(description) if (k := name_key(w.low)) and k not in self.lexicon.empty
        ]
        if not words:
            return None
        texts = []
        for row in shown:
            item = self.catalog.items[row]
            values = [
                v
                for name, f in self.catalog.spec.facets.items()
                if f.kind == "categorical"
                for v in item.values(name)
            ]
            texts.append(f" {name_key(' '.join([item.title, *item.other_names, item.text, *values]))} ")
        return np.array(
            [all(f" {w}" in text or f" {w.removesuffix('s')}" in text for w in words) for text in texts]
        )
