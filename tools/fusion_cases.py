"""Cases to fit the fusion on: what users really chose next, told as a person in a dialogue would tell it.

A case is one held-out item of a user: one to three liked items from before it, a wish made of facts of the item
itself, or both. The sequence model that scores it has seen neither held-out item of any user. Half of the wishes name
another keyword of like meaning in place of the item's own, since people seldom use the catalogue's very words.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.catalog import Catalog, Item
from tools.catalog.likeness import FacetLikeness
from tools.catalog.load import InteractionTable
from tools.fusion import SOURCES, Case, context_of, standardise
from tools.sequence.serve import SequenceModel
from tools.text.graph import KeywordGraph
from tools.text.keywords import KeywordIndex
from tools.text.store import text_trust

CASES = 900
PROPOSED = 200  # as many as a tool may propose in a dialogue
HELD_OUT = 2  # each user's last events, which the evaluation model was not trained on
NEAR_KEYWORD = 0.6


def make_cases(
    catalog: Catalog,
    table: InteractionTable,
    held_out_model: Path,
    vectors: NDArray[np.float32],
    keywords: KeywordIndex,
    graph: KeywordGraph,
    likeness: FacetLikeness,
    seed: int,
    progress: Callable[[float], None],
) -> list[Case]:
    """Up to CASES held-out choices with their candidates scored by every source. vectors: (items, dim) unit."""
    if not held_out_model.is_dir():
        return []
    model = SequenceModel.load(held_out_model)
    rng = np.random.default_rng(seed)
    choices = _choices(table, rng)[:CASES]
    trusted = vectors * text_trust(catalog)[:, None]
    cases: list[Case] = []
    for number, (seeds, target) in enumerate(choices):
        context = ("history", "words", "both")[number % 3]
        case = _case(context, seeds, target, catalog, model, vectors, trusted, keywords, graph, likeness, rng)
        if case is not None:
            cases.append(case)
        progress((number + 1) / len(choices))
    return cases


def _choices(table: InteractionTable, rng: np.random.Generator) -> list[tuple[list[int], int]]:
    """(the last liked items before, a held-out item that was not disliked) of every user, in random order."""
    order = np.lexsort((np.arange(len(table)), table.times, table.users))
    users, rows, liked = table.users[order], table.rows[order], table.liked[order]
    choices: list[tuple[list[int], int]] = []
    for user_rows, user_liked in _by_user(users, rows, liked):
        before, before_liked = user_rows[:-HELD_OUT], user_liked[:-HELD_OUT]
        pool = before[before_liked >= 0] if (before_liked > 0).sum() < 3 else before[before_liked > 0]
        for target, feeling in zip(user_rows[-HELD_OUT:], user_liked[-HELD_OUT:], strict=True):
            if feeling >= 0 and len(pool) > 0:
                seeds = pool[-int(rng.integers(1, 4)) :]
                choices.append(([int(s) for s in seeds], int(target)))
    rng.shuffle(choices)
    return choices


def _by_user(
    users: NDArray[np.int32], rows: NDArray[np.int32], liked: NDArray[np.int8]
) -> list[tuple[NDArray[np.int32], NDArray[np.int8]]]:
    ends = np.flatnonzero(np.diff(users)) + 1
    parts = zip(np.split(rows, ends), np.split(liked, ends), strict=True)
    return [(r, f) for r, f in parts if len(r) > HELD_OUT]


def _case(
    context: str,
    seeds: list[int],
    target: int,
    catalog: Catalog,
    model: SequenceModel,
    unit: NDArray[np.float32],
    trusted: NDArray[np.float32],
    keywords: KeywordIndex,
    graph: KeywordGraph,
    likeness: FacetLikeness,
    rng: np.random.Generator,
) -> Case | None:
    scores: dict[str, NDArray[np.float32]] = {"popularity": np.log1p(model.popularity).astype(np.float32)}
    if context in ("history", "both"):
        scores["sequence"] = model.scores(seeds)
        scores["similar"] = likeness.to(seeds)
        scores["similar_text"] = (unit @ unit[seeds].T).mean(axis=1)
    if context in ("words", "both"):
        phrases, words = _wish(catalog.items[target], catalog, keywords, rng)
        if not phrases and words is None:
            return None
        if phrases:
            places = [keywords.keywords.index(p) for p in phrases]
            matches = {
                p: keywords.match(p, keywords.vectors[n]) for p, n in zip(phrases, places, strict=True)
            }
            scores["keywords"] = keywords.scores(matches)
            spread = graph.scores({p: keywords.vectors[n] for p, n in zip(phrases, places, strict=True)})
            starts, shares = graph.centre(spread)
            told = shares @ unit[starts]
            scores["graph"] = spread
            scores["graph_text"] = trusted @ (told / max(float(np.linalg.norm(told)), 1e-9))
            centre = np.asarray(keywords.vectors[places]).mean(axis=0)
            scores["text"] = trusted @ (centre / np.linalg.norm(centre))
        if words is not None:
            held = catalog.having(*words).astype(np.float32)
            scores["keywords"] = scores.get("keywords", np.zeros(len(catalog), np.float32))
            scores["text"] = scores.get("text", np.zeros(len(catalog), np.float32))
            scores = {name: np.where(held > 0, s, -np.inf) for name, s in scores.items()}
    for seed_row in seeds:
        scores = {name: _without(s, seed_row) for name, s in scores.items()}
    candidates = sorted({int(row) for s in scores.values() for row in _top(s)})
    if target not in candidates or len(candidates) < 2:
        return None
    features = np.zeros((len(candidates), len(SOURCES)), np.float32)
    for column, name in enumerate(SOURCES):
        if name in scores:
            features[:, column] = standardise(scores[name][candidates])
    has_history, has_words = context in ("history", "both"), context in ("words", "both")
    return Case(context_of(has_history, has_words), features, candidates.index(target))


def _wish(
    item: Item, catalog: Catalog, keywords: KeywordIndex, rng: np.random.Generator
) -> tuple[list[str], tuple[str, list[str]] | None]:
    """One or two keywords, and in half of the cases a category the item must have."""
    own = [value for facet in keywords.facets for value in item.values(facet)]
    chosen = [str(k) for k in rng.permutation(own)[: int(rng.integers(1, 3))]] if own else []
    phrases = [_near(k, keywords, rng) if rng.random() < 0.5 else k for k in chosen]
    facets = [
        name
        for name, facet in catalog.spec.facets.items()
        if facet.kind == "categorical" and facet.role == "" and facet.many and item.values(name)
    ]
    if facets and (not phrases or rng.random() < 0.5):
        facet = facets[int(rng.integers(len(facets)))]
        return phrases, (facet, [str(rng.choice(item.values(facet)))])
    return phrases, None


def _near(keyword: str, keywords: KeywordIndex, rng: np.random.Generator) -> str:
    """Another keyword of like meaning, when there is one."""
    place = keywords.keywords.index(keyword)
    cosines = keywords.vectors @ keywords.vectors[place]
    near = [n for n in np.argsort(-cosines)[1:6] if cosines[n] >= NEAR_KEYWORD]
    return keywords.keywords[int(rng.choice(near))] if near else keyword


def _without(scores: NDArray[np.float32], row: int) -> NDArray[np.float32]:
    changed = scores.copy()
    changed[row] = -np.inf
    return changed


def _top(scores: NDArray[np.float32]) -> NDArray[np.intp]:
    count = min(PROPOSED, int(np.isfinite(scores).sum()))
    return np.argsort(-scores, kind="stable")[:count]
