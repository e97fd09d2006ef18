"""Items nobody was seen to use: taken out of every history, then asked for."""

import numpy as np
from numpy.typing import NDArray

from tools.sequence.interactions import Cases, Ints, Longs, Sequences, Split


def draw_items(item_count: int, share: float, seed: int) -> Ints:
    """A share of the catalogue, at least one item, every item as likely as any other; in ascending order."""
    count = min(max(round(share * item_count), 1), item_count)
    return np.sort(np.random.default_rng(seed).choice(item_count, count, replace=False)).astype(np.int32)


def without_items(split: Split, withheld: Ints, item_count: int) -> Split:
    """The split as if nobody had met these items, and as test the cases whose target is one of them.

    No withheld item is left in a training, validation or test history, nor among the validation targets. A case
    without a history is not asked. The users of the test part are counted anew, one a case.
    """
    stays = np.ones(item_count, bool)
    stays[withheld] = False
    return Split(
        train=_kept(split.train, stays),
        train_and_validation=_kept(split.train_and_validation, stays),
        validation=_kept_cases(split.validation, stays),
        test=_cold_cases(split.test, stays),
    )


def random_recall(cases: Cases, item_count: int, top: int = 10) -> float | None:
    """The recall of a random order of the items that are not in the history; None without a case."""
    if not len(cases):
        return None
    unseen = np.array([item_count - len(np.unique(history)) for history in cases.histories()])
    return float(np.minimum(top / unseen, 1.0).mean())


def _kept(sequences: Sequences, stays: NDArray[np.bool_]) -> Sequences:
    keep = stays[sequences.items]
    offsets = _counted(keep)[sequences.offsets]
    return Sequences(
        sequences.items[keep], offsets, None if sequences.times is None else sequences.times[keep]
    )


def _kept_cases(cases: Cases, stays: NDArray[np.bool_]) -> Cases:
    sequences = _kept(cases.sequences, stays)
    asked = stays[cases.targets]
    users, ends = cases.users[asked], _counted(stays[cases.sequences.items])[cases.ends[asked]]
    with_history = ends > sequences.offsets[users]
    return Cases(sequences, users[with_history], ends[with_history])


def _cold_cases(cases: Cases, stays: NDArray[np.bool_]) -> Cases:
    """Each case as a user of its own: in a user's later histories its earlier targets are withheld too."""
    items: list[Ints] = []
    times: list[Longs] = []
    known = cases.sequences.times
    for case in np.flatnonzero(~stays[cases.targets]):
        first, end = cases.sequences.offsets[cases.users[case]], cases.ends[case]
        places = first + np.flatnonzero(stays[cases.sequences.items[first:end]])
        if len(places):
            places = np.append(places, end)
            items.append(cases.sequences.items[places])
            if known is not None:
                times.append(known[places])
    offsets = np.concatenate([[0], np.cumsum([len(history) for history in items])]).astype(np.int64)
    sequences = Sequences(
        np.concatenate(items) if items else np.zeros(0, np.int32),
        offsets,
        None if known is None else np.concatenate(times) if times else np.zeros(0, np.int64),
    )
    return Cases(sequences, np.arange(len(items), dtype=np.int32), offsets[1:] - 1)


def _counted(keep: NDArray[np.bool_]) -> Longs:
    """How many are kept before each place, and in all at the end. (n + 1,)"""
    return np.concatenate([[0], np.cumsum(keep)]).astype(np.int64)
