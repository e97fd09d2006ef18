"""The language model: which one speaks, how it is asked, and what of its words may be shown."""

from agent.llm.choose import choose_language_model
from agent.llm.grounding import grounded, why_not_grounded
from agent.llm.provider import LanguageModel
from agent.llm.rerank import RERANK_LIMIT, RerankResult, rerank
from agent.llm.slot import LanguageModelSlot, LanguageModelStatus
from agent.llm.wording import ReasonWriter, WordedReason

__all__ = [
    "RERANK_LIMIT",
    "LanguageModel",
    "LanguageModelSlot",
    "LanguageModelStatus",
    "ReasonWriter",
    "RerankResult",
    "WordedReason",
    "choose_language_model",
    "grounded",
    "rerank",
    "why_not_grounded",
]
