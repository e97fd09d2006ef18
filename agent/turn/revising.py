"""The language model's part in a turn, after the slate is shown: it re-ranks, then words the reasons.

It does only what its trial on this catalogue gave it to do, within the turn's budget, and stops when the person acts.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.answer import Candidate, Notice, SlateItem
from agent.events import SlateShown
from agent.llm import BudgetedModel, Roles
from agent.replies.explaining import Ground
from agent.replies.speaking import Spoken, word_reasons
from agent.turn.reranking import Reranked, rerank
from tools.errors import ToolFailed
from tools.toolbox import Toolbox

RERANK_SHARE = 0.65  # of what is left of the budget; the rest is for wording


@dataclass
class Revision:
    """What the model changed, for the trace, and what the person should know."""

    reranked: Reranked | None = None
    spoken: Spoken = field(default_factory=Spoken)
    notices: list[Notice] = field(default_factory=list)
    slate: tuple[SlateItem, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """What moved and why, and how often the model's words could be shown."""
        return {
            "rerank": self.reranked.to_json() if self.reranked else None,
            "worded": self.spoken.worded,
            "wording_refused": self.spoken.refused,
            "refused_for": list(self.spoken.why),
        }


def revise(
    slate: tuple[SlateItem, ...],
    ranked: Sequence[Candidate],
    ground: Ground,
    model: BudgetedModel,
    roles: Roles,
    toolbox: Toolbox,
    cut: Callable[[Sequence[Candidate]], tuple[SlateItem, ...]],
    revision: Revision,
) -> Iterator[SlateShown]:
    """The slate each time the model changed it; `revision` says what it did.

    cut: makes candidates into slate items with their reasons.
    """
    revision.slate = slate
    if roles.has("rerank") and roles.fitted is not None:
        # what is shown only for want of a fact stays below what is known to fit
        unknown = ground.allowed.unknown
        known = [c for c in ranked if not unknown[c.row]]
        rest = [c for c in ranked if unknown[c.row]]
        known, rest = (known, rest) if known else (rest, [])
        part = model.within(model.budget.part(RERANK_SHARE)).asked_to("rerank")
        try:
            revision.reranked = rerank(
                known, ground.wishes, ground.history, part, roles.fitted, roles.shots, toolbox, len(slate)
            )
        except ToolFailed as failure:
            if not model.budget.cancelled:
                revision.notices.append(Notice("llm_failed", f"{failure} The order is the retriever's."))
        else:
            order = [*revision.reranked.order, *rest][: len(slate)]
            rows = [toolbox.catalog.items[c.row].id for c in order]
            if rows != [item.id for item in slate] and not model.budget.cancelled:
                revision.slate = cut(order)
                yield SlateShown(revision.slate, revised_by=model.name)
    if roles.has("explain"):
        for worded in word_reasons(
            revision.slate, toolbox.catalog.spec.catalog.nouns, model.asked_to("explain"), revision.spoken
        ):
            if model.budget.cancelled:
                return
            revision.slate = worded
            yield SlateShown(worded, revised_by=model.name)
