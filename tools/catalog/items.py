"""Items and the catalogue: what each item holds, and which items hold a value."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tools.catalog.spec import CatalogSpec

FacetValue = float | int | str | tuple[str, ...]
Mask = NDArray[np.bool_]
UNTITLED = "(untitled"  # begins the title of an item that has none in the data


@dataclass(frozen=True)
class Item:
    """One thing that can be recommended. A facet it has no value for is absent from `facets`."""

    id: str
    title: str
    text: str = ""
    other_names: tuple[str, ...] = ()
    facets: Mapping[str, FacetValue] = field(default_factory=dict)

    def values(self, facet: str) -> tuple[str, ...]:
        """A categorical facet's values; empty when unknown."""
        value = self.facets.get(facet, ())
        return value if isinstance(value, tuple) else (str(value),)

    def number(self, facet: str) -> float | None:
        """A numeric facet's value; None when unknown."""
        value = self.facets.get(facet)
        return float(value) if isinstance(value, int | float) else None


class Catalog:
    """Items in a fixed order; their position ("row") is what the models and masks count in."""

    def __init__(self, spec: CatalogSpec, items: Sequence[Item]) -> None:
        self.spec = spec
        self.items = tuple(items)
        self.rows: dict[str, int] = {item.id: row for row, item in enumerate(self.items)}
        self._known: dict[str, Mask] = {}  # by facet, as it is asked for

    def __len__(self) -> int:
        return len(self.items)

    def item(self, item_id: str) -> Item:
        """The item with this id; KeyError when there is none."""
        return self.items[self.rows[item_id]]

    @cached_property
    def _postings(self) -> dict[str, dict[str, NDArray[np.int32]]]:
        lists: dict[str, dict[str, list[int]]] = {}
        for name, facet in self.spec.facets.items():
            if facet.kind != "categorical":
                continue
            by_value: dict[str, list[int]] = {}
            for row, item in enumerate(self.items):
                for value in item.values(name):
                    by_value.setdefault(value, []).append(row)
            lists[name] = by_value
        return {
            name: {value: np.array(rows, np.int32) for value, rows in by_value.items()}
            for name, by_value in lists.items()
        }

    @cached_property
    def _numbers(self) -> dict[str, NDArray[np.float64]]:
        return {
            name: np.array([np.nan if (n := item.number(name)) is None else n for item in self.items])
            for name, facet in self.spec.facets.items()
            if facet.kind == "numeric"
        }

    def values(self, facet: str) -> list[str]:
        """Every value of a categorical facet, most frequent first."""
        postings = self._postings[facet]
        return sorted(postings, key=lambda value: (-len(postings[value]), value))

    def count(self, facet: str, value: str) -> int:
        """How many items hold a value."""
        return len(self._postings[facet].get(value, ()))

    def having(self, facet: str, values: Iterable[str]) -> Mask:
        """Items that hold any of the values. (items,) bool"""
        mask = np.zeros(len(self), bool)
        for value in values:
            mask[self._postings[facet].get(value, [])] = True
        return mask

    def known(self, facet: str) -> Mask:
        """Items that have a value for the facet at all. (items,) bool, not to be changed"""
        kept = self._known.get(facet)
        if kept is None:
            numbers = self._numbers.get(facet)
            kept = (
                ~np.isnan(numbers)
                if numbers is not None
                else np.array([facet in item.facets for item in self.items], bool)
            )
            kept.flags.writeable = False
            self._known[facet] = kept
        return kept

    def numbers(self, facet: str) -> NDArray[np.float64]:
        """A numeric facet of every item; NaN where unknown. (items,) float64"""
        return self._numbers[facet]

    def mask_of(self, item_ids: Iterable[str]) -> Mask:
        """The items with these ids; ids not in the catalogue are passed over. (items,) bool"""
        mask = np.zeros(len(self), bool)
        mask[[self.rows[i] for i in item_ids if i in self.rows]] = True
        return mask
