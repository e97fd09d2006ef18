"""`palate evaluate`: one file a subject, each adding its commands to the group."""

from ui.commands.evaluate import explanations, rerank, understanding
from ui.commands.evaluate.group import commands

__all__ = ["commands", "explanations", "rerank", "understanding"]
