"""What every source of interactions becomes."""

from dataclasses import dataclass
from typing import NamedTuple

from tools.sequence.interactions import Interactions


class Counts(NamedTuple):
    """How large a data set is; the numbers a published result stands beside."""

    users: int
    items: int
    interactions: int

    def __str__(self) -> str:
        return f"{self.users:,} users, {self.items:,} items and {self.interactions:,} interactions"


@dataclass(frozen=True)
class Dataset:
    """Interactions with what is known of the items; the tuples are empty where nothing is known."""

    name: str
    interactions: Interactions
    item_ids: tuple[str, ...]  # (items,) the source's own ids, by row
    item_texts: tuple[str, ...] = ()  # (items,) title and what describes it, "" for an item without text
    item_features: tuple[
        frozenset[str], ...
    ] = ()  # (items,) "field: value" (genres: War); empty set where none
    notes: tuple[str, ...] = ()  # what was found and done while reading, a sentence each

    @property
    def timed(self) -> bool:
        """False where `times` are only places in the sequence."""
        return self.interactions.timed

    @property
    def counts(self) -> Counts:
        """Users with an event, items of the catalogue, events."""
        made = self.interactions
        return Counts(made.user_count, made.item_count, len(made))
