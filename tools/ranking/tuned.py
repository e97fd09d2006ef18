"""The tuned re-ranker: orders the retriever's first few anew by how well each meets every phrase of the wish.

The retriever's sources are standardised over some 400 candidates, among which its first twenty look much alike; here they
are standardised once more among themselves, and what the sum over phrases hides is looked at: whether the item's own
keywords meet all phrases of a wish or one of them well. The weights are fitted on held-out choices of the catalogue's
own users, a conditional logit; where that gains nothing on users left out of the fit, all of them are zero.
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
TOP = 20  # candidates that are ordered anew
# Not popularity: what people rated next is what is well known, and a weight of .68 for it answers "time travel romance"
# with Speed.
USED = ("sequence", "text", "keywords", "graph", "graph_text")
MATCHES = ("worst_match", "mean_match", "exact_matches")
FEATURES = ("retriever", *USED, *MATCHES)
EXACT = 0.999
FEWEST_CASES = 100
FOLDS = 5
PENALTIES = (0.001, 0.003, 0.01, 0.03, 0.1)  # of a squared weight, in nats a case

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TunedCase:
    """One held-out choice: what is known of its candidates, in the retriever's order, and which of them was taken."""

    user: int
    scores: Floats  # (candidates,), the retriever's, in deviations
    sources: Mapping[str, NDArray[Any]]  # name -> (candidates,)
    match: Floats  # (candidates, matches)
    taken: int


Weights = Mapping[str, float]  # by feature; one that is not named has none


@dataclass(frozen=True)
class TunedReranker:
    """Weights by context and feature; where a context has none, the retriever's order stays."""

    weights: Mapping[str, Weights]

    def idle(self, context: TunedContext) -> bool:
        """Whether it changes nothing."""
        return not any(self.weights.get(context, {}).values())

    def adjustments(self, scores: Floats, sources: Mapping[str, NDArray[Any]], match: Floats) -> Floats:
        """What to add to the retriever's scores of its first few. (candidates,) float64

        scores: (candidates,), in deviations. sources: name -> (candidates,); whether there is a history is told by
        "sequence" being among them. match: (candidates, matches), of `wish_match`.
        """
        context: TunedContext = "both" if "sequence" in sources else "words"
        return features_of(scores, sources, match) @ _vector(self.weights.get(context, {}))

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


def wish_match(
    phrases: NDArray[np.float32], own: Sequence[NDArray[np.float32]], weights: Sequence[float] | None = None
) -> Floats:
    """How well each candidate's own keywords meet the phrases of a wish. (candidates, matches) float64

    The least and the mean over phrases of the best cosine, and how many are met by the very words; 0 without keywords.
    phrases: (phrases, dim) unit. own: of each candidate (keywords, dim) unit. weights: of the phrases, for the mean.
    """
    matches = np.zeros((len(own), len(MATCHES)))
    held = [n for n, vectors in enumerate(own) if len(vectors)]
    if not held or not len(phrases):
        return matches
    cosines = np.concatenate([own[n] for n in held]) @ phrases.T  # (keywords of all, phrases)
    starts = np.cumsum([0, *(len(own[n]) for n in held[:-1])])
    best = np.maximum.reduceat(cosines, starts, axis=0)  # (held, phrases)
    matches[held] = np.column_stack(
        [best.min(axis=1), np.average(best, axis=1, weights=weights), (best > EXACT).sum(axis=1)]
    )
    return matches


def features_of(scores: Floats, sources: Mapping[str, NDArray[Any]], match: Floats) -> Floats:
    """(candidates, FEATURES) float64; a source that says nothing is 0 throughout."""
    silent = np.zeros(len(scores))
    columns = [standardise(scores), *(standardise(sources.get(name, silent)) for name in USED)]
    return np.column_stack([*columns, match])


def fit_tuned(cases: Sequence[TunedCase]) -> tuple[Weights, dict[str, Any]]:
    """The weights that make the taken items likeliest, and what they gain on users left out of the fit.

    IDLE with too few cases, or when the gain in NDCG@10 over the retriever is not surely positive. The report's "tuned"
    figure is cross-validated, folds by user, with the penalty of the best one.
    """
    told = _Stacked.of(cases)
    retriever = told.ndcg(None)
    report: dict[str, Any] = {"cases": len(cases), "users": len({c.user for c in cases})}
    if len(cases) < FEWEST_CASES or report["users"] < FOLDS:
        return IDLE, report
    tried = {penalty: _cross_validated(told, penalty) for penalty in PENALTIES}
    penalty = max(tried, key=lambda p: float(tried[p].mean()))
    gain = paired_bootstrap(tried[penalty] - retriever, [c.user for c in cases])
    report |= _figures(retriever, tried[penalty], gain) | {"penalty": penalty}
    if gain.low <= 0:
        return IDLE, report
    weights = {n: round(float(w), 4) for n, w in zip(FEATURES, _fitted(told, penalty), strict=True)}
    return weights, report | {"weights": weights}


def measure_tuned(weights: Weights, cases: Sequence[TunedCase]) -> dict[str, Any]:
    """What the weights gain on cases it was not fitted on."""
    told = _Stacked.of(cases)
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
    scores: Floats  # (cases, candidates)
    features: Floats  # (cases, candidates, FEATURES)
    taken: NDArray[np.int64]  # (cases,)

    @classmethod
    def of(cls, cases: Sequence[TunedCase]) -> "_Stacked":
        widest = max((len(case.scores) for case in cases), default=0)
        features = np.zeros((len(cases), widest, len(FEATURES)))
        scores = np.full((len(cases), widest), -np.inf)
        for n, case in enumerate(cases):
            features[n, : len(case.scores)] = features_of(case.scores, case.sources, case.match)
            scores[n, : len(case.scores)] = case.scores
        users, taken = (np.array([getattr(c, name) for c in cases], np.int64) for name in ("user", "taken"))
        return cls(users, scores, features, taken)

    def part(self, chosen: NDArray[np.bool_]) -> "_Stacked":
        return _Stacked(self.users[chosen], self.scores[chosen], self.features[chosen], self.taken[chosen])

    def ndcg(self, weights: Floats | None) -> Floats:
        """NDCG@10 of every case by the retriever, or tuned by these weights. (cases,)"""
        scores = self.scores if weights is None else self.scores + self.features @ weights
        return np.array([ndcg_at_10(place_of(s, t)) for s, t in zip(scores, self.taken, strict=True)])


def _cross_validated(told: _Stacked, penalty: float) -> Floats:
    """NDCG@10 of every case by weights fitted on other users. (cases,)"""
    _, owner = np.unique(told.users, return_inverse=True)
    fold = np.random.default_rng(0).permutation(int(owner.max()) + 1)[owner] % FOLDS
    found = np.zeros(len(fold))
    for number in range(FOLDS):
        left_out = fold == number
        found[left_out] = told.part(left_out).ndcg(_fitted(told.part(~left_out), penalty))
    return found


def _fitted(told: _Stacked, penalty: float) -> Floats:
    """A conditional logit: the log odds of a candidate are its score and its weighted features. (FEATURES,)"""
    spread = np.maximum(told.features.std(axis=(0, 1)), 1e-9)
    x = told.features / spread
    cases = np.arange(len(told.taken))

    def loss(w: Floats) -> tuple[float, Floats]:
        odds = told.scores + x @ w
        share = np.exp(odds - odds.max(axis=1, keepdims=True))
        share /= share.sum(axis=1, keepdims=True)
        gradient = (np.einsum("nk,nkf->f", share, x) - x[cases, told.taken].sum(axis=0)) / len(cases)
        likelihood = np.log(np.maximum(share[cases, told.taken], 1e-12)).mean()
        return float(penalty * w @ w - likelihood), gradient + 2 * penalty * w

    # Only one item of a case was taken, though others meet the wish as well. Left to itself the fit learns from wishes
    # in other words than the catalogue's that what has the very keyword was not meant (-7 for the mean match); with no
    # weight below zero, what meets a wish better is never put back for it, at the price of .008 of .802.
    bounds = [(0.0, None)] * len(FEATURES)
    found = minimize(loss, np.zeros(len(FEATURES)), jac=True, bounds=bounds, method="L-BFGS-B").x
    return np.where(told.features.any(axis=(0, 1)), found / spread, 0.0)
