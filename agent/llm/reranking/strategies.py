"""The ways to ask a language model for an order, behind one face.

Each is shown the candidates under numbers that mean nothing to the outside, in an order shuffled by seed, and what comes
back is checked against them. A failure at the first question is the model's; a later one ends the asking, and what was
judged counts.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import combinations
from math import log
from typing import TypeVar

import numpy as np

from agent.llm.budget import BudgetedModel
from agent.llm.prompts import render
from agent.llm.reranking.request import Ranking, RerankRequest, Shot, checked_order
from tools.errors import ToolFailed

WINDOW = 8  # candidates in one list: small models lose sight of more
STEP = 4  # a window begins so many places above the one before (RankGPT)
PAIRED = 4  # of the top few every pair is compared both ways: 12 questions
ORDERS = 2  # shuffled orders a list is asked in, when there is time
MAX_ODDS = 9.0  # of P(yes): past this only the arithmetic differs

Place = TypeVar("Place")
Strategy = Callable[[RerankRequest, BudgetedModel], Ranking]


def listwise(request: RerankRequest, model: BudgetedModel) -> Ranking:
    """One list, ordered under a JSON schema, in several shuffled orders whose ranks are averaged."""
    places = list(range(len(request.candidates)))
    found: list[Ranking] = []
    left_s = model.budget.left_s
    for shuffle in range(ORDERS):
        if shuffle and model.budget.left_s < (left_s - model.budget.left_s) / shuffle:
            break
        with _later_failures_end(bool(found)):
            found.append(_one_list(request, places, model, request.seed + shuffle)[1])
    return _averaged(found, places)


def windows(request: RerankRequest, model: BudgetedModel) -> Ranking:
    """Long lists in windows from the bottom up, each handing its better half on to the next (Sun et al. 2023)."""
    order = list(range(len(request.candidates)))
    counts = Ranking({})
    starts = [*range(max(0, len(order) - WINDOW), 0, -STEP), 0]
    asked = False
    for start in starts:
        with _later_failures_end(asked):
            part, found = _one_list(request, order[start : start + WINDOW], model, request.seed)
            order[start : start + WINDOW] = part
            asked = True
            counts = Ranking(
                {},
                counts.illegal + found.illegal,
                counts.repeated + found.repeated,
                counts.missing + found.missing,
            )
    scores = {place: -float(rank) for rank, place in enumerate(order)}
    return Ranking(scores, counts.illegal, counts.repeated, counts.missing)


def pairwise(request: RerankRequest, model: BudgetedModel) -> Ranking:
    """Every pair of the top few, both ways round so that a liking for A or B cancels; the score is the pairs won."""
    top = range(min(PAIRED, len(request.candidates)))
    system = render("pairwise_v1_system")
    won = dict.fromkeys(top, 0.0)

    def ask(pair: tuple[int, int]) -> float | None:
        first, second = (request.candidates[place].line() for place in pair)
        user = render(
            "pairwise_v1_user",
            wish=request.wish_line(),
            history=request.history_line(),
            first=first,
            second=second,
        )
        words = model.first_words(system, user)
        a, b = words.get("a", 0.0), words.get("b", 0.0)
        return a / (a + b) if a + b > 0 else None

    pairs = [p for a, b in combinations(top, 2) for p in ((a, b), (b, a))]
    asked = answered = 0
    for (first, second), share in _asked(pairs, ask, model):
        won[first] += 0.5 if share is None else share
        won[second] += 0.5 if share is None else 1 - share
        asked += 1
        answered += share is not None
    # of a part of the pairs only those asked about would gain
    return Ranking(won if asked == len(pairs) and 2 * answered >= asked else {})


def pointwise(request: RerankRequest, model: BudgetedModel) -> Ranking:
    """For each candidate the log-odds of "yes, it fits".

    The item stands first and the wish last: on 12 hard lists of 8 Qwen 1.5B put a right one first in 11, with the wish
    first (a longer shared prefix, a fifth faster) in 6.
    """
    system = render("pointwise_v1_system")

    def ask(place: int) -> float | None:
        user = render("pointwise_v1_user", item=request.candidates[place].line(), wish=request.wish_line())
        share = model.p_yes(system, user)
        if share is None:
            return None
        odds = log(max(share, 1e-9) / max(1 - share, 1e-9))
        return min(MAX_ODDS, max(-MAX_ODDS, odds))

    return _judged(request, model, ask)


def likelihood(request: RerankRequest, model: BudgetedModel) -> Ranking:
    """For each candidate how probable the wish is as what was said of it (Ponte & Croft's query likelihood)."""
    system = render("likelihood_v1_system")

    def ask(place: int) -> float | None:
        user = render("likelihood_v1_user", item=request.candidates[place].line())
        return model.likelihood(system, user, request.wish_line())

    return _judged(request, model, ask)


STRATEGIES: Mapping[str, Strategy] = {
    "pointwise": pointwise,
    "likelihood": likelihood,
    "listwise": listwise,
    "windows": windows,
    "pairwise": pairwise,
}


def _judged(request: RerankRequest, model: BudgetedModel, ask: Callable[[int], float | None]) -> Ranking:
    """Candidates judged one by one in the retriever's order, until the model cannot tell or has no time left."""
    scores: dict[int, float] = {}
    for place, score in _asked(range(len(request.candidates)), ask, model):
        if score is None and not scores:
            return Ranking({})
        if score is not None:
            scores[place] = score
    return Ranking(scores)


def _asked(
    places: Sequence[Place], ask: Callable[[Place], float | None], model: BudgetedModel
) -> Iterator[tuple[Place, float | None]]:
    """Each place with its answer, in order, as many side by side as the server serves; ends at the first failure but
    raises the very first one, and begins no question that would overdraw the budget."""
    for start in range(0, len(places), model.model.at_once):
        batch = places[start : start + model.model.at_once]
        before_s = model.budget.left_s
        try:
            if len(batch) == 1:
                answers = [ask(batch[0])]
            else:
                with ThreadPoolExecutor(len(batch)) as pool:
                    answers = list(pool.map(ask, batch))
        except ToolFailed:
            if start == 0:
                raise
            return
        yield from zip(batch, answers, strict=True)
        # the next will take as long as this one did
        if model.budget.left_s < 0.8 * (before_s - model.budget.left_s):
            return


def _one_list(
    request: RerankRequest, places: Sequence[int], model: BudgetedModel, seed: int
) -> tuple[list[int], Ranking]:
    """These places as the model orders them, shown shuffled under numbers from 1."""
    shuffled = [int(place) for place in np.random.default_rng(seed).permutation(places)]
    numbers = dict(enumerate(shuffled, 1))
    user = render(
        "listwise_v1_user",
        examples="".join(_example(shot) for shot in request.shots),
        wish=request.wish_line(),
        history=request.history_line(),
        items=_lines([request.candidates[place].line() for place in shuffled]),
    )
    array = {
        "type": "array",
        "items": {"type": "integer", "enum": list(numbers)},
        "minItems": len(numbers),
        "maxItems": len(numbers),
    }
    schema = {
        "type": "object",
        "properties": {"order": array},
        "required": ["order"],
        "additionalProperties": False,
    }
    form = {"name": "order", "strict": True, "schema": schema}
    answer = model.complete_json(render("listwise_v1_system"), user, form, 24 + 8 * len(numbers))
    told = _order_in(answer, model.name)
    meant = [numbers.get(one, -1) if isinstance(one, int) else one for one in told]
    return checked_order(meant, sorted(places))


def _order_in(answer: str, name: str) -> list[object]:
    """The numbers in an answer. Raises ToolFailed when it is no such object."""
    order: object = None
    with suppress(ValueError):
        told = json.loads(answer)
        order = told.get("order") if isinstance(told, dict) else None
    if not isinstance(order, list) or not order:
        raise ToolFailed(f"The language model {name} gave no order.")
    return order


def _example(shot: Shot) -> str:
    best = [shot.chosen, *(place for place in range(len(shot.candidates)) if place != shot.chosen)]
    lines = _lines([candidate.line() for candidate in shot.candidates])
    wish = RerankRequest(shot.wish, ()).wish_line()
    numbers = ", ".join(str(place + 1) for place in best)
    return render("listwise_v1_example", wish=wish, items=lines, best=numbers) + "\n"


def _lines(texts: Sequence[str]) -> str:
    return "\n".join(f"{number}. {text}" for number, text in enumerate(texts, 1))


def _averaged(found: Sequence[Ranking], places: Sequence[int]) -> Ranking:
    """Mean ranks over several orders; a place that one did not name counts as its last."""
    last = -float(len(places))
    scores = {place: float(np.mean([r.scores.get(place, last) for r in found])) for place in places}
    named = {place for r in found for place in r.scores}
    return Ranking(
        {place: scores[place] for place in places if place in named},
        sum(r.illegal for r in found),
        sum(r.repeated for r in found),
        sum(r.missing for r in found),
    )


class _later_failures_end(suppress):  # noqa: N801 - reads as what it does
    """Suppresses ToolFailed once something was answered."""

    def __init__(self, answered: bool) -> None:
        super().__init__(*((ToolFailed,) if answered else ()))
