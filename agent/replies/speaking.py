"""The language model's part in a turn: it re-ranks the top few and words reasons, within a budget, under guard."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from agent.answer import Candidate, Notice, Reason, SlateItem
from agent.llm import LanguageModel, ReasonWriter, rerank
from agent.replies.explaining import brief_facts
from memory.preferences import FacetTarget, ItemTarget, KeywordTarget, Preference
from tools.catalog import Catalog
from tools.errors import ToolFailed

RERANK_SHARE = 0.65  # of the turn's budget; the rest is for wording
WORTH_USING = (
    5  # with fewer candidates scored in time the order stays: two or three scores only shuffle the top
)
MODEL_WEIGHT = 0.5  # of the model's standardised log-odds beside the retriever's score, until it is fitted


@dataclass
class Spoken:
    """What the model did in a turn: P(yes) by item id, what went wrong, how many sentences were its own."""

    p_yes: dict[str, float] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    worded: int = 0
    refused: int = 0


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


def reorder(
    candidates: Sequence[Candidate],
    wish: str,
    model: LanguageModel,
    budget_s: float,
    catalog: Catalog,
    spoken: Spoken,
) -> list[Candidate]:
    """The candidates (at most eight) by retriever score and the model's P(yes) together.

    An item the model did not score in time keeps its retriever score; on a failure the order stays, and a notice
    says so.
    """
    facts = [(n, brief_facts(catalog.items[c.row], catalog)) for n, c in enumerate(candidates)]
    try:
        result = rerank(model, wish, facts, budget_s=budget_s * RERANK_SHARE)
    except ToolFailed as failure:
        spoken.notices.append(Notice("llm_failed", f"{failure} The order is the retriever's."))
        return list(candidates)
    spoken.p_yes = {catalog.items[candidates[n].row].id: p for n, p in result.p_yes.items()}
    if len(result.p_yes) < min(WORTH_USING, len(candidates)):
        return list(candidates)
    odds = {n: float(np.log(max(p, 1e-4) / max(1 - p, 1e-4))) for n, p in result.p_yes.items()}
    centre, spread = float(np.mean(list(odds.values()))), float(np.std(list(odds.values()))) or 1.0
    scores = {
        n: c.score + MODEL_WEIGHT * (odds[n] - centre) / spread if n in odds else c.score
        for n, c in enumerate(candidates)
    }
    return [candidates[n] for n in sorted(scores, key=lambda n: (-scores[n], n))]


def word_reasons(
    items: Sequence[SlateItem], model: LanguageModel, budget_s: float, spoken: Spoken
) -> Iterator[SlateItem]:
    """The items with their first reason worded by the model, as long as the budget lasts; then as they are."""
    writer = ReasonWriter(model)
    end = time.monotonic() + budget_s
    longest = 0.0
    for item in items:
        left = end - time.monotonic()
        if left <= longest or not item.reasons:
            yield item
            continue
        begin = time.monotonic()
        first = item.reasons[0]
        worded = writer.word(item.title, _claims(first), first.text, timeout_s=left)
        longest = max(longest, time.monotonic() - begin)
        if worded.by == "model":
            spoken.worded += 1
            yield replace(
                item, reasons=(replace(first, text=worded.text, worded_by=model.name), *item.reasons[1:])
            )
        else:
            spoken.refused += 1
            yield item


def _claims(reason: Reason) -> list[str]:
    """The reason's evidence as facts for the model, and nothing else that it might speak of."""
    facts = [f"{e.facet}: {e.value}" for e in reason.evidence if e.kind == "facet"]
    return [*dict.fromkeys(facts), reason.text] if facts else [reason.text]
