"""The claims of a text and whether they are true, read from its words and checked apart from what made it."""

from agent.evaluation.claims.checker import Checker
from agent.evaluation.claims.truths import Claim, Told

__all__ = ["Checker", "Claim", "Told"]
