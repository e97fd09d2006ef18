"""The HTTP API: sessions with typed answers and turn events, and an OpenAI-compatible chat."""

from ui.api.app import create_app

__all__ = ["create_app"]
