"""The tuned re-ranker: orders the retriever's candidates anew by how well each meets every phrase of the wish.

It looks at what the retriever's sum over phrases hides: whether what is told of an item, its keywords and the phrases of
its text, meets all phrases of a wish or one of them well. The weights are fitted on held-out choices of the catalogue's
own users, a conditional logit; where that gains nothing on users left out of the fit, all of them are zero.

With a history half of the fit is wishes of somebody else: a person may ask tonight for what has nothing to do with what they
took before, and then the words must win.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from tools.ranking.fusion import standardise
from tools.ranking.measuring import Interval, ndcg_at_10, paired_bootstrap, place_of

TunedContext = Literal[
    "both", "words"
]  # a history and a wish, or a wish alone; without one nothing is ordered anew
CONTEXTS: tuple[TunedContext, ...] = ("both", "words")
USED = ("sequence", "text", "keywords", "graph", "graph_text")
# The least over phrases counts twice where there are several: of one phrase it only repeats the sources.
MATCHES = ("worst_match", "mean_match", "exact_matches", "every_match")
# The more is said, the less is left to the history; and popularity, by its logarithm, stands in for the history as far as
# that says what everybody takes. With a wish alone it has no weight: what people rated next is what is well known, and .68
# of it answered "time travel romance" with Speed.
OF_HISTORY = ("sequence_of_one", "popularity")
FEATURES = ("retriever", *USED, *MATCHES, *OF_HISTORY)
EXACT = 0.999
FEWEST_CASES = 100
FOLDS = 5
PENALTY = 0.003  # of a squared weight, in nats a case; anything from .001 to .03 gives the same order
LOOKED_AT = (
    200  # candidates in a fit, the retriever's first; what was taken is among them in 98 of 100 choices
)
STRANGE = 0.5  # share of the fit that is wishes which have nothing to do with the history

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TunedCase:
    """One held-out choice: what is known of its candidates, in the retriever's order, and which of them was taken."""

    user: int  # whose history it is
    scores: Floats  # (candidates,), the retriever's, in deviations
    sources: Mapping[str, NDArray[Any]]  # name -> (candidates,)
    match: Floats  # (candidates, matches)
    phrases: int  # of the wish
    taken: int


Weights = Mapping[str, float]  # by feature; one that is not named has none


@dataclass(frozen=True)
class TunedReranker:
    """Weights by context and feature; where a context has none, the retriever's order stays."""

    weights: Mapping[str, Weights]

    def idle(self, context: TunedContext) -> bool:
        """Whether it changes nothing."""
        return not any(self.weights.get(context, {}).values())

    def adjustments(
        self, scores: Floats, sources: Mapping[str, NDArray[Any]], match: Floats, phrases: int
    ) -> Floats:
        """What to add to the retriever's scores. (candidates,) float64

        scores: (candidates,), in deviations. sources: name -> (candidates,); whether there is a history is told by
        "sequence" being among them. match: (candidates, matches), of `wish_match`. phrases: how many the wish has.
        """
        context: TunedContext = "both" if "sequence" in sources else "words"
        return features_of(scores, sources, match, phrases) @ _vector(self.weights.get(context, {}))

    def save(self, path: Path) -> None:
        """Writes the weights as JSON."""
        path.write_text(json.dumps(self.weights, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "TunedReranker":
        """Reads what `save` wrote."""
        return cls(json.loads(path.read_text(encoding="utf-8")))


IDLE: Weights = dict.fromkeys(FEATURES, 0.0)


def _vector(weights: Weights) -> Floats:
    return np.array([weights.get(name, 0.0) for name in FEATURES])


def wish_match(nearest: NDArray[np.float32], weights: Sequence[float] | None = None) -> Floats:
    """How well what is told of each candidate meets the phrases of a wish. (candidates, matches) float64

    The least and the mean over phrases, how many are met by the very words, and the least again where there are several.
    nearest: (candidates, phrases), cosines of `KeywordGraph.nearest_told`. weights: of the phrases, for the mean.
    """
    phrases = nearest.shape[1]
    if not nearest.size:
        return np.zeros((len(nearest), len(MATCHES)))
    best = np.asarray(nearest, np.float64)
    least, mean = best.min(axis=1), np.average(best, axis=1, weights=weights)
    return np.column_stack([least, mean, (best > EXACT).sum(axis=1), least * (phrases > 1)])


def features_of(scores: Floats, sources: Mapping[str, NDArray[Any]], match: Floats, phrases: int) -> Floats:
    """(candidates, FEATURES) float64; a source that says nothing is 0 throughout."""
    silent = np.zeros(len(scores))
    used = [standardise(sources.get(name, silent)) for name in USED]
    of_history = [silent, silent]
    if "sequence" in sources:
        of_history = [used[0] * (phrases == 1), np.asarray(sources.get("popularity", silent), np.float64)]
    return np.column_stack([standardise(scores), *used, match, *of_history])


def fit_tuned(
    cases: Sequence[TunedCase], strange: Sequence[TunedCase] = ()
) -> tuple[Weights, dict[str, Any]]:
    """The weights that make the taken items likeliest, and what they gain on users left out of the fit.

    IDLE with too few cases, or when the gain in NDCG@10 over the retriever is not surely positive. The report's "tuned"
    figure is cross-validated, folds by user. strange: wishes with the history of somebody
    else, which are STRANGE of the fit.
    """
    cases, strange = ([c for c in these if c.taken < LOOKED_AT] for these in (cases, strange))
    told = _Stacked.of([*cases, *strange], len(cases), LOOKED_AT)
    own = told.own
    retriever = told.ndcg(None)
    users = [c.user for c in cases]
    report: dict[str, Any] = {"cases": len(cases), "users": len(set(users))}
    if len(cases) < FEWEST_CASES or report["users"] < FOLDS:
        return IDLE, report
    fitted = _fitted(told)
    ordered = _cross_validated(told, fitted)
    gain = paired_bootstrap((ordered - retriever)[own], users)
    report |= _figures(retriever[own], ordered[own], gain)
    if len(strange):
        gain_strange = paired_bootstrap((ordered - retriever)[~own], [c.user for c in strange])
        report["strange"] = {"cases": len(strange)} | _figures(retriever[~own], ordered[~own], gain_strange)
    if gain.low <= 0:
        return IDLE, report
    weights = {n: round(float(w), 4) for n, w in zip(FEATURES, fitted, strict=True)}
    return weights, report | {"weights": weights}


def measure_tuned(weights: Weights, cases: Sequence[TunedCase]) -> dict[str, Any]:
    """What the weights gain on cases it was not fitted on."""
    widest = max((len(case.scores) for case in cases), default=0)
    told = _Stacked.of(cases, len(cases), widest)
    retriever, ordered = told.ndcg(None), told.ndcg(_vector(weights))
    users = [case.user for case in cases]
    report: dict[str, Any] = {"cases": len(cases), "users": len(set(users))}
    return (
        report | _figures(retriever, ordered, paired_bootstrap(ordered - retriever, users))
        if cases
        else report
    )


def _figures(retriever: Floats, tuned: Floats, gain: Interval) -> dict[str, Any]:
    return {
        "ndcg10_retriever": round(float(retriever.mean()), 4),
        "ndcg10_tuned": round(float(tuned.mean()), 4),
        "gain": gain.to_json(),
    }


@dataclass(frozen=True)
class _Stacked:
    """Cases as arrays; a case of few candidates is filled up with some that have no chance."""

    users: NDArray[np.int64]  # (cases,)
    own: NDArray[np.bool_]  # (cases,), whether the wish and the history are of the same person
    scores: Floats  # (cases, candidates)
    features: NDArray[np.float32]  # (cases, candidates, FEATURES)
    taken: NDArray[np.int64]  # (cases,)

    @classmethod
    def of(cls, cases: Sequence[TunedCase], own: int, first: int) -> "_Stacked":
        """own: how many of the cases, the first ones, are people's own wishes. first: candidates of each, at most."""
        features = np.zeros((len(cases), first, len(FEATURES)), np.float32)
        scores = np.full((len(cases), first), -np.inf)
        for n, case in enumerate(cases):
            few = min(len(case.scores), first)
            told = features_of(case.scores, case.sources, case.match, case.phrases)
            features[n, :few], scores[n, :few] = told[:few], case.scores[:few]
        users, taken = (np.array([getattr(c, name) for c in cases], np.int64) for name in ("user", "taken"))
        return cls(users, np.arange(len(cases)) < own, scores, features, taken)

    def part(self, chosen: NDArray[np.bool_]) -> "_Stacked":
        return _Stacked(
            self.users[chosen],
            self.own[chosen],
            self.scores[chosen],
            self.features[chosen],
            self.taken[chosen],
        )

    @property
    def shares(self) -> Floats:
        """What each case counts in a fit; 1 in all. (cases,)"""
        strange = len(self.own) - int(self.own.sum())
        if not strange:
            return np.full(len(self.own), 1.0 / max(len(self.own), 1))
        return np.where(self.own, (1.0 - STRANGE) / (len(self.own) - strange), STRANGE / strange)

    def ndcg(self, weights: Floats | None) -> Floats:
        """NDCG@10 of every case by the retriever, or tuned by these weights. (cases,)"""
        scores = self.scores if weights is None else self.scores + self.features @ weights
        return np.array([ndcg_at_10(place_of(s, t)) for s, t in zip(scores, self.taken, strict=True)])


def _cross_validated(told: _Stacked, near: Floats) -> Floats:
    """NDCG@10 of every case by weights fitted on other users. near: where each fit starts, which saves time. (cases,)"""
    _, owner = np.unique(told.users, return_inverse=True)
    fold = np.random.default_rng(0).permutation(int(owner.max()) + 1)[owner] % FOLDS
    found = np.zeros(len(fold))
    for number in range(FOLDS):
        left_out = fold == number
        found[left_out] = told.part(left_out).ndcg(_fitted(told.part(~left_out), near))
    return found


def _fitted(told: _Stacked, start: Floats | None = None) -> Floats:
    """A conditional logit: the log odds of a candidate are its score and its weighted features. It has one best point,
    wherever it starts. (FEATURES,)"""
    spread = np.maximum(told.features.std(axis=(0, 1), dtype=np.float64), 1e-9)
    x = told.features / spread.astype(np.float32)
    flat = x.reshape(-1, len(FEATURES))
    cases = np.arange(len(told.taken))
    counts = told.shares
    of_taken = counts @ x[cases, told.taken]

    def loss(w: Floats) -> tuple[float, Floats]:
        odds = told.scores + x @ w.astype(np.float32)
        share = np.exp(odds - odds.max(axis=1, keepdims=True))
        share /= share.sum(axis=1, keepdims=True)
        likelihood = counts @ np.log(np.maximum(share[cases, told.taken], 1e-12))
        share *= counts[:, None]
        gradient = share.astype(np.float32).ravel() @ flat - of_taken
        return float(PENALTY * w @ w - likelihood), gradient.astype(np.float64) + 2 * PENALTY * w

    # Only one item of a case was taken, though others meet the wish as well. Left to itself the fit learns from wishes
    # in other words than the catalogue's that what has the very keyword was not meant (-7 for the mean match); with no
    # weight below zero, what meets a wish better is never put back for it, at the price of .008 of .802.
    # The retriever counts 1 before anything is fitted; it may lose all of it, and no more.
    bounds: list[tuple[float, None]] = [(0.0, None)] * len(FEATURES)
    bounds[FEATURES.index("retriever")] = (-float(spread[FEATURES.index("retriever")]), None)
    first = np.zeros(len(FEATURES)) if start is None else start * spread
    found = minimize(loss, first, jac=True, bounds=bounds, method="L-BFGS-B").x
    return np.where(told.features.any(axis=(0, 1)), found / spread, 0.0)
