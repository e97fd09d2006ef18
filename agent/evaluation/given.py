"""In place of a trial: a model acts in roles that it did not earn, so that what it would do and cost can be measured."""

from collections.abc import Callable, Sequence

from agent.llm import Budget, LanguageModel, Roles
from agent.llm.reranking import FittedRerank
from agent.llm.roles import Role, Verdict
from tools.ranking.measuring import Interval

MEASURED: tuple[Role, ...] = ("parse", "rerank", "explain")  # all but planning
WORDING: tuple[Role, ...] = ("explain",)
WEIGHT = 0.5  # of what nobody fitted
STRATEGY = "pointwise"  # what a small model does best


class GivenRoles:
    """Gives every model these roles, untried."""

    def __init__(self, roles: Sequence[Role] = MEASURED) -> None:
        self._roles = tuple(roles)

    def known(self, model: LanguageModel) -> Roles:
        """The roles; re-ranking with a weight that is nobody's fit."""
        passed = Verdict(True, "given for measuring, without a trial")
        fitted = FittedRerank(STRATEGY, WEIGHT, 1.01, 1_000_000, 0, Interval(0.0, 0.0, 0.0), 1.0)
        return Roles(
            model.name,
            "given, not tried",
            {},
            dict.fromkeys(self._roles, passed),
            fitted if "rerank" in self._roles else None,
        )

    def run(self, model: LanguageModel, _tell: Callable[[str], object], *, budget: Budget) -> Roles:  # noqa: ARG002
        return self.known(model)
