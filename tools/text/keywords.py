"""Keywords: a free phrase is matched to the catalogue's own keywords by meaning, and those to items."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.catalog import Catalog
from tools.errors import SetupError

NEAREST = 8  # keywords a phrase may stand for
MIN_COSINE = (
    0.55  # MiniLM: "a robbery that goes wrong" ~ "botched robbery" 0.7; unrelated phrases stay under 0.5
)


@dataclass(frozen=True)
class KeywordMatch:
    """A keyword of the catalogue that a phrase stands for. `cosine` is 1 for the very words."""

    keyword: str
    cosine: float


class KeywordIndex:
    """The catalogue's keywords with their vectors; items are found through the keyword facets' values."""

    def __init__(self, catalog: Catalog, keywords: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """keywords and vectors go together: (keywords, dim) unit float32."""
        self.catalog = catalog
        self.facets = catalog.spec.by_role("keyword")
        self.keywords = tuple(keywords)
        self.vectors = vectors
        self._place = {keyword.casefold(): n for n, keyword in enumerate(self.keywords)}

    def __contains__(self, phrase: str) -> bool:
        """Whether a phrase is a keyword, whatever its case."""
        return phrase.casefold() in self._place

    def match(self, phrase: str, vector: NDArray[np.float32]) -> list[KeywordMatch]:
        """The keywords a phrase stands for, nearest first. vector: the phrase's, (dim,)."""
        if not self.keywords:
            return []
        cosines = self.vectors @ vector  # (keywords,)
        nearest = np.argsort(-cosines, kind="stable")[:NEAREST]
        found = {self.keywords[n]: float(cosines[n]) for n in nearest if cosines[n] >= MIN_COSINE}
        exact = self._place.get(phrase.casefold())
        if exact is not None:
            found[self.keywords[exact]] = 1.0
        return [KeywordMatch(k, c) for k, c in sorted(found.items(), key=lambda kc: -kc[1])]

    def nearest(self, phrase: str, vector: NDArray[np.float32]) -> float:
        """The cosine of the keyword nearest in meaning; 1 for a keyword itself. vector: the phrase's, (dim,)."""
        if phrase in self:
            return 1.0
        return float((self.vectors @ vector).max()) if self.keywords else 0.0

    def scores(
        self, matches: Mapping[str, Sequence[KeywordMatch]], weights: Sequence[float] | None = None
    ) -> NDArray[np.float32]:
        """How well each item answers the phrases: per phrase its best keyword's cosine, times its weight. (items,)"""
        total = np.zeros(len(self.catalog), np.float32)
        for found, weight in zip(matches.values(), weights or [1.0] * len(matches), strict=True):
            best = np.zeros(len(self.catalog), np.float32)
            for match in found:
                for facet in self.facets:
                    rows = self.catalog.having(facet, [match.keyword])
                    best[rows] = np.maximum(best[rows], match.cosine)
            total += np.float32(weight) * best
        return total

    def save(self, folder: Path) -> None:
        """Writes `keywords.json` and `keywords.npy`."""
        (folder / "keywords.json").write_text(json.dumps(self.keywords), encoding="utf-8")
        np.save(folder / "keywords.npy", self.vectors)

    @classmethod
    def load(cls, catalog: Catalog, folder: Path) -> "KeywordIndex":
        """Reads what `save` wrote. Raises SetupError when it is missing or damaged."""
        try:
            keywords = json.loads((folder / "keywords.json").read_text(encoding="utf-8"))
            return cls(catalog, keywords, np.load(folder / "keywords.npy", mmap_mode="r"))
        except (OSError, ValueError) as error:
            raise SetupError(f"the keywords in {folder} cannot be read; run `palate build`") from error


def catalog_keywords(catalog: Catalog) -> list[str]:
    """Every keyword of the catalogue, most frequent first."""
    return list(dict.fromkeys(v for facet in catalog.spec.by_role("keyword") for v in catalog.values(facet)))
