"""Fusion: one score from what the tools say of each item, with weights fitted on held-out choices.

For every source the items' scores are standardised over the items that may be shown, then summed with weights that
depend on what is known: liked items, words, or both. The weights maximise the likelihood of the item that users
really took next, in cases made from their histories: a few liked items, and a wish made from facts of the taken item.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

SOURCES = ("sequence", "similar", "similar_text", "text", "keywords", "graph", "graph_text", "popularity")
CONTEXTS: Mapping[str, tuple[str, ...]] = {
    "history": ("sequence", "similar", "similar_text", "popularity"),
    "words": ("text", "keywords", "graph", "graph_text", "popularity"),
    "both": SOURCES,
    "nothing": ("popularity",),
}
# What follows from words, and what everybody takes: the sequence model knows that of a person with a history.
SAID = ("text", "keywords", "graph", "graph_text", "popularity")
CLIP = 6.0  # standard deviations; a lone exact keyword match would otherwise drown the rest
# Where the fit starts and is drawn to. The cases tell what people took next, not what they mean by "like this one":
# left to itself the fit drops likeness almost wholly, and answers a wish for a film like Heat with what is well known.
PRIOR = {
    "sequence": 1.0,
    "similar": 2.0,
    "similar_text": 1.0,
    "text": 1.0,
    "keywords": 1.0,
    "graph": 0.5,
    "graph_text": 0.5,
    "popularity": 0.3,
}
PULL = 1.0  # strength of the draw, in nats a case for a weight that is off by one


@dataclass(frozen=True)
class Fusion:
    """Weights by context and source."""

    weights: Mapping[str, Mapping[str, float]]

    def scores(self, sources: Mapping[str, NDArray[Any]], context: str) -> NDArray[np.float64]:
        """The fused score of every candidate. sources: name -> (candidates,)."""
        count = len(next(iter(sources.values())))
        total = np.zeros(count)
        for name, weight in self.weights[context].items():
            if name in sources:
                total += weight * standardise(sources[name])
        return total

    def in_deviations(self, sources: Mapping[str, NDArray[Any]], context: str) -> NDArray[np.float64]:
        """`scores` in standard deviations among the candidates: what is shown to a person starts from it, and what the
        tuned re-ranker is fitted on. (candidates,)"""
        scores = self.scores(sources, context)
        return scores / max(float(scores.std()), 1e-9)

    def save(self, path: Path) -> None:
        """Writes the weights as JSON."""
        path.write_text(json.dumps(self.weights, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "Fusion":
        """Reads what `save` wrote."""
        return cls(json.loads(path.read_text(encoding="utf-8")))


# Used as it is where a catalogue has no interactions to fit on.
PRIOR_FUSION = Fusion({context: {name: PRIOR[name] for name in names} for context, names in CONTEXTS.items()})


def context_of(has_history: bool, has_words: bool) -> str:
    """Which weights apply."""
    if has_history:
        return "both" if has_words else "history"
    return "words" if has_words else "nothing"


def standardise(scores: NDArray[Any]) -> NDArray[np.float64]:
    """Zero mean, unit deviation, clipped; all zero where nothing differs. (candidates,)"""
    values = np.asarray(scores, np.float64)
    deviation = values.std()
    if deviation < 1e-9:
        return np.zeros(len(values))
    return np.asarray(np.clip((values - values.mean()) / deviation, -CLIP, CLIP), np.float64)


@dataclass(frozen=True)
class Case:
    """One held-out choice: standardised scores of its candidates, and which of them was taken."""

    context: str
    features: NDArray[np.float32]  # (candidates, sources), in the order of SOURCES
    taken: int


def fit_fusion(cases: Sequence[Case]) -> tuple[Fusion, dict[str, Any]]:
    """The weights that make the taken items likeliest, and how good the fit is.

    A conditional logit per context, weights not negative and drawn to the prior; a context with too few cases keeps
    the prior. The report gives cases, and the mean reciprocal rank among the candidates before (prior) and after, on
    the cases themselves: six numbers fitted on hundreds of cases cannot overfit much.
    """
    weights: dict[str, Mapping[str, float]] = {}
    report: dict[str, Any] = {}
    for context, names in CONTEXTS.items():
        chosen = [case for case in cases if case.context == context]
        if len(chosen) < 20:
            weights[context] = PRIOR_FUSION.weights[context]
            continue
        columns = [SOURCES.index(name) for name in names]
        prior = np.array([PRIOR[name] for name in names])
        fitted = _conditional_logit(
            [c.features[:, columns] for c in chosen], [c.taken for c in chosen], prior
        )
        weights[context] = {name: round(float(w), 4) for name, w in zip(names, fitted, strict=True)}
        report[context] = {
            "cases": len(chosen),
            "mrr_prior": _mean_reciprocal_rank(chosen, columns, prior),
            "mrr_fitted": _mean_reciprocal_rank(chosen, columns, fitted),
            "weights": weights[context],
        }
    return Fusion(weights), report


def _conditional_logit(
    features: list[NDArray[np.float32]], taken: list[int], prior: NDArray[np.float64]
) -> NDArray[np.float64]:
    def loss(w: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        off = w - prior
        total, gradient = PULL * float(off @ off), 2 * PULL * off
        for x, t in zip(features, taken, strict=True):
            logits = x @ w
            shifted = np.exp(logits - logits.max())
            share = shifted / shifted.sum()
            total -= np.log(max(share[t], 1e-12)) / len(taken)
            gradient += (share @ x - x[t]) / len(taken)
        return total, gradient

    found = minimize(loss, prior, jac=True, bounds=[(0.0, None)] * len(prior), method="L-BFGS-B")
    return np.asarray(found.x)


def _mean_reciprocal_rank(cases: Sequence[Case], columns: list[int], weights: NDArray[np.float64]) -> float:
    ranks = []
    for case in cases:
        scores = case.features[:, columns] @ weights
        ranks.append(1.0 / (1 + int((scores > scores[case.taken]).sum())))
    return round(float(np.mean(ranks)), 4)
