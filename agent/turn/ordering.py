"""The order of what is shown where the person says by what: "the cheapest Italian in Lisbon"."""

from collections.abc import Sequence

import numpy as np

from agent.answer import Candidate
from tools.catalog import Catalog
from tools.catalog.items import Mask

MOST = 200


def ordered_by(
    ranked: Sequence[Candidate], facet: str, sign: int, allowed: Mask, catalog: Catalog
) -> tuple[Candidate, ...]:
    """All that may be shown by one number, the least first (sign -1) or the most, equals as ranked; then what the catalogue
    gives no number for. The tools' candidates are few of many, so the whole catalogue is looked through."""
    numbers = catalog.numbers(facet)
    place = {c.row: n for n, c in enumerate(ranked)}
    known = np.flatnonzero(allowed & ~np.isnan(numbers))
    rows = sorted(
        (int(row) for row in known), key=lambda r: (-sign * numbers[r], place.get(r, len(place)), r)
    )
    proposed = {c.row: c for c in ranked}
    lowest = min((c.score for c in ranked), default=0.0)
    first = [proposed.get(row) or Candidate(row, lowest) for row in rows[:MOST]]
    return (*first, *(c for c in ranked if np.isnan(numbers[c.row])))
