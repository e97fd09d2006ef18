"""What an item shares with one that the person liked, and which of it is worth saying."""

from collections.abc import Sequence

import numpy as np

from agent.replies.describing import listed
from tools.catalog import Catalog, Item

TELLING_SHARE = 0.12  # a shared value that more of the catalogue than this has says little ("Drama")

Shared = tuple[str, str]  # a facet, and a value that both have in it


def made_and_what(shared: Sequence[Shared], catalog: Catalog) -> tuple[list[Shared], list[Shared]]:
    """Of shared values those that are said with words of their own ("directed by"), of one facet, and some that a bare
    name says: keywords and people first, categories where there is room."""
    worded = [(f, v) for f, v in shared if not is_bare(f, catalog)]
    made = [(f, v) for f, v in worded if f == worded[0][0]][:2]
    bare = [(f, v) for f, v in shared if is_bare(f, catalog)]
    telling = [fv for fv in bare if catalog.spec.facets[fv[0]].role in ("keyword", "person")]
    return made, (telling + [fv for fv in bare if fv not in telling])[: 2 if made or len(telling) > 1 else 3]


def is_bare(facet: str, catalog: Catalog) -> bool:
    """Whether a value shared in this facet is said by its name alone, or "with" it."""
    return catalog.spec.facets[facet].shared.removeprefix("with ") in ("{value}", "{values}")


def is_person(facet: str, catalog: Catalog) -> bool:
    return catalog.spec.facets[facet].role == "person"


def shared_text(values: Sequence[Shared], catalog: Catalog) -> str:
    """ "directed by Joel Coen and Ethan Coen": values of one facet as the catalogue says them; empty for none."""
    if not values:
        return ""
    said = listed([v for _, v in values])
    return catalog.spec.facets[values[0][0]].shared.format(values=said, value=said)


def shared_values(item: Item, liked: Item, catalog: Catalog) -> list[Shared]:
    """(facet, value) held by both, rarest first; a single commonplace value ("Drama") is no likeness."""
    shared = [
        (name, value)
        for name, facet in catalog.spec.facets.items()
        if facet.kind == "categorical" and facet.shared and name in item.facets
        for value in item.values(name)
        if value in liked.values(name)
    ]
    shared.sort(key=lambda fv: -rarity(fv[0], fv[1], catalog))
    if len(shared) == 1 and catalog.count(*shared[0]) > TELLING_SHARE * len(catalog):
        return []
    return shared[:4]


def rarity(facet: str, value: str, catalog: Catalog) -> float:
    return float(np.log(len(catalog) / max(catalog.count(facet, value), 1)))
