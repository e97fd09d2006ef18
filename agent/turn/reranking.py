"""The language model's order of the first few candidates: asked for when it pays, and moved no further than was fitted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from agent.answer import Candidate
from agent.llm import BudgetedModel
from agent.llm.reranking import (
    STRATEGIES,
    FittedRerank,
    Ranking,
    RerankRequest,
    Shortlisted,
    Shot,
    in_reach,
    moved,
    sureness,
)
from agent.replies.explaining import brief_facts
from memory.preferences import FacetTarget, ItemTarget, KeywordTarget, Preference
from tools.toolbox import Toolbox

SHORTLIST = 8  # candidates a model is asked about
NEIGHBOURS = 3  # of the history that are told of a candidate
HINTS, SHOTS = (
    "hints",
    "shots",
)  # behind "+" in a strategy's name: told what the sequence model knows; shown examples
OPTIONS = {HINTS: ("listwise", "windows", "pairwise"), SHOTS: ("listwise", "windows")}
LEAST_FOLLOWED = 5  # fewer people than this going on to an item is chance


@dataclass
class Reranked:
    """What the model did with the order. `why_not`: why it was not asked, empty when it was."""

    order: list[Candidate]
    strategy: str = ""
    why_not: str = ""
    sureness: float = 0.0
    ranking: Ranking = field(default_factory=lambda: Ranking({}))
    moves: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """For the turn's trace: what moved and why."""
        told = {"asked": not self.why_not, "strategy": self.strategy, "sureness": round(self.sureness, 3)}
        amiss = {name: getattr(self.ranking, name) for name in ("illegal", "repeated", "missing")}
        return {
            **told,
            **({"why_not": self.why_not} if self.why_not else {"judged": len(self.ranking.scores)}),
            **{name: count for name, count in amiss.items() if count},
            "moved": self.moves,
        }


def wish_in_words(wishes: Sequence[Preference]) -> str:
    """What a model can judge an item by: themes, categories and liked titles; empty when nothing but titles is there.

    Numbers and refusals are left out: every candidate meets them already. Likeness to titles alone the sequence
    model and the facets know better.
    """
    themes = [p.target.phrase for p in wishes if isinstance(p.target, KeywordTarget) and p.polarity == "+"]
    if not themes:
        return ""
    values = [
        v for p in wishes if isinstance(p.target, FacetTarget) and p.polarity == "+" for v in p.target.values
    ]
    likes = [p.target.title for p in wishes if isinstance(p.target, ItemTarget) and p.polarity == "+"]
    said = ", ".join(dict.fromkeys([*themes, *values]))
    return f"{said}, like {' and '.join(likes[-2:])}" if likes else said


def falling(scores: Sequence[float]) -> tuple[float, ...]:
    """Scores that put candidates in the order they are in, none above the one before it: what diversity or a missing
    fact put lower must not come back up by its score alone."""
    return tuple(np.minimum.accumulate(np.asarray(scores, np.float64)).tolist()) if len(scores) else ()


def agreement(sources: Sequence[Sequence[float]]) -> float:
    """Share of the sources whose highest score is that of the first candidate. sources: scores by candidate."""
    telling = [s for s in sources if len(s) and max(s) > min(s)]
    return sum(s[0] >= max(s) for s in telling) / len(telling) if telling else 0.0


def rerank(
    candidates: Sequence[Candidate],
    wishes: Sequence[Preference],
    history: Sequence[int],
    model: BudgetedModel,
    fitted: FittedRerank,
    shots: tuple[Shot, ...],
    toolbox: Toolbox,
    shown: int,
) -> Reranked:
    """The candidates, best first, in the final order. history: rows of the sequence, oldest first. shots: the examples the
    strategy was fitted with. shown: items of a slate.

    Raises ToolFailed when the model fails at the first question.
    """
    top, rest = list(candidates[:SHORTLIST]), list(candidates[SHORTLIST:])
    base = falling([c.score for c in top])
    told = [[c.says[name] for c in top] for name in (top[0].says if top else ())]
    sure = sureness(base, agreement(told))
    wish = wish_in_words(wishes)
    why_not = fitted.why_not(sure, len(history)) if wish else "no theme to judge by"
    if why_not:
        return Reranked(list(candidates), fitted.strategy, why_not, sure)
    near = in_reach(base, fitted.weight, shown)
    strategy, _, option = fitted.strategy.partition("+")
    request = RerankRequest(
        wish,
        shortlist([c.row for c in top[:near]], history, toolbox, hints=option == HINTS),
        tuple(toolbox.catalog.items[row].title for row in history),
        shots,
    )
    ranking = STRATEGIES[strategy](request, model)
    final = moved(base, ranking.scores, fitted.weight)
    order = sorted(range(len(top)), key=lambda n: (-final[n], n))
    moves = [
        {"id": toolbox.catalog.items[top[n].row].id, "from": n + 1, "to": place + 1,
         "judged": round(ranking.scores[n], 3)}
        for place, n in enumerate(order)
        if place != n and n in ranking.scores
    ]  # fmt: skip
    return Reranked([*(top[n] for n in order), *rest], fitted.strategy, "", sure, ranking, moves)


def shortlist(
    rows: Sequence[int], history: Sequence[int], toolbox: Toolbox, hints: bool
) -> tuple[Shortlisted, ...]:
    """Candidates as a model is shown them; hints: with what the sequence model knows of them (after LLaRA's hybrid
    prompts): the rank in the whole catalogue, and how many people went on to it from the latest items."""
    texts = [brief_facts(toolbox.catalog.items[row], toolbox.catalog) for row in rows]
    if not hints or not history:
        return tuple(Shortlisted(text) for text in texts)
    scores = toolbox.sequence.scores(list(history))
    told = []
    for row, text in zip(rows, texts, strict=True):
        facts = [f"ranked {int((scores > scores[row]).sum()) + 1} by what people went on to"]
        facts += _followed(row, history, toolbox)
        told.append(Shortlisted(text, "; ".join(facts)))
    return tuple(told)


def _followed(row: int, history: Sequence[int], toolbox: Toolbox) -> list[str]:
    """ "12 of 80 came to it after Heat (1995)", of the latest item of which that can be said."""
    for earlier in reversed(history[-NEIGHBOURS:]):
        count, of = toolbox.sequence.transition_count(earlier, row), toolbox.sequence.support(earlier)
        if count >= LEAST_FOLLOWED:
            return [f"{count} of {of} came to it after {toolbox.catalog.items[earlier].title}"]
    return []


def wish_of(phrases: Sequence[str], category: tuple[str, str] | None) -> str:
    """The wish of a held-out choice as `wish_in_words` would put it."""
    return ", ".join([*phrases, *([category[1]] if category else [])])
