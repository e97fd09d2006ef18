"""The language model: which one speaks, how it is asked, which roles it has, and what of its words may be shown."""

from agent.llm.budget import Budget, BudgetedModel, BudgetSpent
from agent.llm.choose import choose_language_model
from agent.llm.grounding import grounded, why_not_grounded
from agent.llm.provider import LanguageModel
from agent.llm.roles import Role, Roles
from agent.llm.slot import LanguageModelSlot, LanguageModelStatus
from agent.llm.usage import Usage, total_usage
from agent.llm.wording import ReasonWriter, WordedReason

__all__ = [
    "Budget",
    "BudgetSpent",
    "BudgetedModel",
    "LanguageModel",
    "LanguageModelSlot",
    "LanguageModelStatus",
    "ReasonWriter",
    "Role",
    "Roles",
    "Usage",
    "WordedReason",
    "choose_language_model",
    "grounded",
    "total_usage",
    "why_not_grounded",
]
