"""One score out of several recommenders: a weighted sum, the weights fitted on validation by history length.

A conditional logit: the weights under which the validation targets are likeliest among the candidates of all
parts. Raw scores enter as they are, so that a served blend costs one multiplication an item and part; z-scores
did no better (Amazon Beauty .0863 against .0864, halves of the validation users fitted and asked in turn).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from tools.errors import SetupError
from tools.sequence.evaluate import ScoreCases, expected_gains
from tools.sequence.interactions import Cases, Floats, Longs, batches

EDGES = (0, 5, 10, 20, 50, 100)  # a history of n events belongs to the last edge that is not above n
CANDIDATES = 100  # of each part and case: what stands below all of these has no place in the top ten
RIDGE = 1.0  # on weights for scores of deviation 1: keeps parts that say the same from fighting
PULLS = (
    10.0,
    100.0,
    1000.0,
)  # towards the weights of all lengths; the best by cross-validation, or one for all
FOLDS = 4
MOST_CASES = 6000  # enough for a handful of weights


@dataclass(frozen=True)
class BlendWeights:
    """How much each part's score counts, by the length of the history."""

    parts: tuple[str, ...]
    edges: tuple[int, ...]
    weights: Floats  # (edges, parts) float32, at least 0, a row never all zeros

    def combine(self, scores: Mapping[str, Floats], lengths: Longs | int) -> Floats:
        """The weighted sum: (batch, items) for lengths (batch,), or (items,) for one length."""
        rows = self.weights[np.searchsorted(self.edges, lengths, side="right") - 1]  # (…, parts)
        total: Floats | None = None
        for place, name in enumerate(self.parts):
            if self.weights[:, place].any():
                term = rows[..., place, None] * scores[name]
                total = term if total is None else np.add(total, term, out=term)
        if total is None:
            raise ValueError("a blend needs one weight above zero")
        return total

    def used(self) -> tuple[str, ...]:
        """The parts that count for some length."""
        return tuple(name for name, column in zip(self.parts, self.weights.T, strict=True) if column.any())

    def to_json(self) -> dict[str, dict[str, float]]:
        """{"from 5 events": {part: weight}}; one entry, "any", where all lengths weigh alike."""
        rows = [dict(zip(self.parts, map(float, row.round(6)), strict=True)) for row in self.weights]
        if all(row == rows[0] for row in rows):
            return {"any": rows[0]}
        return {f"from {edge} events": row for edge, row in zip(self.edges, rows, strict=True)}

    def save(self, path: Path) -> None:
        about = {"parts": self.parts, "edges": self.edges, "weights": self.weights.round(6).tolist()}
        path.write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "BlendWeights":
        """Raises SetupError when the file is missing or not what `save` wrote."""
        try:
            about = json.loads(path.read_text(encoding="utf-8"))
            parts, edges = tuple(map(str, about["parts"])), tuple(map(int, about["edges"]))
            weights = np.array(about["weights"], dtype=np.float32)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise SetupError(f"{path} is missing or damaged; run `palate build`") from error
        sound = weights.shape == (len(edges), len(parts)) and edges[:1] == (0,) and np.isfinite(weights).all()
        if not sound or not (weights >= 0).all() or not (weights.sum(1) > 0).all():
            raise SetupError(f"{path} holds no usable weights; run `palate build`")
        return cls(parts, edges, weights)


def one_for_all(weights: Mapping[str, float]) -> BlendWeights:
    """The same weights whatever the length."""
    return BlendWeights(tuple(weights), (0,), np.array([list(weights.values())], dtype=np.float32))


def standardised(scores: Floats) -> Floats:
    """Scores with mean 0 and deviation 1 over the items; all zeros where they are all alike."""
    if not scores.shape[-1]:
        return scores
    centred = scores - scores.mean(-1, keepdims=True)
    spread = centred.std(-1, keepdims=True)
    out: Floats = (centred / np.where(spread > 1e-12, spread, np.float32(1.0))).astype(np.float32, copy=False)
    return out


def fit_blend(parts: Mapping[str, ScoreCases], cases: Cases, seed: int = 0) -> BlendWeights:
    """The weights under which these cases' targets are likeliest, by history length where that helps.

    How far the weights of one length may stray from those of all is chosen by cross-validated NDCG@10. A part
    alone is kept when the blend ranks these very cases no better. Memory does not grow with the catalogue.
    """
    names = tuple(parts)
    cases = cases.sample(MOST_CASES, seed)
    if len(cases):
        chosen = _Choices.collect(parts, cases)
        if chosen.reached.any():
            return _fit(names, chosen, seed)
    return one_for_all(dict.fromkeys(names, 1.0 / len(names)))


def _fit(names: tuple[str, ...], choices: "_Choices", seed: int) -> BlendWeights:
    everything = np.arange(len(choices.buckets))
    overall = choices.fit(everything)
    folds = np.random.default_rng(seed).integers(FOLDS, size=len(everything))
    gains: dict[float | None, list[float]] = {pull: [] for pull in (None, *PULLS)}
    for fold in range(FOLDS):
        fitted, asked = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        if not len(fitted) or not len(asked):
            continue
        base = choices.fit(fitted)
        for pull, reached in gains.items():
            table = choices.by_length(fitted, base, pull)
            reached.append(float(choices.gains(table, asked).sum()))
    best = max(gains, key=lambda pull: sum(gains[pull]))  # the first of equals: one for all
    table = choices.by_length(everything, overall, best)
    alone = [np.tile(axis, (len(EDGES), 1)) for axis in np.eye(len(names))]
    ranked = [float(choices.gains(weights, everything).sum()) for weights in alone]
    if float(choices.gains(table, everything).sum()) < max(ranked):
        table = alone[int(np.argmax(ranked))]
    return BlendWeights(names, EDGES, (table / choices.scale).astype(np.float32))


@dataclass(frozen=True)
class _Choices:
    """What each case's target competes with; the target stands first."""

    features: Floats  # (cases, width, parts) scores divided by `scale`, zeros on padding
    padding: Floats  # (cases, width) 0, or a number that sends padding to the bottom
    reached: NDArray[np.bool_]  # (cases,) whether some part brought the target; else it counts as missed
    buckets: Longs  # (cases,)
    scale: NDArray[np.float64]  # (parts,) deviation of the raw scores among candidates

    @classmethod
    def collect(cls, parts: Mapping[str, ScoreCases], cases: Cases) -> "_Choices":
        rows: list[Floats] = []
        reached: list[bool] = []
        for part in batches(len(cases), 128):
            asked = cases.part(part)
            scores = np.stack([score(asked) for score in parts.values()])  # (parts, batch, items)
            for row, (history, target) in enumerate(zip(asked.histories(), asked.targets, strict=True)):
                open_items = scores[:, row].copy()  # (parts, items)
                open_items[:, history] = -np.inf
                open_items[:, target] = scores[:, row, target]
                first = min(CANDIDATES, open_items.shape[1])
                top = np.unique(np.argpartition(-open_items, first - 1, axis=1)[:, :first])
                top = top[np.isfinite(open_items[0, top])]
                reached.append(bool((top == target).any()))
                rows.append(scores[:, row, np.concatenate([[target], top[top != target]])].T)
        width = max(len(row) for row in rows)
        features = np.zeros((len(rows), width, len(parts)), np.float32)
        padding = np.full((len(rows), width), -1e9, np.float32)
        for index, row_features in enumerate(rows):
            features[index, : len(row_features)] = row_features
            padding[index, : len(row_features)] = 0.0
        scale = features[padding == 0.0].std(0).astype(np.float64)
        scale = np.where(scale > 1e-9, scale, 1.0)
        buckets = np.searchsorted(EDGES, cases.lengths(), side="right") - 1
        features /= scale.astype(np.float32)
        return cls(features, padding, np.array(reached), buckets, scale)

    def fit(
        self, rows: Longs, towards: NDArray[np.float64] | None = None, pull: float = RIDGE
    ) -> NDArray[np.float64]:
        """Weights ≥ 0 of greatest likelihood for these cases, ridge-pulled towards `towards` (or zero)."""
        rows = rows[self.reached[rows]]
        centre = np.zeros(self.features.shape[2]) if towards is None else towards
        features, padding = self.features[rows], self.padding[rows]

        def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            logits = features @ weights.astype(np.float32) + padding
            logits -= logits.max(1, keepdims=True)
            odds = np.exp(logits)
            totals = odds.sum(1, keepdims=True)
            value = float((np.log(totals[:, 0]) - logits[:, 0]).sum())
            expected = np.einsum("cw,cwp->p", odds / totals, features)
            gap = weights - centre
            return value + pull * float(gap @ gap), expected - features[:, 0].sum(0) + 2 * pull * gap

        start = np.maximum(centre, 0.1)
        bounds = [(0.0, None)] * len(start)
        fitted: NDArray[np.float64] = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
        return fitted if fitted.sum() > 0 else np.full(len(start), 1.0 / len(start))

    def by_length(self, rows: Longs, overall: NDArray[np.float64], pull: float | None) -> NDArray[np.float64]:
        """One row of weights for each bucket: (edges, parts); `overall` in all of them without a pull."""
        table = np.tile(overall, (len(EDGES), 1))
        if pull is not None:
            for bucket in range(len(EDGES)):
                own = rows[self.buckets[rows] == bucket]
                if len(own):
                    table[bucket] = self.fit(own, overall, pull)
        return table

    def gains(self, table: NDArray[np.float64], rows: Longs) -> NDArray[np.float64]:
        """NDCG@10 of these cases; 0 for a target that no part brought: (rows,)."""
        weights = table[self.buckets[rows]].astype(np.float32)
        scores = np.einsum("cwp,cp->cw", self.features[rows], weights) + self.padding[rows]
        own, others = scores[:, :1], scores[:, 1:]
        gains = expected_gains((others > own).sum(1), (others == own).sum(1))[1]
        return gains * self.reached[rows]
