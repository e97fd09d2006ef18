"""Fits the tuned re-ranker to held-out choices, and says what it gains on users left out of the fit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp

from tools.ranking.measuring import Interval, ndcg_at_10, paired_bootstrap, place_of
from tools.ranking.tuned import (
    ADDED,
    FEATURES,
    GUESSED,
    IDLE,
    Floats,
    Weights,
    WishMatch,
    features_of,
    guess_of,
    log_guess,
    log_guesses,
    log_mixture,
    vector_of,
)

FEWEST_CASES = 100
FOLDS = 5
PENALTY = 0.003  # of a squared weight, in nats a case; anything from .001 to .03 gives the same order
LOOKED_AT = (
    200  # candidates in a fit, the retriever's first; what was taken is among them in 98 of 100 choices
)
STRANGE = 0.5  # share of the fit that is wishes which have nothing to do with the history
SHARED = (0.01, 0.99)  # bounds of the share of what everybody takes in a guess
FIRST_GUESS = (1.0, 0.0, 1.0, 0.5)  # where its fit begins, in deviations


@dataclass(frozen=True)
class TunedCase:
    """One held-out choice: what is known of its candidates, in the retriever's order, and which of them was taken."""

    user: int  # whose history it is
    scores: Floats  # (candidates,), the retriever's, in deviations
    sources: Mapping[str, NDArray[Any]]  # name -> (candidates,)
    match: WishMatch
    taken: int


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
    ordered = _cross_validated(told)
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
    retriever, ordered = told.ndcg(None), told.ndcg(vector_of(weights))
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
    one: NDArray[np.bool_]  # (cases,), whether the wish is of one phrase
    scores: Floats  # (cases, candidates); -inf of what only fills up
    features: NDArray[np.float32]  # (cases, candidates, ADDED)
    known: Floats  # (cases, candidates, 2), of `guess_of`; NaN of what only fills up
    taken: NDArray[np.int64]  # (cases,)

    @classmethod
    def of(cls, cases: Sequence[TunedCase], own: int, first: int) -> "_Stacked":
        """own: how many of the cases, the first ones, are people's own wishes. first: candidates of each, at most."""
        features = np.zeros((len(cases), first, len(ADDED)), np.float32)
        scores = np.full((len(cases), first), -np.inf)
        known = np.full((len(cases), first, 2), np.nan)
        for n, case in enumerate(cases):
            few = min(len(case.scores), first)
            features[n, :few] = features_of(case.scores, case.sources, case.match)[:few]
            known[n, :few] = guess_of(case.sources, len(case.scores))[:few]
            scores[n, :few] = case.scores[:few]
        users, taken = (np.array([getattr(c, name) for c in cases], np.int64) for name in ("user", "taken"))
        one = np.array([c.match.phrases == 1 for c in cases], bool)
        return cls(users, np.arange(len(cases)) < own, one, scores, features, known, taken)

    def part(self, chosen: NDArray[np.bool_]) -> "_Stacked":
        return _Stacked(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})

    @property
    def shares(self) -> Floats:
        """What each case counts in a fit; 1 in all. (cases,)"""
        strange = len(self.own) - int(self.own.sum())
        if not strange:
            return np.full(len(self.own), 1.0 / max(len(self.own), 1))
        return np.where(self.own, (1.0 - STRANGE) / (len(self.own) - strange), STRANGE / strange)

    def ndcg(self, weights: Floats | None) -> Floats:
        """NDCG@10 of every case by the retriever, or tuned by these weights. (cases,)"""
        scores = self.scores
        if weights is not None:
            added = self.features @ weights[: len(ADDED)]
            scores = scores + added + log_guess(weights[len(ADDED) :], self.known, self.one)
        return np.array([ndcg_at_10(place_of(s, t)) for s, t in zip(scores, self.taken, strict=True)])


def _cross_validated(told: _Stacked) -> Floats:
    """NDCG@10 of every case by weights fitted on other users. (cases,)"""
    _, owner = np.unique(told.users, return_inverse=True)
    fold = np.random.default_rng(0).permutation(int(owner.max()) + 1)[owner] % FOLDS
    found = np.zeros(len(fold))
    for number in range(FOLDS):
        left_out = fold == number
        found[left_out] = told.part(left_out).ndcg(_fitted(told.part(~left_out)))
    return found


def _fitted(told: _Stacked) -> Floats:
    """A conditional logit: the log odds of a candidate are its score, its weighted features and the logarithm of the guess. (FEATURES,)"""
    likelihood = _Likelihood(told)
    spread = likelihood.spread
    # Only one item of a case was taken, though others meet the wish as well. Left to itself the fit learns from wishes
    # in other words than the catalogue's that what has the very keyword was not meant (-7 for the mean match); with no
    # weight below zero, what meets a wish better is never put back for it, at the price of .008 of .802.
    # The retriever counts 1 before anything is fitted; it may lose all of it, and no more.
    bounds: dict[str, tuple[float, float | None]] = dict.fromkeys(FEATURES, (0.0, None))
    bounds["retriever"] = (-float(spread[FEATURES.index("retriever")]), None)
    bounds["shared"] = SHARED
    first = np.zeros(len(FEATURES))
    first[len(ADDED) :] = FIRST_GUESS
    found = minimize(likelihood.loss, first, jac=True, bounds=list(bounds.values()), method="L-BFGS-B").x
    return np.where(likelihood.says, found / spread, 0.0)


class _Likelihood:
    """What weights lose on these cases, and which way is down. A weight is taken times the deviation of what it weighs, so that
    the penalty is the same for all."""

    def __init__(self, told: _Stacked) -> None:
        self._told = told
        filled = np.isnan(told.known)
        self._known = np.where(filled, 0.0, told.known)
        of_added = _deviations(told.features)
        of_history, of_popularity = _deviations(told.known[~filled[..., 0]])
        self.spread = np.array([*of_added, of_history, of_history, of_popularity, 1.0])
        guesses = bool(self._known[..., 0].any())
        says = np.abs(told.features).max(axis=(0, 1), initial=0.0) > 0
        self.says = np.concatenate([says, np.full(len(GUESSED), guesses)])
        self._features = told.features / of_added.astype(np.float32)
        self._cases = np.arange(len(told.taken))
        self._counts = told.shares

    def loss(self, scaled: Floats) -> tuple[float, Floats]:
        """The loss in nats a case, and its gradient by the scaled weights."""
        told, taken = self._told, (self._cases, self._told.taken)
        weights = (scaled / self.spread)[len(ADDED) :]
        own, common = log_guesses(weights, told.known, told.one)
        guess = log_mixture(own, common, float(weights[-1]))
        odds = told.scores + self._features @ scaled[: len(ADDED)].astype(np.float32) + guess
        logs = odds - logsumexp(odds, axis=1, keepdims=True)
        likelihood = self._counts @ logs[taken]
        pull = -np.exp(logs) * self._counts[:, None]  # of the likelihood by the log odds of each candidate
        pull[taken] += self._counts
        by_weight = np.concatenate(
            [
                np.tensordot(pull.astype(np.float32), self._features, 2),
                self._by_guess(pull, own, common, guess, float(weights[-1])) / self.spread[len(ADDED) :],
            ]
        )
        penalised = scaled[:-1]
        gradient = -by_weight
        gradient[:-1] += 2 * PENALTY * penalised
        return float(PENALTY * penalised @ penalised - likelihood), gradient

    def _by_guess(self, pull: Floats, own: Floats, common: Floats, guess: Floats, shared: float) -> Floats:
        """The gradient of the likelihood by the weights of the guess. (GUESSED,)"""
        sequence, popularity = self._known[..., 0], self._known[..., 1]
        there = np.isfinite(guess)
        certain = np.where(there, guess, np.inf)
        by_own = (1 - shared) * np.exp(own - certain)
        by_common = shared * np.exp(common - certain)
        even = there.sum(axis=1, keepdims=True)
        steps = pull * by_own * (sequence - (np.exp(own) / even * sequence).sum(axis=1, keepdims=True))
        of_history = steps.sum(axis=1)
        of_popularity = (
            pull * by_common * (popularity - (np.exp(common) / even * popularity).sum(axis=1, keepdims=True))
        )
        of_shared = pull * (by_common / shared - by_own / (1 - shared))
        return np.array(
            [of_history.sum(), of_history[self._told.one].sum(), of_popularity.sum(), of_shared.sum()]
        )


def _deviations(values: NDArray[Any]) -> Floats:
    """Of the last axis; 1 where nothing differs."""
    found = values.reshape(-1, values.shape[-1]).std(axis=0, dtype=np.float64)
    return np.where(found > 1e-9, found, 1.0)
