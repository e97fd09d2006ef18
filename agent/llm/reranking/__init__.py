"""Re-ranking by a language model: what it is asked, the ways to ask it, and how far its answer moves the order."""

from agent.llm.reranking.fitted import (
    LEAST_CASES,
    FittedRerank,
    Judged,
    fit_rerank,
    in_reach,
    moved,
    sureness,
)
from agent.llm.reranking.request import Ranking, RerankRequest, Shortlisted, Shot
from agent.llm.reranking.strategies import STRATEGIES

__all__ = [
    "LEAST_CASES",
    "STRATEGIES",
    "FittedRerank",
    "Judged",
    "Ranking",
    "RerankRequest",
    "Shortlisted",
    "Shot",
    "fit_rerank",
    "in_reach",
    "moved",
    "sureness",
]
