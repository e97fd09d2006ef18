"""What users did to items, in order, and how it is split into training, validation and test."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tools.errors import UserInputError

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float32]
History = Sequence[int] | Ints  # catalogue rows, oldest first
Times = Sequence[int] | Longs | None  # of the events of a history


class Sequences(NamedTuple):
    """Every user's items in time order, end to end: user u holds items[offsets[u]:offsets[u + 1]]."""

    items: Ints  # (n,)
    offsets: Longs  # (users + 1,)
    times: Longs | None = None  # (n,) seconds; None where only the order is known

    @property
    def user_count(self) -> int:
        return len(self.offsets) - 1

    def history(self, user: int) -> Ints:
        return self.items[self.offsets[user] : self.offsets[user + 1]]

    def lengths(self) -> Longs:
        return np.diff(self.offsets)

    def owners(self) -> Ints:
        """The user of every event, (n,)."""
        return np.repeat(np.arange(self.user_count, dtype=np.int32), self.lengths())

    def before_end(self, held_out: Longs) -> "Sequences":
        """The same users without their last `held_out[u]` events."""
        lengths = self.lengths() - held_out
        keep = position_in_history(self.offsets) < np.repeat(lengths, self.lengths())
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        return Sequences(self.items[keep], offsets, None if self.times is None else self.times[keep])


@dataclass(frozen=True)
class Cases:
    """Next-item questions: the event at `ends[k]` is asked for, what its user did before is given."""

    sequences: Sequences
    users: Ints  # (cases,)
    ends: Longs  # (cases,) places of the targets in sequences.items

    def __len__(self) -> int:
        return len(self.ends)

    @property
    def targets(self) -> Ints:
        return self.sequences.items[self.ends]

    def history(self, case: int) -> Ints:
        return self.sequences.items[self.sequences.offsets[self.users[case]] : self.ends[case]]

    def histories(self) -> list[Ints]:
        return [self.history(case) for case in range(len(self))]

    def times(self) -> list[Longs] | None:
        """When the events of each history were, or None where that is not known."""
        times, offsets = self.sequences.times, self.sequences.offsets
        if times is None:
            return None
        return [times[offsets[user] : end] for user, end in zip(self.users, self.ends, strict=True)]

    def lengths(self) -> Longs:
        """How many events each history holds."""
        return self.ends - self.sequences.offsets[self.users]

    def part(self, places: slice) -> "Cases":
        return Cases(self.sequences, self.users[places], self.ends[places])

    def sample(self, size: int, seed: int) -> "Cases":
        """At most `size` cases, the same ones for the same seed, in their own order."""
        if len(self) <= size:
            return self
        chosen = np.sort(np.random.default_rng(seed).choice(len(self), size, replace=False))
        return Cases(self.sequences, self.users[chosen], self.ends[chosen])


@dataclass(frozen=True)
class Split:
    """Leave-one-out: `train` to learn from, `validation` to choose by, `test` to report, used once."""

    train: Sequences
    train_and_validation: Sequences  # everything but the test targets
    validation: Cases
    test: Cases


@dataclass(frozen=True)
class Interactions:
    """Events sorted by (user, time), at most one for each user and item."""

    users: Ints  # (n,) dense from 0
    items: Ints  # (n,) rows of the catalogue
    times: Longs  # (n,)
    item_count: int
    timed: bool = True  # False where `times` are only places in an order

    def __len__(self) -> int:
        return len(self.users)

    @property
    def user_count(self) -> int:
        return int(self.users[-1]) + 1 if len(self.users) else 0

    def sequences(self) -> Sequences:
        offsets = np.searchsorted(self.users, np.arange(self.user_count + 1)).astype(np.int64)
        return Sequences(self.items, offsets, self.times if self.timed else None)


def interactions_from_columns(
    users: ArrayLike, items: ArrayLike, times: ArrayLike, item_count: int, timed: bool = True
) -> Interactions:
    """Columns of a table as Interactions: sorted stably by (user, time), file order breaking ties.

    users: any sortable labels, made dense here.
    timed: False where `times` are only places in an order.
    items: catalogue rows in [0, item_count). The first event of a (user, item) pair is kept.
    Raises UserInputError when columns differ in length, or an item row or a time is not a usable number.
    """
    user_labels = np.asarray(users)
    if not user_labels.ndim == np.ndim(items) == np.ndim(times) == 1:
        raise UserInputError("users, items and times must each be one column")
    if not len(user_labels) == np.shape(items)[0] == np.shape(times)[0]:
        raise UserInputError(
            f"users, items and times must be equally long, not {len(user_labels)}, "
            f"{np.shape(items)[0]} and {np.shape(times)[0]}"
        )
    rows = _whole_numbers(items, "items")
    stamps = _whole_numbers(times, "times")
    if len(rows) and (rows.min() < 0 or rows.max() >= item_count):
        raise UserInputError(f"item rows must lie in 0..{item_count - 1}, not {rows.min()}..{rows.max()}")
    _, dense = np.unique(user_labels, return_inverse=True)
    order = np.lexsort((stamps, dense))  # lexsort is stable
    pairs = dense[order].astype(np.int64) * max(item_count, 1) + rows[order]
    _, first = np.unique(pairs, return_index=True)
    kept = order[np.sort(first)]
    return Interactions(
        users=dense[kept].astype(np.int32),
        items=rows[kept].astype(np.int32),
        times=stamps[kept],
        item_count=item_count,
        timed=timed,
    )


def leave_one_out(interactions: Interactions, validation_events: int = 1) -> Split:
    """Each user's last event as test, those before as validation, the rest as training.

    Users with fewer than three events only train. Up to `validation_events` are held in for validation,
    but never more than a tenth of a history beyond the first: a small data set of long histories gets
    enough cases to choose by, a data set of short ones keeps its training events.
    """
    sequences = interactions.sequences()
    lengths = sequences.lengths()
    asked = lengths >= 3
    held_in = np.where(asked, np.clip(lengths // 10, 1, max(validation_events, 1)), 0)
    users = np.flatnonzero(asked).astype(np.int32)
    last = sequences.offsets[1:] - 1
    repeats = held_in[users]
    step = np.arange(repeats.sum()) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    validation_ends = np.repeat(last[users] - repeats, repeats) + step
    return Split(
        train=sequences.before_end(held_in + asked),
        train_and_validation=sequences.before_end(asked.astype(np.int64)),
        validation=Cases(sequences, np.repeat(users, repeats), validation_ends),
        test=Cases(sequences, users, last[users]),
    )


def position_in_history(offsets: Longs) -> Longs:
    """For every event its place in its own user's history, from 0."""
    return np.arange(offsets[-1]) - np.repeat(offsets[:-1], np.diff(offsets))


def batches(count: int, size: int) -> Iterator[slice]:
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))


def known_items(history: Iterable[int], item_count: int) -> Ints:
    """The history as catalogue rows: unknown items left out, a repeated one kept where it came last."""
    rows = [int(item) for item in history if 0 <= item < item_count]
    latest = list(dict.fromkeys(reversed(rows)))
    return np.array(latest[::-1], dtype=np.int32)


def known_events(history: History, times: Times, item_count: int) -> tuple[Ints, Longs | None]:
    """`known_items`, and the times of the events that were kept."""
    if times is None:
        return known_items(history, item_count), None
    if len(times) != len(history):
        raise ValueError(f"there are {len(times)} times for {len(history)} events")
    latest = {int(item): place for place, item in enumerate(history) if 0 <= item < item_count}
    places = sorted(latest.values())
    return (
        np.array([history[place] for place in places], dtype=np.int32),
        np.array([times[place] for place in places], dtype=np.int64),
    )


def _whole_numbers(column: ArrayLike, name: str) -> Longs:
    values = np.asarray(column)
    if values.size == 0:
        return np.zeros(0, np.int64)
    if values.dtype.kind not in "iufM":
        raise UserInputError(f"{name} must be numbers, not {values.dtype}")
    if values.dtype.kind == "M":
        if np.isnat(values).any():
            raise UserInputError(f"{name} must not hold empty values")
        return values.astype("datetime64[s]").astype(np.int64)
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise UserInputError(f"{name} must not hold empty or infinite values")
    return values.astype(np.int64)
