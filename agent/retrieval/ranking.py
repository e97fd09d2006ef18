"""From the tools' proposals to a ranked list: learned fusion, soft wishes, and a little diversity."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agent.answer import Candidate
from agent.events import ToolCalled
from agent.retrieval.constraints import Allowed, target_masks
from agent.retrieval.querying import Comparison, Query
from memory.preferences import FAME, KeywordTarget, RangeTarget
from tools.catalog.items import Mask
from tools.errors import ToolFailed
from tools.ranking.fusion import SAID, Fusion, context_of, standardise
from tools.ranking.tuned import TunedReranker
from tools.toolbox import FEW, Scored, Toolbox, timed

PROPOSED = 200  # items a tool may propose
STEER = 1.0  # what a soft wish adds, in standard deviations of the fused score
DISLIKED = 0.8  # weight of likeness to what was disliked or rejected
SHOWN_BEFORE = 0.5  # what was shown and not chosen steps back, a little each time
COMPARED = 1.0  # what a step of one deviation along a quality adds, in the direction of a critique
WRONG_WAY = 1.0  # taken off what has less of it than what it was compared with
WELL_KNOWN_FROM = 0.75  # of what is known at all: the best known quarter is no hidden gem
FAME_WRONG_WAY = 2.0  # taken off for a deviation the wrong way along how well known something is
OF_KIND = (
    0.65  # what a deviation adds by how much an item is of the category that is wished for, and nothing else
)
UNLIKE = 6.0  # weight of likeness to what the person wants something completely different from
DIVERSITY = 0.6  # taken off for likeness 1 to an item above, in deviations of the score
DIVERSE_TOP = 30


def call_tools(
    query: Query, allowed: Mask, toolbox: Toolbox
) -> Iterator[tuple[ToolCalled, Scored | ToolFailed]]:
    """Asks the sequence model, and every other tool that the query gives something to go by."""
    seeds = [toolbox.catalog.items[row].title for row in query.seeds]
    calls: list[tuple[str, dict[str, Any], Callable[[], Scored]]] = [
        # without a history this is popularity, from which every other source departs
        (
            "next_items",
            {"history": len(query.history)},
            lambda: toolbox.next_items(query.history, PROPOSED, allowed),
        ),
    ]
    wished = (_softly_wished(query, toolbox) > 0) & allowed
    if wished.any():
        calls.append(
            (
                "wished_items",
                {"wishes": len(query.soft)},
                lambda: toolbox.next_items(query.history, PROPOSED, wished),
            )
        )
    if query.words:
        search = {"words": query.words}
        calls.append(("search_items", search, lambda: toolbox.search_items(query.words, PROPOSED, allowed)))
    if query.phrases:
        keywords = {"keywords": list(query.phrases)}
        calls.append(
            (
                "keyword_items",
                keywords,
                lambda: toolbox.keyword_items(query.phrases, PROPOSED, allowed, query.phrase_weights),
            )
        )
    for c in query.critiques:
        asked = {"quality": c.quality, "direction": c.direction}
        if c.quality == FAME:
            calls.append(("toward_items", asked, partial(toolbox.by_fame, c.direction, PROPOSED, allowed)))
            continue
        words = ", ".join(toolbox.ends(c.quality)[0 if c.direction > 0 else 1])
        if words:
            toward = partial(toolbox.search_items, words, PROPOSED, allowed)
            calls.append(("toward_items", asked, toward))
    if seeds:
        similar = partial(toolbox.similar_items, query.seeds, PROPOSED, allowed, query.seed_weights)
        calls.append(("similar_items", {"items": seeds}, similar))
    for name, arguments, call in calls:
        try:
            found, ms = timed(call)
        except ToolFailed as failure:  # the others go on
            yield ToolCalled(name, arguments, 0, 0.0), failure
        else:
            yield ToolCalled(name, arguments, len(found), ms), found


def _softly_wished(query: Query, toolbox: Toolbox) -> NDArray[np.int64]:
    """How many soft wishes for a category, a person or a range each item meets; what meets any is a candidate whatever else
    it is. (items,)"""
    met = np.zeros(len(toolbox.catalog), np.int64)
    for preference in query.soft:
        if preference.polarity == "+" and not isinstance(preference.target, KeywordTarget):
            met += target_masks(preference.target, toolbox)[0]
    return met


def rank(
    query: Query,
    proposed: dict[str, Scored],
    allowed: Allowed,
    toolbox: Toolbox,
    fusion: Fusion,
    tuned: bool = True,
    by_text: bool = True,
) -> tuple[Candidate, ...]:
    """The proposed items by fused score and soft wishes, ordered anew by how well they meet every theme, and made diverse;
    best first. tuned: False leaves the toolbox's tuned re-ranker out; by_text: False leaves the
    item texts out."""
    rows = np.array(sorted({row for found in proposed.values() for row, _ in found}), np.int64)
    if len(rows) == 0:
        return ()
    texts = _texts(query, rows, toolbox) if by_text else None
    sources = _source_scores(query, rows, texts, toolbox)
    context = context_of(bool(query.history), bool(query.words or query.phrases))
    heard = {name: s for name, s in sources.items() if name not in SAID} if query.tastes_beside else sources
    fused = fusion.in_deviations(heard, context)
    steer = _steering(query, rows, texts, toolbox, allowed)
    if query.tastes_beside:
        steer += query.taste_share * _taste_match(query, rows, toolbox)
    scores = fused + steer
    unknown = allowed.unknown[rows]  # these come last, whatever their score
    order = np.lexsort((rows, -scores, unknown))
    # fitted on wishes about tonight: of tastes the re-ranker has a say only where nothing else is known
    if tuned and toolbox.tuned is not None and query.phrases and not query.tastes_beside:
        known = order[~unknown[order]]
        scores[known] = _tuned(toolbox.tuned, query, rows, known, fused, sources, toolbox) + steer[known]
        order = np.lexsort((rows, -scores, unknown))
    proposers = {name: dict(found) for name, found in proposed.items()}
    return tuple(
        Candidate(
            int(rows[n]),
            float(scores[n]),
            {name: found[int(rows[n])] for name, found in proposers.items() if int(rows[n]) in found},
            {name: float(values[n]) for name, values in sources.items()},
        )
        for n in _diverse(order[~unknown[order]], rows, scores, toolbox) + order[unknown[order]].tolist()
    )


def chosen_first(
    ranked: Sequence[Candidate], chosen: Sequence[int], allowed: Allowed
) -> tuple[Candidate, ...]:
    """The candidates with those that a language model chose at the head, in its order, none above the one before it by
    score; what is shown only for want of a fact stays last."""
    by_row = {c.row: c for c in ranked}
    first = [by_row[row] for row in chosen if row in by_row and not allowed.unknown[row]]
    rest = [c for c in ranked if c not in first]
    top = max((c.score for c in ranked), default=0.0)
    return (*(replace(c, score=top) for c in first), *rest)


def _tuned(
    tuned: TunedReranker,
    query: Query,
    rows: NDArray[np.int64],
    known: NDArray[np.int64],
    scores: NDArray[np.float64],
    sources: dict[str, NDArray[np.float32]],
    toolbox: Toolbox,
) -> NDArray[np.float64]:
    """The fused scores of what is known to fit as the tuned re-ranker has them, in deviations again, so that steering weighs
    beside them what it weighs without. known: their places among the candidates, best first. (known,)"""
    before = scores[known]
    if len(known) < 2:
        return before
    match = toolbox.wish_match(query.phrases, rows[known].tolist(), query.phrase_weights)
    of_known = {n: s[known] for n, s in sources.items()}
    after = before + tuned.adjustments(before, of_known, match)
    spread, wider = float(before.std()), float(after.std())
    return after * (spread / wider) if wider > spread > 0 else after


def _texts(query: Query, rows: NDArray[np.int64], toolbox: Toolbox) -> NDArray[np.float32] | None:
    """The text vectors of the candidates; None when nothing asks for them, or the store failed, which its search has
    told already. (candidates, dim)"""
    compared = any(c.quality != FAME for c in query.critiques)
    if not (query.seeds or query.words or compared or query.kinds):
        return None
    with contextlib.suppress(ToolFailed):
        return toolbox.vectors(rows.tolist())
    return None


def _source_scores(
    query: Query, rows: NDArray[np.int64], texts: NDArray[np.float32] | None, toolbox: Toolbox
) -> dict[str, NDArray[np.float32]]:
    """What each source says of every candidate, whoever proposed it. name -> (candidates,)"""
    sources = {"popularity": toolbox.fame(rows.tolist())}
    if query.history:
        sources["sequence"] = toolbox.sequence.scores(query.history)[rows]
    if query.seeds:
        sources["similar"] = toolbox.likeness.to(query.seeds, query.seed_weights)[rows]
    if texts is not None:
        with contextlib.suppress(ToolFailed):
            sources |= _text_scores(query, rows, texts, toolbox)
    if query.phrases:
        sources["keywords"] = toolbox.keywords.scores(
            toolbox.match_keywords(query.phrases), query.phrase_weights
        )[rows]
        sources["graph"] = toolbox.graph_scores(query.phrases, query.phrase_weights)[rows]
    return sources


def _text_scores(
    query: Query, rows: NDArray[np.int64], vectors: NDArray[np.float32], toolbox: Toolbox
) -> dict[str, NDArray[np.float32]]:
    """What the item texts say: likeness to the liked items' texts, to the words, and to what the keyword graph found.

    vectors: (candidates, dim). Raises ToolFailed.
    """
    scores: dict[str, NDArray[np.float32]] = {}
    if query.seeds:
        cosines = vectors @ toolbox.vectors(query.seeds).T  # (candidates, seeds)
        scores["similar_text"] = np.average(cosines, axis=1, weights=query.seed_weights).astype(np.float32)
    if query.phrases:
        centre = toolbox.graph_centre(toolbox.graph_scores(query.phrases, query.phrase_weights))
        scores["graph_text"] = vectors @ centre * toolbox.text_trust[rows]
    if query.words:
        scores["text"] = vectors @ toolbox.vector(query.words) * toolbox.text_trust[rows]
    return scores


def _steering(
    query: Query,
    rows: NDArray[np.int64],
    texts: NDArray[np.float32] | None,
    toolbox: Toolbox,
    allowed: Allowed,
) -> NDArray[np.float64]:
    """What soft wishes, relaxed wishes, dislikes and earlier slates add or take off. (candidates,)"""
    steer = np.zeros(len(rows))
    for preference in query.soft:
        if preference.polarity == "+" and (
            isinstance(preference.target, KeywordTarget) or (query.tastes_beside and preference.lasting)
        ):
            continue  # steers through the keyword and text sources, or with the tastes, already
        has, _ = target_masks(preference.target, toolbox, preference.polarity == "-")
        rare = max(
            1.0, float(np.log(len(has) / max(int(has.sum()), 1))) / 2
        )  # a person says more than "Drama"
        share = query.taste_share if preference.lasting else 1.0
        steer += share * STEER * has[rows] * (rare if preference.polarity == "+" else -1.5)
    for preference in allowed.relaxed:
        if isinstance(preference.target, RangeTarget):
            steer -= 2 * STEER * _distance(preference.target, rows, toolbox)
        else:
            steer += 2 * STEER * target_masks(preference.target, toolbox)[0][rows]
    if query.disliked:
        steer -= DISLIKED * toolbox.likeness.to(query.disliked)[rows] * 3
    compared = np.zeros(len(rows))
    for c in query.critiques:
        if c.quality == FAME:
            compared += _by_fame(c, rows, toolbox)
    if texts is not None:
        with contextlib.suppress(ToolFailed):
            for c in query.critiques:
                if c.quality != FAME:
                    compared += _compared(c, texts, toolbox)
            if query.kinds:
                steer += _of_kinds(query, rows, texts, toolbox)
    steer += _within(_softly_wished(query, toolbox)[rows], compared) if query.critiques else 0.0
    if query.unlike:
        steer -= UNLIKE * toolbox.likeness.to(query.unlike)[rows]
    steer -= SHOWN_BEFORE * np.array([query.shown.get(int(row), 0) for row in rows])
    return steer


def _taste_match(query: Query, rows: NDArray[np.int64], toolbox: Toolbox) -> NDArray[np.float64]:
    """How well each candidate meets the lasting tastes, in deviations among the candidates: the phrases on the mean, or the
    category, person or range it meets best. (candidates,)"""
    matches = []
    if query.phrases:
        matches.append(standardise(toolbox.told_match(query.phrases, rows.tolist()).mean(axis=1)))
    for preference in query.soft:
        facts = not isinstance(preference.target, KeywordTarget)
        if facts and preference.lasting and preference.polarity == "+":
            matches.append(standardise(target_masks(preference.target, toolbox)[0][rows]))
    return np.max(matches, axis=0) if matches else np.zeros(len(rows))


def _compared(critique: Comparison, texts: NDArray[np.float32], toolbox: Toolbox) -> NDArray[np.float64]:
    """How far each candidate lies from what it is compared with, else from the candidates' mean, along what their texts tell, the way
    that was asked for. (candidates,) Raises ToolFailed."""
    places = toolbox.along(critique.quality, texts)
    spread = float(places.std()) or 1.0
    origin = (
        float(toolbox.along(critique.quality, toolbox.vectors(critique.than)).mean())
        if critique.than
        else float(places.mean())
    )
    steps = np.clip(critique.direction * (places - origin) / spread, -2.0, 2.0)
    return np.asarray(COMPARED * steps - WRONG_WAY * (steps < 0), np.float64)


def _within(met: NDArray[np.int64], compared: NDArray[np.float64]) -> NDArray[np.float64]:
    """What comparisons add where they steer within what is wished for softly, and do not lead out of it: "my dad loves westerns",
    "less violent". met: how many such wishes each candidate meets. (candidates,)"""
    if not met.any():
        return compared
    share = met / met.max()
    return np.asarray(np.minimum(compared, share * compared) - WRONG_WAY * (1.0 - share), np.float64)


def _by_fame(critique: Comparison, rows: NDArray[np.int64], toolbox: Toolbox) -> NDArray[np.float64]:
    """What candidates gain by being better or less well known than what they are compared with, else than WELL_KNOWN_FROM of what
    FEW people had at least; to COMPARED, which half a deviation is enough for: the rest is for the other sources to say. What
    few had gains nothing, and what is compared with is not more of it than itself. (candidates,)"""
    counts = toolbox.sequence.popularity
    known = toolbox.fame(np.flatnonzero(counts >= FEW).tolist())
    if not len(known):
        return np.zeros(len(rows))
    than = toolbox.fame(critique.than).mean() if critique.than else np.quantile(known, WELL_KNOWN_FROM)
    steps = critique.direction * (toolbox.fame(rows.tolist()) - float(than)) / (float(known.std()) or 1.0)
    steps = np.clip(steps.astype(np.float64), -2.0, 2.0)
    # what was compared with is a bound that was asked for
    wrong_way = FAME_WRONG_WAY * (steps - 1.0 if critique.than else steps)
    gained = np.where(steps < 0, wrong_way, np.minimum(2 * COMPARED * steps, COMPARED))
    gained[np.isin(rows, critique.than)] = -FAME_WRONG_WAY
    return np.where(counts[rows] < FEW, np.minimum(gained, 0.0), gained)


def _of_kinds(
    query: Query, rows: NDArray[np.int64], texts: NDArray[np.float32], toolbox: Toolbox
) -> NDArray[np.float64]:
    """What candidates gain by how much they are of the categories wished for; the less, the more else was said. (candidates,)
    Raises ToolFailed."""
    typical = [toolbox.typical(facet, value, rows.tolist(), texts) for facet, value in query.kinds]
    else_said = bool(query.phrases) + bool(query.seeds) + len(query.critiques)
    return np.asarray(OF_KIND / (1 + else_said) * np.mean(typical, axis=0), np.float64)


def _distance(target: RangeTarget, rows: NDArray[np.int64], toolbox: Toolbox) -> NDArray[np.float64]:
    """How far outside the range, in tenths of the facet's spread, at most 1; unknown counts 1. (candidates,)"""
    numbers = toolbox.catalog.numbers(target.facet)
    spread = float(np.nanstd(numbers)) or 1.0
    values = numbers[rows]
    low = -np.inf if target.low is None else target.low
    high = np.inf if target.high is None else target.high
    outside = np.maximum(np.maximum(low - values, values - high), 0.0)
    return np.nan_to_num(np.minimum(outside / spread, 1.0), nan=1.0)


def _diverse(
    order: NDArray[np.int64], rows: NDArray[np.int64], scores: NDArray[np.float64], toolbox: Toolbox
) -> list[int]:
    """Greedy choice among the first few: score less likeness to what is chosen already (Carbonell & Goldstein 1998)."""
    top, rest = order[:DIVERSE_TOP], order[DIVERSE_TOP:]
    alike = toolbox.likeness.between(rows[top].tolist())
    left = scores[top].astype(np.float64)
    chosen: list[int] = []
    closest = np.zeros(len(top))
    for _ in range(len(top)):
        best = int(np.argmax(left - DIVERSITY * closest))  # of equals the one before
        chosen.append(int(top[best]))
        left[best] = -np.inf
        closest = np.maximum(closest, alike[best])
    return [*chosen, *rest.tolist()]
