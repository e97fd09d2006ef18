"""What became of the sentences that a language model was asked for: shown, corrected (the template stands), or none came."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# how the check of a model's sentence says that it was read and refused; anything else is a call that gave nothing
REFUSALS = (
    (re.compile(r"'.*' is no fact"), "a word that is no fact"),
    (re.compile(r"'.*' of nothing"), "a relation of nothing"),
    (re.compile(r"length|markup|characters|number of sentences|says nothing"), ""),
)
NO_ANSWER = "no answer in the time, tokens or state of the model"


@dataclass
class Wording:
    """How often a language model was asked to word a reason, and what became of its sentence."""

    kept: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    failed: int = 0

    def add(self, model: Mapping[str, Any] | None) -> None:
        """Counts what an answer says of the model's part; nothing where there was none."""
        if model is None:
            return
        self.kept += model["worded"]
        for why in model["refused_for"]:
            kind = refusal_of(why)
            if kind == NO_ANSWER:
                self.failed += 1
            else:
                self.refused[kind] += 1

    def to_json(self) -> dict[str, Any]:
        """asked = kept + corrected + failed; corrected: the template stands in place of the model's sentence."""
        corrected = self.refused.total()
        return {
            "asked": self.kept + corrected + self.failed,
            "kept": self.kept,
            "corrected": corrected,
            "failed": self.failed,
            "corrected_for": dict(sorted(self.refused.items())),
        }


def refusal_of(why: str) -> str:
    """The kind of a refusal; NO_ANSWER where nothing came that could have been refused."""
    return next((name or why for pattern, name in REFUSALS if pattern.fullmatch(why)), NO_ANSWER)
