"""A small world with a known order: after item i most people go on to i + 1."""

import numpy as np
import pytest

from tools.sequence.interactions import Interactions, interactions_from_columns

ITEMS = 30


def chain_interactions(users: int = 60, items: int = ITEMS, seed: int = 0) -> Interactions:
    """Every user walks a stretch of the chain 0, 1, 2 …; one step in ten leaves an item out."""
    random = np.random.default_rng(seed)
    rows = []
    for user in range(users):
        item, time = int(random.integers(items)), 0
        for _ in range(int(random.integers(6, 13))):
            rows.append((user, item, time))
            item, time = (item + (2 if random.random() < 0.1 else 1)) % items, time + 1
    columns = np.array(rows).T
    return interactions_from_columns(columns[0], columns[1], columns[2], items)


@pytest.fixture(scope="session")
def chain() -> Interactions:
    return chain_interactions()
