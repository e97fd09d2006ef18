"""Reasons worded by the language model, each checked before it is shown; the template stands where it fails."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from agent.answer import Reason, SlateItem
from agent.llm import BudgetedModel, ReasonWriter


@dataclass
class Spoken:
    """How many sentences are the model's own, how many were thrown away, and why."""

    worded: int = 0
    refused: int = 0
    why: tuple[str, ...] = ()


def word_reasons(
    items: Sequence[SlateItem], nouns: Sequence[str], model: BudgetedModel, spoken: Spoken
) -> Iterator[tuple[SlateItem, ...]]:
    """The slate after each sentence of the model's that may be shown: the first reason of an item, worded by it.

    nouns: what the catalogue's items are called. Ends when the budget is spent or would be overdrawn; yields nothing where nothing may be shown.
    """
    writer = ReasonWriter(model, nouns)
    worded = list(items)
    longest = 0.0
    for place, item in enumerate(items):
        before_s = model.budget.left_s
        if before_s <= longest or not item.reasons:
            continue
        first = item.reasons[0]
        answer = writer.word(item.title, claims(first), first.text)
        longest = max(longest, before_s - model.budget.left_s)
        if answer.by == "template":
            spoken.refused += 1
            spoken.why = (*spoken.why, answer.refused)
            continue
        spoken.worded += 1
        own = replace(first, text=answer.text, worded_by=model.name)
        worded[place] = replace(item, reasons=(own, *item.reasons[1:]))
        yield tuple(worded)


def claims(reason: Reason) -> list[str]:
    """The reason's evidence as facts for the model, and nothing else that it might speak of."""
    facts = [f"{e.facet}: {e.value}" for e in reason.evidence if e.kind == "facet"]
    return [*dict.fromkeys(facts), reason.text] if facts else [reason.text]
