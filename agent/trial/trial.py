"""The whole trial, within two minutes unless more is given, and kept for the next start."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from agent.llm import Budget, BudgetedModel, LanguageModel
from agent.llm.roles import Roles, Verdict, keep_roles, read_roles, roles_file
from agent.trial.capabilities import capabilities_of
from agent.trial.explaining import reasons_to_word, try_explaining
from agent.trial.parsing import try_parsing
from agent.trial.reranking import try_reranking
from tools.errors import ToolFailed
from tools.ranking.choices_file import RerankCase, load_choices
from tools.toolbox import Toolbox

PARSE_SHARE, EXPLAIN_SHARE = 0.2, 0.3  # of what is left before each; re-ranking has the rest
CAPABILITIES_S = 20.0
Tell = Callable[[str], object]


class Trial:
    """Tries models on one built catalogue. build: its folder, which names the build."""

    def __init__(self, toolbox: Toolbox, build: Path, home: Path) -> None:
        self._toolbox = toolbox
        self._build = build
        self._home = home

    def known(self, model: LanguageModel) -> Roles | None:
        """What an earlier trial of the same model on the same build showed."""
        return read_roles(self._file(model))

    def choices(self) -> list[RerankCase]:
        """The held-out choices of the build, to fit and to measure re-ranking on; none without interactions. Raises
        SetupError."""
        return load_choices(self._build / "choices.json")

    def run(
        self,
        model: LanguageModel,
        tell: Tell = lambda _sentence: None,
        *,
        budget: Budget,
        strategies: Sequence[str] = (),
    ) -> Roles:
        """Tries every role and keeps the outcome. strategies: of re-ranking; those that suit the model when left out.

        Raises ToolFailed when the model does not answer at all.
        """
        asked = BudgetedModel(model, budget)
        tell("what it can do")
        can = capabilities_of(asked.within(budget.part(min(1.0, CAPABILITIES_S / max(budget.left_s, 1.0)))))
        verdicts: dict[str, Verdict] = {}
        tell("reading messages")
        verdicts["parse"] = (
            try_parsing(
                asked.within(asked.budget.part(PARSE_SHARE)),
                self._toolbox.catalog,
                self._toolbox.sequence.popularity,
            )
            if can["json_schema"]
            else Verdict(False, "it does not keep to a JSON schema")
        )
        tell("wording reasons")
        reasons = reasons_to_word(self._toolbox)  # loads the embedder, which is no fault of the model's
        verdicts["explain"] = try_explaining(
            asked.within(asked.budget.part(EXPLAIN_SHARE)), reasons, self._toolbox.catalog.spec.catalog.nouns
        )
        verdicts["rerank"], fitted, shots = try_reranking(
            asked,
            self.choices(),
            self._toolbox,
            strategies or _suited(can),
            lambda done, of: tell(f"re-ranking, {done} of {of} choices"),
        )
        verdicts["plan"] = Verdict(
            bool(can["tools"]),
            "it calls tools natively" if can["tools"] else "it does not call tools natively",
        )
        if asked.budget.cancelled:
            raise ToolFailed("The trial was ended before it was done.")
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        roles = Roles(model.name, stamp, can, verdicts, fitted, shots, asked.budget.spent.to_json())
        keep_roles(self._file(model), roles)
        return roles

    def _file(self, model: LanguageModel) -> Path:
        return roles_file(self._home, model.identity, f"{self._build.parent.name}/{self._build.name}")


def _suited(can: dict[str, object]) -> list[str]:
    """A list costs one question and suits strong models; one by one needs log-probabilities and suits small ones."""
    found = ["listwise"] if can["json_schema"] else []
    return [*(["pointwise"] if can["logprobs"] else []), *found]
