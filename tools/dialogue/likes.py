"""What the demo's users saw and did not dislike, told as rows of another list of items."""

from collections.abc import Sequence

import numpy as np

from tools.catalog.load import load_catalog, read_interactions
from tools.demo import DEMO_FOLDER
from tools.dialogue.titles import TitleIndex
from tools.errors import SetupError


def likes_of_users(names: Sequence[str]) -> list[tuple[int, ...]]:
    """By user the items seen and not disliked that the list holds, in order of time (of MovieLens latest-small)."""
    catalog = load_catalog(DEMO_FOLDER)
    columns = catalog.spec.interactions
    if columns is None:
        raise SetupError(f"{DEMO_FOLDER / 'catalog.toml'} names no interactions; install palate again")
    table = read_interactions(catalog, columns, DEMO_FOLDER)
    index = TitleIndex(names)
    there = [index.find(item.title) for item in catalog.items]
    order = np.argsort(table.times, kind="stable")
    likes: dict[str, dict[int, None]] = {}
    for at in order:
        row = there[table.rows[at]]
        if row is not None and table.liked[at] >= 0:
            likes.setdefault(str(table.users[at]), {})[row] = None
    return [tuple(likes[user]) for user in sorted(likes)]
