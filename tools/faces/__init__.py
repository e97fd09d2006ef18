"""The tools as a language model may call them: each defined once, typed and documented, and what a turn lets them show."""

from tools.faces.definitions import (
    CHOOSE,
    FACES,
    Arguments,
    ToolFace,
    faces_for,
    langchain_tool,
    openai_function,
)
from tools.faces.offer import Offer

__all__ = [
    "CHOOSE",
    "FACES",
    "Arguments",
    "Offer",
    "ToolFace",
    "faces_for",
    "langchain_tool",
    "openai_function",
]
