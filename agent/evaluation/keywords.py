"""How well people described by five keywords are served: vector search, keyword graph, and both fused.

A case is a user. Half of the items they liked are held out; five keywords are drawn of the other half, the telling ones
likelier (how many of those items have it, times the log of its inverse frequency). Nothing of the held-out items is
looked at. Recall@20 is the share of them among the first twenty that are not of the other half. The fusion's weights are
chosen on one half of the users, and every figure is of the other.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.catalog import Catalog
from tools.catalog.load import InteractionTable
from tools.errors import UserInputError
from tools.ranking.fusion import standardise
from tools.text.graph import KeywordGraph
from tools.text.store import text_trust

KEYWORDS = 5
TOP = 20
DRAWS = 3  # of halves and keywords, a user
FEWEST_LIKED = 10  # items with keywords; fewer leave too little to hold out
PROPOSED = 200  # as many as a tool may propose in a dialogue
SHARES = tuple(
    round(0.1 * n, 1) for n in range(11)
)  # of the graph against the vector search, tried on validation users
HOPS = (0.0, 0.25, 0.5, 1.0)
POPULARITY = (0.0, 0.3, 1.0, 3.0)
RESAMPLES = 2_000


@dataclass(frozen=True)
class Person:
    """Five keywords, the rows of the liked items they were drawn of, and the held-out ones."""

    user: int
    keywords: tuple[str, ...]
    known: NDArray[np.int64]
    held_out: NDArray[np.int64]


def people(catalog: Catalog, table: InteractionTable, seed: int) -> list[Person]:
    """Users with enough liked items that have keywords, in random order; each DRAWS times, halved anew."""
    facets = catalog.spec.by_role("keyword")
    values = [[v for f in facets for v in item.values(f)] for item in catalog.items]
    told = np.array([bool(v) for v in values])
    rarity = {v: float(np.log(len(catalog) / catalog.count(f, v))) for f in facets for v in catalog.values(f)}
    rng = np.random.default_rng(seed)
    users = np.unique(table.users)
    rng.shuffle(users)
    found: list[Person] = []
    for user in users:
        mine = (table.users == user) & (table.liked > 0)
        liked = table.rows[mine][told[table.rows[mine]]].astype(np.int64)
        for _ in range(DRAWS if len(liked) >= FEWEST_LIKED else 0):
            halves = rng.permutation(liked)
            known, held_out = halves[: len(liked) // 2], halves[len(liked) // 2 :]
            weight: dict[str, float] = {}
            for row in known:
                for value in values[row]:
                    weight[value] = weight.get(value, 0.0) + rarity[value]
            names = [k for k, w in weight.items() if w > 0]
            if len(names) < KEYWORDS:
                continue
            chance = np.array([weight[k] for k in names]) ** 2
            drawn = rng.choice(len(names), KEYWORDS, replace=False, p=chance / chance.sum())
            found.append(Person(int(user), tuple(names[n] for n in drawn), known, held_out))
    return found


def compare_sources(
    catalog: Catalog,
    table: InteractionTable,
    graph: KeywordGraph,
    vectors: NDArray[np.float32],
    embed: Callable[[Sequence[str]], NDArray[np.float32]],
    seed: int = 0,
) -> dict[str, Any]:
    """Recall@20 of each source and of their fusion. vectors: (items, dim) of item texts; embed: texts to unit vectors."""
    everyone = people(catalog, table, seed)
    middle = sorted({p.user for p in everyone})[len({p.user for p in everyone}) // 2] if everyone else 0
    groups = {
        "validation": [p for p in everyone if p.user < middle],
        "test": [p for p in everyone if p.user >= middle],
    }
    if not all(groups.values()):
        raise UserInputError(
            f"too few users with {FEWEST_LIKED} liked items that have keywords; this catalogue cannot be measured so"
        )
    phrases = sorted({k for p in everyone for k in p.keywords})
    texts = sorted({", ".join(p.keywords) for p in everyone})
    of_phrase = dict(zip(phrases, embed(phrases), strict=True))
    of_text = dict(zip(texts, embed(texts), strict=True))
    sources = Sources(catalog, table, graph, vectors, of_phrase, of_text)
    scored = {name: [(p, *sources.of(p)) for p in group] for name, group in groups.items()}

    def recalls(group: str, weights: Mapping[str, float]) -> NDArray[np.float64]:
        return np.array([_recall(p, rows, _fused(s, weights)) for p, rows, s in scored[group]])

    def chosen(popularity: Sequence[float]) -> dict[str, float]:
        tried = [
            {
                "vector search": round(1 - share, 1),
                "graph": share,
                "graph to text": hop,
                "popularity": popular,
            }
            for share in SHARES
            for hop in HOPS
            for popular in popularity
        ]
        return max(tried, key=lambda w: float(recalls("validation", w).mean()))

    fused, with_popularity = chosen((0.0,)), chosen(POPULARITY)
    rows = {
        "popularity": {"popularity": 1.0},
        "vector search": {"vector search": 1.0},
        "graph, one hop": {"graph, one hop": 1.0},
        "graph": {"graph": 1.0},
        "fused": fused,
        "fused, with popularity": with_popularity,
    }
    found = {name: recalls("test", weights) for name, weights in rows.items()}
    users = np.array([p.user for p in groups["test"]])
    best_alone = max((found["vector search"], found["graph"]), key=lambda v: float(v.mean()))
    return {
        "benchmark": "keywords",
        "catalog": catalog.spec.catalog.name,
        "users": {name: len({p.user for p in group}) for name, group in groups.items()},
        "draws": DRAWS,
        "keywords": KEYWORDS,
        "seed": seed,
        "recall_at_20": {name: _interval(values, users) for name, values in found.items()},
        "weights": {"fused": fused, "fused, with popularity": with_popularity},
        "fused_less_best_alone": _interval(found["fused"] - best_alone, users),
    }


@dataclass(frozen=True)
class Sources:
    """What each source says of a person's candidates."""

    catalog: Catalog
    table: InteractionTable
    graph: KeywordGraph
    vectors: NDArray[np.float32]
    of_phrase: Mapping[str, NDArray[np.float32]]
    of_text: Mapping[str, NDArray[np.float32]]

    def of(self, person: Person) -> tuple[NDArray[np.int64], dict[str, NDArray[Any]]]:
        """(candidates, what each source says of them): the first PROPOSED of every source, as in a dialogue."""
        trust = text_trust(self.catalog)
        each = {k: self.of_phrase[k] for k in person.keywords}
        graph = self.graph.scores(each)
        starts, shares = self.graph.centre(graph)
        centre = shares @ self.vectors[starts]
        scores = {
            "vector search": (self.vectors @ self.of_text[", ".join(person.keywords)]) * trust,
            "graph": graph,
            "graph, one hop": self.graph.scores(each, second_hop=0.0),
            "graph to text": (self.vectors @ centre / max(float(np.linalg.norm(centre)), 1e-9)) * trust,
            "popularity": np.log1p(np.bincount(self.table.rows, minlength=len(self.catalog))).astype(
                np.float32
            ),
        }
        open_to = np.setdiff1d(np.arange(len(self.catalog)), person.known)
        proposed = [open_to[np.argsort(-s[open_to], kind="stable")[:PROPOSED]] for s in scores.values()]
        rows = np.unique(np.concatenate(proposed))
        return rows, {name: s[rows] for name, s in scores.items()}


def _fused(sources: Mapping[str, NDArray[Any]], weights: Mapping[str, float]) -> NDArray[np.float64]:
    """The weighted sum of the standardised sources. (candidates,)"""
    used = {name: weight for name, weight in weights.items() if weight}
    if len(used) == 1:
        return np.asarray(sources[next(iter(used))], np.float64)
    return np.asarray(sum(weight * standardise(sources[name]) for name, weight in used.items()), np.float64)


def _recall(person: Person, rows: NDArray[np.int64], scores: NDArray[np.float64]) -> float:
    top = rows[np.argsort(-scores, kind="stable")[:TOP]]
    return float(np.isin(person.held_out, top).mean())


def _interval(values: NDArray[np.float64], users: NDArray[np.int64]) -> dict[str, float]:
    """The mean with its 95 % bootstrap interval, users drawn whole."""
    _, place = np.unique(users, return_inverse=True)
    means = np.bincount(place, values) / np.bincount(place)
    rng = np.random.default_rng(0)
    drawn = means[rng.integers(0, len(means), (RESAMPLES, len(means)))].mean(axis=1)
    low, high = np.percentile(drawn, (2.5, 97.5))
    return {"mean": round(float(means.mean()), 4), "low": round(float(low), 4), "high": round(float(high), 4)}
