"""Held-out choices with what every source says of their candidates: what the fusion and the tuned re-ranker learn from.

The sequence model that scores them has seen none of the held-out events of any user.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.catalog import Catalog
from tools.catalog.items import Mask
from tools.catalog.likeness import FacetLikeness
from tools.ranking.choices import Choice
from tools.ranking.fusion import SOURCES, Case, Fusion, context_of, standardise
from tools.ranking.tuned import TunedContext, WishMatch, wish_match
from tools.ranking.tuning import TunedCase
from tools.sequence.serve import SequenceModel
from tools.text.graph import KeywordGraph
from tools.text.keywords import KeywordIndex
from tools.text.store import text_trust

FUSION_CASES = 900
ASKED = 1_700  # choices the retriever is asked for, at 8 ms: on the demo 500 of the users to measure on are among the first 20
ASKED_WORDS = 1_000  # of these also without the history, and those to fit on with somebody else's
PROPOSED = 200  # as many as a tool may propose in a dialogue
CONTEXTS = ("history", "words", "both")

Scores = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Asked:
    """A choice as the retriever sees it: the proposed items and what each source says of them."""

    choice: Choice
    context: TunedContext
    rows: NDArray[np.int64]  # (candidates,)
    sources: Scores  # name -> (candidates,)
    match: WishMatch  # of the candidates
    strange: bool = False  # the history is somebody else's


@dataclass(frozen=True)
class RankedCase:
    """A choice whose item is among the retriever's candidates, these in the retriever's order."""

    choice: Choice
    context: TunedContext
    strange: bool
    rows: NDArray[np.int64]  # (candidates,)
    case: TunedCase


class Scorer:
    """What every source says of all items, as the tools say it in a dialogue."""

    def __init__(
        self,
        catalog: Catalog,
        model: SequenceModel,
        vectors: NDArray[np.float32],
        keywords: KeywordIndex,
        graph: KeywordGraph,
    ) -> None:
        """model: fitted without the held-out events. vectors: (items, dim) unit, of item texts."""
        self.catalog = catalog
        self.model = model
        self.keywords = keywords
        self._graph = graph
        self._likeness = FacetLikeness(catalog)
        self._unit = vectors
        self._trusted: NDArray[np.float32] = vectors * text_trust(catalog)[:, None]
        self._known = np.log1p(model.popularity).astype(np.float32)
        self._place = {phrase: n for n, phrase in enumerate(graph.phrases)}
        self._match = lru_cache(maxsize=None)(lambda p: keywords.match(p, self.vectors_of([p])[0]))

    def vectors_of(self, phrases: Sequence[str]) -> NDArray[np.float32]:
        """Of phrases of the keyword graph. (phrases, dim)"""
        return np.asarray(self._graph.vectors[[self._place[p] for p in phrases]], np.float32)

    def fusion_case(self, choice: Choice, context: str, words: Scores) -> Case | None:
        """The choice with the liked items as seeds, the wish, or both; None when its item is not among the candidates.

        words: what `of_words` says of the wish.
        """
        scores: Scores = {"popularity": self._known}
        mask = np.ones(len(self.catalog), bool)
        if context in ("history", "both"):
            scores["sequence"] = self.model.scores(choice.seeds)
            scores["similar"] = self._likeness.to(choice.seeds)
            scores["similar_text"] = self._unit @ self._unit[list(choice.seeds)].mean(axis=0)
        if context in ("words", "both"):
            if not choice.phrases and choice.category is None:
                return None
            scores |= words
            mask = self._in_category(choice)
        mask[list(choice.seeds)] = False
        rows = np.unique(np.concatenate([_top(s, mask) for s in scores.values()]))
        taken = np.flatnonzero(rows == choice.target)
        if not len(taken) or len(rows) < 2:
            return None
        features = np.zeros((len(rows), len(SOURCES)), np.float32)
        for column, name in enumerate(SOURCES):
            if name in scores:
                features[:, column] = standardise(scores[name][rows])
        has_history, has_words = context in ("history", "both"), context in ("words", "both")
        return Case(context_of(has_history, has_words), features, int(taken[0]))

    def asked(
        self,
        choice: Choice,
        context: TunedContext,
        words: Scores,
        match: WishMatch,
        strange: bool = False,
    ) -> Asked:
        """The choice as a dialogue asks for it: by the wish, and "both" by the history as well. What the user had before
        is left out. match: what `match_of` says of the wish."""
        mask = self._in_category(choice)
        mask[list(choice.before)] = False
        scores = {"popularity": self._known, **words}
        if context == "both":
            scores["sequence"] = self.model.scores(choice.history)
        proposed = [_top(scores.get("sequence", self._known), mask), _top(scores["text"], mask)]
        proposed.append(_top(scores["graph"], mask & (scores["graph"] > 0)))
        rows = np.unique(np.concatenate(proposed))
        sources = {name: s[rows] for name, s in scores.items()}
        return Asked(choice, context, rows, sources, match.of(rows), strange)

    def match_of(self, phrases: Sequence[str]) -> WishMatch:
        """How well what is told of each item of the catalogue meets a wish."""
        nearest = self._graph.nearest_told(self.vectors_of(phrases))
        return wish_match(nearest, [p in self.keywords for p in phrases])

    def of_words(self, phrases: Sequence[str]) -> Scores:
        """What the sources of words say of a wish; nothing without phrases. name -> (items,)"""
        if not phrases:
            return {}
        vectors = self.vectors_of(phrases)
        spread = self._graph.scores(dict(zip(phrases, vectors, strict=True)))
        starts, shares = self._graph.centre(spread)
        # a search embeds the phrases as one text; their mean is near it and costs nothing
        centres = np.stack([_unit_of(vectors.mean(axis=0)), _unit_of(shares @ self._unit[starts])], axis=1)
        told = self._trusted @ centres  # (items, 2)
        return {
            "keywords": self.keywords.scores({p: self._match(p) for p in phrases}),
            "graph": spread,
            "graph_text": np.ascontiguousarray(told[:, 1]),
            "text": np.ascontiguousarray(told[:, 0]),
        }

    def _in_category(self, choice: Choice) -> Mask:
        if choice.category is None:
            return np.ones(len(self.catalog), bool)
        facet, value = choice.category
        return self.catalog.having(facet, [value])


def score_choices(
    choices: Sequence[Choice], scorer: Scorer, progress: Callable[[float], None]
) -> tuple[list[Case], list[Asked]]:
    """Up to FUSION_CASES choices of the users to fit on as cases of the fusion, and up to ASKED of all users as the
    retriever is asked for them, with their history and, ASKED_WORDS of them, without, and with somebody else's."""
    strangers = with_strangers(choices)
    cases: list[Case] = []
    asked: list[Asked] = []
    asked_for = 0
    to_fit = [number for number, choice in enumerate(choices) if choice.part == "fit"]
    every = len(CONTEXTS) * len(to_fit) <= FUSION_CASES  # where there are few, each serves in every context
    contexts = {n: CONTEXTS if every else (CONTEXTS[k % 3],) for k, n in enumerate(to_fit[:FUSION_CASES])}
    for number, choice in enumerate(choices):
        words = scorer.of_words(choice.phrases)
        for context in contexts.get(number, ()):
            case = scorer.fusion_case(choice, context, words)
            if case is not None:
                cases.append(case)
        if choice.phrases and asked_for < ASKED:
            match = scorer.match_of(choice.phrases)
            asked.append(scorer.asked(choice, "both", words, match))
            if asked_for < ASKED_WORDS:
                asked.append(scorer.asked(choice, "words", words, match))
                if number in strangers:
                    asked.append(scorer.asked(strangers[number], "both", words, match, strange=True))
            asked_for += 1
        progress((number + 1) / len(choices))
    return cases, asked


def ranked_cases(asked: Sequence[Asked], fusion: Fusion) -> Iterator[RankedCase]:
    """Those whose item is among the candidates, in the order of the fusion."""
    for one in asked:
        scores = fusion.in_deviations(one.sources, one.context)
        order = np.lexsort((one.rows, -scores))
        rows = one.rows[order]
        taken = np.flatnonzero(rows == one.choice.target)
        if not len(taken):
            continue
        sources = {name: s[order] for name, s in one.sources.items()}
        case = TunedCase(one.choice.user, scores[order], sources, one.match.of(order), int(taken[0]))
        yield RankedCase(one.choice, one.context, one.strange, rows, case)


def with_strangers(choices: Sequence[Choice]) -> dict[int, Choice]:
    """Each choice to fit on as it would be with the history of the next user who knows nothing of its item; by place."""
    to_fit = [number for number, choice in enumerate(choices) if choice.part == "fit"]
    found: dict[int, Choice] = {}
    for place, number in enumerate(to_fit):
        choice = choices[number]
        for other in (choices[n] for n in (*to_fit[place + 1 :], *to_fit[:place])):
            if other.user != choice.user and choice.target not in (*other.before, other.target):
                found[number] = replace(choice, user=other.user, before=other.before, history=other.history)
                break
    return found


def _top(scores: NDArray[np.float32], mask: Mask) -> NDArray[np.int64]:
    """The rows of the PROPOSED highest scores of those in the mask, in no order."""
    rows = np.flatnonzero(mask)
    if len(rows) <= PROPOSED:
        return rows
    return rows[np.argpartition(-scores[rows], PROPOSED - 1)[:PROPOSED]]


def _unit_of(vector: NDArray[Any]) -> NDArray[np.float32]:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), np.float32)
