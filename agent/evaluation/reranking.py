"""Re-ranking on held-out choices: the retriever, the tuned re-ranker, and each strategy of a language model, fused.

A case is a real user's next item hidden among the retriever's first twenty, with the user's history and a wish made from
what is told of the item. Weights are fitted on the choices of other users than those that are measured.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agent.llm import Budget, BudgetedModel, LanguageModel, Usage
from agent.llm.reranking import FittedRerank, Judged, Shot, fit_rerank, moved
from agent.llm.reranking.fitted import likeliest_weight, quality_against_calls
from agent.trial.reranking import SHOWN, Held, judge, shot_of
from agent.turn.reranking import SHORTLIST
from tools.errors import UserInputError
from tools.ranking.choices_file import RerankCase
from tools.ranking.measuring import Interval, ndcg_at_10, paired_bootstrap, place_of
from tools.toolbox import Toolbox

DAY_S = 86_400.0
Tell = Callable[[str], object]


@dataclass(frozen=True)
class Row:
    """One line of the table: NDCG@10 and what it gains on the retriever, with the cost of a case."""

    name: str
    ndcg10: float
    gain: Interval
    weight: float | None = None
    cases: int = 0
    fit_cases: int = 0
    seconds: float | None = None
    calls: float | None = None
    tokens: float | None = None

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "ndcg10": round(self.ndcg10, 4), "gain": self.gain.to_json()}


def measure_reranking(
    cases: Sequence[RerankCase],
    toolbox: Toolbox,
    model: LanguageModel | None,
    strategies: Sequence[str],
    count: int,
    fit_count: int,
    out: Path | None,
    tell: Tell,
    seed: int = 0,
) -> dict[str, Any]:
    """The table. count, fit_count: test cases measured, and cases the weights are fitted on, at most.

    out: folder where every judgement is kept as it comes; a run that was stopped goes on there. Raises UserInputError
    when the artifact has no held-out choices, ToolFailed when the model cannot be asked.
    """
    rng = np.random.default_rng(seed)
    test, fit = ([c for c in cases if c.part == part] for part in ("test", "fit"))
    test = [test[n] for n in rng.permutation(len(test))][:count]
    fit = [fit[n] for n in rng.permutation(len(fit))]
    if not test:
        raise UserInputError("this catalogue has no held-out choices to measure on")
    users = [case.user for case in test]
    plain = _ndcg([Held.of(c, toolbox, tuned=False) for c in test])
    held = [Held.of(c, toolbox) for c in test]
    tuned = _ndcg(held)
    rows = [
        Row("retriever", float(plain.mean()), Interval(0.0, 0.0, 0.0), cases=len(test)),
        Row("tuned", float(tuned.mean()), paired_bootstrap(tuned - plain, users, seed), cases=len(test)),
    ]
    by_kind = _by_kind(test, plain, tuned)
    curves: dict[str, Any] = {}
    # only what lies within a model's reach can be moved, so only that is asked for to fit on
    within = [one for one in (Held.of(c, toolbox) for c in fit) if one.taken < SHORTLIST]
    shots = tuple(shot_of(one, toolbox) for one in within[:SHOWN])
    learn = within[SHOWN : SHOWN + fit_count]
    for strategy in strategies:
        if model is None:
            break
        found: dict[str, tuple[list[Judged], Usage]] = {}
        for part, these in (("fit", learn), ("test", held)):
            file = out / f"{model.name}-{strategy}-{part}.jsonl" if out else None
            tell(f"{strategy}, {part} cases")
            found[part] = _judged(these, strategy, model, toolbox, shots, file, tell)
        fitted = fit_rerank(strategy, found["fit"][0], seed)
        judged, usage = found["test"]
        rows.append(_row(fitted, judged, plain[: len(judged)], users[: len(judged)], usage, seed))
        always = likeliest_weight(found["fit"][0])
        curves[strategy] = {
            "fitted": fitted.to_json(),
            "alone": round(float(np.mean([_alone(one) for one in judged])), 4) if judged else None,
            "unguarded_weight": round(always, 4),
            "unguarded": Row(
                strategy, *_fused(judged, always, plain[: len(judged)], users[: len(judged)], seed)
            ).to_json(),
            "quality_against_calls": quality_against_calls(judged, max(fitted.weight, always)),
        }
    return {
        "benchmark": "rerank",
        "seed": seed,
        "model": model.name if model else None,
        "test_cases": len(test),
        "rows": [row.to_json() for row in rows],
        "by_kind_of_wish": by_kind,
        "strategies": curves,
    }


def _ndcg(held: Sequence[Held]) -> NDArray[np.float64]:
    return np.array([ndcg_at_10(one.taken) for one in held])


def _by_kind(
    test: Sequence[RerankCase], plain: NDArray[np.float64], tuned: NDArray[np.float64]
) -> dict[str, Any]:
    """NDCG@10 by how the wish was worded: the item's own keywords, others of like meaning, words of its text."""
    found: dict[str, Any] = {}
    for kind in ("own", "near", "text"):
        only = np.array([set(case.kinds) == {kind} for case in test])
        if only.any():
            found[kind] = {
                "cases": int(only.sum()),
                "retriever": round(float(plain[only].mean()), 4),
                "tuned": round(float(tuned[only].mean()), 4),
            }
    return found


def _row(
    fitted: FittedRerank,
    judged: Sequence[Judged],
    plain: NDArray[np.float64],
    users: Sequence[int],
    usage: Usage,
    seed: int,
) -> Row:
    ndcg10, gain = _fused(judged, fitted.weight, plain, users, seed)
    count = max(len(judged), 1)
    return Row(
        f"{fitted.strategy}, fused",
        ndcg10,
        gain,
        fitted.weight,
        len(judged),
        fitted.cases,
        round(usage.seconds / count, 2),
        round(usage.calls / count, 2),
        round(usage.tokens / count, 1),
    )


def _alone(one: Judged) -> float:
    """NDCG@10 of the model's own order of what it judged, the rest behind as it was."""
    last = min(one.scores.values(), default=0.0) - 1.0
    own = np.array([one.scores.get(place, last) for place in range(len(one.base))], np.float64)
    return ndcg_at_10(place_of(own, one.taken))


def _fused(
    judged: Sequence[Judged], weight: float, plain: NDArray[np.float64], users: Sequence[int], seed: int
) -> tuple[float, Interval]:
    """(NDCG@10 of the order with the judgements, its gain on the retriever)."""
    found = np.array([ndcg_at_10(place_of(moved(j.base, j.scores, weight), j.taken)) for j in judged])
    return float(found.mean()) if len(found) else 0.0, paired_bootstrap(found - plain, users, seed)


def _judged(
    held: Sequence[Held],
    strategy: str,
    model: LanguageModel,
    toolbox: Toolbox,
    shots: tuple[Shot, ...],
    file: Path | None,
    tell: Tell,
) -> tuple[list[Judged], Usage]:
    """The model's judgements of these choices, those kept in the file taken from there, and what they cost."""
    kept = list(_kept(file, held)) if file else []
    judged = [one for one, _ in kept]
    usage = sum((cost for _, cost in kept), Usage())
    budget = Budget(DAY_S)
    rest = held[len(judged) :]
    before = budget.spent
    for one in judge(rest, strategy, BudgetedModel(model, budget), toolbox, shots):
        cost = _less(budget.spent, before)
        before = budget.spent
        judged.append(one)
        usage = usage + cost
        if file:
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps({"scores": one.scores, "usage": cost.to_json()}) + "\n")
        tell(f"{strategy}, {len(judged)} of {len(held)} cases, {usage.seconds / len(judged):.1f} s each")
    return judged, usage


def _kept(file: Path, held: Sequence[Held]) -> Iterator[tuple[Judged, Usage]]:
    if not file.is_file():
        return
    lines = file.read_text(encoding="utf-8").splitlines()
    for line, one in zip(lines, held, strict=False):
        told: Mapping[str, Any] = json.loads(line)
        scores = {int(place): float(score) for place, score in told["scores"].items()}
        yield one.judged(scores), Usage(**told["usage"])


def _less(after: Usage, before: Usage) -> Usage:
    return Usage(
        after.calls - before.calls,
        after.prompt_tokens - before.prompt_tokens,
        after.answer_tokens - before.answer_tokens,
        after.seconds - before.seconds,
        after.estimated,
    )
