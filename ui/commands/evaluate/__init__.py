"""`palate evaluate`: one file a subject, each adding its commands to the group."""

from ui.commands.evaluate import (
    cost,
    dialogues,
    explanations,
    redial,
    report,
    rerank,
    simulate,
    steering,
    understanding,
)
from ui.commands.evaluate.group import commands

__all__ = [
    "commands",
    "cost",
    "dialogues",
    "explanations",
    "redial",
    "report",
    "rerank",
    "simulate",
    "steering",
    "understanding",
]
