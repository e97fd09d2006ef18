"""The tuned re-ranker: orders the retriever's candidates anew by how well each meets every phrase of the wish.

It looks at what the retriever's sum over phrases hides: whether what is told of an item, its keywords and the phrases of
its text, meets all phrases of a wish or one of them well. The weights are fitted on held-out choices of the catalogue's
own users, a conditional logit; where that gains nothing on users left out of the fit, all of them are zero.

With a history there is a guess of what is taken before anything is said: either what follows from the history, or what
everybody takes. Which of the two is not known, so the guess is a mixture, and an item that one of them expects stays possible
whatever the other thinks of it. Half of the fit is wishes of somebody else: a person may ask tonight for what has nothing to do
with what they took before, and then the words must win.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tools.ranking.fusion import standardise

TunedContext = Literal[
    "both", "words"
]  # a history and a wish, or a wish alone; without one nothing is ordered anew
CONTEXTS: tuple[TunedContext, ...] = ("both", "words")
USED = ("text", "keywords", "graph", "graph_text")  # sources
# Least and mean over phrases count again where there are several: of one phrase they only repeat the sources.
# Of a wish in none of the catalogue's keywords: how many phrases an item's text holds in the very words. A keyword among them is
# what is looked for, and words beside it say how ("a clever heist" is no text that says "clever").
MATCHES = ("worst_match", "mean_match", "said_by_text", "every_match", "mean_of_several")
ADDED = ("retriever", *USED, *MATCHES)  # what is weighed and summed
# The guess before anything is said: (1 - shared) softmax(history * sequence) + shared softmax(popularity * log counts). The more
# is said, the less is left to the history. With a wish alone there is no guess: what people rated next is what is well known, and
# .68 of its logarithm answered "time travel romance" with Speed.
GUESSED = ("history", "history_of_one", "popularity", "shared")
FEATURES = (*ADDED, *GUESSED)
EXACT = 0.999  # cosine of the very words
Floats = NDArray[np.float64]
Weights = Mapping[str, float]  # by feature; one that is not named has none


@dataclass(frozen=True)
class WishMatch:
    """How well what is told of candidates meets a wish."""

    met: Floats  # (candidates, MATCHES): the least and the mean over phrases, how many are the very words of its text, and the
    # first two again where there are several
    phrases: int
    in_keywords: bool  # whether all phrases are keywords of the catalogue

    def of(self, places: NDArray[np.int64]) -> "WishMatch":
        """Of some of the candidates."""
        return replace(self, met=self.met[places])


@dataclass(frozen=True)
class TunedReranker:
    """Weights by context and feature; where a context has none, the retriever's order stays."""

    weights: Mapping[str, Weights]

    def idle(self, context: TunedContext) -> bool:
        """Whether it changes nothing."""
        return not any(self.weights.get(context, {}).values())

    def adjustments(self, scores: Floats, sources: Mapping[str, NDArray[Any]], match: WishMatch) -> Floats:
        """What to add to the retriever's scores. (candidates,) float64

        scores: (candidates,), in deviations. sources: name -> (candidates,); whether there is a history is told by
        "sequence" being among them.
        """
        context: TunedContext = "both" if "sequence" in sources else "words"
        weights = vector_of(self.weights.get(context, {}))
        known = guess_of(sources, len(scores))
        return features_of(scores, sources, match) @ weights[: len(ADDED)] + log_guess(
            weights[len(ADDED) :], known, np.array(match.phrases == 1)
        )

    def save(self, path: Path) -> None:
        """Writes the weights as JSON."""
        path.write_text(json.dumps(self.weights, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "TunedReranker":
        """Reads what `save` wrote."""
        return cls(json.loads(path.read_text(encoding="utf-8")))


IDLE: Weights = dict.fromkeys(FEATURES, 0.0)


def vector_of(weights: Weights) -> Floats:
    """In the order of FEATURES; 0 for what is not named. Raises ValueError for a name that is none of them."""
    if unknown := set(weights) - set(FEATURES):
        raise ValueError(f"no features of the tuned re-ranker: {sorted(unknown)}")
    return np.array([weights.get(name, 0.0) for name in FEATURES])


def wish_match(
    nearest: NDArray[np.float32], keywords: Sequence[bool], weights: Sequence[float] | None = None
) -> WishMatch:
    """How well what is told of each candidate meets the phrases of a wish.

    nearest: (candidates, phrases), cosines of `KeywordGraph.nearest_told`. keywords: whether each phrase is one of the
    catalogue's keywords. weights: of the phrases, for the mean.
    """
    phrases = nearest.shape[1]
    if not nearest.size:
        return WishMatch(np.zeros((len(nearest), len(MATCHES))), phrases, all(keywords))
    best = np.asarray(nearest, np.float64)
    least, mean = best.min(axis=1), np.average(best, axis=1, weights=weights)
    several = phrases > 1
    said = (best > EXACT).sum(axis=1) * (not any(keywords))
    met = np.column_stack([least, mean, said, least * several, mean * several])
    return WishMatch(met, phrases, all(keywords))


def features_of(scores: Floats, sources: Mapping[str, NDArray[Any]], match: WishMatch) -> Floats:
    """(candidates, ADDED) float64; a source that says nothing is 0 throughout."""
    silent = np.zeros(len(scores))
    used = {name: standardise(sources.get(name, silent)) for name in USED}
    # keywords near in meaning to a phrase that is none were a loss (NDCG@10 of such wishes .84 without, .81 with them); of
    # a wish of both kinds the matches tell enough
    used["keywords"] *= match.in_keywords
    return np.column_stack([standardise(scores), *used.values(), match.met])


def guess_of(sources: Mapping[str, NDArray[Any]], count: int) -> Floats:
    """What the guess goes by: the sequence model's deviations and the logarithm of how often an item was taken, zeros without a
    history. (candidates, 2)"""
    silent = np.zeros(count)
    if "sequence" not in sources:
        return np.column_stack([silent, silent])
    popularity = np.asarray(sources.get("popularity", silent), np.float64)
    return np.column_stack([standardise(sources["sequence"]), popularity])


def log_guess(weights: Floats, known: Floats, one: NDArray[np.bool_]) -> Floats:
    """The logarithm of the guess, 0 for what is guessed as often as any other. weights: of GUESSED. known: (…, candidates, 2), NaN of
    what is no candidate. one: (…,), whether the wish is of one phrase. (…, candidates), -inf of what is no candidate"""
    own, common = log_guesses(weights, known, one)
    return log_mixture(own, common, float(weights[-1]))


def log_guesses(weights: Floats, known: Floats, one: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """The guess by the history and the guess by what everybody takes, as `log_guess` gives their mixture."""
    history, of_one, popularity, _ = weights
    leaning = history + of_one * np.asarray(one, np.float64)
    return _log_share(leaning[..., None] * known[..., 0]), _log_share(popularity * known[..., 1])


def log_mixture(own: Floats, common: Floats, shared: float) -> Floats:
    """log((1 - shared) exp(own) + shared exp(common))."""
    if shared in (0.0, 1.0):
        return common if shared else own
    return np.asarray(np.logaddexp(np.log1p(-shared) + own, np.log(shared) + common))


def _log_share(odds: Floats) -> Floats:
    """The logarithm of each candidate's share of the chances, over an even share. (…, candidates)"""
    among = ~np.isnan(odds)
    odds = np.where(among, odds, -np.inf)
    odds = odds - odds.max(axis=-1, keepdims=True, initial=-np.inf)
    even = among.sum(axis=-1, keepdims=True)
    return np.asarray(odds - np.log(np.exp(odds).sum(axis=-1, keepdims=True) / even))
