"""How far a model's judgement may move the retriever's order: fitted on held-out choices of this catalogue, for this
model, and nothing where it does not help.

The final score of a candidate is the retriever's plus `weight` times the model's, standardised among those it judged and
clipped, so that no candidate can be moved by more than `weight * CLIP` either way. A candidate it did not judge stays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from tools.ranking.measuring import Interval, ndcg_at_10, paired_bootstrap, place_of

CLIP = 2.0  # standard deviations of judgement that count
FEWEST = 4  # judged candidates: the spread of fewer says nothing
LEAST_CASES = 24  # fewer cannot tell help from chance
FOLDS = 6
MOST_WEIGHT = 3.0
KEPT_GAIN = 0.95  # of the gain of asking always that must be left when sure cases are not asked
SURE = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.01)
KNOWN = (5, 10, 20, 1_000_000)


@dataclass(frozen=True)
class Judged:
    """A held-out choice that the model judged. base: the retriever's scores in its order, never rising, (candidates,)."""

    user: int
    base: tuple[float, ...]
    scores: Mapping[int, float]  # the model's, by place
    taken: int
    history: int  # length of the person's sequence
    sureness: float  # of the retriever


@dataclass(frozen=True)
class FittedRerank:
    """The weight of one strategy of one model on one catalogue; 0 when it does not help. `gain`: of NDCG@10, on cases
    that the weight was not fitted on."""

    strategy: str
    weight: float
    sure_above: float  # retriever's sureness from which the model is not asked
    known_from: int  # length of the sequence from which it is not asked
    cases: int
    gain: Interval
    asked_share: float  # of the cases are asked for under these bounds

    def why_not(self, sureness: float, history: int) -> str:
        """Why it does not pay to ask; empty when it does."""
        if self.weight <= 0:
            return "it does not help here"
        if sureness >= self.sure_above:
            return "the retriever is sure"
        return "the sequence is long enough" if history >= self.known_from else ""

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "gain": self.gain.to_json()}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "FittedRerank":
        return cls(**{**told, "gain": Interval(**told["gain"])})


def sureness(base: Sequence[float], agreement: float) -> float:
    """How sure the retriever is of its first: its lead over the others as a share, halved where no source agrees.

    base: its scores, best first; agreement: share of the sources that put the same candidate first.
    """
    values = np.asarray(base, np.float64)
    if not len(values):
        return 1.0
    shares = np.exp(values - values.max())
    return float(shares[0] / shares.sum() * (0.5 + 0.5 * agreement))


def moved(base: Sequence[float], scores: Mapping[int, float], weight: float) -> NDArray[np.float64]:
    """The final scores: the retriever's with the model's judgement. (candidates,)"""
    final = np.array(base, np.float64)
    if weight <= 0 or len(scores) < min(FEWEST, len(final)):
        return final
    places = sorted(scores)
    told = np.array([scores[place] for place in places], np.float64)
    spread = float(told.std())
    if spread > 1e-9:
        final[places] += weight * np.clip((told - told.mean()) / spread, -CLIP, CLIP)
    return final


def in_reach(base: Sequence[float], weight: float, shown: int) -> int:
    """So many of the first candidates can be moved onto a slate of `shown` or off it; the rest need no judgement."""
    if len(base) <= shown:
        return len(base)
    edge = base[shown - 1] - 2 * weight * CLIP
    return min(len(base), max(shown, FEWEST, int((np.asarray(base) >= edge).sum())))


def fit_rerank(strategy: str, cases: Sequence[Judged], seed: int = 0) -> FittedRerank:
    """The weight that makes the choices likeliest, and the bounds of when to ask.

    The gain is measured out of fold, folds by user. The weight is 0 unless its 95 % interval lies above 0.
    """
    users = [case.user for case in cases]
    if len(cases) < LEAST_CASES:
        return FittedRerank(strategy, 0.0, 0.0, 0, len(cases), Interval(0.0, 0.0, 0.0), 0.0)
    folds = np.random.default_rng(seed).permutation(len(set(users))) % FOLDS
    fold_of = dict(zip(sorted(set(users)), folds.tolist(), strict=True))
    gains = np.zeros(len(cases))
    for fold in range(FOLDS):
        own = [n for n, case in enumerate(cases) if fold_of[case.user] == fold]
        weight = likeliest_weight([case for case in cases if fold_of[case.user] != fold])
        gains[own] = [gain_of(cases[n], weight) for n in own]
    gain = paired_bootstrap(gains, users, seed)
    if gain.low <= 0:
        return FittedRerank(strategy, 0.0, 0.0, 0, len(cases), gain, 0.0)
    weight = likeliest_weight(cases)
    sure, known, asked = _bounds(cases, gains)
    return FittedRerank(strategy, round(weight, 4), sure, known, len(cases), gain, round(asked, 4))


def gain_of(case: Judged, weight: float) -> float:
    """What the model's judgement adds to NDCG@10 in one case."""
    base = np.asarray(case.base, np.float64)
    return ndcg_at_10(place_of(moved(case.base, case.scores, weight), case.taken)) - ndcg_at_10(
        place_of(base, case.taken)
    )


def quality_against_calls(cases: Sequence[Judged], weight: float) -> list[dict[str, float]]:
    """For each bound of sureness: the share of cases asked for, and NDCG@10 with the others left as they were."""
    plain = np.array([ndcg_at_10(place_of(np.asarray(c.base, np.float64), c.taken)) for c in cases])
    gains = np.array([gain_of(c, weight) for c in cases])
    rows = []
    for bound in SURE:
        asked = np.array([c.sureness < bound for c in cases])
        rows.append(
            {
                "sure_above": bound,
                "asked": round(float(asked.mean()), 4),
                "ndcg10": round(float((plain + gains * asked).mean()), 4),
            }
        )
    return rows


def _bounds(cases: Sequence[Judged], gains: NDArray[np.float64]) -> tuple[float, int, float]:
    """The bounds that ask least and keep nearly all of the gain: (sureness, sequence length, share asked)."""
    whole = gains.sum()
    found = (SURE[-1], KNOWN[-1], 1.0)
    for sure in SURE:
        for known in KNOWN:
            asked = np.array([case.sureness < sure and case.history < known for case in cases])
            if gains[asked].sum() >= KEPT_GAIN * whole and asked.mean() < found[2]:
                found = (sure, known, float(asked.mean()))
    return found


def likeliest_weight(cases: Sequence[Judged]) -> float:
    """Maximum likelihood of the chosen candidates under softmax(scale * (base + weight * judgement)), weight from 0."""
    if not cases:
        return 0.0
    bases = [np.asarray(case.base, np.float64) for case in cases]
    judged = [moved(case.base, case.scores, 1.0) - base for case, base in zip(cases, bases, strict=True)]
    taken = [case.taken for case in cases]

    def loss(x: NDArray[np.float64]) -> float:
        total = 0.0
        for base, extra, chosen in zip(bases, judged, taken, strict=True):
            logits = x[0] * base + x[1] * extra
            total -= logits[chosen] - np.logaddexp.reduce(logits)
        return total / len(taken)

    found = minimize(loss, np.array([1.0, 0.1]), bounds=[(0.05, 20.0), (0.0, 20.0)], method="L-BFGS-B").x
    return float(min(found[1] / found[0], MOST_WEIGHT))
