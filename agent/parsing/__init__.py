"""From a message to typed wishes, by rules over the catalogue's own vocabulary."""

from agent.parsing.parse import Parser
from agent.parsing.reading import Mention, Reading, Wish

__all__ = ["Mention", "Parser", "Reading", "Wish"]
