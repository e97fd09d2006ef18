"""The trial of re-ranking: held-out choices of real users, judged until the time is over, and the weight fitted on them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from agent.llm import BudgetedModel
from agent.llm.reranking import (
    LEAST_CASES,
    STRATEGIES,
    FittedRerank,
    Judged,
    Ranking,
    RerankRequest,
    Shot,
    fit_rerank,
    sureness,
)
from agent.llm.roles import Verdict
from agent.turn.reranking import HINTS, SHORTLIST, SHOTS, agreement, falling, shortlist, wish_of
from tools.errors import ToolFailed
from tools.ranking.choices_file import RerankCase
from tools.toolbox import Toolbox

SHOWN = 3  # examples before a list
MOST_FAILURES = 5
Tell = Callable[[int, int], object]


@dataclass(frozen=True)
class Held:
    """A held-out choice in the order a turn would have it: `rows` and `base` of the candidates, the chosen one's place."""

    user: int
    rows: tuple[int, ...]
    base: tuple[float, ...]
    taken: int
    wish: str
    history: tuple[int, ...]
    sureness: float

    @classmethod
    def of(cls, case: RerankCase, toolbox: Toolbox, tuned: bool = True) -> "Held":
        """tuned: with what the tuned re-ranker adds, as a turn has it."""
        scores = np.asarray(case.scores) + (np.asarray(case.tuned) if tuned else 0.0)
        order = np.argsort(-scores, kind="stable")
        rows = toolbox.catalog.rows
        first = [[float(s[n]) for n in order[:SHORTLIST]] for s in case.sources.values()]
        base = falling([float(scores[n]) for n in order])
        return cls(
            case.user,
            tuple(rows[case.candidates[n]] for n in order),
            base,
            int(np.flatnonzero(order == case.taken)[0]),
            wish_of(case.phrases, case.category),
            tuple(rows[i] for i in case.history),
            sureness(base[:SHORTLIST], agreement(first)),
        )

    def judged(self, scores: Mapping[int, float]) -> Judged:
        """The choice with a model's scores of its first candidates, by place."""
        return Judged(self.user, self.base, dict(scores), self.taken, len(self.history), self.sureness)


def try_reranking(
    model: BudgetedModel,
    cases: Sequence[RerankCase],
    toolbox: Toolbox,
    strategies: Sequence[str],
    tell: Tell = lambda _done, _of: None,
    seed: int = 0,
) -> tuple[Verdict, FittedRerank | None, tuple[Shot, ...]]:
    """The verdict, the strategy that helps most with its weight, and the examples it needs; the time is shared out among
    the strategies.

    cases: of the users to fit on. Only choices among the first SHORTLIST can be moved; the others are not asked for.
    """
    held = [Held.of(case, toolbox) for case in cases if case.part == "fit"]
    held = [one for one in held if one.taken < SHORTLIST]
    held = [held[n] for n in np.random.default_rng(seed).permutation(len(held))]
    if len(held) <= SHOWN:
        return Verdict(False, "this catalogue has no held-out choices to try it on"), None, ()
    if not strategies:
        return Verdict(False, "it neither keeps to a JSON schema nor gives log-probabilities"), None, ()
    shots = tuple(shot_of(one, toolbox) for one in held[:SHOWN])
    held = held[SHOWN:]
    fits: list[FittedRerank] = []
    for number, strategy in enumerate(strategies):
        part = model.within(model.budget.part(1 / (len(strategies) - number)))
        judged = list(judge(held, strategy, part, toolbox, shots, lambda done: tell(done, len(held))))
        if len(judged) < LEAST_CASES:  # half a trial of two strategies is none of either
            rest = held[len(judged) :]
            judged += judge(rest, strategy, model, toolbox, shots, lambda done: tell(done, len(held)))
        fits.append(fit_rerank(strategy, judged, seed))
        if model.budget.left_s <= 0:
            break
    best = max(fits, key=lambda fit: (fit.weight > 0, fit.cases >= LEAST_CASES, fit.gain.mean))
    figures = {fit.strategy: fit.to_json() for fit in fits}
    if best.cases < LEAST_CASES:
        few = f"it judged {best.cases} held-out choices in the time there was, and {LEAST_CASES} are needed; more --seconds help"
        return Verdict(False, few, figures), best, ()
    if best.weight <= 0:
        tried = "; ".join(
            f"{fit.strategy} {fit.gain.mean:+.3f} ({fit.gain.low:+.3f} to {fit.gain.high:+.3f}) of {fit.cases}"
            for fit in fits
        )
        return (
            Verdict(False, f"no gain in NDCG@10 that is more than chance: {tried} choices", figures),
            best,
            (),
        )
    sentence = (
        f"{best.strategy} adds {best.gain.mean:+.3f} NDCG@10 ({best.gain.low:+.3f} to {best.gain.high:+.3f}) "
        f"in {best.cases} held-out choices, asked in {best.asked_share:.0%} of them"
    )
    return Verdict(True, sentence, figures), best, shots if best.strategy.endswith(f"+{SHOTS}") else ()


def judge(
    held: Sequence[Held],
    strategy: str,
    model: BudgetedModel,
    toolbox: Toolbox,
    shots: tuple[Shot, ...] = (),
    tell: Callable[[int], object] = lambda _done: None,
) -> Iterator[Judged]:
    """What a strategy says of each choice, until the budget is spent; MOST_FAILURES in a row end it."""
    name, _, option = strategy.partition("+")
    examples = shots if option == SHOTS else ()
    failures = 0
    for done, one in enumerate(held):
        if model.budget.left_s <= 0 or failures >= MOST_FAILURES:
            return
        request = RerankRequest(
            one.wish,
            shortlist(one.rows[:SHORTLIST], one.history, toolbox, hints=option == HINTS),
            tuple(toolbox.catalog.items[row].title for row in one.history),
            examples,
            seed=done,
        )
        try:
            ranking = STRATEGIES[name](request, model)
            failures = 0
        except ToolFailed:
            if model.budget.left_s <= 0:  # cut off, which says nothing of the model
                return
            ranking = Ranking({})
            failures += 1
        yield one.judged(ranking.scores)
        tell(done + 1)


def shot_of(one: Held, toolbox: Toolbox) -> Shot:
    """A choice among the first few as an example, with as few candidates as will do."""
    rows = one.rows[: max(4, one.taken + 1)]
    return Shot(one.wish, shortlist(rows, (), toolbox, hints=False), one.taken)
