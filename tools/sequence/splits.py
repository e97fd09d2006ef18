"""A split at one moment for everybody: what is learnt from lies before it, what is asked for after it."""

from math import ceil
from typing import Literal

import numpy as np

from tools.errors import UserInputError
from tools.sequence.interactions import Cases, Interactions, Longs, Sequences, Split, position_in_history

Targets = Literal["last", "successive"]


def time_split(interactions: Interactions, quantile: float = 0.9, targets: Targets = "last") -> Split:
    """Training up to the time at `quantile` of all events, tests on the events after it.

    targets: "last" asks for a user's last event; "successive" for each of their events after the cut in turn. A
    case's history is all its user did before the target, after the cut too; a target without one is no case.
    Validation is cut the same way out of the training part, at the same quantile of its events. Events at the very
    time of a cut all lie before it, so a part may hold a little more than its quantile.
    Raises UserInputError without times, and when nobody can be asked after a cut.
    After Gusak et al. 2025 (arXiv 2507.16289), the global temporal split.
    """
    if not interactions.timed:
        raise UserInputError("a time split needs times, and these interactions have only an order")
    if not 0 < quantile < 1:
        raise UserInputError(f"the quantile of a time split must lie between 0 and 1, not {quantile}")
    if targets not in ("last", "successive"):
        raise UserInputError(f"targets must be 'last' or 'successive', not {targets!r}")
    train_and_validation, times, test = _cut(
        interactions.sequences(), interactions.times, quantile, targets, "test"
    )
    train, _, validation = _cut(train_and_validation, times, quantile, targets, "validation")
    return Split(train, train_and_validation, validation, test)


def _cut(
    sequences: Sequences, times: Longs, quantile: float, targets: Targets, part: str
) -> tuple[Sequences, Longs, Cases]:
    """(what lies before the cut, its times, the cases after it)."""
    owners = sequences.owners()
    after = times > _time_at(times, quantile)
    asked = after & (position_in_history(sequences.offsets) > 0)
    if targets == "last":
        asked[np.flatnonzero(asked[:-1] & (owners[:-1] == owners[1:]))] = False
    ends = np.flatnonzero(asked)
    if not len(ends):
        raise UserInputError(
            f"no {part} part: nobody with a history has an event later than {quantile:.0%} of the events it is "
            "cut from"
        )
    # a history is sorted by time, so what lies after the cut is its end
    held_out = np.bincount(owners[after], minlength=sequences.user_count).astype(np.int64)
    return sequences.before_end(held_out), times[~after], Cases(sequences, owners[ends], ends)


def _time_at(times: Longs, quantile: float) -> int:
    """The least time with at least `quantile` of the events at or before it."""
    if not len(times):
        return 0
    place = ceil(quantile * len(times) - 1e-9) - 1  # 0.07 * 100 is a little more than 7
    return int(np.partition(times, place)[place])
