"""Turns to be timed and counted: dialogues made of a catalogue's own words, and how long most of their turns took."""

import random
from collections.abc import Callable, Iterator
from math import ceil

from tools.catalog.items import Catalog

WARM_UP = 5
SEED = 7

OPENINGS = (
    "I loved {title} and {title2}. Something similar, please",
    "Something like {title}, but no {category}",
    "I feel like {category} tonight",
    "{category} or {category2} from the 90s",
    "Recommend me something by {person}",
    "a {category} about {keyword}",
    "I hated {title}. What else is there?",
    "surprise me",
)
FOLLOW_UPS = (
    "I have seen the second one",
    "make it newer",
    "shorter, and no {category}",
    "under two hours",
    "more like the first one",
    "why the first one?",
    "not the third, and something with {person}",
    "only {category}",
    "forget that, anything from the 80s",
    "something about {keyword}",
)


def dialogues(catalog: Catalog, seed: int = SEED) -> Iterator[tuple[str, ...]]:
    """Dialogues of two to five messages, without end; the same seed gives the same ones."""
    rng = random.Random(seed)
    titles = [item.title for item in catalog.items if item.text] or [item.title for item in catalog.items]
    facets = catalog.spec.facets.items()

    def values(wanted: Callable[[str], bool], limit: int) -> list[str]:
        names = [name for name, facet in facets if facet.kind == "categorical" and wanted(facet.role)]
        return [value for name in names[:1] for value in catalog.values(name)[:limit]] or ["anything"]

    categories = values(lambda role: not role, 20)
    people = values(lambda role: role == "person", 200)
    keywords = values(lambda role: role == "keyword", 300)
    while True:
        patterns = (rng.choice(OPENINGS), *rng.sample(FOLLOW_UPS, rng.randint(1, 4)))
        yield tuple(
            pattern.format(
                title=rng.choice(titles),
                title2=rng.choice(titles),
                category=rng.choice(categories),
                category2=rng.choice(categories),
                person=rng.choice(people),
                keyword=rng.choice(keywords),
            )
            for pattern in patterns
        )


def summary(times: list[float]) -> dict[str, float]:
    """Half, 95 of 100 and all of the times are at most so long."""
    ordered = sorted(times)

    def rank(share: float) -> float:
        return round(ordered[max(ceil(share * len(ordered)), 1) - 1], 2)

    return {"p50_ms": rank(0.5), "p95_ms": rank(0.95), "max_ms": rank(1.0)}
