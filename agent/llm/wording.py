"""The model words a reason from its facts; what it adds is thrown away and the template stands."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from agent.llm.budget import BudgetedModel
from agent.llm.grounding import MAX_SENTENCE_CHARS, why_not_grounded
from agent.llm.prompts import as_data, render
from tools.errors import ToolFailed

_MAX_TOKENS = 60
_MAX_FACT_CHARS = 160
_MAX_FACTS = 8


@dataclass(frozen=True)
class WordedReason:
    """The sentence to show; `refused` says why the model's own was not taken, empty when it was."""

    text: str
    by: Literal["model", "template"]
    refused: str = ""


@dataclass(frozen=True)
class WordingCounts:
    """asked = kept + rejected (not grounded) + failed (no answer)."""

    asked: int = 0
    kept: int = 0
    rejected: int = 0
    failed: int = 0


class ReasonWriter:
    """Words reasons by one model and counts how often its words could be shown; safe for several threads."""

    def __init__(self, model: BudgetedModel, nouns: Sequence[str]) -> None:
        """nouns: what the catalogue's items are called."""
        self._model = model
        self._nouns = nouns
        self._lock = threading.Lock()
        self._counts = WordingCounts()

    @property
    def counts(self) -> WordingCounts:
        return self._counts

    def word(self, title: str, facts: Sequence[str], template: str) -> WordedReason:
        """One sentence saying the facts; the template where the model fails or says anything else. Never raises
        because of the model."""
        user = render(
            "wording_v1_user",
            title=as_data(title, _MAX_FACT_CHARS),
            facts="\n".join(f"- {as_data(fact, _MAX_FACT_CHARS)}" for fact in facts[:_MAX_FACTS]),
            draft=as_data(template, 2 * _MAX_FACT_CHARS),
        )
        try:
            answer = self._model.first_line(
                render("wording_v1_system"), user, _MAX_TOKENS, 2 * MAX_SENTENCE_CHARS
            )
        except ToolFailed as failure:
            self._count(failed=1)
            return WordedReason(template, "template", str(failure))
        # small models like to give the draft's tags back around their sentence
        sentence = answer.removeprefix("<draft>").removesuffix("</draft>").strip().strip('"').strip()
        refused = why_not_grounded(sentence, facts, title, self._nouns)
        if refused is not None:
            self._count(rejected=1)
            return WordedReason(template, "template", refused)
        self._count(kept=1)
        return WordedReason(sentence, "model")

    def _count(self, kept: int = 0, rejected: int = 0, failed: int = 0) -> None:
        with self._lock:
            old = self._counts
            self._counts = WordingCounts(
                old.asked + 1, old.kept + kept, old.rejected + rejected, old.failed + failed
            )
