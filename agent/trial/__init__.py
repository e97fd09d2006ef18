"""The trial of a language model on a catalogue: what it can do, how fast, and which roles in a turn it is given."""

from agent.trial.trial import Trial

__all__ = ["Trial"]
