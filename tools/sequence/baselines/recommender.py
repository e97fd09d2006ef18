"""What every recommender can do."""

from typing import Protocol

from tools.sequence.interactions import Floats, Ints, Longs


class Recommender(Protocol):
    """A score for every item after a history; higher is better; seen items are not removed here."""

    def scores(self, history: Ints) -> Floats:
        """(items,) float32."""

    def scores_batch(self, histories: list[Ints]) -> Floats:
        """(batch, items) float32."""


class TimedRecommender(Protocol):
    """A recommender that also reads when each event of a history was, where that is known."""

    def scores(self, history: Ints, times: Longs | None = None) -> Floats:
        """(items,) float32."""

    def scores_batch(self, histories: list[Ints], times: list[Longs] | None = None) -> Floats:
        """(batch, items) float32."""
