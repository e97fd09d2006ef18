"""Whether what palate says of items is so: seeded conversations, every text checked claim by claim."""

from agent.evaluation.explanations.checking import KINDS, VERDICTS, check_explanations
from agent.evaluation.explanations.section import explanations_section
from agent.evaluation.explanations.talking import Explanation, Person, explanations

__all__ = [
    "KINDS",
    "VERDICTS",
    "Explanation",
    "Person",
    "check_explanations",
    "explanations",
    "explanations_section",
]
