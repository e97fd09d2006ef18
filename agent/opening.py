"""Puts an agent together from settings."""

from agent.agent import Agent
from agent.settings import Settings


def open_agent(settings: Settings) -> Agent:
    """An agent over the built catalogue. Raises SetupError with the command that repairs what is missing."""
    raise NotImplementedError


def new_session_id() -> str:
    """A fresh, unguessable session id."""
    import secrets

    return secrets.token_urlsafe(9)
