"""What every source of interactions becomes."""

from dataclasses import dataclass

from tools.sequence.interactions import Interactions


@dataclass(frozen=True)
class Dataset:
    """Interactions with what is known of the items; the tuples are empty where nothing is known."""

    name: str
    interactions: Interactions
    item_ids: tuple[str, ...]  # (items,) the source's own ids, by row
    item_texts: tuple[str, ...] = ()  # (items,) title and what describes it, "" for an item without text
    item_features: tuple[frozenset[str], ...] = ()  # (items,) categories and brands; empty set where none
    timed: bool = True  # False where `times` are only places in the sequence
