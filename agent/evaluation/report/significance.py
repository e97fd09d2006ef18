"""Whether a paired difference is more than chance: a sign-flip test over groups, corrected for how many are looked at."""

from collections.abc import Sequence

import numpy as np

from agent.evaluation.report.contents import Figure

FLIPS = 10_000
AT_ONCE = 1_000  # flips held in memory
LEVEL = 0.05


def sign_flip_p(difference: Figure, seed: int = 0) -> float:
    """The p-value of a mean of paired differences being 0: how often the groups' totals, their signs thrown by the
    dice, come as far from 0. At least 1 / (FLIPS + 1); 1 where all pairs are equal.
    """
    totals: dict[str, float] = {}
    for case, gain in difference.cases.items():
        whose = difference.group.get(case, case)
        totals[whose] = totals.get(whose, 0.0) + gain
    sums = np.array([total for total in totals.values() if total != 0.0])
    if not len(sums):
        return 1.0
    rng = np.random.default_rng(seed)
    least = abs(sums.sum()) - 1e-9 * np.abs(sums).sum()
    reached = 0
    for _ in range(FLIPS // AT_ONCE):
        signs = rng.integers(0, 2, (AT_ONCE, len(sums)), np.int8) * 2.0 - 1.0  # (flips, groups)
        reached += int((np.abs(signs @ sums) >= least).sum())
    return (1 + reached) / (1 + FLIPS)


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values corrected by Holm 1979 for being looked at together, in the same order."""
    order = sorted(range(len(p_values)), key=lambda at: p_values[at])
    corrected = [0.0] * len(p_values)
    highest = 0.0
    for rank, at in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[at]))
        corrected[at] = highest
    return corrected
